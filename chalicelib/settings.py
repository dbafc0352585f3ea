"""What the deployment tells the service. The only place that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

MiB = 1024**2
TiB = 1024**4


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Names made by Terraform (or by `local/`), and the limits an operator may change.

    Every field is read from the variable of its name: `staging_bucket` from `VESTIBULE_STAGING_BUCKET`; the region
    is Lambda's own. Sizes are in bytes. A field with a default is optional.
    """

    region: str
    table: str
    staging_bucket: str
    vault_bucket: str
    user_pool_arn: str
    user_pool_client_id: str
    allowed_origin: str
    s3_addressing_style: str = "virtual"
    quota_bytes: int = TiB
    max_deliverable_bytes: int = 5 * TiB
    max_post_bytes: int = 100 * MiB
    max_staged_uploads: int = 50
    recovery_days: int = 30

    @property
    def token_issuer(self) -> str:
        """The `iss` of the pool's tokens, as the gateway's authorizer expects it."""
        _, _, _, region, _, pool = self.user_pool_arn.split(":")
        return f"https://cognito-idp.{region}.amazonaws.com/{pool.removeprefix('userpool/')}"

    @property
    def account_id(self) -> str:
        """The account of the pool, which owns the buckets too: sent as ExpectedBucketOwner with every call."""
        return self.user_pool_arn.split(":")[4]


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        RuntimeError: a variable is absent, or a number is not one; the message says which.
    """
    values: dict[str, Any] = {"region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")}
    if not values["region"]:
        raise RuntimeError("AWS_REGION is not set. Lambda sets it; when packaging, set AWS_DEFAULT_REGION.")
    for field in fields(Settings):
        if field.name == "region":
            continue
        variable = f"VESTIBULE_{field.name.upper()}"
        value = environ.get(variable, "")
        if field.type is str:
            if value:
                values[field.name] = value
            elif field.default is MISSING:
                raise RuntimeError(f"{variable} is not set. `make dev` sets it locally, Terraform in AWS.")
        # `chalice package` imports the app with Terraform's expressions still in the environment.
        elif value and not value.startswith("${"):
            if not (value.isascii() and value.isdigit()):
                raise RuntimeError(f"{variable} must be a whole number, not {value!r}.")
            values[field.name] = int(value)
    return Settings(**values)


settings = read_settings(os.environ)

"""What the deployment tells the service. The only place that reads the environment, but for AWS's own variables."""

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
    media_bucket: str
    media_url: str
    user_pool_arn: str
    user_pool_client_id: str
    allowed_origin: str
    s3_addressing_style: str = "virtual"
    quota_bytes: int = TiB
    max_deliverable_bytes: int = 5 * TiB
    max_post_bytes: int = 100 * MiB
    max_staged_uploads: int = 50
    recovery_days: int = 30
    service: str = "vestibule"
    render_avif: bool = False
    sweep_report_only: bool = False
    sweep_max_deletions: int = 10_000
    sweep_monthly_in_full: bool = False

    @property
    def token_issuer(self) -> str:
        """The `iss` of the pool's tokens, as the gateway's authorizer expects it."""
        _, _, _, region, _, pool = self.user_pool_arn.split(":")
        return f"https://cognito-idp.{region}.amazonaws.com/{pool.removeprefix('userpool/')}"

    @property
    def account_id(self) -> str:
        """The account of the pool, which owns the buckets too: sent as ExpectedBucketOwner with every call."""
        return self.user_pool_arn.split(":")[4]


# What one CopyObject, and one page of a list, can do.
_LARGEST = {"max_post_bytes": 5 * 1024 * MiB, "max_staged_uploads": 1000}
# A purge must come long after anything that began when the file was still there.
_SMALLEST = {"recovery_days": 1}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        RuntimeError: a variable is absent, or a number is not one; the message says which.
    """
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise RuntimeError("AWS_REGION is not set. Lambda sets it; when packaging, set AWS_DEFAULT_REGION.")
    values: dict[str, Any] = {"region": region}
    for field in fields(Settings):
        variable = f"VESTIBULE_{field.name.upper()}"
        value = environ.get(variable, "")
        # `chalice package` imports the app with Terraform's expressions still in the environment.
        unknown_yet = value.startswith("${")
        if field.type is int and value and not unknown_yet:
            values[field.name] = _number(variable, value, _SMALLEST.get(field.name, 0), _LARGEST.get(field.name))
        elif field.type is bool and value and not unknown_yet:
            values[field.name] = _truth(variable, value)
        elif field.type is str and value:
            values[field.name] = value
        elif field.default is MISSING and field.name != "region":
            raise RuntimeError(f"{variable} is not set. `make dev` sets it locally, Terraform in AWS.")
    return Settings(**values)


def _number(variable: str, value: str, smallest: int, largest: int | None) -> int:
    if not (value.isascii() and value.isdigit()):
        raise RuntimeError(f"{variable} must be a whole number, not {value!r}.")
    if int(value) < smallest:
        raise RuntimeError(f"{variable} must be {smallest} at least, not {value}.")
    if largest is not None and int(value) > largest:
        raise RuntimeError(f"{variable} may be {largest} at most, not {value}.")
    return int(value)


def _truth(variable: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise RuntimeError(f"{variable} must be true or false, not {value!r}.")
    return value == "true"


settings = read_settings(os.environ)


def bare_environment() -> dict[str, str]:
    """What a child process needs to start, and nothing else: no credentials, no settings."""
    return {name: os.environ[name] for name in ("LANG", "LD_LIBRARY_PATH", "PATH") if name in os.environ}

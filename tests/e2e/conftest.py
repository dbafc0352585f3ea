"""The unmodified stack, applied by Terraform with the real provider to ministack with AUTH=true."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local.emulator import REGION, emulator
from local.gateway_proxy import gateway_proxy
from local.processes import HOST, choose_port
from tools.package import package, this_architecture
from tools.terraform import CannotRun, Terraform, cli_configuration, find_terraform

STAGE = "e2e"
ORIGIN = "https://shop.example"
# How an emulator is reached; nothing of the stack itself.
PROVIDER_OVERRIDE = """
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
"""
VARIABLES = {
    "stage": STAGE,
    "region": REGION,
    "allowed_origin": ORIGIN,
    "protect": "false",
    "password_auth": "true",
    "s3_addressing_style": "path",
    "site": "true",
}


@dataclass(frozen=True)
class Applied:
    """The stack, as it was applied. `behind_tls` is the emulator itself, to which such requests came without TLS."""

    endpoint: str
    behind_tls: str
    terraform: Terraform
    outputs: dict[str, Any]

    @property
    def api(self) -> httpx.Client:
        """Speaks to the API through the gateway, which goes by the Host header."""
        port = self.behind_tls.rpartition(":")[2]
        host = f"{self.outputs['rest_api_id']}.execute-api.localhost:{port}"
        return httpx.Client(base_url=f"{self.endpoint}/{STAGE}", headers={"Host": host}, timeout=60)

    def client(self, service: str) -> Any:
        """A boto3 client with the emulator's root key, to look behind the API. No bucket policy holds for that key."""
        make: Any = boto3.client
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return make(service, endpoint_url=self.behind_tls, region_name=REGION, **keys)


def variables() -> list[str]:
    return [f"-var={name}={value}" for name, value in VARIABLES.items()]


@pytest.fixture(scope="session")
def terraform_program() -> str:
    try:
        return find_terraform()
    except CannotRun as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NOT TESTED, the whole deployment: {error}")


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what Terraform deploys, for this machine: the emulator runs functions by its Python."""
    folder = tmp_path_factory.mktemp("packaged")
    package("dev", this_architecture(), folder, for_this_machine=True)
    return folder


@pytest.fixture(scope="session")
def applied(terraform_program: str, packaged: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    folder = tmp_path_factory.mktemp("e2e")
    root = folder / "terraform"
    shutil.copytree("terraform", root, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "backend.tf"))
    (root / "e2e_override.tf").write_text(PROVIDER_OVERRIDE)
    shutil.copytree(packaged, root / "service", dirs_exist_ok=True)

    port = choose_port(0, "PORT")
    with (
        emulator(choose_port(0, "EMULATOR_PORT"), folder, f"http://{HOST}:{port}") as behind,
        gateway_proxy(behind, port) as endpoint,
        cli_configuration() as environment,
    ):
        environment |= {"AWS_ENDPOINT_URL": endpoint}
        terraform = Terraform(terraform_program, root, environment)
        terraform.run("init", "-input=false", quiet=True)
        terraform.run("apply", "-auto-approve", "-input=false", *variables(), quiet=True)
        yield Applied(endpoint, behind, terraform, terraform.outputs())

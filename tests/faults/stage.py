"""A stack of its own behind the fault proxy, and a look behind the scenes: rows, stored bytes, what is left over."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from vestibule_client.http import new_http

from local.bootstrap import Stack, sign_in
from local.buckets import STAGING, VAULT
from local.stack import Running, local_stack
from tests.behind import files, rows_under

from .content import sha256_of
from .plans import NoFaults
from .proxy import Proxy, fault_proxy

ORIGIN = "https://shop.example"
STALL_SECONDS = 0.3


@dataclass(frozen=True)
class Row:
    """A file as the database has it."""

    id: str
    state: str
    key: str
    size: int
    version: int


@dataclass(frozen=True)
class Stage:
    """What tests play on. `calm` connections have the client's own limits on time, `hasty` ones have small ones.

    They last for all runs: making one reads all certificates, which takes longer than a run.
    """

    proxy: Proxy
    running: Running
    token: str
    calm: httpx.Client
    hasty: httpx.Client
    s3: Any
    dynamodb: Any

    @property
    def stack(self) -> Stack:
        """What the bootstrap made."""
        return self.running.stack

    def outputs(self) -> dict[str, Any]:
        """What a client is told: every address is one of the proxy."""
        return self.running.outputs() | {"api_url": self.proxy.api.url, "cognito_endpoint": self.proxy.s3.url}

    def product(self) -> str:
        """Make a product; no fault can hit this."""
        headers = {"Authorization": self.token}
        answer = self.calm.post(f"{self.running.url}/products", json={"title": "Brush set"}, headers=headers)
        return str(answer.raise_for_status().json()["id"])

    def rows(self, product: str) -> list[Row]:
        """All files of a product, whatever their state, oldest first."""
        return [
            Row(
                item["sk"]["S"].partition("#")[2],
                item["state"]["S"],
                item["key"]["S"],
                int(item["size"]["N"]),
                int(item["version"]["N"]),
            )
            for item in files(rows_under(self.dynamodb, f"P#{product}")).values()
        ]

    def stored_sha256(self, row: Row) -> str:
        """Of the bytes in the vault, in hex."""
        return sha256_of(self.s3.get_object(Bucket=VAULT, Key=row.key)["Body"])

    def forget(self, product: str) -> None:
        """Free the emulator's memory of a product, and do what the lifecycle of the staging bucket would."""
        for row in self.rows(product):
            self._delete(VAULT, row.key.rpartition("/")[0] + "/")
        self._delete(STAGING, "")

    def _delete(self, bucket: str, prefix: str) -> None:
        listed = self.s3.list_object_versions(Bucket=bucket, Prefix=prefix)
        versions = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
        if objects:
            self.s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})


@contextlib.contextmanager
def fault_stage() -> Iterator[Stage]:
    """Start proxy and stack; stop them when the block ends."""
    with fault_proxy() as proxy, local_stack(0, 0, lambda _: None, ORIGIN, proxy.s3.url) as running:
        proxy.follow(NoFaults())
        proxy.s3.lead_to(running.stack.endpoint)
        proxy.api.lead_to(running.url)
        running.pump.stop()  # renditions would take time, and prove nothing here
        stack = running.stack
        token = sign_in(stack, stack.seller)["IdToken"]
        with new_http() as calm, new_http(connect_seconds=STALL_SECONDS, stall_seconds=STALL_SECONDS) as hasty:
            yield Stage(proxy, running, token, calm, hasty, stack.client("s3"), stack.client("dynamodb"))

"""One emulator, and the service and its peers on it; all of it is stopped with the block that needs it."""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from local.bootstrap import Stack, bootstrap
from local.buckets import STAGING, VAULT
from local.emulator import REGION, emulator
from local.processes import choose_port, clean_environment

from . import peers, say
from .companion_server import companion_server
from .lanes import Lane, drive, open_lanes
from .peers import Peer
from .server import Server, chalice_server
from .stored import forget

CONNECTIONS = 8
ORIGIN = "https://shop.example"
INCOMING, KEPT, TABLE = "bench-incoming", "bench-kept", "bench-uploads"
ANCHORS = {"empty": "/empty", "by hand": "/by-hand", "two calls": "/two-calls", "boto3": "/boto3"}
V8_REQUESTS = 8000
"""V8 goes on compiling what it sees often: Companion's CPU for a request halves in the first few thousand."""
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{name}*" for name in (INCOMING, KEPT)]},
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": f"arn:aws:dynamodb:{REGION}:*:table/{TABLE}"},
    ],
}


@dataclass(frozen=True, slots=True)
class Stage:
    """The stack in the emulator. Services and clients reach AWS at `endpoint`, and there are so many `instances`."""

    stack: Stack
    endpoint: str
    instances: int
    others: Mapping[str, str]
    _folder: Path
    _things: contextlib.ExitStack

    def vestibule(self) -> Peer:
        """Our own service."""
        return peers.vestibule(*self._chalice("app:app", self.stack.environment))

    def naive(self) -> Peer:
        """What one writes first, with boto3."""
        return peers.naive(*self._chalice("naive:app", self.others))

    def anchors(self) -> dict[str, Peer]:
        """Three views of one server."""
        server, lanes = self._chalice("anchors:app", self.others)
        return {name: peers.anchor(server, lanes, path) for name, path in ANCHORS.items()}

    def companion(self) -> dict[str, Peer]:
        """Uppy Companion, warmed up; nobody, if it cannot be had here."""
        environment = self._at_endpoint(self.others)
        server = self._things.enter_context(companion_server(environment, self._folder))
        if server is None:
            return {}
        peer = peers.companion(server, open_lanes(server, self.endpoint, self.instances))
        drive(peer.server, peer.lanes, V8_REQUESTS, peer.issue)
        return {"companion": peer}

    def forget(self) -> None:
        """Free the emulator's memory, but for rows."""
        forget(self.stack.client("s3"), (INCOMING, KEPT, STAGING, VAULT))

    def _chalice(self, app: str, environment: Mapping[str, str]) -> tuple[Server, list[Lane]]:
        started = chalice_server(app, self._at_endpoint(environment), self._folder, self.instances)
        server = self._things.enter_context(started)
        return server, open_lanes(server, self.endpoint, self.instances)

    def _at_endpoint(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {**environment, "AWS_ENDPOINT_URL": self.endpoint}


@contextlib.contextmanager
def stage(
    instances: int = CONNECTIONS, through: Callable[[str], AbstractContextManager[str]] = contextlib.nullcontext
) -> Iterator[Stage]:
    """Start the emulator, `through` a proxy in front of it if one is given; what is asked for later comes on top."""
    with contextlib.ExitStack() as things:
        folder = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="vestibule-bench-")))
        emulated = things.enter_context(emulator(choose_port(0, "EMULATOR_PORT"), folder))
        stack = bootstrap(emulated, ORIGIN)
        say(f"› an emulator, and {instances} × each service, as Lambda has an instance for each request under way")
        endpoint = things.enter_context(through(emulated))
        yield Stage(stack, endpoint, instances, _others(stack), folder, things)


def _others(stack: Stack) -> dict[str, str]:
    """Buckets, a table and a key for those that are not ours; the environment that names them."""
    s3, dynamodb, iam = (stack.client(service) for service in ("s3", "dynamodb", "iam"))
    for bucket in (INCOMING, KEPT):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    iam.create_user(UserName="bench")
    iam.put_user_policy(UserName="bench", PolicyName="bench", PolicyDocument=json.dumps(POLICY))
    key = iam.create_access_key(UserName="bench")["AccessKey"]
    return clean_environment() | {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "BUCKET": INCOMING,
        "KEPT_BUCKET": KEPT,
        "TABLE": TABLE,
    }

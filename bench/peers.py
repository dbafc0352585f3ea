"""The service and what it is measured beside, all up at once, on one emulator: naive, Companion, and anchors."""

import contextlib
import io
import json
import math
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from local.bootstrap import Stack, bootstrap
from local.buckets import STAGING, VAULT
from local.emulator import REGION, emulator
from local.processes import choose_port, clean_environment

from . import say
from .companion_server import companion_server
from .lanes import Ask, Lane, open_lanes
from .server import Server, chalice_server
from .stored import forget

CONNECTIONS = 8
ORIGIN = "https://shop.example"
FORMS, KEPT, TABLE = "bench-incoming", "bench-kept", "bench-uploads"
ANCHORS = ("empty", "by hand", "boto3")
PER_PRODUCT = 20  # images, as many as one may have
SIDE_PIXELS = 181
"""Of a square of noise, which as a PNG has about 100 KB."""
ANYTHING_OF_THE_BENCH = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": [f"arn:aws:s3:::{name}*" for name in (FORMS, KEPT)]},
        {"Effect": "Allow", "Action": ["dynamodb:*"], "Resource": [f"arn:aws:dynamodb:{REGION}:*:table/{TABLE}"]},
    ],
}


def picture() -> bytes:
    """The file that is uploaded: a PNG of about 100 KB, the same in each run."""
    file = io.BytesIO()
    noise = random.Random(0).randbytes(SIDE_PIXELS * SIDE_PIXELS * 3)
    Image.frombytes("RGB", (SIDE_PIXELS, SIDE_PIXELS), noise).save(file, "PNG")
    return file.getvalue()


PICTURE = picture()
DECLARED = {"filename": "cover.png", "content_type": "image/png", "size": len(PICTURE)}
DECLARATION = json.dumps(DECLARED).encode()


@dataclass(frozen=True, slots=True)
class Peer:
    """A server, its clients, and what its steps are asked with. Without a confirm, an upload ends with its bytes."""

    server: Server
    lanes: Sequence[Lane]
    ask: Callable[[Lane], Ask]
    confirm: Callable[[Lane, Any], Ask] | None = None

    def issue(self, lane: Lane) -> None:
        """Step 1 alone."""
        lane.ask("issue", self.ask(lane))

    def upload(self, lane: Lane) -> None:
        """All steps."""
        form = lane.ask("issue", self.ask(lane))
        lane.send(form, PICTURE)
        if self.confirm is not None:
            lane.ask("confirm", self.confirm(lane, form))


@dataclass(frozen=True, slots=True)
class Peers:
    """All of them, by their names; and the stack behind, to look into and to clean."""

    stack: Stack
    ours: Peer
    naive: Peer
    companion: Peer | None
    anchors: dict[str, Peer]

    def services(self) -> dict[str, Peer]:
        """Those that let people upload files."""
        companion = {} if self.companion is None else {"companion": self.companion}
        return companion | {"naive": self.naive, "vestibule": self.ours}

    def forget(self) -> None:
        """Free the emulator's memory, but for rows."""
        forget(self.stack.client("s3"), (FORMS, KEPT, STAGING, VAULT))

    def make_room(self, connections: int, uploads: int) -> None:
        """New products of ours, for so many uploads more by so many clients."""
        for lane in self.ours.lanes[:connections]:
            made = [_product(lane) for _ in range(math.ceil(uploads / connections / PER_PRODUCT))]
            lane.products += [product for product in made for _ in range(PER_PRODUCT)]


@contextlib.contextmanager
def peers() -> Iterator[Peers]:
    """Start everything; stop it when the block ends, however it ends."""
    with contextlib.ExitStack() as things:
        folder = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="vestibule-bench-")))
        endpoint = things.enter_context(emulator(choose_port(0, "EMULATOR_PORT"), folder))
        stack = bootstrap(endpoint, ORIGIN)
        environment = bench_environment(stack)
        say(f"› starting, on one emulator, {CONNECTIONS} instances of each: the service, a naive one, the anchors")

        def serve(app: str, environment: dict[str, str]) -> tuple[Server, list[Lane]]:
            server = things.enter_context(chalice_server(app, environment, folder, CONNECTIONS))
            return server, open_lanes(server, endpoint, CONNECTIONS)

        ours = Peer(*serve("app:app", stack.environment), _ask_ours, _confirm_ours)
        naive = Peer(*serve("naive:app", environment), _ask_naive, _confirm_naive)
        anchors = serve("anchors:app", environment)
        server = things.enter_context(companion_server(environment, folder))
        companion = None if server is None else Peer(server, open_lanes(server, endpoint, CONNECTIONS), _ask_companion)
        yield Peers(stack, ours, naive, companion, {name: Peer(*anchors, _anchor(name)) for name in ANCHORS})


def bench_environment(stack: Stack) -> dict[str, str]:
    """Buckets, a table and a key for those that are not ours, and the environment that names them."""
    s3, dynamodb, iam = (stack.client(service) for service in ("s3", "dynamodb", "iam"))
    for bucket in (FORMS, KEPT):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    iam.create_user(UserName="bench")
    iam.put_user_policy(UserName="bench", PolicyName="bench", PolicyDocument=json.dumps(ANYTHING_OF_THE_BENCH))
    key = iam.create_access_key(UserName="bench")["AccessKey"]
    return clean_environment() | {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": stack.endpoint,
        "BUCKET": FORMS,
        "KEPT_BUCKET": KEPT,
        "TABLE": TABLE,
    }


def _product(lane: Lane) -> str:
    return str(lane.ask("product", Ask("POST", "/products", b'{"title": "Brush set"}', 201))["id"])


def _ask_ours(lane: Lane) -> Ask:
    return Ask("POST", f"/products/{lane.products[-1]}/images/uploads", DECLARATION, 201)


def _confirm_ours(lane: Lane, form: Any) -> Ask:
    return Ask("POST", f"/products/{lane.products.pop()}/images/uploads/{form['upload']['id']}/confirm", None, 201)


def _ask_naive(_: Lane) -> Ask:
    return Ask("POST", "/products/any/uploads", DECLARATION, 201)


def _confirm_naive(_: Lane, form: Any) -> Ask:
    return Ask("POST", f"/products/any/uploads/{form['id']}/confirm", DECLARATION, 201)


def _ask_companion(_: Lane) -> Ask:
    return Ask("GET", "/s3/params?filename=cover.png&type=image%2Fpng&metadata%5Bname%5D=cover.png")


def _anchor(name: str) -> Callable[[Lane], Ask]:
    return lambda _: Ask("POST", f"/{name.replace(' ', '-')}", DECLARATION)

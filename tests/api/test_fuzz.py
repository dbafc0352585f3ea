"""Whatever comes, at every route: never a 500, a refusal of the closed list that changed nothing, and no secret in it.

The requests are events as Lambda gets them, behind the gateway: ids and headers there can be any text.
"""

import json
import os
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, note, seed, settings
from hypothesis import strategies as st

from app import app
from chalicelib.problems import PROBLEMS
from chalicelib.settings import settings as service
from tests.api.aws import s3
from tests.api.conftest import Api, table
from tests.api.wire import wired
from tests.log_lines import SELLER, STRANGER
from tests.proving import EVERYTHING, SEED
from tests.samples import image, upload_request, zip_file
from tests.tally import Proven

EXAMPLES = 3000 if EVERYTHING else 300
PNG, ZIP = image("image/png"), zip_file()
ROUTES = [(method, path, route) for path, routes in sorted(app.routes.items()) for method, route in routes.items()]
STATUS_OF = {problem.code: problem.status for problem in PROBLEMS}
BUCKETS = (service.staging_bucket, service.vault_bucket, service.media_bucket)
READS = {"s3.GetObject", "s3.HeadObject", "s3.ListObjectsV2", "s3.ListParts", "dynamodb.BatchGetItem", "dynamodb.Query"}
TOKEN = "eyJ-the-callers-own-token"
TITLE_OF_SOMEBODY_ELSE = "nobody else reads this"
SECRETS = (
    TOKEN,
    TITLE_OF_SOMEBODY_ELSE,
    os.environ["AWS_SECRET_ACCESS_KEY"],
    os.environ["AWS_ACCESS_KEY_ID"],
    "X-Amz-Signature",
    "X-Amz-Credential",
    "Traceback",
    service.table,
    *BUCKETS,
    f"u/{SELLER}",
    STRANGER,
)
CLAIMS = {
    "sub": SELLER,
    "token_use": "id",
    "aud": service.user_pool_client_id,
    "iss": service.token_issuer,
}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ODD_TEXTS = (
    "", " ", ".", "..", "../..", "/", "//", "\\", "%2e%2e%2f", "%00", "\0", "\r\nX: y", "null", "true", "-1", "1e400",
    "${jndi:ldap://x}", "{{7*7}}", "' OR 1=1 --", "<script>", "\u202e", "\ufeff", "é" * 100, "x" * 10_000, "~", "~~",
    "01M82DBEY0XWYFB1GNMF0DSG5Z~1~x", "01M82DBEY0XWYFB1GNMF0DSG5Z~99999999999999~..", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "01m82dbey0xwyfb1gnmf0dsg5z", "01M82DBEY0XWYFB1GNMF0DSG5Z\n", "０1M82DBEY0XWYFB1GNMF0DSG5Z", "product", "#", "P#x",
)  # fmt: skip
odd = st.sampled_from(ODD_TEXTS) | texts
numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 1, 2**31, 2**53, 2**63, 2**64, 10**400])
values = st.recursive(
    st.none() | st.booleans() | numbers | odd,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(odd, inside, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "title", "filename", "content_type", "size", "sha256", "crc64nvme", "strategy", "replaces", "alt", "part_checksums",
    "part_numbers", "image_ids", "owner", "key", "kind", "bucket", "__proto__", "state",
)  # fmt: skip
HEADERS = (
    "if-match", "content-type", "accept", "host", "origin", "cookie", "content-length", "transfer-encoding", "range",
    "x-forwarded-for", "x-forwarded-host", "x-http-method-override", "x-amz-security-token", "expect",
)  # fmt: skip


@dataclass
class Shop:
    """A product of the caller's with one of everything, and one of somebody else's. What was used up is made anew."""

    api: Api
    theirs: str
    ids: dict[str, list[str]] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    there_is: tuple[Any, ...] = ()

    def note_what_there_is(self, method: str) -> None:
        if method == "DELETE":
            self.stock()
        elif method != "GET":
            self.there_is = contents()

    def stock(self) -> None:
        for version in s3.list_object_versions(Bucket=service.staging_bucket).get("Versions", []):
            s3.delete_object(Bucket=service.staging_bucket, Key=version["Key"], VersionId=version["VersionId"])
        product = self.api.product()
        files = [
            self.api.add(product, "image", PNG, "image/png")["id"],
            self.api.add(product, "deliverable", ZIP, "application/zip")["id"],
        ]
        uploads = [
            self.api.issue(product, "deliverable", ZIP, "application/zip", strategy=strategy)["upload"]["id"]
            for strategy in ("post", "multipart")
        ]
        self.ids = {
            "product_id": [product, product, product, self.theirs],
            "upload_id": [*uploads, *files],
            "image_id": files,
            "deliverable_id": files,
        }
        self.bodies = [
            {"title": "x"},
            upload_request(PNG),
            upload_request(ZIP, "application/zip", filename="x.zip", strategy="multipart", replaces=files[1]),
            {"part_numbers": [1]},
            {"image_ids": files[:1]},
            {"alt": "x"},
            {"filename": "x.zip"},
        ]
        self.there_is = contents()


def contents() -> tuple[Any, ...]:
    """All that is kept: rows, and every version in each bucket."""
    listed = [s3.list_object_versions(Bucket=bucket) for bucket in BUCKETS]
    begun = s3.list_multipart_uploads(Bucket=service.vault_bucket).get("Uploads", [])
    versions = [[item["Key"] + item["VersionId"] for item in found.get("Versions", [])] for found in listed]
    return table(), versions, [upload["UploadId"] for upload in begun]


def has(what: str, route: Any) -> bool:
    """Whether a route has what is to be odd."""
    operation = getattr(route.view_function, "operation", None)
    match what:
        case "ids":
            return bool(route.view_args)
        case "body" | "members":
            return operation is not None and operation.body is not None
        case "query":
            return operation is not None and bool(operation.query)
        case _:
            return True


WITH = {
    what: [route for route in ROUTES if has(what, route[2])]
    for what in ("ids", "body", "members", "query", "headers", "claims", "method")
}
QUERIES = ("limit", "cursor", "state")
odd_ids = odd | st.builds("{}~{}~{}".format, odd, numbers, odd)


@st.composite
def requests(draw: st.DrawFn, shop: Shop) -> dict[str, Any]:
    """A request in which one thing or two are odd and the rest is right, so that it comes as far as it can."""
    what = draw(st.sampled_from(sorted(WITH)))
    strange = {what, draw(st.sampled_from(sorted(WITH)))}
    method, path, route = draw(st.sampled_from(WITH[what]))
    ids = {name: draw(st.sampled_from(shop.ids[name])) for name in route.view_args}
    if "ids" in strange and ids:
        ids[draw(st.sampled_from(sorted(ids)))] = draw(odd_ids)
    headers = {"content-type": "application/json", "if-match": "*", "authorization": TOKEN}
    if "headers" in strange:
        headers |= draw(st.dictionaries(st.sampled_from(HEADERS), odd, min_size=1, max_size=2))
    body = json.dumps(draw(st.sampled_from(shop.bodies)))
    if "members" in strange:
        body = json.dumps(json.loads(body) | draw(st.dictionaries(members, values, min_size=1, max_size=2)))
    if "body" in strange:
        body = draw(odd | values.map(json.dumps))
    claims: dict[str, str | None] = {**CLAIMS}
    if "claims" in strange:
        claims |= draw(st.dictionaries(st.sampled_from(sorted(CLAIMS)), odd | st.none(), min_size=1))
    query = None
    if "query" in strange:
        query = draw(st.dictionaries(queries, st.lists(odd, min_size=1, max_size=2), min_size=1, max_size=2))
    if "method" in strange:
        method = draw(st.sampled_from(["GET", "PUT", "POST", "PATCH", "DELETE"]))
    return {
        "requestContext": {
            "httpMethod": method,
            "resourcePath": path,
            "path": path.format(**ids),
            "authorizer": {"claims": claims},
        },
        "headers": headers,
        "pathParameters": ids,
        "multiValueQueryStringParameters": query,
        "stageVariables": {},
        "body": body,
    }


members = st.sampled_from(MEMBERS) | texts
queries = st.sampled_from(QUERIES) | st.sampled_from(QUERIES) | texts


@pytest.fixture
def shop(api: Api, stranger: Api) -> Shop:
    shop = Shop(api, theirs=stranger.product(TITLE_OF_SOMEBODY_ELSE))
    shop.stock()
    return shop


@seed(SEED)
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_comes_is_done_or_refused_in_a_known_way_and_a_refusal_changes_nothing(
    shop: Shop, proven: Proven, data: st.DataObject
) -> None:
    proven("requests of chance: ids, names, bodies, headers, claims", 1)
    note(f"VESTIBULE_PROVE_SEED={SEED}")
    request = data.draw(requests(shop))

    with wired() as wire:
        answer = app(request, None)

    status, body, headers = answer["statusCode"], answer["body"], answer["headers"]
    event(f"{status} {request['requestContext']['httpMethod']} {request['requestContext']['resourcePath']}")
    assert all(isinstance(value, str) and value.isprintable() for value in headers.values())
    if status < 300:
        assert status in (200, 201, 204)
        assert TITLE_OF_SOMEBODY_ELSE not in body
        shop.note_what_there_is(request["requestContext"]["httpMethod"])
        return
    assert status < 500
    problem = json.loads(body)
    assert headers["Content-Type"] == "application/problem+json"
    assert STATUS_OF[problem["code"]] == problem["status"] == status
    assert len(body) - len(json.dumps(problem["instance"])) < 5_000  # the path it was about, as long as that was
    assert not [secret for secret in SECRETS if secret in body + str(headers)]
    assert set(wire.calls) <= READS or contents() == shop.there_is

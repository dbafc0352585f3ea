"""The form at S3 itself: exactly what was issued goes through, and any one thing changed does not."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from local.bootstrap import Stack
from local.buckets import MEDIA, STAGING, VAULT
from local.emulator import REGION
from local.permissions import TABLE
from tests.integration.conftest import ORIGIN, Behind, Seller
from tests.samples import image

PNG = image("image/png")
Fields = dict[str, str]


@pytest.fixture
def issued(seller: Seller, product: str) -> dict[str, Any]:
    return seller.issue(product, "image", PNG, "image/png", alt="A brush", sha256="ab" * 32)


def post(issued: dict[str, Any], fields: Fields, content: bytes = PNG) -> httpx.Response:
    return httpx.post(issued["url"], data=fields, files={"file": ("file", content)})


def code_of(answer: httpx.Response) -> str:
    return answer.text.partition("<Code>")[2].partition("</Code>")[0]


def test_the_form_as_issued_goes_through(seller: Seller, product: str, behind: Behind) -> None:
    issued = seller.issue(product, "image", PNG, "image/png", alt="A brush")
    answer = post(issued, issued["fields"])
    assert answer.status_code == 201
    assert answer.headers["ETag"]
    assert len(behind.staged(product)) == 1


def changed(name: str, value: str) -> Callable[[Fields], Fields]:
    return lambda fields: {**fields, name: value}


def without(name: str) -> Callable[[Fields], Fields]:
    return lambda fields: {key: value for key, value in fields.items() if key != name}


CLAIMS = ["owner", "product", "kind", "upload", "size", "filename", "alt", "sha256"]
VIOLATIONS: dict[str, Callable[[Fields], Fields]] = {
    "another key": lambda fields: {**fields, "key": fields["key"] + "x"},
    "a key in somebody else's place": changed("key", "u/11111111-2222-3333-4444-555555555555/x"),
    "a key that climbs": lambda fields: {**fields, "key": fields["key"] + "/../../x"},
    "a key that expands": lambda fields: {**fields, "key": fields["key"] + "/${filename}"},
    "another type": changed("Content-Type", "text/html"),
    "a longer type": changed("Content-Type", "image/png; charset=utf-8"),
    "no type": without("Content-Type"),
    "another status": changed("success_action_status", "200"),
    "no status": without("success_action_status"),
    "another checksum": changed("x-amz-checksum-sha256", base64.b64encode(b"\0" * 32).decode()),
    "no checksum": without("x-amz-checksum-sha256"),
    **{f"another {claim}": changed(f"x-amz-meta-{claim}", "other") for claim in CLAIMS},
    **{f"no {claim}": without(f"x-amz-meta-{claim}") for claim in CLAIMS},
    "a claim too many": changed("x-amz-meta-replaces", "01M82DBEY0XWYFB1GNMF0DSG5Z"),
    "a public ACL": changed("acl", "public-read"),
    "a redirect": changed("success_action_redirect", "https://evil.example/"),
    "a website redirect": changed("x-amz-website-redirect-location", "https://evil.example/"),
    "another storage class": changed("x-amz-storage-class", "GLACIER"),
    "a cache header": changed("Cache-Control", "public"),
    "a disposition": changed("Content-Disposition", "inline"),
    "another credential": lambda fields: {
        **fields,
        "x-amz-credential": fields["x-amz-credential"].replace("/s3/", "/sts/"),
    },
    "another date": changed("x-amz-date", "20200101T000000Z"),
    "another algorithm": changed("x-amz-algorithm", "AWS4-HMAC-SHA1"),
    "a forged signature": changed("x-amz-signature", "0" * 64),
    "no signature": without("x-amz-signature"),
    "no policy": without("policy"),
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_form_changed_in_one_place_is_refused(
    issued: dict[str, Any], product: str, behind: Behind, violation: str
) -> None:
    answer = post(issued, VIOLATIONS[violation](issued["fields"]))
    assert 400 <= answer.status_code < 500, (violation, answer.status_code, answer.text)
    assert behind.staged(product) == []


@pytest.mark.parametrize(
    ("content", "code"), [(PNG + b"x", "EntityTooLarge"), (PNG[:-1], "EntityTooSmall"), (b"", "EntityTooSmall")]
)
def test_bytes_of_another_size_are_refused(
    issued: dict[str, Any], product: str, behind: Behind, content: bytes, code: str
) -> None:
    assert code_of(post(issued, issued["fields"], content)) == code
    assert behind.staged(product) == []


def rewritten(fields: Fields, change: Callable[[dict[str, Any]], None]) -> Fields:
    """The form with another policy, under the old signature."""
    policy = json.loads(base64.b64decode(fields["policy"]))
    change(policy)
    return {**fields, "policy": base64.b64encode(json.dumps(policy).encode()).decode()}


def test_a_policy_rewritten_under_its_signature_is_refused(
    issued: dict[str, Any], product: str, behind: Behind
) -> None:
    def widen(policy: dict[str, Any]) -> None:
        policy["conditions"] = [["starts-with", "$key", ""], {"bucket": STAGING}]

    assert post(issued, rewritten(issued["fields"], widen)).status_code == 403
    later = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    assert post(issued, rewritten(issued["fields"], lambda policy: policy.update(expiration=later))).status_code == 403
    assert behind.staged(product) == []


def test_an_expired_form_is_refused(stack: Stack, product: str, behind: Behind) -> None:
    """The API's own signing, with its own key, but a lifetime of a second."""
    s3 = boto3.client(
        "s3",
        endpoint_url=stack.endpoint,
        region_name=REGION,
        aws_access_key_id=stack.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stack.environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    key = f"u/{stack.seller.sub}/{product}/image/x"
    form = s3.generate_presigned_post(STAGING, key, ExpiresIn=1)
    time.sleep(2.1)
    answer = httpx.post(form["url"], data=form["fields"], files={"file": ("file", PNG)})
    assert answer.status_code == 403
    assert behind.staged(product) == []


def test_a_form_does_not_open_the_vault(issued: dict[str, Any]) -> None:
    url = issued["url"].replace(STAGING, VAULT)
    assert httpx.post(url, data=issued["fields"], files={"file": ("file", PNG)}).status_code == 403


def test_nothing_is_readable_or_writable_without_a_signature(
    seller: Seller, stack: Stack, product: str, behind: Behind
) -> None:
    seller.add(product, "image", PNG, "image/png")
    (key,) = behind.vault_keys(product)
    for bucket, name in ((VAULT, key), (STAGING, "u/x")):
        url = f"{stack.endpoint}/{bucket}/{name}"
        assert httpx.get(url).status_code == 403
        assert httpx.put(url, content=b"x").status_code == 403
        assert httpx.delete(url).status_code == 403
        assert httpx.get(f"{stack.endpoint}/{bucket}").status_code == 403


def test_a_download_url_fits_one_file_and_one_name(seller: Seller, product: str) -> None:
    file, other = (seller.add(product, "deliverable", PNG, "image/png") for _ in range(2))
    url = seller.call("POST", f"/products/{product}/deliverables/{file['id']}/download").json()["url"]
    saved = httpx.get(url)
    assert saved.status_code == 200
    assert saved.headers["Cache-Control"] == "private, no-store"
    assert saved.headers["Content-Disposition"].startswith("attachment; ")
    assert httpx.get(url.replace(file["id"], other["id"])).status_code == 403
    assert httpx.get(url.replace("attachment", "inline")).status_code == 403
    assert httpx.put(url, content=b"x").status_code == 403
    assert httpx.get(url.replace("X-Amz-Expires=300", "X-Amz-Expires=604800")).status_code == 403


def test_the_apis_key_may_do_no_more_than_it_needs(stack: Stack) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=stack.endpoint,
        region_name=REGION,
        aws_access_key_id=stack.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stack.environment["AWS_SECRET_ACCESS_KEY"],
    )
    calls: list[Callable[[], Any]] = [
        lambda: s3.list_objects_v2(Bucket=VAULT),
        lambda: s3.put_object(Bucket=VAULT, Key="elsewhere/x", Body=b""),
        lambda: s3.put_object(Bucket=STAGING, Key="elsewhere", Body=b""),
        lambda: s3.delete_object(Bucket=VAULT, Key="images/x"),
        lambda: s3.delete_bucket(Bucket=STAGING),
    ]
    for call in calls:
        with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
            call()


def test_the_background_key_may_do_no_more_than_it_needs(stack: Stack) -> None:
    def client(service: str) -> Any:
        make: Callable[..., Any] = boto3.client
        return make(
            service,
            endpoint_url=stack.endpoint,
            region_name=REGION,
            aws_access_key_id=stack.background["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=stack.background["AWS_SECRET_ACCESS_KEY"],
        )

    s3, dynamodb, sqs = client("s3"), client("dynamodb"), client("sqs")
    calls: list[Callable[[], Any]] = [
        lambda: s3.list_objects_v2(Bucket=STAGING),
        lambda: s3.get_object(Bucket=STAGING, Key="u/x"),
        lambda: s3.get_object(Bucket=VAULT, Key="deliverables/x"),
        lambda: s3.put_object(Bucket=VAULT, Key="images/x", Body=b""),
        lambda: s3.delete_object(Bucket=VAULT, Key="images/x", VersionId="x"),
        lambda: s3.put_bucket_policy(Bucket=MEDIA, Policy="{}"),
        lambda: dynamodb.scan(TableName=TABLE),
        lambda: dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "x"}, "sk": {"S": "x"}}),
        lambda: dynamodb.delete_table(TableName=TABLE),
        lambda: sqs.receive_message(QueueUrl=stack.events_url),
    ]
    for call in calls:
        with pytest.raises(s3.exceptions.ClientError, match=r"AccessDenied|not authorized"):
            call()


@pytest.mark.parametrize(("bucket", "method"), [(STAGING, "POST"), (VAULT, "GET"), (MEDIA, "GET")])
def test_browsers_of_our_origin_may_speak_to_the_buckets_and_others_may_not(
    stack: Stack, bucket: str, method: str
) -> None:
    def preflight(origin: str) -> httpx.Response:
        headers = {"Origin": origin, "Access-Control-Request-Method": method}
        return httpx.options(f"{stack.endpoint}/{bucket}/", headers=headers)

    allowed = preflight(ORIGIN)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert preflight("https://evil.example").status_code == 403


def test_a_browser_sees_the_etag_of_what_it_sent(seller: Seller, product: str) -> None:
    issued = seller.issue(product, "image", PNG, "image/png")
    answer = httpx.post(issued["url"], data=issued["fields"], files={"file": ("file", PNG)}, headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]

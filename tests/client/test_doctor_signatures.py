"""What a form or a signed URL permits, read from itself."""

import base64
import functools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.config import Config
from vestibule_client.doctor.signatures import address_complaints, form_complaints, url_complaints

REGION = "eu-central-1"
BUCKET = "vestibule-dev-staging-123456789012"
HOST = f"https://{BUCKET}.s3.{REGION}.amazonaws.com/"
SUM = "x-amz-checksum-sha256"


@functools.cache
def s3() -> Any:
    style = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    return boto3.client("s3", region_name=REGION, config=style)


def form(change: Callable[[dict[str, Any]], None] = lambda _: None, expires: int = 900) -> dict[str, str]:
    """The fields of a form as the service signs it, its policy changed before it is encoded."""
    fields = {"Content-Type": "image/png", "x-amz-meta-upload": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    conditions = [*({name: value} for name, value in fields.items()), ["content-length-range", 42, 42]]
    signed = s3().generate_presigned_post(BUCKET, "u/key", Fields=fields, Conditions=conditions, ExpiresIn=expires)
    policy = json.loads(base64.b64decode(signed["fields"]["policy"]))
    change(policy)
    signed["fields"]["policy"] = base64.b64encode(json.dumps(policy).encode()).decode()
    return dict(signed["fields"])


def complaints(fields: dict[str, str]) -> list[str]:
    return form_complaints(fields, 42, BUCKET, REGION, datetime.now(UTC))


def test_a_form_as_boto3_signs_it_is_fine() -> None:
    assert complaints(form()) == []


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def change(policy: dict[str, Any]) -> None:
        policy["conditions"] = [each for each in policy["conditions"] if not (isinstance(each, dict) and name in each)]

    return change


def with_condition(condition: Any) -> Callable[[dict[str, Any]], None]:
    def change(policy: dict[str, Any]) -> None:
        policy["conditions"].append(condition)

    return change


def with_size(least: int, most: int) -> Callable[[dict[str, Any]], None]:
    def change(policy: dict[str, Any]) -> None:
        kept = [each for each in policy["conditions"] if isinstance(each, dict)]
        policy["conditions"] = [*kept, ["content-length-range", least, most]]

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (without("x-amz-meta-upload"), "its policy does not fix x-amz-meta-upload"),
        (without("key"), "its policy does not fix key"),
        (without("bucket"), "it does not fix the bucket"),
        (with_condition(["starts-with", "$x-amz-meta-alt", ""]), "x-amz-meta-alt is free (starts-with)"),
        (with_condition(7), "a condition of its policy is not known"),
        (with_size(0, 42), "it does not fix the size at 42 bytes"),
        (with_condition(["content-length-range", 42, 42]), "it does not fix the size at 42 bytes"),
        (lambda policy: policy.pop("expiration"), "its policy does not end"),
        (lambda policy: policy.update(expiration="soon"), "its policy does not end"),
        (lambda policy: policy.update(conditions=None), "it does not fix the bucket"),
    ],
)
def test_a_form_that_permits_too_much_is_found(change: Callable[[dict[str, Any]], None], complaint: str) -> None:
    assert complaint in complaints(form(change))


def test_a_condition_of_another_value_than_the_field_fixes_nothing() -> None:
    assert complaints(form() | {"Content-Type": "text/html"}) == ["its policy does not fix content-type"]


@pytest.mark.parametrize(("seconds", "complaint"), [(7200, "it lives 120 minutes, and 15 are enough")])
def test_a_form_that_lives_too_long_is_found(seconds: int, complaint: str) -> None:
    assert complaints(form(expires=seconds)) == [complaint]


def test_a_form_that_has_ended_is_found() -> None:
    later = datetime.now(UTC) + timedelta(minutes=20)
    assert form_complaints(form(), 42, BUCKET, REGION, later) == ["it has ended before it was sent, by this clock"]


def test_a_form_without_a_policy_is_found() -> None:
    assert complaints({"policy": "!"})[-1] == "its policy cannot be read"


def test_a_form_of_an_old_signature_or_another_region_is_found() -> None:
    elsewhere = {"x-amz-credential": "AKIA/20261123/us-east-1/s3/aws4_request"}
    assert "it is signed for us-east-1 instead of eu-central-1" in complaints(form() | elsewhere)
    assert "it is not signed by Signature Version 4" in complaints({"policy": form()["policy"], "signature": "old"})
    other = {"x-amz-credential": "AKIA/20261123/eu-central-1/iam/aws4_request"}
    assert "it is not signed for S3" in complaints(form() | other)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        (HOST, None),
        (HOST + "deliverables/key", None),
        (HOST.replace("https", "http"), "it is http, not https"),
        (f"https://{BUCKET}.s3.amazonaws.com/", f"it leads to {BUCKET}.s3.amazonaws.com instead of the regional"),
        (HOST.replace(REGION, "eu-west-1"), "eu-west-1"),
    ],
)
def test_a_signature_leads_to_the_regional_host(url: str, complaint: str | None) -> None:
    found = address_complaints(url, HOST, local=False)
    assert found == [] if complaint is None else complaint in found[0]


def test_an_emulator_is_told_its_buckets_by_path() -> None:
    here = "http://127.0.0.1:4566/staging/"
    assert address_complaints(here, here, local=True) == []
    assert address_complaints(here.replace("staging", "vault"), here, local=True) == ["it leads to another bucket"]


def part_url(**more: Any) -> str:
    parameters = {"Bucket": BUCKET, "Key": "deliverables/key", "UploadId": "id", "PartNumber": 1} | more
    url: str = s3().generate_presigned_url("upload_part", parameters, 900)
    return url


def test_a_part_url_as_boto3_signs_it_is_fine() -> None:
    url = part_url(ContentLength=5, ChecksumSHA256="n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=")
    assert url_complaints(url, REGION, ("content-length", "host", SUM)) == []


def test_a_part_url_that_fixes_neither_length_nor_checksum_is_found() -> None:
    assert url_complaints(part_url(), REGION, ("content-length", "host", SUM)) == [
        f"content-length, {SUM} is not signed"
    ]


def test_a_signed_url_that_lives_too_long_is_found() -> None:
    assert url_complaints(part_url(), REGION, lifetime=timedelta(minutes=5)) == [
        "it lives 15 minutes, and 5 are enough"
    ]


def test_a_url_without_an_end_or_of_an_old_signature_is_found() -> None:
    old = HOST + "key?" + urlencode({"AWSAccessKeyId": "AKIA", "Expires": "1", "Signature": "x"})
    assert url_complaints(old, REGION) == [
        "it is not signed by Signature Version 4",
        "it is not signed for S3",
        "it does not end",
    ]


def test_no_complaint_repeats_a_key_or_a_signature() -> None:
    fields = form(without("x-amz-meta-upload")) | {"key": "u/somebody/secret", "Content-Type": "text/html"}
    said = " ".join(complaints(fields))
    assert "key" in said
    assert not any(fields[name] in said for name in ("key", "policy", "x-amz-signature", "x-amz-credential"))

"""What we sign ourselves is, byte for byte, what botocore would sign: for thousands of random requests."""

import hmac
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config

from chalicelib.aws.credentials import Credentials, NoCredentials, credentials
from chalicelib.aws.endpoints import S3Endpoint, s3_endpoint
from chalicelib.aws.signing import Hmac, Signer

SEED = random.randrange(2**32)
ROUNDS = 250
BASE64 = string.ascii_letters + string.digits + "+/="
TEXT = string.printable.strip() + " äß–€😀\u202e%+&=?#;~"

EMULATOR = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
NAMED = {"AWS_ENDPOINT_URL_S3": "https://s3.shop.example:8443", "AWS_ENDPOINT_URL": "http://elsewhere.example"}
PLACES = {
    "virtual host": ("eu-central-1", {}, False),
    "path": ("us-east-1", {}, True),
    "China": ("cn-north-1", {}, False),
    "emulator": ("eu-central-1", EMULATOR, True),
    "emulator by its number": ("eu-central-1", EMULATOR, False),
    "endpoint with a name": ("eu-west-3", NAMED, False),
}


@dataclass
class Pair:
    """botocore and ours, in one place, with one key, at one moment."""

    theirs: Any
    ours: Signer
    endpoint: S3Endpoint
    choose: random.Random

    def text(self, alphabet: str = TEXT, longest: int = 40) -> str:
        return "".join(self.choose.choices(alphabet, k=self.choose.randint(1, longest)))

    def bucket(self) -> str:
        # botocore makes a host name even of an IP address and a bucket with a dot.
        dotted = ["a.dotted.bucket"] if self.endpoint.scheme == "https" else []
        return self.choose.choice(["vestibule-prod-vault", "abc", *dotted])

    def key(self) -> str:
        return "u/" + self.text(TEXT + "/")

    def lifetime(self) -> timedelta:
        return timedelta(seconds=self.choose.randint(1, 604_800))


@pytest.fixture(params=PLACES)
def pair(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    region, environment, path_style = PLACES[request.param]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    choose = random.Random(f"{SEED} {request.param}")
    print(f"seed {SEED}")
    now = datetime.fromtimestamp(choose.randrange(2**31), UTC)
    for module in ("auth", "signers"):
        monkeypatch.setattr(f"botocore.{module}.get_current_datetime", lambda **_: now.replace(tzinfo=None))
    token = choose.choice([None, "".join(choose.choices(BASE64, k=300))])
    key = Credentials("AKIA" + str(choose.random())[2:], "".join(choose.choices(BASE64, k=40)), token)
    theirs = boto3.client(
        "s3",
        region_name=region,
        aws_access_key_id=key.access_key,
        aws_secret_access_key=key.secret_key,
        aws_session_token=key.session_token,
        config=Config(
            signature_version="s3v4",
            s3={
                "addressing_style": "path" if path_style else "virtual",
                "us_east_1_regional_endpoint": "regional",
            },
        ),
    )
    endpoint = s3_endpoint(region, environment, path_style=path_style)
    yield Pair(theirs, Signer(key, region, now), endpoint, choose)
    theirs.close()


def test_a_download_is_signed_as_botocore_signs_it(pair: Pair) -> None:
    for _ in range(ROUNDS):
        bucket, key, disposition, lifetime = pair.bucket(), pair.key(), pair.text(), pair.lifetime()
        theirs = pair.theirs.generate_presigned_url(
            "get_object",
            {"Bucket": bucket, "Key": key, "ResponseContentDisposition": disposition, "ResponseCacheControl": "no"},
            int(lifetime.total_seconds()),
        )
        parameters = {"response-content-disposition": disposition, "response-cache-control": "no"}
        assert pair.ours.urls("GET", pair.endpoint.address(bucket, key), [(parameters, {})], lifetime) == [theirs]


@pytest.mark.parametrize("checked", [False, True])
def test_the_urls_of_parts_are_signed_as_botocore_signs_each(pair: Pair, checked: bool) -> None:
    for _ in range(ROUNDS // 25):
        bucket, key, upload, lifetime = pair.bucket(), pair.key(), pair.text(BASE64 + "._-", 120), pair.lifetime()
        requests, theirs = [], []
        for number in pair.choose.sample(range(1, 10_001), pair.choose.randint(0, 25)):
            size = pair.choose.randrange(5 * 1024**3)
            sha256 = {"ChecksumSHA256": pair.text(BASE64)} if checked else {}
            theirs.append(
                pair.theirs.generate_presigned_url(
                    "upload_part",
                    {
                        "Bucket": bucket,
                        "Key": key,
                        "UploadId": upload,
                        "PartNumber": number,
                        "ContentLength": size,
                        **sha256,
                    },
                    int(lifetime.total_seconds()),
                )
            )
            headers = {"content-length": str(size)}
            if checked:
                headers["x-amz-checksum-sha256"] = sha256["ChecksumSHA256"]
            requests.append(({"uploadId": upload, "partNumber": str(number)}, headers))
        assert pair.ours.urls("PUT", pair.endpoint.address(bucket, key), requests, lifetime) == theirs


def test_a_form_is_signed_as_botocore_signs_it(pair: Pair) -> None:
    for _ in range(ROUNDS):
        bucket, key, lifetime = pair.bucket(), pair.key(), pair.lifetime()
        fields = {f"x-amz-meta-{pair.text(string.ascii_lowercase)}": pair.text() for _ in range(3)}
        conditions = [*({name: value} for name, value in fields.items()), ["content-length-range", 5, 7]]
        theirs = pair.theirs.generate_presigned_post(
            bucket, key, dict(fields), list(conditions), int(lifetime.total_seconds())
        )
        assert pair.ours.form_fields(bucket, key, fields, (5, 7), lifetime) == theirs["fields"]
        assert pair.endpoint.address(bucket).url.rstrip("/") == theirs["url"].rstrip("/")


def test_every_region_has_the_host_that_botocore_knows() -> None:
    known = botocore.session.get_session().get_component("data_loader").load_data("partitions")["partitions"]
    hosts = {
        region: f"s3.{region}.{partition['outputs']['dnsSuffix']}"
        for partition in known
        for region in partition["regions"]
        if not region.endswith("-global")
    }
    assert len(hosts) > 30
    assert {region: s3_endpoint(region, {}, path_style=False).host for region in hosts} == hosts


def test_a_default_port_is_not_signed() -> None:
    """Who sends the request leaves it out of the Host header."""
    endpoint = s3_endpoint("eu-central-1", {"AWS_ENDPOINT_URL": "https://s3.shop.example:443"}, path_style=True)
    assert endpoint.address("bucket", "a key").url == "https://s3.shop.example/bucket/a%20key"


def test_credentials_are_those_of_the_environment_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANEW")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "first")
    assert (credentials().access_key, credentials().session_token) == ("AKIANEW", "first")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "second")
    assert credentials().session_token == "second"
    monkeypatch.setenv("AWS_SESSION_TOKEN", "")
    assert credentials().session_token is None
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(NoCredentials, match="AWS_SECRET_ACCESS_KEY"):
        credentials()


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(Credentials("AKIA", "secret", "secret too"))


def test_our_hmac_is_that_of_the_standard_library() -> None:
    choose = random.Random(SEED)
    print(f"seed {SEED}")
    for _ in range(ROUNDS):
        key, texts = (
            choose.randbytes(choose.randint(0, 64)),
            [str(choose.random()) * choose.randint(0, 9) for _ in "ab"],
        )
        ours = Hmac(key)
        theirs = [hmac.new(key, text.encode(), "sha256").hexdigest() for text in texts]
        assert [ours.hexdigest(text) for text in texts] == theirs, "and nothing of a text is left for the next"

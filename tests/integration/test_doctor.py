"""`vestibule doctor` on the whole service: what it finds healthy, what it finds broken, and that it leaves nothing behind.

What cannot be broken in the emulator is broken on the way: the answers of the real stack are changed.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from vestibule_client.doctor import Finding, Options, Site, examine, run
from vestibule_client.doctor.canary import Canary, canary_product
from vestibule_client.doctor.examination import guarded
from vestibule_client.doctor.forms import check_post
from vestibule_client.doctor.image_canary import check_image
from vestibule_client.doctor.parts import QUICK_BYTES, check_cancel, check_parts
from vestibule_client.problems import NotSignedIn
from vestibule_client.stack import Stack

from local.buckets import STAGING, VAULT
from local.stack import Running
from tests.integration.conftest import ORIGIN, Behind, Seller
from tests.sign_in import OneToken

QUICK = Options(quick=True)
AT_ONCE = Options(quick=True, wait_seconds=0)

Change = Callable[[httpx.Request, httpx.Response], httpx.Response]
Look = Callable[[Canary], Iterable[Finding]]


class Between(httpx.BaseTransport):
    """Something between the doctor and the stack, that changes answers."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._real = httpx.HTTPTransport(verify=False)  # plain HTTP on loopback: no certificates to load

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._real.handle_request(request)
        answer.read()
        return self._change(request, answer)

    def close(self) -> None:
        self._real.close()


@pytest.fixture
def tokens(seller: Seller) -> OneToken:
    return OneToken(seller.token)


@contextmanager
def site_of(running: Running, tokens: OneToken, change: Change = lambda _, answer: answer) -> Iterator[Site]:
    with httpx.Client(transport=Between(change), timeout=30) as http:
        yield Site(Stack.from_outputs(running.outputs()), tokens, http)


def found(site: Site, options: Options = QUICK) -> dict[str, Finding]:
    with closing(examine(site, options)) as findings:
        return {finding.check: finding for finding in findings}


def failed(site: Site, options: Options = QUICK) -> dict[str, Finding]:
    return {check: finding for check, finding in found(site, options).items() if finding.outcome == "failed"}


def failure_of(site: Site, look: Look, check: str) -> Finding:
    """The failure of one check, as soon as it is found."""
    with canary_product(replace(site, origin=ORIGIN)) as canary:
        return next(
            each for each in guarded("look", lambda: look(canary)) if each.outcome == "failed" and each.check == check
        )


def leftovers(seller: Seller) -> list[str]:
    """The ids of products that a doctor left behind."""
    listed = seller.call("GET", "/products").json()["products"]
    return [product["id"] for product in listed if product["title"].startswith("vestibule doctor")]


def test_a_healthy_stage_is_fine_and_nothing_is_left(
    running: Running, seller: Seller, tokens: OneToken, http: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Stack.from_outputs(running.outputs()), tokens, http, as_json=True) == 0
    shown = capsys.readouterr().out
    findings = [Finding(**json.loads(line)) for line in shown.splitlines()]
    outcomes = {finding.check: finding.outcome for finding in findings}
    assert len(outcomes) == len(findings) > 50
    assert set(outcomes.values()) == {"ok", "not_checked"}
    # On loopback there is no TLS, no CDN and no gateway of AWS: nothing is claimed of them.
    assert {check for check, outcome in outcomes.items() if outcome == "not_checked"} == {
        "address.tls",
        "aws",
        "gateway.unknown_path",
        "image.by_cdn_only",
        "image.headers",
    }
    assert "S3 takes 2 parts" in shown
    assert leftovers(seller) == []


def test_nothing_secret_is_shown(
    running: Running, tokens: OneToken, http: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    run(Stack.from_outputs(running.outputs()), tokens, http, options=AT_ONCE, origin="https://other.example")
    shown = capsys.readouterr().out
    assert "✗" in shown
    secrets = (*tokens.id_token().split("."), "X-Amz-Signature", "UploadId", "~", "/images/", "u/")
    assert not [secret for secret in secrets if secret in shown]


def test_a_bucket_that_lost_its_cors_is_found(running: Running, tokens: OneToken, behind: Behind) -> None:
    s3 = behind.stack.client("s3")
    kept = s3.get_bucket_cors(Bucket=STAGING)["CORSRules"]
    s3.delete_bucket_cors(Bucket=STAGING)
    try:
        with site_of(running, tokens) as site:
            ill = failed(site, AT_ONCE)
    finally:
        s3.put_bucket_cors(Bucket=STAGING, CORSConfiguration={"CORSRules": kept})
    assert set(ill) - {"image.rendered"} == {"cors.staging.post", "image.etag"}  # nobody waited for renditions
    assert f"Give the bucket staging the CORS rule of terraform/modules/buckets for {ORIGIN}" in ill["image.etag"].mend


def test_a_vault_that_everybody_reads_is_found(running: Running, tokens: OneToken, behind: Behind) -> None:
    s3 = behind.stack.client("s3")
    opened = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{VAULT}/*"}
    blocked = s3.get_public_access_block(Bucket=VAULT)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=VAULT)
    s3.put_bucket_policy(Bucket=VAULT, Policy=json.dumps({"Version": "2012-10-17", "Statement": [opened]}))
    try:
        with site_of(running, tokens) as site:
            ill = failure_of(site, check_post, "post.download_signed")
    finally:
        s3.delete_bucket_policy(Bucket=VAULT)
        s3.put_public_access_block(Bucket=VAULT, PublicAccessBlockConfiguration=blocked)
    assert "an object of the bucket vault needs no signature" in ill.seen
    assert "Block all public access" in ill.mend


@pytest.mark.usefixtures("no_pump")
def test_renditions_that_do_not_come_are_found(running: Running, tokens: OneToken) -> None:
    with site_of(running, tokens) as site:
        ill = failed(site, AT_ONCE)
    assert set(ill) == {"image.rendered"}
    assert "vestibule-<stage>-render" in ill["image.rendered"].mend


def answering(method: str, where: str, number: int = 1, **changes: Any) -> Change:
    """Change the answer to one request: the `number`th of a method with `where` in its URL or body (-1: each)."""
    seen = []

    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method != method or where not in f"{request.url}\n{request.read().decode(errors='replace')}":
            return answer
        seen.append(request)
        if number not in (len(seen), -1):
            return answer
        headers = {**answer.headers, **changes.get("headers", {})}
        headers = {name: value for name, value in headers.items() if name != "content-length"}
        content = changes.get("content", lambda whole: whole)(answer.content)
        return httpx.Response(changes.get("status", answer.status_code), headers=headers, content=content)

    return change


def reply(**members: Any) -> Callable[[bytes], bytes]:
    """A JSON answer with other members."""
    return lambda whole: json.dumps(json.loads(whole) | members).encode()


def replacing(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda whole: whole.replace(old, new)


def loosened(whole: bytes) -> bytes:
    """A form whose policy permits more bytes than were declared."""
    issued = json.loads(whole)
    policy = json.loads(base64.b64decode(issued["fields"]["policy"]))
    policy["conditions"] = [each if isinstance(each, dict) else [each[0], 0, 10**9] for each in policy["conditions"]]
    issued["fields"]["policy"] = base64.b64encode(json.dumps(policy).encode()).decode()
    return json.dumps(issued).encode()


def image(canary: Canary) -> Iterable[Finding]:
    return check_image(canary, wait_seconds=0)


def rendered(canary: Canary) -> Iterable[Finding]:
    return check_image(canary, wait_seconds=30)


def parts(canary: Canary) -> Iterable[Finding]:
    return check_parts(canary, QUICK_BYTES)


ILLNESSES: list[tuple[str, Look, Change, str]] = [
    ("image.form", image, answering("POST", "images/uploads", content=loosened), "does not fix the size"),
    (
        "image.form",
        image,
        answering("POST", "images/uploads", content=replacing(b"eu-central-1", b"us-east-1")),
        "signed for us-east-1",
    ),
    ("image.sent", image, answering("POST", "local-staging", status=307), "answers the form with 307"),
    ("image.etag", image, answering("POST", "local-staging", headers={"access-control-expose-headers": ""}), "ETag"),
    ("image.confirmed", image, answering("POST", "/confirm", 2, status=201), "answered 201 and 201"),
    (
        "image.confirmed",
        image,
        answering("POST", "/confirm", 2, content=reply(id="01ARZ3NDEKTSV4RRFFQ69G5FAV")),
        "admitted another file",
    ),
    ("image.download", image, answering("GET", "X-Amz-Sig", content=lambda whole: whole[::-1]), "other bytes"),
    (
        "image.download",
        image,
        answering("GET", "X-Amz-Sig", headers={"content-disposition": "inline"}),
        "show it instead of saving it",
    ),
    (
        "image.download",
        image,
        answering("GET", "X-Amz-Sig", headers={"access-control-allow-origin": "https://other.example"}),
        "pages may not read what they download",
    ),
    ("image.public", rendered, answering("GET", "local-media/01", headers={"cache-control": ""}), "not told to keep"),
    ("image.public", rendered, answering("GET", "local-media/01", status=403), "a rendition answers 403"),
    (
        "image.rendered",
        rendered,
        answering(
            "GET", "/images", -1, content=replacing(b'"rendition_state":"', b'"rendition_state":"failed","was":"')
        ),
        "the picture is failed",
    ),
    ("post.cancelled", check_post, answering("POST", "deliverables/up", headers={"cache-control": ""}), "be cached"),
    (
        "post.cancelled",
        check_post,
        answering("DELETE", "deliverables/uploads", status=500),
        "answers 500 instead of 204",
    ),
    ("post.changed_field", check_post, answering("POST", "text/html", status=201), "with 201 instead of 403"),
    ("post.longer_file", check_post, answering("POST", "doctor.\nx", status=201), "with 201 instead of 400"),
    ("post.confirmed", check_post, answering("POST", "/confirm", 1, status=200), "answered 200 and 200"),
    (
        "parts.signed",
        parts,
        answering("POST", "/parts", content=replacing(b"content-length", b"none")),
        "content-length",
    ),
    ("parts.tampered", parts, answering("PUT", "partNumber", 1, status=200), "one byte changed with 200"),
    ("parts.tampered", parts, answering("PUT", "partNumber", 2, status=200), "another checksum than the signed with"),
    ("parts.sent", parts, answering("PUT", "partNumber", 3, status=403), "answers parts with 403"),
    (
        "parts.etag",
        parts,
        answering("PUT", "partNumber", 3, headers={"access-control-allow-origin": "no"}),
        "it allows no",
    ),
    ("parts.listed", parts, answering("GET", "/parts", content=reply(parts=[])), "0 of 1 parts"),
    ("parts.confirmed", parts, answering("POST", "/confirm", 2, status=201), "answered 201 and 201"),
    ("parts.cancelled", check_cancel, answering("PUT", "partNumber", status=200), "still takes a part"),
    ("parts.cancelled", check_cancel, answering("GET", "/parts", status=200), "its parts answer 200 instead of 410"),
    ("look", parts, answering("POST", "/parts", content=lambda _: b"<html>"), "instead of JSON"),
    (
        "look",
        image,
        answering("POST", "/uploads", status=429, content=reply(code="quota_exceeded")),
        "429 quota_exceeded",
    ),
]


@pytest.mark.parametrize(
    ("check", "look", "change", "seen"), ILLNESSES, ids=[f"{check}: {seen}" for check, _, _, seen in ILLNESSES]
)
def test_an_illness_on_the_way_is_found(
    running: Running, tokens: OneToken, check: str, look: Look, change: Change, seen: str
) -> None:
    with site_of(running, tokens, change) as site:
        ill = failure_of(site, look, check)
    assert seen in ill.seen
    assert ill.mend


def test_nothing_is_left_where_the_answer_about_the_product_is_lost(
    running: Running, seller: Seller, tokens: OneToken
) -> None:
    with site_of(running, tokens, answering("POST", "vestibule doctor", content=lambda _: b"<html>")) as site:
        assert "instead of JSON" in failed(site)["canary"].seen
    assert leftovers(seller) == []


def test_what_cannot_be_deleted_is_said(running: Running, seller: Seller, tokens: OneToken) -> None:
    with site_of(running, tokens, answering("DELETE", "/products/", -1, status=503)) as site:
        ill = failed(site, AT_ONCE)["canary.clean_up"]
    for product in leftovers(seller):
        assert seller.call("DELETE", f"/products/{product}").status_code == 204
    assert "503" in ill.seen
    assert "whose title begins with “vestibule doctor”" in ill.mend


@pytest.mark.parametrize(
    "stop", [KeyboardInterrupt(), NotSignedIn("The sign-in has ended.")], ids=lambda stop: type(stop).__name__
)
def test_whoever_stops_it_finds_nothing_left(
    running: Running, seller: Seller, tokens: OneToken, stop: BaseException
) -> None:
    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method == "PUT" and "partNumber" in str(request.url):
            raise stop
        return answer

    with site_of(running, tokens, change) as site:
        if isinstance(stop, KeyboardInterrupt):
            with pytest.raises(KeyboardInterrupt):
                found(site, AT_ONCE)
        else:
            assert "The sign-in has ended." in failed(site, AT_ONCE)["parts"].seen
    assert leftovers(seller) == []


def test_whoever_stops_it_while_the_product_is_made_finds_nothing_left(
    running: Running, seller: Seller, tokens: OneToken
) -> None:
    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method == "POST" and answer.status_code == 201 and request.url.path == "/products":
            raise KeyboardInterrupt
        return answer

    with site_of(running, tokens, change) as site, pytest.raises(KeyboardInterrupt):
        found(site, AT_ONCE)
    assert leftovers(seller) == []

"""One policy: what CloudFront is set up with, and what the page is served with on a developer's machine."""

import re
from pathlib import Path

from tools.site_headers import cache_control, config, content_security_policy, local_places, security_headers

TERRAFORM_TEST = Path("terraform/modules/site/tests/site.tftest.hcl")
PLACES = {name: f"https://{name}.example" for name in ("api", "cognito", "staging", "vault", "media")}
OUTPUTS = {
    "api_url": "http://127.0.0.1:8000",
    "region": "eu-central-1",
    "user_pool_id": "pool",
    "user_pool_client_id": "client",
    "media_url": "http://127.0.0.1:4566/media",
    "buckets": {"staging": "one", "vault": "two"},
    "table": "table",
    "cognito_endpoint": "http://127.0.0.1:4566",
    "s3_endpoint": "http://127.0.0.1:4566",
}


def test_the_policy_is_the_one_that_cloudfront_sends() -> None:
    expected = re.search(r'local\.content_security_policy == "([^"]+)"', TERRAFORM_TEST.read_text())
    assert expected is not None
    assert content_security_policy(PLACES) == expected[1]


def test_nothing_inline_may_run_and_nobody_may_frame_the_page() -> None:
    policy = content_security_policy(PLACES)
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_places_of_one_origin_are_named_once() -> None:
    policy = content_security_policy(local_places(OUTPUTS))
    assert "connect-src 'self' http://127.0.0.1:8000 http://127.0.0.1:4566;" in policy


def test_each_answer_says_what_browsers_shall_not_do() -> None:
    headers = security_headers(PLACES)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"] == "max-age=63072000"


def test_only_what_has_a_hash_in_its_name_is_kept() -> None:
    assert cache_control("assets/index-1a2b.js").endswith("immutable")
    assert cache_control("index.html") == cache_control("config.json") == "no-cache"


def test_the_page_is_told_what_it_needs_and_no_more() -> None:
    assert config(OUTPUTS).keys() == OUTPUTS.keys() - {"buckets", "table", "s3_endpoint"}
    in_aws = {name: value for name, value in OUTPUTS.items() if not name.endswith("_endpoint")}
    assert "cognito_endpoint" not in config(in_aws)

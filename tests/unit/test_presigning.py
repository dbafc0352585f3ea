"""What is signed without a call, in every region."""

import base64
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import presigning
from chalicelib.settings import settings
from tests.conftest import ENVIRONMENT

PROGRAM = """
import json
from datetime import timedelta
from chalicelib import presigning
minute = timedelta(minutes=1)
form = presigning.sign_form("u/x", {"Content-Type": "image/png"}, 5, minute)
print(json.dumps([form.url, form.fields, presigning.sign_download("images/x", "attachment", minute)]))
"""


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-southeast-7"])
def test_urls_are_regional_and_signed_with_version_4(region: str) -> None:
    """boto3's default is another host, or another signature, in some regions: each has to be seen."""
    environment = {**ENVIRONMENT, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, "PATH": os.environ["PATH"]}
    output = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True)
    url, fields, download = json.loads(output.stdout)

    assert url == f"https://vestibule-test-staging.s3.{region}.amazonaws.com/"
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert f"/{region}/s3/aws4_request" in fields["x-amz-credential"]
    assert download.startswith(f"https://vestibule-test-vault.s3.{region}.amazonaws.com/images/x?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in download


names = st.sampled_from(
    ["Content-Type", "success_action_status", "x-amz-meta-filename", "x-amz-meta-alt", "x-amz-checksum-sha256"]
)
values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50)


@given(st.dictionaries(names, values), st.integers(1, 5 * 1024**3), st.integers(1, 900), st.text("u/abc01", min_size=3))
def test_a_policy_allows_exactly_one_form(fields: dict[str, str], size: int, seconds: int, key: str) -> None:
    """Whatever is signed: nothing may be left open, and nothing be sent that is not signed."""
    form = presigning.sign_form(key, fields, size, timedelta(seconds=seconds))
    policy = json.loads(base64.b64decode(form.fields["policy"]))

    ranges = [condition for condition in policy["conditions"] if isinstance(condition, list)]
    equal = [item for condition in policy["conditions"] if isinstance(condition, dict) for item in condition.items()]
    assert ranges == [["content-length-range", size, size]]
    assert len(equal) == len({name for name, _ in equal})
    signed = {name: value for name, value in form.fields.items() if name not in ("policy", "x-amz-signature")}
    assert dict(equal) == {**signed, "bucket": settings.staging_bucket}
    assert signed.items() >= {**fields, "key": key}.items()
    left = datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)
    assert left <= timedelta(seconds=seconds)

"""What is signed without a call, in every region."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ENVIRONMENT

PROGRAM = """
import json
from datetime import timedelta
from chalicelib import storage
minute = timedelta(minutes=1)
form = storage.sign_form("u/x", {"Content-Type": "image/png"}, 5, minute)
print(json.dumps([form.url, form.fields, storage.sign_download("images/x", "attachment", minute)]))
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

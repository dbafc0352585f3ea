"""Every test runs with this environment; nothing of the machine's own AWS configuration is seen."""

import logging
import os
from typing import Any

ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "VESTIBULE_TABLE": "vestibule-test",
    "VESTIBULE_STAGING_BUCKET": "vestibule-test-staging",
    "VESTIBULE_VAULT_BUCKET": "vestibule-test-vault",
    "VESTIBULE_MEDIA_BUCKET": "vestibule-test-media",
    "VESTIBULE_MEDIA_URL": "https://media.shop.example",
    "VESTIBULE_USER_POOL_ARN": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Example01",
    "VESTIBULE_USER_POOL_CLIENT_ID": "exampleclient",
    "VESTIBULE_ALLOWED_ORIGIN": "https://shop.example",
}
for name in [name for name in os.environ if name.startswith(("AWS_", "VESTIBULE_"))]:
    del os.environ[name]
os.environ.update(ENVIRONMENT)

import moto  # noqa: E402, F401  (hooks botocore; must come before the app makes its clients)
from hypothesis import HealthCheck, settings  # noqa: E402

# A busy machine is no failure: nothing here is timed. A failing example is printed so that it can be run again.
settings.register_profile("vestibule", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("vestibule")

import pytest  # noqa: E402

from chalicelib import telemetry  # noqa: E402
from tests import log_lines  # noqa: E402

_keeper = log_lines.Keeper()
_keeper.setFormatter(telemetry.log.registered_formatter)
logging.getLogger(telemetry.LOGGER).addHandler(_keeper)


class Logs:
    """What the service logged in this test."""

    def __init__(self) -> None:
        self._mark = len(log_lines.LINES)

    def all(self) -> list[dict[str, Any]]:
        return log_lines.since(self._mark)

    def above_info(self) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["level"] != "INFO"]


@pytest.fixture
def logs() -> Logs:
    return Logs()

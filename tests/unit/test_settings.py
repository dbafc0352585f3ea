"""What the deployment tells the service."""

import pytest

from chalicelib.settings import bare_environment, read_settings
from tests.conftest import ENVIRONMENT


def test_names_and_defaults_are_read() -> None:
    settings = read_settings(ENVIRONMENT)
    assert settings.staging_bucket == ENVIRONMENT["VESTIBULE_STAGING_BUCKET"]
    assert (settings.max_staged_uploads, settings.s3_addressing_style) == (50, "virtual")
    assert settings.account_id == "123456789012"
    assert settings.token_issuer == "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example01"


def test_limits_can_be_changed() -> None:
    assert read_settings(ENVIRONMENT | {"VESTIBULE_QUOTA_BYTES": "123"}).quota_bytes == 123


@pytest.mark.parametrize("name", ["AWS_REGION", *(name for name in ENVIRONMENT if name.startswith("VESTIBULE_"))])
def test_an_absent_name_is_told(name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key not in (name, "AWS_DEFAULT_REGION")}
    environment.setdefault("AWS_REGION", "") if name == "AWS_REGION" else None
    with pytest.raises(RuntimeError, match=name):
        read_settings(environment)


@pytest.mark.parametrize("value", ["ten", "-1", "1.5", "١٢"])
def test_a_number_that_is_none_is_told(value: str) -> None:
    with pytest.raises(RuntimeError, match="VESTIBULE_RECOVERY_DAYS"):
        read_settings(ENVIRONMENT | {"VESTIBULE_RECOVERY_DAYS": value})


def test_terraforms_expressions_are_left_alone_while_packaging() -> None:
    settings = read_settings(ENVIRONMENT | {"VESTIBULE_QUOTA_BYTES": "${var.quota}", "VESTIBULE_TABLE": "${var.table}"})
    assert (settings.quota_bytes, settings.table) == (1024**4, "${var.table}")


@pytest.mark.parametrize(("name", "value"), [("MAX_STAGED_UPLOADS", "1001"), ("MAX_POST_BYTES", str(5 * 1024**3 + 1))])
def test_a_limit_that_s3_could_not_hold_is_told(name: str, value: str) -> None:
    with pytest.raises(RuntimeError, match=f"VESTIBULE_{name}"):
        read_settings(ENVIRONMENT | {f"VESTIBULE_{name}": value})


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("", False), ("${var.x}", False)])
def test_switches_are_read_as_terraform_writes_them(text: str, value: bool) -> None:
    assert read_settings(ENVIRONMENT | {"VESTIBULE_SWEEP_REPORT_ONLY": text}).sweep_report_only is value


@pytest.mark.parametrize("text", ["1", "yes", "True"])
def test_a_switch_that_is_none_is_told(text: str) -> None:
    with pytest.raises(RuntimeError, match="VESTIBULE_RENDER_AVIF"):
        read_settings(ENVIRONMENT | {"VESTIBULE_RENDER_AVIF": text})


def test_what_is_deleted_can_be_restored_for_a_day_at_least() -> None:
    with pytest.raises(RuntimeError, match="VESTIBULE_RECOVERY_DAYS must be 1 at least"):
        read_settings(ENVIRONMENT | {"VESTIBULE_RECOVERY_DAYS": "0"})


def test_a_child_gets_no_secret_and_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    assert not [name for name in bare_environment() if name.startswith(("AWS_", "VESTIBULE_"))]
    assert "PATH" in bare_environment()

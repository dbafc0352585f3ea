"""How findings look: to people, and to programs."""

import io
import json
from collections.abc import Iterator

import httpx
import pytest
from vestibule_client.doctor import Finding, run
from vestibule_client.doctor.findings import failed, not_checked, ok, warning
from vestibule_client.doctor.screen import Lines, People, show_all

from tests.client.doctor_shop import STACK, token
from tests.sign_in import OneToken

FINDINGS = [
    ok("clock.api", "the clocks agree"),
    warning("token.time", "it ends in 3 minutes", "Sign in again."),
    failed("cors.api.preflight", "PUT may not be used " * 6, "Set allowed_origin, and deploy the stage. " * 4),
    not_checked("aws", "boto3 is not installed"),
]


def test_people_see_a_mark_what_was_seen_and_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = io.StringIO()
    counts = show_all(FINDINGS, People(out))
    lines = out.getvalue().splitlines()
    assert lines[:3] == ["", "Clocks", "  ✓ the clocks agree"]
    assert "  ! it ends in 3 minutes  (token.time)" in lines
    assert "    → Sign in again." in lines
    assert "  – boto3 is not installed" in lines
    assert lines[-1] == "1 fine, 1 to watch, 1 failed, 1 not checked"
    assert counts["failed"] == 1
    assert max(map(len, lines)) <= 60
    assert not [line for line in lines if line.endswith(" ")]


def test_long_sentences_stay_to_the_right_of_their_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = io.StringIO()
    show_all(FINDINGS[2:3], People(out))
    begun = out.getvalue().splitlines()[2:-2]
    assert [line for line in begun if not line.startswith(("  ✗ PUT", "    → Set", "    "))] == []
    assert len(begun) > 4


def test_programs_get_one_object_a_line_as_it_comes() -> None:
    out = io.StringIO()

    def coming() -> Iterator[Finding]:
        for number, finding in enumerate(FINDINGS):
            assert len(out.getvalue().splitlines()) == number
            yield finding

    show_all(coming(), Lines(out))
    assert [Finding(**json.loads(line)) for line in out.getvalue().splitlines()] == FINDINGS


def test_the_exit_status_says_whether_anything_failed(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    local = STACK.from_outputs({**STACK.outputs, "api_url": "http://127.0.0.1:9"})
    with httpx.Client(transport=httpx.MockTransport(refuse)) as http:
        assert run(local, OneToken(token()), http) == 1
    assert "that `make dev` runs" in " ".join(capsys.readouterr().out.split())

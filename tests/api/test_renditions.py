"""From S3's event to the row: what is called and published, what changes nothing, and what is tried again."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import pytest

import app as service
from chalicelib import renditions
from chalicelib.aws.wire import Response
from chalicelib.ids import new_ulid
from chalicelib.kinds import IMAGE, vault_key
from chalicelib.models import LIVE, PURGED, Image, Tombstone, file_key
from chalicelib.problems import StorageUnavailable
from chalicelib.reminders import Reminder
from chalicelib.settings import settings
from tests.api.aws import s3
from tests.api.conftest import Api, send, table, vault_keys
from tests.api.test_outages import DYNAMODB_FAULTS, S3_FAULTS
from tests.api.wire import Wire, s3_error
from tests.conftest import Logs
from tests.pictures import encoded, smooth
from tests.samples import image, zip_file

PNG = encoded(smooth(700, 500), "image/png")
CALLS = ["dynamodb.BatchGetItem", "s3.GetObject", *["s3.PutObject"] * 4, "dynamodb.UpdateItem"]
NAMES = ["320.webp", "640.webp", "700.jpg", "700.webp"]
CONTEXT = SimpleNamespace(aws_request_id="dc233ae7-d1ea-4e6c-be56-97e7c811006d")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The retries of botocore wait; nothing is learnt by waiting here."""
    monkeypatch.setattr("time.sleep", lambda _: None)


def event(key: str, bucket: str | None = None) -> None:
    """S3's notification, as Lambda hands it to Chalice: its key is encoded as in a form."""
    record = {"s3": {"bucket": {"name": bucket or settings.vault_bucket}, "object": {"key": quote_plus(key, safe="/")}}}
    service.render({"Records": [record]}, CONTEXT)


def published() -> dict[str, tuple[str, str]]:
    """What lies in the media bucket: its type, and how long it may be kept."""
    found = {}
    for item in s3.list_objects_v2(Bucket=settings.media_bucket).get("Contents", []):
        head = s3.head_object(Bucket=settings.media_bucket, Key=item["Key"])
        found[item["Key"]] = (head["ContentType"], head["CacheControl"])
    return found


def row_of(product: str, file: dict[str, Any]) -> Image:
    row = Image.get(*file_key(product, IMAGE, file["id"]))
    assert isinstance(row, Image)
    return row


def reminders_left() -> list[Reminder]:
    return [row for row in Reminder.scan() if isinstance(row, Reminder) and row.what == "render"]


@pytest.fixture
def added(api: Api, product: str) -> dict[str, Any]:
    """An image that was confirmed, and is not rendered yet."""
    return api.add(product, "image", PNG, "image/png")


@pytest.fixture
def key(added: dict[str, Any]) -> str:
    (key,) = vault_keys()
    return key


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Another decoder: a program that has the order as `order`."""

    def use(program: str) -> None:
        start = "import json, os, signal, sys, time; order = json.loads(sys.argv[1])\n"
        command = renditions.command

        def other(*arguments: Any) -> tuple[list[str], dict[str, str]]:
            (*_, order), environment = command(*arguments)
            return [sys.executable, "-c", start + program, order], environment

        monkeypatch.setattr(renditions, "command", other)

    return use


# What becomes of an image


def test_an_image_gets_its_renditions_and_its_placeholder(
    api: Api, product: str, added: dict[str, Any], key: str
) -> None:
    event(key)

    (shown,) = api.get(f"/products/{product}/images").json_body["images"]
    assert (shown["rendition_state"], shown["rendition_error"], shown["original_url"]) == ("ready", None, None)
    assert len(shown["placeholder"]) == 28
    prefix = f"{settings.media_url}/{product}/{added['id']}/"
    assert [one["url"].removeprefix(prefix) for one in shown["renditions"]] == NAMES
    assert [one["width"] for one in shown["renditions"]] == [320, 640, 700, 700]
    assert [one["content_type"] for one in shown["renditions"]] == [
        "image/webp",
        "image/webp",
        "image/jpeg",
        "image/webp",
    ]
    cache = "public, max-age=31536000, immutable"
    assert published() == {
        f"{product}/{added['id']}/{name}": (renditions.TYPES[name.rpartition(".")[2]], cache) for name in NAMES
    }
    for one in shown["renditions"]:
        name = one["url"].removeprefix(f"{settings.media_url}/")
        assert s3.head_object(Bucket=settings.media_bucket, Key=name)["ContentLength"] == one["bytes"]


def test_a_rendering_costs_two_reads_a_write_for_each_rendition_and_one_for_the_row(key: str, wire: Wire) -> None:
    wire.calls.clear()
    event(key)
    assert wire.calls == CALLS


def test_a_rendering_is_logged_by_its_ids_and_counted(
    product: str, added: dict[str, Any], key: str, logs: Logs
) -> None:
    event(key)
    line = logs.all()[-1]
    assert (line["message"], line["product_id"], line["upload_id"]) == ("rendered", product, added["id"])
    assert line["RenditionsReady"] == [1]
    assert line["RenderTime"][0] > 0


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp", "image/avif"])
def test_every_type_is_rendered(api: Api, product: str, content_type: str) -> None:
    added = api.add(product, "image", image(content_type), content_type)
    event(vault_keys()[0])
    assert row_of(product, added).rendition_state == "ready"


def test_an_image_that_cannot_be_decoded_says_why_once_and_for_good(
    api: Api, product: str, wire: Wire, logs: Logs
) -> None:
    content = image("image/png", 300, 300)[:-300]
    api.add(product, "image", content, "image/png")
    (key,) = vault_keys()
    wire.calls.clear()
    event(key)
    assert wire.calls == ["dynamodb.BatchGetItem", "s3.GetObject", "dynamodb.UpdateItem"]
    (shown,) = api.get(f"/products/{product}/images").json_body["images"]
    assert shown["rendition_state"] == "failed"
    assert "damaged or cut off" in shown["rendition_error"]
    assert (shown["renditions"], shown["placeholder"], shown["original_url"]) == ([], None, None)
    assert logs.above_info() == []

    before = table()
    wire.calls.clear()
    event(key)
    assert wire.calls == ["dynamodb.BatchGetItem"]
    assert table() == before


# What its seller, and nobody else, sees meanwhile


def test_the_original_can_be_seen_while_it_waits_but_not_in_the_answer_to_a_confirm(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    for confirmed in (api.confirm(issued), api.confirm(issued)):
        assert (confirmed.json_body["rendition_state"], confirmed.json_body["original_url"]) == ("processing", None)
    answer = api.get(f"/products/{product}/images")
    (shown,) = answer.json_body["images"]
    assert vault_keys()[0] in shown["original_url"]
    assert "response-content-disposition=attachment" in shown["original_url"]
    assert "X-Amz-Expires=300" in shown["original_url"]
    assert answer.headers["Cache-Control"] == "no-store"
    (also,) = api.get(f"/products/{product}").json_body["images"]
    assert vault_keys()[0] in also["original_url"]


def test_nobody_else_sees_the_original(product: str, added: dict[str, Any], stranger: Api) -> None:
    for path in (f"/products/{product}/images", f"/products/{product}"):
        assert stranger.get(path).status_code == 404


# What changes nothing


def test_an_event_that_comes_twice_changes_nothing(key: str, wire: Wire) -> None:
    event(key)
    before, there = table(), published()
    wire.calls.clear()
    event(key)
    assert wire.calls == ["dynamodb.BatchGetItem"]
    assert (table(), published()) == (before, there)


def unchanged(key: str, bucket: str | None = None) -> None:
    before = table()
    event(key, bucket)
    assert table() == before
    assert published() == {}


ODD_KEYS = [
    "a+b",
    "ä ö",
    "images",
    "images/",
    "images//x",
    "images/2026-01-01/x/y.m",
    "../x",
    "%2e",
    "\u202e",
    "x" * 900,
]


@pytest.mark.parametrize("odd", ODD_KEYS)
def test_a_key_that_is_none_of_ours_is_left_alone(api: Api, wire: Wire, odd: str) -> None:
    wire.calls.clear()
    for key in (odd, f"images/{odd}"):
        unchanged(key)
    assert [call for call in wire.calls if call != "dynamodb.Scan"] == []


def test_an_event_about_another_bucket_is_left_alone(key: str) -> None:
    for bucket in (settings.staging_bucket, settings.media_bucket, "elsewhere"):
        unchanged(key, bucket)


def test_an_event_about_a_deliverable_is_left_alone(api: Api, product: str) -> None:
    api.add(product, "deliverable", zip_file(), "application/zip")
    unchanged(vault_keys()[0])


def test_the_object_of_a_race_that_was_lost_is_left_alone(product: str, added: dict[str, Any], key: str) -> None:
    loser = vault_key(IMAGE, product, added["id"], "another version")
    s3.put_object(Bucket=settings.vault_bucket, Key=loser, Body=PNG)
    unchanged(loser)


def test_a_tombstone_stays_one(product: str) -> None:
    upload = new_ulid(datetime.now(UTC))
    Tombstone(*file_key(product, IMAGE, upload)).save()
    unchanged(vault_key(IMAGE, product, upload, "v"))


@pytest.mark.parametrize("state", ["gone", PURGED])
def test_what_is_purged_is_not_rendered(product: str, added: dict[str, Any], key: str, state: str) -> None:
    row_of(product, added).update(actions=[Image.state.set(state)])
    unchanged(key)


def test_what_will_be_purged_within_the_hour_is_not_rendered_any_more(
    api: Api, product: str, added: dict[str, Any], key: str
) -> None:
    api.call("DELETE", f"/products/{product}/images/{added['id']}")
    row_of(product, added).update(actions=[Image.purge_at.set(datetime.now(UTC) + timedelta(minutes=59))])
    unchanged(key)


def test_a_deleted_image_is_rendered_and_stays_deleted_so_that_it_can_be_restored(
    api: Api, product: str, added: dict[str, Any], key: str
) -> None:
    api.call("DELETE", f"/products/{product}/images/{added['id']}")
    event(key)
    row = row_of(product, added)
    assert (row.state, row.rendition_state) == ("deleted", "ready")
    restored = api.post(f"/products/{product}/images/{added['id']}/restore").json_body
    assert (restored["state"], restored["rendition_state"]) == ("live", "ready")


def test_a_superseded_image_stays_superseded(api: Api, product: str, added: dict[str, Any], key: str) -> None:
    api.add(product, "image", PNG, "image/png", replaces=added["id"])
    event(key)
    assert row_of(product, added).state == "superseded"


def test_an_image_purged_while_it_is_rendered_does_not_come_back(
    product: str, added: dict[str, Any], key: str, wire: Wire
) -> None:
    def purge(number: int, name: str) -> None:
        if name == "dynamodb.UpdateItem" and not done:
            done.append(name)
            row_of(product, added).update(actions=[Image.state.set(PURGED)])

    done: list[str] = []
    wire.fail = purge
    event(key)
    row = row_of(product, added)
    assert (row.state, row.rendition_state) == (PURGED, "processing")
    assert not row.renditions


def test_what_two_events_render_at_once_is_recorded_once(
    product: str, added: dict[str, Any], key: str, wire: Wire, logs: Logs
) -> None:
    def other_event(number: int, name: str) -> None:
        if name == "s3.PutObject" and not done:
            done.append(name)
            event(key)

    done: list[str] = []
    wire.fail = other_event
    event(key)
    assert row_of(product, added).rendition_state == "ready"
    assert [line["message"] for line in logs.all()[-2:]] == ["rendered", "somebody else was faster"]


@pytest.mark.parametrize("may_list", [True, False])
def test_an_original_that_was_removed_meanwhile_is_no_error(
    product: str, added: dict[str, Any], key: str, wire: Wire, may_list: bool
) -> None:
    """S3 says 403 for what is not there to who may not list, as the role of render."""

    def purge(number: int, name: str) -> Response | None:
        if name != "s3.GetObject" or done:
            return None
        done.append(name)
        row_of(product, added).update(actions=[Image.state.set(PURGED)])
        s3.delete_object(Bucket=settings.vault_bucket, Key=key)
        return None if may_list else s3_error(403, "AccessDenied")

    done: list[str] = []
    wire.fail = purge
    event(key)
    assert published() == {}
    assert row_of(product, added).rendition_state == "processing"


def test_an_image_to_be_seen_whose_object_is_lost_is_an_error(key: str) -> None:
    s3.delete_object(Bucket=settings.vault_bucket, Key=key)
    with pytest.raises(AssertionError, match=r"operations\.md"):
        event(key)


# What is tried again


def test_an_event_that_is_faster_than_the_confirm_is_tried_again(product: str) -> None:
    upload = new_ulid(datetime.now(UTC))
    for _ in range(3):
        with pytest.raises(renditions.NotAdmittedYet):
            event(vault_key(IMAGE, product, upload, "v"))
    assert {reminder.of for reminder in reminders_left()} == {file_key(product, IMAGE, upload)}
    assert published() == {}


FAULTS = [
    (number, fault)
    for number, call in enumerate(CALLS)
    for fault in (S3_FAULTS if call.startswith("s3") else DYNAMODB_FAULTS)
    if number in (0, 1, 2, 5, 6) and (number < 5 or fault in ("500", "throttled", "no answer"))
]


@pytest.mark.parametrize(("number", "fault"), FAULTS)
def test_without_s3_or_dynamodb_it_is_tried_again_and_a_repeat_puts_all_right(
    product: str, added: dict[str, Any], key: str, wire: Wire, number: int, fault: str
) -> None:
    faults = S3_FAULTS if CALLS[number].startswith("s3") else DYNAMODB_FAULTS
    wire.calls.clear()
    wire.fail = lambda at, _: faults[fault]() if at == number else None

    with pytest.raises(StorageUnavailable):
        event(key)

    assert wire.calls == [*CALLS[: number + 1], "dynamodb.PutItem"]
    assert [reminder.of for reminder in reminders_left()] == [file_key(product, IMAGE, added["id"])]
    row = row_of(product, added)
    assert row.rendition_state == "processing"
    assert not row.renditions

    wire.fail = lambda at, name: None
    event(key)
    assert row_of(product, added).rendition_state == "ready"
    assert [name.rpartition("/")[2] for name in published()] == sorted(NAMES)


def test_the_sweep_renders_what_no_event_has(product: str, added: dict[str, Any], key: str) -> None:
    assert renditions.render_again(file_key(product, IMAGE, added["id"]), datetime.now(UTC))
    assert row_of(product, added).rendition_state == "ready"


# The child


SAYS = "print(json.dumps(dict(placeholder='x', renditions=[dict(name={name!r}, content_type={type!r}, width=1, height=1, bytes=1)])))"


@pytest.mark.parametrize(
    "program",
    ["os.kill(os.getpid(), signal.SIGSEGV)", "os.abort()", "os.kill(os.getpid(), signal.SIGKILL)", "sys.exit(3)"],
)
def test_an_image_at_which_the_decoder_crashes_has_failed(
    product: str, added: dict[str, Any], key: str, child: Callable[[str], None], program: str, logs: Logs
) -> None:
    child(program)
    event(key)
    row = row_of(product, added)
    assert (row.state, row.rendition_state, row.rendition_error) == (LIVE, "failed", renditions.TOO_MUCH)
    assert published() == {}
    assert [line["message"] for line in logs.above_info()] == ["the decoder gave up"]


def test_an_image_at_which_the_decoder_hangs_has_failed(
    product: str, added: dict[str, Any], key: str, child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renditions, "RENDER_SECONDS", 0.5)
    child("signal.pause()")
    event(key)
    assert row_of(product, added).rendition_error == renditions.TOO_MUCH


@pytest.mark.parametrize(
    "program",
    [
        "sys.exit(1)",
        'print(\'{"reason": "x"}\'); sys.exit(1)',
        "pass",
        "print('garbage')",
        "print('[]')",
        "print('{}')",
        "import no_such_module",
        SAYS.format(name="320.webp", type="image/webp"),
        SAYS.format(name="/proc/self/environ", type="image/webp"),
        SAYS.format(name="../original", type="image/webp"),
        "open(order['folder'] + '/x.html', 'w'); " + SAYS.format(name="x.html", type="text/html"),
        "open(order['folder'] + '/320.webp', 'w'); " + SAYS.format(name="320.webp", type="text/html"),
        "os.symlink('/proc/self/environ', order['folder'] + '/320.webp'); "
        + SAYS.format(name="320.webp", type="image/webp"),
    ],
)
def test_a_decoder_that_is_broken_or_not_to_be_believed_fails_no_image_and_publishes_nothing(
    product: str, added: dict[str, Any], key: str, child: Callable[[str], None], program: str, logs: Logs
) -> None:
    child(program)
    with pytest.raises(renditions.DecoderBroken):
        event(key)
    assert published() == {}
    assert row_of(product, added).rendition_state == "processing"
    assert len(reminders_left()) == 1
    assert logs.above_info()[0]["message"] == "the decoder does not run"


def test_the_child_gets_no_credentials_and_no_settings(
    key: str, child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "secret")
    seen = tmp_path / "seen"
    child(f"json.dump(dict(os.environ), open({str(seen)!r}, 'w')); print(json.dumps(dict(reason='x')))")
    event(key)
    names = set(json.loads(seen.read_text()))
    assert names <= {"LANG", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR"}
    assert {"PATH", "PYTHONPATH", "TMPDIR"} <= names

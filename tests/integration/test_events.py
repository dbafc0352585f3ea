"""S3's events come more than once, too early, too late, or about nothing: the row decides."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.bootstrap import Stack
from local.buckets import VAULT
from local.stack import Running
from tests.integration.conftest import Behind, Seller, json_lines, wait_until
from tests.later import sweep_later
from tests.samples import image


@pytest.mark.usefixtures("no_pump")
def test_a_thousand_duplicate_events_change_nothing(
    running: Running, seller: Seller, product: str, behind: Behind
) -> None:
    file = seller.add(product, "image", image("image/png", 400, 300), "image/png")
    event = behind.next_event(product)
    behind.send_events(event)
    running.pump.start()
    (ready,) = seller.rendered(product)
    rows, media = behind.rows_of(product), behind.media(product)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: behind.send_events(*[event] * 10), range(100)))
    wait_until(lambda: behind.waiting_events() == 0, "all events dealt with", 120, every=1)

    assert (behind.rows_of(product), behind.media(product)) == (rows, media)
    assert seller.images(product) == [ready]
    about_it = [entry for entry in json_lines(running.pump.log) if entry.get("upload_id") == file["id"]]
    assert [entry["message"] for entry in about_it].count("rendered") == 1
    assert sum("nothing to render" in entry["message"] for entry in about_it) == 1000
    assert behind.reminders(product) == []


CONFIRM_THAT_PAUSES_BEFORE_IT_COMMITS = """
import sys
from chalicelib import confirm, kinds, storage, upload_ids

freeze = storage.freeze

def pause_afterwards(*arguments):
    copied = freeze(*arguments)
    print("copied", flush=True)
    sys.stdin.readline()
    return copied

storage.freeze = pause_afterwards
print(confirm.confirm(sys.argv[1], kinds.IMAGE, sys.argv[2], upload_ids.UploadId.parse(sys.argv[3])).file.state)
"""


def test_an_event_that_is_faster_than_its_confirm_is_tried_again(
    running: Running, seller: Seller, stack: Stack, product: str
) -> None:
    content = image("image/png", 400, 300)
    issued = seller.issue(product, "image", content, "image/png")
    seller.send(issued, content)
    arguments = [stack.seller.sub, product, issued["upload"]["id"]]
    with subprocess.Popen(
        [sys.executable, "-c", CONFIRM_THAT_PAUSES_BEFORE_IT_COMMITS, *arguments],
        env=stack.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as confirm:
        assert confirm.stdout is not None
        assert confirm.stdout.readline() == "copied\n"
        wait_until(lambda: f"{product}/{issued['upload']['id']}" in running.pump.log.read_text(), "a first try")
        assert "NotAdmittedYet, try 1 of 3, again" in running.pump.log.read_text()
        assert seller.images(product) == []
        assert confirm.communicate("go on\n", 30)[0] == "live\n"

    (ready,) = seller.rendered(product)
    assert ready["rendition_state"] == "ready"


def test_an_event_about_something_without_a_row_is_dropped_after_three_tries_and_the_sweep_is_reminded(
    running: Running, seller: Seller, stack: Stack, product: str, behind: Behind
) -> None:
    content = image("image/png", 400, 300)
    upload = seller.issue(product, "image", content, "image/png")["upload"]["id"]
    day = behind.rows_of(product)["product"]["created_at"]["S"][:10]
    key = f"images/{day}/{product}/{upload}.{'a' * 16}"
    stack.client("s3").put_object(Bucket=VAULT, Key=key, Body=content)

    wait_until(lambda: f"{key} → NotAdmittedYet, try 3 of 3, dropped" in running.pump.log.read_text(), "dropped")

    tries = [line for line in running.pump.log.read_text().splitlines() if line.startswith(f"render {key}")]
    assert len(tries) == 3
    assert set(behind.reminders(product)) == {"render"}
    assert list(behind.rows_of(product)) == ["product"]
    assert behind.media(product) == {}
    assert behind.vault_keys(product) == [key], "to delete it is the sweep's part, not before a day has passed"


@pytest.mark.usefixtures("no_pump")
def test_an_image_whose_events_all_came_too_early_is_rendered_by_the_sweep(
    running: Running, seller: Seller, stack: Stack, product: str, behind: Behind
) -> None:
    content = image("image/png", 400, 300)
    early = seller.issue(product, "image", content, "image/png")
    seller.add(product, "image", content, "image/png")
    event = behind.next_event(product)
    record = event["Records"][0]["s3"]["object"]
    record["key"] = record["key"].replace(record["key"].split("/")[-1][:26], early["upload"]["id"])
    behind.send_events(event)
    running.pump.start()
    wait_until(lambda: "try 3 of 3, dropped" in running.pump.log.read_text(), "dropped")
    running.pump.stop()
    seller.send(early, content)
    confirmed = seller.confirm(early).json()
    behind.next_event(product)
    assert confirmed["rendition_state"] == "processing"

    findings, _ = sweep_later(stack, 1)

    found = {finding["key"]: finding["what"] for finding in findings}
    assert found[f"P#{product} image#{confirmed['id']}"] == "render"
    (ready,) = [file for file in seller.images(product) if file["id"] == confirmed["id"]]
    assert ready["rendition_state"] == "ready"
    assert behind.reminders(product) == []


@pytest.mark.usefixtures("no_pump")
def test_an_image_deleted_before_its_event_came_stays_deleted_and_can_be_restored_with_its_renditions(
    running: Running, seller: Seller, product: str, behind: Behind
) -> None:
    file = seller.add(product, "image", image("image/png", 400, 300), "image/png")
    path = f"/products/{product}/images/{file['id']}"
    assert seller.call("DELETE", path).status_code == 204

    running.pump.start()
    wait_until(lambda: behind.waiting_events() == 0, "the event dealt with")

    assert seller.images(product) == []
    assert behind.rows_of(product)[f"image#{file['id']}"]["state"] == {"S": "deleted"}
    restored = seller.call("POST", f"{path}/restore").json()
    assert (restored["state"], restored["rendition_state"]) == ("live", "ready")
    assert httpx.get(restored["renditions"][0]["url"]).status_code == 200

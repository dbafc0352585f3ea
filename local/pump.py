"""Lambda, for the two background functions: S3's events and the clock call the handlers of app.py.

python -m local.pump --events http://127.0.0.1:4566/000000000000/vestibule-local-events

As Lambda does it, an event is tried up to three times and then dropped, with pauses between: of seconds here, of
minutes there. Events wait in a queue of the emulator; the clock puts its own there too. It is polled with the
emulator's root key, because that is AWS's part; the handlers run with the key in our environment, because it is ours.
"""

import argparse
import contextlib
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config
from chalice.local import LambdaContext

import app
from chalicelib.telemetry import log

from .bootstrap import root_client
from .emulator import REGION
from .processes import exit_on_signals

# As in terraform/service: of a sweep that failed the next one does what is left.
TRIES = {"render": 3, "sweep": 1}
PAUSE_SECONDS = 2
HOUR = 3600
POLL_SECONDS = 0.2
TIMEOUT_SECONDS = {"render": 90, "sweep": 900}  # of .chalice/config.json
MEMORY_MB = 1024


class Queue:
    """The queue that events wait in."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._sqs = root_client(os.environ["AWS_ENDPOINT_URL"], "sqs", config=Config(retries={"total_max_attempts": 1}))

    def receive(self) -> dict[str, Any] | None:
        """The next event, which is nobody else's for a while; None if there is none."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=0,  # the emulator does not stop while somebody waits
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages[0] if messages else None

    def send(self, event: dict[str, Any]) -> None:
        """Put an event at the end."""
        self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(event))

    def remove(self, message: dict[str, Any]) -> None:
        """Its event has been dealt with."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def give_back(self, message: dict[str, Any], seconds: int) -> None:
        """Have its event come again, after a pause."""
        self._sqs.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )


def main() -> None:
    """Run until stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", required=True, help="URL of the queue")
    parser.add_argument("--sweep-every", type=float, default=HOUR, metavar="SECONDS")
    options = parser.parse_args()
    exit_on_signals()
    say("waiting for S3's events; the sweep runs every hour")
    pump(Queue(options.events), options.sweep_every)


def pump(queue: Queue, sweep_every: float) -> None:
    """Deal with events, one after the other, for ever."""
    sweep_due = time.monotonic() + sweep_every
    while True:
        if time.monotonic() >= sweep_due:
            sweep_due += sweep_every
            queue.send(schedule_event())
        message = queue.receive()
        if message is None:
            time.sleep(POLL_SECONDS)
        else:
            deal_with(queue, message)


def deal_with(queue: Queue, message: dict[str, Any]) -> None:
    """Call the handler, and do what its outcome asks for."""
    event = json.loads(message["Body"])
    if event.get("Event") == "s3:TestEvent":  # says only that the queue can be reached; Lambda never gets it
        queue.remove(message)
        return
    name = "render" if "Records" in event else "sweep"
    tried, tries = int(message["Attributes"]["ApproximateReceiveCount"]), TRIES[name]
    began = time.perf_counter()
    with given_back_if_we_end(queue, message):
        # As in Lambda all tries of an event have one request id.
        error = invoke(name, event, message["MessageId"])
    if error is None:
        queue.remove(message)
        outcome = "done"
    elif tried < tries:
        queue.give_back(message, PAUSE_SECONDS)
        outcome = f"{type(error).__name__}, try {tried} of {tries}, again in {PAUSE_SECONDS} s,"
    else:
        queue.remove(message)
        log.exception("an event was dropped", error)
        outcome = f"{type(error).__name__}, try {tried} of {tries}, dropped,"
    say(f"{name:6} {subject(event)}→ {outcome} after {(time.perf_counter() - began) * 1000:.0f} ms")


def invoke(name: str, event: dict[str, Any], request_id: str) -> Exception | None:
    """Call a function of app.py as Lambda does; returns what it failed with."""
    context = LambdaContext(name, MEMORY_MB, TIMEOUT_SECONDS[name] * 1000)
    context.aws_request_id = request_id
    try:
        getattr(app, name)(event, context)
    except Exception as error:  # noqa: BLE001 (whatever it is, Lambda tries again)
        return error
    return None


@contextlib.contextmanager
def given_back_if_we_end(queue: Queue, message: dict[str, Any]) -> Iterator[None]:
    """Should we be stopped in the middle: whoever is started next takes it up at once."""
    try:
        yield
    except BaseException:
        queue.give_back(message, 0)
        raise


def schedule_event() -> dict[str, Any]:
    """What an EventBridge rule sends when its time has come."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:000000000000:rule/vestibule-local-sweep"],
        "detail": {},
    }


def subject(event: dict[str, Any]) -> str:
    """What the event is about: a key has ids in it, and nothing else."""
    return f"{event['Records'][0]['s3']['object']['key']} " if "Records" in event else ""


def say(text: str) -> None:
    """A line for a person, among the functions' own."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""The confirms that are killed, with the calls of each as the design counts them, and the points between those."""

import random
from dataclasses import dataclass
from typing import Literal

from tests.faults.kinds import AwsCall, Fault
from tests.samples import image, with_long_metadata, zip_file

FORM = (AwsCall.GET_OBJECT, AwsCall.COPY_OBJECT, AwsCall.TRANSACT_WRITE_ITEMS, AwsCall.DELETE_OBJECT)
LONG_FORM = (AwsCall.GET_OBJECT, *FORM)
PARTS = (AwsCall.LIST_PARTS, AwsCall.COMPLETE_MULTIPART_UPLOAD, AwsCall.GET_OBJECT, *FORM[2:])
AGAIN, PARTS_AGAIN = (AwsCall.GET_OBJECT, AwsCall.BATCH_GET_ITEM), (AwsCall.LIST_PARTS, AwsCall.BATCH_GET_ITEM)
BEFORE, AFTER = Fault.STALL_BEFORE, Fault.STALL_AFTER

PNG, ZIP = image("image/png"), zip_file()
LONG_JPEG = with_long_metadata(image("image/jpeg"), 100_000)


@dataclass(frozen=True)
class Story:
    """A confirm. `replaces`: of a file that takes another's place; `again`: of one that was confirmed before."""

    kind: Literal["image", "deliverable"]
    strategy: Literal["post", "multipart"]
    content: bytes
    content_type: str
    calls: tuple[AwsCall, ...]
    replaces: bool = False
    again: bool = False

    def __str__(self) -> str:
        whose = "again, " if self.again else "replacing, " if self.replaces else ""
        return f"{self.kind} by {self.strategy}, {whose}{len(self.content):,} bytes"


STORIES = (
    Story("image", "post", PNG, "image/png", FORM),
    Story("image", "post", LONG_JPEG, "image/jpeg", LONG_FORM),
    Story("image", "post", PNG, "image/png", FORM, replaces=True),
    Story("image", "post", PNG, "image/png", AGAIN, again=True),
    Story("deliverable", "post", ZIP, "application/zip", FORM),
    Story("deliverable", "post", ZIP, "application/zip", FORM, replaces=True),
    Story("deliverable", "multipart", ZIP, "application/zip", PARTS),
    Story("deliverable", "multipart", ZIP, "application/zip", PARTS, replaces=True),
    Story("deliverable", "multipart", ZIP, "application/zip", PARTS_AGAIN, again=True),
)


@dataclass(frozen=True)
class Point:
    """Where a confirm is killed: before its nth call (from 0) reaches AWS, or after that is done, without its answer."""

    story: Story
    number: int
    moment: Fault

    @property
    def call(self) -> AwsCall:
        """The call."""
        return self.story.calls[self.number]

    @property
    def has_committed(self) -> bool:
        """Whether the upload is admitted by then."""
        if self.story.again:
            return True
        commit = self.story.calls.index(AwsCall.TRANSACT_WRITE_ITEMS)
        return self.number > commit or (self.number == commit and self.moment == AFTER)

    def __str__(self) -> str:
        when = "before" if self.moment == BEFORE else "after"
        return f"{self.story}: killed {when} call {self.number + 1}, {self.call}"


POINTS = tuple(
    Point(story, number, moment)
    for story in STORIES
    for number in range(len(story.calls))
    for moment in (BEFORE, AFTER)
)


def points(seed: int, count: int) -> list[Point]:
    """So many points in an order of chance: each comes once before any comes twice."""
    chance, drawn = random.Random(seed), list[Point]()
    while len(drawn) < count:
        drawn += chance.sample(POINTS, len(POINTS))
    return drawn[:count]

"""A versioned bucket of the S3 in memory: objects, their versions, and the markers that hide them."""

import hashlib
import itertools
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from chalicelib.checksums import as_base64


@dataclass(frozen=True)
class Stored:
    """A version of an object. `has_sha256`: whether S3 was told its SHA-256, or told to compute it."""

    body: bytes
    stored_at: datetime
    version_id: str
    content_type: str = "binary/octet-stream"
    metadata: dict[str, str] = field(default_factory=dict)
    copied_from: str | None = None
    has_sha256: bool = False

    @property
    def checksums(self) -> dict[str, str]:
        return {"ChecksumSHA256": sha256(self.body)} if self.has_sha256 else {}


@dataclass
class Bucket:
    """Keys with what they hold now, and every version there ever was; `removed`: whatever was deleted at any time.

    `history` has the ids of each key's versions and delete markers, oldest first; the last one decides.
    """

    objects: dict[str, Stored] = field(default_factory=dict)
    versions: dict[tuple[str, str], Stored] = field(default_factory=dict)
    history: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    in_order: list[str] | None = None
    markers: int = 0

    def copy(self) -> Self:
        """What it holds, in another one that has not yet seen anything removed."""
        return replace(
            self,
            objects=dict(self.objects),
            versions=dict(self.versions),
            history=dict(self.history),
            hidden=set(self.hidden),
            removed=set(),
            in_order=None,
        )

    def put(self, key: str, stored: Stored) -> None:
        self.versions[key, stored.version_id] = stored
        self._settle(key, (*self.history.get(key, ()), stored.version_id))

    def remove(self, key: str) -> str:
        """Put a marker before all versions; returns its id. Also where there is nothing."""
        self.markers += 1
        marker = f"marker{self.markers}"
        self._settle(key, (*self.history.get(key, ()), marker))
        self.removed.add(key)
        return marker

    def remove_version(self, key: str, version_id: str) -> None:
        """For good, a version or a marker. What is before it comes to light, if it was the newest."""
        self.versions.pop((key, version_id), None)
        self._settle(key, tuple(one for one in self.history.get(key, ()) if one != version_id))

    def is_marker(self, key: str, version_id: str) -> bool:
        return version_id in self.history.get(key, ()) and (key, version_id) not in self.versions

    def _settle(self, key: str, history: tuple[str, ...]) -> None:
        """Have the newest of these decide what is seen."""
        self.history[key] = history
        newest = self.versions.get((key, history[-1])) if history else None
        if (newest is None) == (key in self.objects):
            self.in_order = None
        if newest is None:
            self.objects.pop(key, None)
        else:
            self.objects[key] = newest
        if history and newest is None:
            self.hidden.add(key)
        else:
            self.hidden.discard(key)

    def after(self, key: str, prefix: str, up_to: int) -> list[str]:
        if self.in_order is None:
            self.in_order = sorted(self.objects)
        begin = bisect_right(self.in_order, max(key, prefix[:-1] if prefix else ""))
        found = (name for name in itertools.islice(self.in_order, begin, None) if name.startswith(prefix))
        return list(itertools.islice(itertools.takewhile(lambda name: name.startswith(prefix), found), up_to))


def sha256(body: bytes) -> str:
    """As S3 writes it."""
    return as_base64(hashlib.sha256(body).hexdigest())

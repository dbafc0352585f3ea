"""What S3's lifecycle rules may have done to a bucket by a given moment; no emulator executes them.

Written after these pages of the Amazon S3 User Guide and API Reference:
* "Lifecycle configuration elements": the days are added to the creation time (or to the time the successor of a
  version was created) and the result is rounded to the next day, midnight UTC.
* "Expiring objects": what Expiration does in each versioning state, and that the removal is asynchronous.
* "Examples of S3 Lifecycle configurations": expired delete markers, which a rule with Days cleans up as well.
* "Configuring a bucket lifecycle configuration to delete incomplete multipart uploads".
* "LifecycleRule", "LifecycleExpiration", "NoncurrentVersionExpiration": what a rule may say.

A bucket with *suspended* versioning is not modelled. Transitions are told by `actions`, but move nothing in `simulate`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
Rule = Mapping[str, Any]
Kind = Literal["hide", "delete", "delete noncurrent", "delete marker", "abort", "transition"]


@dataclass(frozen=True, order=True)
class Action:
    eligible: datetime  # S3 may act from then on
    kind: Kind
    key: str
    subject: str  # a version id, or an upload id
    rule: str


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long after eligibility S3 acts, and whether what falls exactly on a midnight waits for the next one.

    "Expiring objects" promises no delay; "S3 lifecycle rule delay" (AWS re:Post) says the rules run once a day: at the
    latest, then, a run begins at midnight and ends just before the next one begins.
    """

    delay: Callable[[Action], timedelta]
    late: bool

    def midnight(self, moment: datetime) -> datetime:
        """The midnight UTC that `moment` is rounded up to ("Lifecycle configuration elements")."""
        if moment.tzinfo is None:
            raise ValueError(f"not a moment in UTC: {moment}")
        floor = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return floor if floor == moment and not self.late else floor + DAY

    def eligible(self, given: Mapping[str, Any], start: datetime) -> datetime:
        """When an action given by its age (of any of the three names) or by a date becomes possible."""
        days = [given[name] for name in ("Days", "NoncurrentDays", "DaysAfterInitiation") if name in given]
        return self.midnight(start + days[0] * DAY) if days else given["Date"]

    def moment_of(self, action: Action, known: datetime) -> datetime:
        """When S3 does what has been possible since `known` only (say, because a newer version went away)."""
        overdue = self.midnight(known) if self.late else known
        return (action.eligible if action.eligible >= known else overdue) + self.delay(action)


EARLIEST = Pace(delay=lambda _: timedelta(), late=False)
LATEST = Pace(delay=lambda _: DAY - INSTANT, late=True)


@dataclass(frozen=True)
class Version:
    key: str
    version_id: str
    created: datetime
    size: int = 1
    tags: frozenset[tuple[str, str]] = frozenset()
    is_marker: bool = False
    noncurrent_since: datetime | None = None  # none: the latest version of its key


@dataclass(frozen=True)
class Upload:
    key: str
    upload_id: str
    initiated: datetime


@dataclass(frozen=True)
class Bucket:
    versioned: bool = True
    versions: tuple[Version, ...] = ()  # those of a key in the order of their creation
    uploads: tuple[Upload, ...] = ()  # open multipart uploads

    def of(self, key: str) -> tuple[Version, ...]:
        return tuple(version for version in self.versions if version.key == key)

    def put(self, new: Version) -> "Bucket":
        """Write a version or a delete marker over whatever the key held."""
        kept = [v for v in self.versions if self.versioned or v.key != new.key]
        old = [replace(v, noncurrent_since=v.noncurrent_since or new.created) if v.key == new.key else v for v in kept]
        return replace(self, versions=(*old, new))

    def hide(self, key: str, marker_id: str, moment: datetime) -> "Bucket":
        return self.put(Version(key, marker_id, moment, size=0, is_marker=True))

    def remove(self, key: str, subject: str) -> "Bucket":
        """Delete a version for good (the newest one left becomes the latest), or close a multipart upload."""
        left = [v for v in self.versions if (v.key, v.version_id) != (key, subject)]
        newest = next((v for v in reversed(left) if v.key == key), None)
        versions = tuple(replace(v, noncurrent_since=None) if v is newest else v for v in left)
        return replace(self, versions=versions, uploads=tuple(u for u in self.uploads if u.upload_id != subject))

    def after(self, action: Action, moment: datetime) -> "Bucket":
        over = f"marker over {action.subject}"
        return self.hide(action.key, over, moment) if action.kind == "hide" else self.remove(action.key, action.subject)


Deed = tuple[datetime, Callable[[Bucket], Bucket]]
_TAG = {"Key": str, "Value": str}
_CHOICE: dict[str, Any] = {"Prefix": str, "ObjectSizeGreaterThan": 0, "ObjectSizeLessThan": 1}
_ACTIONS: dict[str, Any] = {
    "Expiration": {"Days": 1, "Date": datetime, "ExpiredObjectDeleteMarker": bool},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    "Transitions": [{"Days": 0, "Date": datetime, "StorageClass": str}],
    "NoncurrentVersionTransitions": [{"NoncurrentDays": 0, "StorageClass": str}],
}
_FILTER = {**_CHOICE, "Tag": _TAG, "And": {**_CHOICE, "Tags": [_TAG]}}
_RULE = {"ID": str, "Status": str, "Prefix": str, "Filter": _FILTER, **_ACTIONS}
_CONFIGURATION = {"Rules": [_RULE], "TransitionDefaultMinimumObjectSize": str, "ResponseMetadata": Mapping}


# A shape is: known members, [the shape of each element], a type, or the least integer allowed.
def _check(where: str, given: Any, shape: Any) -> None:
    if isinstance(shape, dict) and isinstance(given, Mapping):
        for name, value in given.items():
            if name not in shape:
                raise ValueError(f"{where}: {name} is not modelled")
            _check(f"{where}: {name}", value, shape[name])
    elif isinstance(shape, list) and isinstance(given, list):
        for value in given:
            _check(where, value, shape[0])
    elif isinstance(shape, type):
        if not isinstance(given, shape) or (isinstance(given, datetime) and EARLIEST.midnight(given) != given):
            raise ValueError(f"{where}: {given!r} is not a {shape.__name__}, or no midnight")
    elif type(given) is not int or not isinstance(shape, int) or given < shape:
        raise ValueError(f"{where}: {given!r} is not what S3 takes")


def _choice(rule: Rule) -> Mapping[str, Any]:
    chosen = rule.get("Filter", {"Prefix": rule.get("Prefix")})
    return {"Tags": [chosen["Tag"]]} if "Tag" in chosen else chosen.get("And", chosen)


def rules_of(configuration: Mapping[str, Any]) -> list[Rule]:
    """The enabled rules of what `get_bucket_lifecycle_configuration` returns.

    ValueError for what S3 refuses ("AbortIncompleteMultipartUpload cannot be specified with Tags") or this does not model.
    """
    _check("configuration", configuration, _CONFIGURATION)
    rules: list[Rule] = configuration["Rules"]
    for rule in rules:
        expiry, noncurrent = rule.get("Expiration", {"Days": 1}), rule.get("NoncurrentVersionExpiration")
        prefix_only = "AbortIncompleteMultipartUpload" in rule or "ExpiredObjectDeleteMarker" in expiry
        moves = (*rule.get("Transitions", ()), *rule.get("NoncurrentVersionTransitions", ()))
        faults = {
            "needs a Status of Enabled or Disabled": rule.get("Status") not in {"Enabled", "Disabled"},
            "needs an action": not rule.keys() & _ACTIONS.keys(),
            "needs an ID of its own": [other.get("ID") for other in rules].count(rule.get("ID", "")) != 1,
            "needs either Filter or the older Prefix": ("Filter" in rule) == ("Prefix" in rule),
            "has a Filter of several members without And": len(rule.get("Filter", {})) > 1,
            "filters uploads or delete markers by tag or size": prefix_only and _choice(rule).keys() - {"Prefix"},
            "needs NoncurrentDays": noncurrent is not None and "NoncurrentDays" not in noncurrent,
            "needs DaysAfterInitiation": rule.get("AbortIncompleteMultipartUpload") == {},
            "needs exactly one time for each action": len(expiry) != 1 or any(len(move) != 2 for move in moves),
        }
        for fault in (fault for fault, wrong in faults.items() if wrong):
            raise ValueError(f"rule {rule.get('ID')} {fault}")
    return [rule for rule in rules if rule["Status"] == "Enabled"]


def _selects(rule: Rule, version: Version) -> bool:
    """Whether the filter matches; a delete marker has neither tags nor a size, so only a prefix selects it."""
    chosen = _choice(rule)
    if version.is_marker and chosen.keys() - {"Prefix"}:
        return False
    fits = chosen.get("ObjectSizeGreaterThan", -1) < version.size < chosen.get("ObjectSizeLessThan", 1 << 63)
    tags = {(tag["Key"], tag["Value"]) for tag in chosen.get("Tags", ())}
    return fits and tags <= version.tags and version.key.startswith(chosen.get("Prefix", ""))


def _of_version(rule: Rule, bucket: Bucket, version: Version, pace: Pace) -> Iterator[tuple[datetime, Kind]]:
    """When the rule may do what to a version that it selects ("Expiring objects", "Lifecycle configuration elements")."""
    since, siblings, expiry = version.noncurrent_since, bucket.of(version.key), rule.get("Expiration", {})
    for move in () if version.is_marker else rule.get("NoncurrentVersionTransitions" if since else "Transitions", ()):
        yield pace.eligible(move, since or version.created), "transition"
    if since is not None:
        ages = rule.get("NoncurrentVersionExpiration")
        newer = len(siblings) - siblings.index(version) - 2
        if ages is not None and newer >= ages.get("NewerNoncurrentVersions", 0):
            yield pace.eligible(ages, since), "delete noncurrent"
    elif "Days" in expiry or "Date" in expiry:
        if not version.is_marker:
            yield pace.eligible(expiry, version.created), "hide" if bucket.versioned else "delete"
        elif len(siblings) == 1:
            yield pace.eligible(expiry, version.created), "delete marker"
    elif expiry.get("ExpiredObjectDeleteMarker") and version.is_marker and len(siblings) == 1:
        yield pace.midnight(version.created) if pace.late else version.created, "delete marker"


def _all(rules: Iterable[Rule], bucket: Bucket, pace: Pace) -> Iterator[Action]:
    for rule in rules:
        for version in bucket.versions:
            for eligible, kind in _of_version(rule, bucket, version, pace) if _selects(rule, version) else ():
                yield Action(eligible, kind, version.key, version.version_id, rule["ID"])
        for upload in bucket.uploads if "AbortIncompleteMultipartUpload" in rule else ():
            if upload.key.startswith(_choice(rule).get("Prefix", "")):
                eligible = pace.eligible(rule["AbortIncompleteMultipartUpload"], upload.initiated)
                yield Action(eligible, "abort", upload.key, upload.upload_id, rule["ID"])


def actions(configuration: Mapping[str, Any], bucket: Bucket, by: datetime, pace: Pace) -> list[Action]:
    """What S3, at this pace, has done by a moment to a bucket as it stands (for what follows from it: `simulate`)."""
    return sorted(a for a in _all(rules_of(configuration), bucket, pace) if a.eligible + pace.delay(a) <= by)


class Step(NamedTuple):
    moment: datetime
    action: Action | None  # none: somebody's deed, not S3's
    before: Bucket
    after: Bucket


def simulate(
    configuration: Mapping[str, Any], deeds: Iterable[Deed], *, until: datetime, pace: Pace, versioned: bool = True
) -> list[Step]:
    """Play what people did to an empty bucket against what the rules do, up to and including a moment."""
    rules, bucket, steps = rules_of(configuration), Bucket(versioned), list[Step]()
    waiting = deque(sorted(deeds, key=lambda deed: deed[0]))
    pending: dict[tuple[str, ...], tuple[datetime, Action]] = {}
    while waiting or pending:
        moment, action = min(pending.values()) if pending else (waiting[0][0], None)
        if action is None or (waiting and waiting[0][0] <= moment):
            (moment, deed), action = waiting.popleft(), None
        if moment > until:
            break
        steps.append(Step(moment, action, bucket, bucket.after(action, moment) if action else deed(bucket)))
        bucket, planned, pending = steps[-1].after, pending, {}
        for act in sorted((a for a in _all(rules, bucket, pace) if a.kind != "transition"), reverse=True):
            name = (act.kind, act.key, act.subject)
            pending[name] = planned.get(name) or (pace.moment_of(act, moment), act)
    return steps

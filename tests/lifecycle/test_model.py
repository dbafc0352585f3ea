"""The lifecycle model against AWS's worked examples, and what the rules of our two buckets promise.

The checks take a configuration as `get_bucket_lifecycle_configuration` returns it, so they can be put to a live bucket:
`failing(STAGING_CHECKS, configuration)` and `failing(VAULT_CHECKS, configuration)` name those that do not hold.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.lifecycle.model import (
    DAY,
    EARLIEST,
    INSTANT,
    LATEST,
    Bucket,
    Deed,
    Pace,
    Step,
    Upload,
    Version,
    actions,
    rules_of,
    simulate,
)

Configuration = dict[str, Any]
Check = Callable[[Configuration], None]

HOUR = timedelta(hours=1)
FORM = timedelta(minutes=15)
CONFIRM = timedelta(hours=12)
MULTIPART_CONFIRM = 6.5 * DAY
RECOVERY = 30 * DAY

STAGING: Configuration = {
    "Rules": [
        {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": "u/"}, "Expiration": {"Days": 1}},
        {"ID": "counted", "Status": "Enabled", "Filter": {"Prefix": "m/"}, "Expiration": {"Days": 7}},
        {
            "ID": "noncurrent",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        },
        {
            "ID": "markers",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
        {
            "ID": "abort",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]
}
VAULT: Configuration = {
    "Rules": [
        {
            "ID": "abort",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {
            "ID": "noncurrent",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        },
    ]
}

# --- histories: what people do to a key -------------------------------------------------------------------------------

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
JUST_AFTER = MIDNIGHT + timedelta(seconds=1)
STAGED = ("u/sub-1/01M82DBEY0XWYFB1GNMF0DSG5Z/image/01M82DBEY0XWYFB1GNMF0DSG60", "u/2/p/deliverable/01M")
COUNTED = "m/sub-1/01M82DBEY0XWYFB1GNMF0DSG5Z/deliverable/01M82DBEY0XWYFB1GNMF0DSG60"
KEPT = (
    "images/2026-03-01/p/01M.0123456789abcdef",
    "deliverables/2026-03-01/p/01M.0123456789abcdef",
    "deliverables/d/p/01M.m",
)
SIZES = (1, 20 * 2**20, 5 * 2**40)


def send(key: str, moment: datetime, size: int = 1) -> Deed:
    return moment, lambda bucket: bucket.put(Version(key, f"sent {moment.isoformat()}", moment, size))


def hide(key: str, moment: datetime) -> Deed:
    return moment, lambda bucket: bucket.hide(key, f"hidden {moment.isoformat()}", moment)


def drop(key: str, moment: datetime, which: int = -1) -> Deed:
    """Delete one version (-1: the latest, 0: the oldest) by its id."""

    def deed(bucket: Bucket) -> Bucket:
        versions = bucket.of(key)
        return bucket.remove(key, versions[which].version_id) if versions else bucket

    return moment, deed


def begin(key: str, moment: datetime) -> Deed:
    return moment, lambda bucket: Bucket(bucket.versioned, bucket.versions, (*bucket.uploads, Upload(key, key, moment)))


def complete(key: str, begun: datetime, moment: datetime) -> Deed:
    """Complete a multipart upload: S3 dates the object by the initiation; an aborted upload is an error."""

    def deed(bucket: Bucket) -> Bucket:
        assert [upload.key for upload in bucket.uploads] == [key], f"aborted before it was confirmed at {moment}"
        return bucket.remove("", key).put(Version(key, "completed", begun))

    return moment, deed


moments = st.one_of(
    st.integers(0, 6 * 86400).map(lambda seconds: MIDNIGHT + timedelta(seconds=seconds)),
    st.builds(lambda day, second: MIDNIGHT + day * DAY + timedelta(seconds=second), st.integers(0, 6), st.integers(-1, 1)),
)  # fmt: skip
years = st.floats(0, 3 * 365).map(lambda days: MIDNIGHT + days * DAY)


@st.composite
def histories(
    draw: st.DrawFn, keys: tuple[str, ...], when: st.SearchStrategy[datetime], *, dropping: bool
) -> list[Deed]:
    """Sends, hides and (where asked for) deletions of single versions, of several keys, starting with a send."""
    deeds: list[Deed] = []
    for moment in sorted(draw(st.lists(when, min_size=1, max_size=8, unique=True))):
        what = draw(st.sampled_from(["send", "hide", "latest", "oldest"] if dropping else ["send", "hide"]))
        key = draw(st.sampled_from(keys))
        if not deeds or what == "send":
            deeds.append(send(key, moment, draw(st.sampled_from(SIZES))))
        elif what == "hide":
            deeds.append(hide(key, moment))
        else:
            deeds.append(drop(key, moment, -1 if what == "latest" else 0))
    return deeds


quick = settings(
    max_examples=15,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def last(steps: list[Step]) -> Bucket:
    return steps[-1].after


def gone(configuration: Configuration, deeds: list[Deed], bound: timedelta, *, bytes_only: bool = False) -> bool:
    """Whether, at the worst pace, nothing is left just before `bound` after the last deed."""
    until = max(moment for moment, _ in deeds) + bound - INSTANT
    bucket = last(simulate(configuration, deeds, until=until, pace=LATEST))
    return not [version for version in bucket.versions if not (bytes_only and version.is_marker)] and not bucket.uploads


# --- staging ----------------------------------------------------------------------------------------------------------
#
# The honest bound. Let an object be sent on day 0. Each of the three actions waits for a midnight and then, at worst, for
# a run that takes nearly a day (d < 1 d):
#
#     current → hidden        0 + 1 d, rounded up                → day 2,   done at 2 + d  < 3
#     noncurrent → deleted    2 + d + 1 d = 3 + d, rounded up    → day 4,   done at 4 + d  < 5
#     lone marker → deleted   only version since 4 + d, next run → day 5,   done at 5 + d  < 6
#
# So: unreadable by its key within 3 days, no bytes within 5, no marker within 6. Three days for all of it would take
# zero delay three times over. Days and NoncurrentDays cannot be less than 1, so no rules on a versioned bucket do better:
# either the bucket is unversioned (3 days; but confirm pins a VersionId), or the sweep deletes old versions by id.


def staged_objects_are_wholly_gone_within_6_days(configuration: Configuration) -> None:
    @quick
    @example([send(STAGED[0], MIDNIGHT)])
    @example([send(STAGED[1], MIDNIGHT, SIZES[1])])
    @example([send(STAGED[0], MIDNIGHT), hide(STAGED[0], MIDNIGHT + HOUR)])
    @given(histories(STAGED, moments, dropping=True))
    def holds(deeds: list[Deed]) -> None:
        assert gone(configuration, deeds, 6 * DAY)

    holds()


def staged_bytes_are_gone_within_5_days(configuration: Configuration) -> None:
    @quick
    @example([send(STAGED[0], MIDNIGHT)])
    @example([send(STAGED[1], MIDNIGHT, SIZES[1])])
    @given(histories(STAGED, moments, dropping=True))
    def holds(deeds: list[Deed]) -> None:
        assert gone(configuration, deeds, 5 * DAY, bytes_only=True)

    holds()


def hidden_bytes_are_gone_within_3_days(configuration: Configuration) -> None:
    @quick
    @example([send(STAGED[0], MIDNIGHT)])
    @example([send(STAGED[1], MIDNIGHT, SIZES[1])])
    @given(histories(STAGED, moments, dropping=False))
    def holds(deeds: list[Deed]) -> None:
        end = max(moment for moment, _ in deeds) + HOUR
        assert gone(configuration, [*deeds, *(hide(key, end) for key in STAGED)], 3 * DAY, bytes_only=True)

    holds()


def lone_markers_are_gone_within_2_days(configuration: Configuration) -> None:
    @quick
    @example(STAGED[0], MIDNIGHT)
    @given(st.sampled_from(STAGED), moments)
    def holds(key: str, moment: datetime) -> None:
        assert gone(configuration, [hide(key, moment)], 2 * DAY)

    holds()


def multiparts_in_staging_are_gone_within_3_days(configuration: Configuration) -> None:
    @quick
    @example(STAGED[0], MIDNIGHT)
    @given(st.sampled_from(STAGED), moments)
    def holds(key: str, moment: datetime) -> None:
        assert gone(configuration, [begin(key, moment)], 3 * DAY)

    holds()


def confirm_finds_every_version_sent_in_the_last_12_hours(configuration: Configuration) -> None:
    """With zero delay, even: no version that was sent, overwritten or not, goes (or is hidden) before 24 hours."""

    @quick
    @example(STAGED[0], MIDNIGHT, [timedelta()])
    @given(
        st.sampled_from(STAGED),
        moments,
        st.lists(st.timedeltas(timedelta(), FORM), min_size=1, max_size=4, unique=True),
    )
    def holds(key: str, moment: datetime, offsets: list[timedelta]) -> None:
        sent = [send(key, moment + offset) for offset in sorted(offsets)]
        first = sent[0][0]
        assert sent[-1][0] + CONFIRM < first + DAY
        steps = simulate(configuration, sent, until=first + DAY - INSTANT, pace=EARLIEST)
        assert not [step.action for step in steps if step.action]

    holds()


def uploads_in_parts_are_counted_for_as_long_as_they_can_be_confirmed(configuration: Configuration) -> None:
    """With zero delay, even."""

    @quick
    @example(MIDNIGHT)
    @given(moments)
    def holds(moment: datetime) -> None:
        counted = [send(COUNTED, moment)]
        steps = simulate(configuration, counted, until=moment + MULTIPART_CONFIRM, pace=EARLIEST)
        assert not [step.action for step in steps if step.action]

    holds()


def what_counted_them_is_wholly_gone_within_12_days(configuration: Configuration) -> None:
    """Six days later than what is staged, as it expires six days later."""

    @quick
    @example(MIDNIGHT)
    @given(moments)
    def holds(moment: datetime) -> None:
        assert gone(configuration, [send(COUNTED, moment)], 12 * DAY)

    holds()


STAGING_CHECKS: tuple[Check, ...] = (
    uploads_in_parts_are_counted_for_as_long_as_they_can_be_confirmed,
    what_counted_them_is_wholly_gone_within_12_days,
    staged_objects_are_wholly_gone_within_6_days,
    staged_bytes_are_gone_within_5_days,
    hidden_bytes_are_gone_within_3_days,
    lone_markers_are_gone_within_2_days,
    multiparts_in_staging_are_gone_within_3_days,
    confirm_finds_every_version_sent_in_the_last_12_hours,
)

# --- the vault --------------------------------------------------------------------------------------------------------


def currents_of(bucket: Bucket) -> list[Version]:
    return [version for version in bucket.versions if version.noncurrent_since is None and not version.is_marker]


def current_versions_are_never_touched(configuration: Configuration) -> None:
    """Neither removed nor hidden, nor moved to a class whose objects cannot be read at once."""
    classes = {move["StorageClass"] for rule in rules_of(configuration) for move in rule.get("Transitions", ())}
    assert not classes & {"GLACIER", "DEEP_ARCHIVE"}

    @quick
    @example([send(KEPT[0], MIDNIGHT)], 3)
    @example([send(KEPT[1], MIDNIGHT, SIZES[2])], 3)
    @given(histories(KEPT, years, dropping=True), st.integers(3, 10))
    def holds(deeds: list[Deed], more_years: int) -> None:
        for pace in (EARLIEST, LATEST):
            for step in simulate(configuration, deeds, until=MIDNIGHT + more_years * 365 * DAY, pace=pace):
                assert step.action is None or currents_of(step.before) == currents_of(step.after)

    holds()


def deleted_objects_are_recoverable_for_30_days(configuration: Configuration) -> None:
    @quick
    @example([send(KEPT[0], MIDNIGHT), hide(KEPT[0], MIDNIGHT + DAY)])
    @example([send(KEPT[1], MIDNIGHT), send(KEPT[1], MIDNIGHT + DAY)])
    @given(histories(KEPT, years, dropping=False))
    def holds(deeds: list[Deed]) -> None:
        for step in simulate(configuration, deeds, until=MIDNIGHT + 10 * 365 * DAY, pace=EARLIEST):
            left = {version.version_id for version in step.after.versions}
            for version in step.before.versions if step.action else ():
                since = version.noncurrent_since or step.moment
                assert version.is_marker or version.version_id in left or step.moment - since >= RECOVERY

    holds()


def deleted_objects_are_gone_within_32_days(configuration: Configuration) -> None:
    """30 days, rounded up (31), and nearly a day for the run. Markers may stay: they hold no bytes."""

    @quick
    @example([send(KEPT[0], MIDNIGHT)])
    @example([send(KEPT[1], MIDNIGHT)])
    @given(histories(KEPT, years, dropping=False))
    def holds(deeds: list[Deed]) -> None:
        end = max(moment for moment, _ in deeds) + HOUR
        assert gone(configuration, [*deeds, *(hide(key, end) for key in KEPT)], 32 * DAY, bytes_only=True)

    holds()


def multiparts_in_the_vault_can_be_confirmed_for_6_and_a_half_days(configuration: Configuration) -> None:
    """With zero delay, even: none is aborted before 7 days."""

    @quick
    @example(KEPT[2], MIDNIGHT, MULTIPART_CONFIRM)
    @given(st.sampled_from(KEPT), moments, st.timedeltas(timedelta(), MULTIPART_CONFIRM))
    def holds(key: str, begun: datetime, after: timedelta) -> None:
        idle = simulate(configuration, [begin(key, begun)], until=begun + 7 * DAY - INSTANT, pace=EARLIEST)
        assert last(idle).uploads
        done = [begin(key, begun), complete(key, begun, begun + after)]
        assert not last(simulate(configuration, done, until=begun + after, pace=EARLIEST)).uploads

    holds()


def multiparts_in_the_vault_are_due_by_8_days_and_gone_within_9(configuration: Configuration) -> None:
    @quick
    @example(KEPT[0], MIDNIGHT)
    @example(KEPT[2], MIDNIGHT)
    @given(st.sampled_from(KEPT), moments)
    def holds(key: str, begun: datetime) -> None:
        due = actions(configuration, Bucket(uploads=(Upload(key, key, begun),)), begun + 8 * DAY, PROMPT)
        assert [action.kind for action in due] == ["abort"]
        assert gone(configuration, [begin(key, begun)], 9 * DAY)

    holds()


VAULT_CHECKS: tuple[Check, ...] = (
    current_versions_are_never_touched,
    deleted_objects_are_recoverable_for_30_days,
    deleted_objects_are_gone_within_32_days,
    multiparts_in_the_vault_can_be_confirmed_for_6_and_a_half_days,
    multiparts_in_the_vault_are_due_by_8_days_and_gone_within_9,
)
PROMPT = Pace(delay=lambda _: timedelta(), late=True)


def failing(checks: Iterable[Check], configuration: Configuration) -> set[str]:
    """The names of the checks that do not hold for a configuration; ValueError for one that S3 would refuse."""
    rules_of(configuration)
    failed = set()
    for check in checks:
        try:
            check(configuration)
        except AssertionError:
            failed.add(check.__name__)
    return failed


@pytest.mark.parametrize("check", STAGING_CHECKS, ids=lambda check: check.__name__)
def test_staging_never_keeps(check: Check) -> None:
    check(STAGING)


@pytest.mark.parametrize("check", VAULT_CHECKS, ids=lambda check: check.__name__)
def test_the_vault_never_loses(check: Check) -> None:
    check(VAULT)


# --- mutations --------------------------------------------------------------------------------------------------------


def changed(configuration: Configuration, name: str, **members: Any) -> Configuration:
    """The configuration with members of one rule replaced."""
    copy = deepcopy(configuration)
    next(rule for rule in copy["Rules"] if rule["ID"] == name).update(members)
    return copy


def without(configuration: Configuration, name: str) -> Configuration:
    return {"Rules": [rule for rule in configuration["Rules"] if rule["ID"] != name]}


def also(configuration: Configuration, **members: Any) -> Configuration:
    return {"Rules": [*configuration["Rules"], {"ID": "new", "Status": "Enabled", "Filter": {"Prefix": ""}, **members}]}


KEPT_ON = {"staged_objects_are_wholly_gone_within_6_days", "staged_bytes_are_gone_within_5_days"}
COUNTED_ON = {"what_counted_them_is_wholly_gone_within_12_days"}
UNCOUNTED = {"uploads_in_parts_are_counted_for_as_long_as_they_can_be_confirmed"}
STILL_THERE = {*KEPT_ON, *COUNTED_ON, "hidden_bytes_are_gone_within_3_days"}
MARKED = {*COUNTED_ON, "lone_markers_are_gone_within_2_days"}
OPEN = {"multiparts_in_staging_are_gone_within_3_days"}
UNCONFIRMED = {"confirm_finds_every_version_sent_in_the_last_12_hours"}
TAG = {"Tag": {"Key": "staged", "Value": "true"}}


@pytest.mark.parametrize(
    ("configuration", "names"),
    [
        (without(STAGING, "expire"), KEPT_ON),
        (changed(STAGING, "expire", Status="Disabled"), KEPT_ON),
        (changed(STAGING, "expire", Expiration={"Days": 2}), KEPT_ON),
        (changed(STAGING, "expire", Filter={"Prefix": "uploads/"}), KEPT_ON),
        (changed(STAGING, "expire", Filter=TAG), KEPT_ON),
        (changed(STAGING, "expire", Filter={"ObjectSizeGreaterThan": 131072}), KEPT_ON),
        (changed(STAGING, "expire", Filter={"ObjectSizeLessThan": 131072}), KEPT_ON | UNCOUNTED),
        (changed(STAGING, "expire", Expiration={"Date": datetime(2020, 1, 1, tzinfo=UTC)}), UNCONFIRMED),
        (changed(STAGING, "expire", Filter={"Prefix": ""}), UNCOUNTED),
        (without(STAGING, "counted"), COUNTED_ON),
        (changed(STAGING, "counted", Expiration={"Days": 6}), UNCOUNTED),
        (changed(STAGING, "counted", Expiration={"Days": 8}), COUNTED_ON),
        (without(STAGING, "noncurrent"), STILL_THERE),
        (changed(STAGING, "noncurrent", NoncurrentVersionExpiration={"NoncurrentDays": 2}), STILL_THERE),
        (
            changed(
                STAGING, "noncurrent", NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 1}
            ),
            STILL_THERE,
        ),
        (changed(STAGING, "noncurrent", Filter={"Prefix": "u/sub-1/"}), STILL_THERE),
        (without(STAGING, "markers"), MARKED),
        (changed(STAGING, "markers", Expiration={"ExpiredObjectDeleteMarker": False}), MARKED),
        (changed(STAGING, "markers", Filter={"Prefix": "U/"}), MARKED),
        (without(without(STAGING, "markers"), "expire"), {*KEPT_ON, *MARKED}),
        (without(STAGING, "abort"), OPEN),
        (changed(STAGING, "abort", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 2}), OPEN),
        (changed(STAGING, "abort", Filter={"Prefix": "images/"}), OPEN),
    ],
)
def test_a_mutation_of_the_staging_rules_fails_exactly_these_checks(
    configuration: Configuration, names: set[str]
) -> None:
    assert failing(STAGING_CHECKS, configuration) == names


TOUCHED = {"current_versions_are_never_touched"}
UNRECOVERABLE = {"deleted_objects_are_recoverable_for_30_days"}
HOARDED = {"deleted_objects_are_gone_within_32_days"}
RACED = {"multiparts_in_the_vault_can_be_confirmed_for_6_and_a_half_days"}
LEFT_OPEN = {"multiparts_in_the_vault_are_due_by_8_days_and_gone_within_9"}


@pytest.mark.parametrize(
    ("configuration", "names"),
    [
        (also(VAULT, Expiration={"Days": 1}), TOUCHED),
        (also(VAULT, Expiration={"Days": 730}), TOUCHED),
        (also(VAULT, Expiration={"Days": 730}, Filter={"Prefix": "images/"}), TOUCHED),
        (also(VAULT, Expiration={"Date": datetime(2027, 1, 1, tzinfo=UTC)}), TOUCHED),
        (also(VAULT, Transitions=[{"Days": 90, "StorageClass": "GLACIER"}]), TOUCHED),
        (also(VAULT, Transitions=[{"Days": 30, "StorageClass": "INTELLIGENT_TIERING"}]), set()),
        (also(VAULT, Expiration={"ExpiredObjectDeleteMarker": True}), set()),
        (without(VAULT, "noncurrent"), HOARDED),
        (changed(VAULT, "noncurrent", NoncurrentVersionExpiration={"NoncurrentDays": 29}), UNRECOVERABLE),
        (changed(VAULT, "noncurrent", NoncurrentVersionExpiration={"NoncurrentDays": 31}), HOARDED),
        (
            changed(
                VAULT, "noncurrent", NoncurrentVersionExpiration={"NoncurrentDays": 30, "NewerNoncurrentVersions": 1}
            ),
            HOARDED,
        ),
        (changed(VAULT, "noncurrent", Filter={"Prefix": "images/"}), HOARDED),
        (changed(VAULT, "noncurrent", Status="Disabled"), HOARDED),
        (without(VAULT, "abort"), LEFT_OPEN),
        (changed(VAULT, "abort", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 6}), RACED),
        (changed(VAULT, "abort", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 8}), LEFT_OPEN),
        (changed(VAULT, "abort", Filter={"Prefix": "images/"}), LEFT_OPEN),
    ],
)
def test_a_mutation_of_the_vault_rules_fails_exactly_these_checks(
    configuration: Configuration, names: set[str]
) -> None:
    assert failing(VAULT_CHECKS, configuration) == names


@pytest.mark.parametrize(
    "members",
    [
        {"Expiration": {"Days": 0}},
        {"Expiration": {"Days": -1}},
        {"Expiration": {"Days": True}},
        {"Expiration": {"Days": "1"}},
        {"Expiration": {"Hours": 1}},
        {"Expiration": {}},
        {"Expiration": 1},
        {"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}},
        {"Expiration": {"Days": 1, "Date": MIDNIGHT}},
        {"Expiration": {"Date": MIDNIGHT + HOUR}},
        {"Expiration": {"Date": MIDNIGHT.replace(tzinfo=None)}},
        {"Expiration": {"ExpiredObjectDeleteMarker": True}, "Filter": TAG},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 0}},
        {"NoncurrentVersionExpiration": {"NewerNoncurrentVersions": 1}},
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}},
        {"AbortIncompleteMultipartUpload": {}},
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}, "Filter": TAG},
        {
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            "Filter": {"And": {"Prefix": "u/", "Tags": [TAG["Tag"]]}},
        },
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}, "Filter": {"ObjectSizeGreaterThan": 1}},
        {"Transitions": [{"Days": 1, "Date": MIDNIGHT, "StorageClass": "GLACIER"}]},
        {"Expiration": {"Days": 1}, "Status": "enabled"},
        {"Expiration": {"Days": 1}, "Filter": {"Prefix": "u/", **TAG}},
        {"Expiration": {"Days": 1}, "Filter": {"Suffix": ".part"}},
        {"Expiration": {"Days": 1}, "Prefix": "u/"},
        {"Expiration": {"Days": 1}, "Id": "new"},
        {"Expiration": {"Days": 1}, "ID": "abort"},
        {},
    ],
    ids=str,
)
def test_a_rule_that_s3_refuses_or_the_model_does_not_know_is_refused(members: dict[str, Any]) -> None:
    configuration = also(VAULT, **members)
    with pytest.raises(ValueError, match=r"rule|configuration|moment"):
        rules_of(configuration)
    with pytest.raises(ValueError, match=r"rule|configuration|moment"):
        failing(VAULT_CHECKS, configuration)


# --- the model against AWS's own examples -----------------------------------------------------------------------------


def one(**members: Any) -> Configuration:
    return also({"Rules": []}, **members)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_three_days_after_half_past_ten_on_january_15_is_january_19() -> None:
    """ "Lifecycle configuration elements": created 1/15/2014 10:30, 3 days → 1/19/2014 00:00."""
    rule = one(Transitions=[{"Days": 3, "StorageClass": "GLACIER"}], Expiration={"Days": 3})
    bucket = Bucket(versions=(Version("photo", "1", at("2014-01-15T10:30")),))
    assert {action.eligible for action in actions(rule, bucket, at("2014-01-19"), EARLIEST)} == {at("2014-01-19")}
    assert [action.kind for action in actions(rule, bucket, at("2014-01-19"), EARLIEST)] == ["hide", "transition"]
    assert actions(rule, bucket, at("2014-01-19") - INSTANT, EARLIEST) == []
    assert actions(rule, bucket, at("2014-01-20") - 2 * INSTANT, LATEST) == []
    assert len(actions(rule, bucket, at("2014-01-20") - INSTANT, LATEST)) == 2


def test_a_noncurrent_version_is_counted_from_the_creation_of_its_successor() -> None:
    """ "Lifecycle configuration elements": created 1/1/2014 10:30, replaced 1/15/2014 10:30, 3 days → 1/19/2014 00:00."""
    rule = one(NoncurrentVersionExpiration={"NoncurrentDays": 3})
    deeds = [send("photo", at("2014-01-01T10:30")), send("photo", at("2014-01-15T10:30"))]
    [*_, step] = simulate(rule, deeds, until=at("2015-01-01"), pace=EARLIEST)
    assert step.action
    assert (step.action.kind, step.moment) == ("delete noncurrent", at("2014-01-19"))
    assert [version.created for version in step.after.versions] == [at("2014-01-15T10:30")]


def test_a_version_noncurrent_since_half_past_eleven_goes_on_the_second_midnight() -> None:
    """AWS re:Post, days first: replaced on 2/1/2020 at 11:30, 1 day → 4/1/2020 at 00:00."""
    rule = one(NoncurrentVersionExpiration={"NoncurrentDays": 1})
    deeds = [send("abc", at("2020-01-01T10:30")), send("abc", at("2020-01-02T11:30"))]
    assert simulate(rule, deeds, until=at("2021-01-01"), pace=EARLIEST)[-1].moment == at("2020-01-04")


def test_expiration_hides_on_a_versioned_bucket_and_deletes_on_an_unversioned_one() -> None:
    """ "Expiring objects"."""
    rule, deeds = one(Expiration={"Days": 1}), [send("k", JUST_AFTER)]
    hidden = last(simulate(rule, deeds, until=MIDNIGHT + 2 * DAY, pace=EARLIEST))
    assert [(version.is_marker, version.noncurrent_since) for version in hidden.versions] == [
        (False, MIDNIGHT + 2 * DAY),
        (True, None),
    ]
    assert last(simulate(rule, deeds, until=MIDNIGHT + 2 * DAY, pace=EARLIEST, versioned=False)) == Bucket(
        versioned=False
    )


def test_expiration_takes_no_action_while_a_marker_hides_versions() -> None:
    """ "Expiring objects": nothing is done if there are versions and the delete marker is the current one."""
    deeds = [send("k", JUST_AFTER), hide("k", JUST_AFTER + HOUR)]
    assert len(simulate(one(Expiration={"Days": 1}), deeds, until=MIDNIGHT + 999 * DAY, pace=EARLIEST)) == len(deeds)


@pytest.mark.parametrize(
    ("expiration", "gone_at"), [({"ExpiredObjectDeleteMarker": True}, JUST_AFTER), ({"Days": 5}, MIDNIGHT + 6 * DAY)]
)
def test_a_rule_with_days_cleans_up_lone_markers_of_that_age_and_a_marker_rule_at_once(
    expiration: dict[str, Any], gone_at: datetime
) -> None:
    """ "Examples of S3 Lifecycle configurations", removing expired object delete markers."""
    steps = simulate(one(Expiration=expiration), [hide("k", JUST_AFTER)], until=MIDNIGHT + 99 * DAY, pace=EARLIEST)
    assert (steps[-1].moment, steps[-1].after.versions) == (gone_at, ())


def test_newer_noncurrent_versions_are_kept_whatever_their_age() -> None:
    """ "NoncurrentVersionExpiration": so many noncurrent versions are retained, the additional ones deleted."""
    rule = one(NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 2})
    deeds = [send("k", JUST_AFTER + day * DAY) for day in range(5)]
    left = last(simulate(rule, deeds, until=MIDNIGHT + 999 * DAY, pace=LATEST)).versions
    assert [version.created for version in left] == [JUST_AFTER + day * DAY for day in (2, 3, 4)]


def test_a_date_takes_what_is_sent_after_it_too() -> None:
    """ "Lifecycle configuration elements": the action continues to apply after the date, while the rule is enabled."""
    steps = simulate(one(Expiration={"Date": MIDNIGHT}), [send("k", JUST_AFTER)], until=JUST_AFTER, pace=EARLIEST)
    assert [step.action.kind for step in steps if step.action] == ["hide"]


@pytest.mark.parametrize(
    ("chosen", "selected"),
    [
        ({}, {"u/small", "u/large", "v/tagged"}),
        ({"Prefix": "u/"}, {"u/small", "u/large"}),
        ({"ObjectSizeGreaterThan": 500}, {"u/large"}),
        ({"ObjectSizeLessThan": 501}, {"u/small", "v/tagged"}),
        (TAG, {"v/tagged"}),
        ({"And": {"Prefix": "u/", "Tags": [TAG["Tag"]]}}, set()),
        ({"And": {"Prefix": "v/", "ObjectSizeLessThan": 501, "Tags": [TAG["Tag"]]}}, {"v/tagged"}),
    ],
)
def test_a_filter_selects_what_fits_all_of_it(chosen: dict[str, Any], selected: set[str]) -> None:
    """ "Adding filters to Lifecycle rules": greater and less exclude the size they name."""
    tags = frozenset({("staged", "true"), ("more", "tags")})
    versions = (Version("u/small", "1", MIDNIGHT, 500), Version("u/large", "2", MIDNIGHT, 501), Version("v/tagged", "3", MIDNIGHT, 1, tags))  # fmt: skip
    due = actions(one(Filter=chosen, Expiration={"Days": 1}), Bucket(versions=versions), MIDNIGHT + 2 * DAY, EARLIEST)
    assert {action.key for action in due} == selected


def test_a_filter_by_tag_or_size_never_selects_a_delete_marker() -> None:
    bucket = Bucket().hide("k", "1", MIDNIGHT)
    for chosen, due in (({"Prefix": "k"}, 1), ({"ObjectSizeLessThan": 9}, 0), (TAG, 0)):
        assert len(actions(one(Filter=chosen, Expiration={"Days": 1}), bucket, MIDNIGHT + 2 * DAY, EARLIEST)) == due


def test_a_noncurrent_version_is_moved_by_the_age_of_its_successor() -> None:
    rule = one(NoncurrentVersionTransitions=[{"NoncurrentDays": 3, "StorageClass": "GLACIER"}])
    bucket = Bucket().put(Version("k", "1", MIDNIGHT)).put(Version("k", "2", MIDNIGHT + 9 * DAY))
    assert [action.eligible for action in actions(rule, bucket, MIDNIGHT + 99 * DAY, EARLIEST)] == [MIDNIGHT + 12 * DAY]


def test_an_unversioned_bucket_keeps_only_what_was_sent_last() -> None:
    bucket = Bucket(versioned=False).put(Version("k", "1", MIDNIGHT)).put(Version("k", "2", JUST_AFTER))
    assert [version.version_id for version in bucket.versions] == ["2"]


def test_the_older_prefix_and_the_members_a_live_bucket_answers_are_read() -> None:
    """ "Configuring a bucket lifecycle configuration to delete incomplete multipart uploads": its example, 7 days."""
    rule = {"ID": "sample-rule", "Prefix": "", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}  # fmt: skip
    answer = {"Rules": [rule], "TransitionDefaultMinimumObjectSize": "varies_by_storage_class", "ResponseMetadata": {}}
    bucket = Bucket(uploads=(Upload("k", "id", JUST_AFTER),))
    assert actions(answer, bucket, MIDNIGHT + 8 * DAY - INSTANT, EARLIEST) == []
    assert [action.kind for action in actions(answer, bucket, MIDNIGHT + 8 * DAY, EARLIEST)] == ["abort"]


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="UTC"):
        actions(STAGING, Bucket(versions=(Version("u/k", "1", MIDNIGHT.replace(tzinfo=None)),)), MIDNIGHT, EARLIEST)


# --- the bounds are honest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delay", "late", "days"),
    [
        (timedelta(), False, [2, 3, 3]),
        (timedelta(), True, [2, 4, 5]),
        (HOUR, True, [2 + 1 / 24, 4 + 1 / 24, 5 + 1 / 24]),
        (12 * HOUR, True, [2.5, 4.5, 5.5]),
    ],
)
def test_an_object_sent_at_midnight_is_hidden_then_deleted_then_its_marker_goes(
    delay: timedelta, late: bool, days: list[float]
) -> None:
    steps = simulate(
        STAGING, [send(STAGED[0], JUST_AFTER)], until=MIDNIGHT + 99 * DAY, pace=Pace(delay=lambda _: delay, late=late)
    )
    assert [(step.moment - MIDNIGHT) / DAY for step in steps[1:]] == pytest.approx(days)


def test_the_6_days_are_reached_to_the_last_microsecond_and_3_days_are_not_enough() -> None:
    steps = simulate(STAGING, [send(STAGED[0], MIDNIGHT)], until=MIDNIGHT + 99 * DAY, pace=LATEST)
    assert [step.moment - MIDNIGHT for step in steps[1:]] == [3 * DAY - INSTANT, 5 * DAY - INSTANT, 6 * DAY - INSTANT]
    assert not gone(STAGING, [send(STAGED[0], MIDNIGHT)], 3 * DAY, bytes_only=True)


def test_an_unversioned_staging_bucket_would_be_empty_within_3_days() -> None:
    steps = simulate(STAGING, [send(STAGED[0], MIDNIGHT)], until=MIDNIGHT + 99 * DAY, pace=LATEST, versioned=False)
    assert (steps[-1].moment - MIDNIGHT, steps[-1].after.versions) == (3 * DAY - INSTANT, ())


@quick
@given(moments, st.lists(st.timedeltas(timedelta(), DAY - INSTANT), min_size=4, max_size=4))
def test_whatever_the_delays_each_action_falls_between_the_earliest_and_the_latest(
    moment: datetime, delays: list[timedelta]
) -> None:
    waits = {"hide": delays[0], "delete noncurrent": delays[1], "delete marker": delays[2]}
    runs = [
        [step.moment for step in simulate(STAGING, [send(STAGED[0], moment)], until=moment + 99 * DAY, pace=pace)]
        for pace in (EARLIEST, Pace(delay=lambda action: waits[action.kind], late=False), LATEST)
    ]
    assert {len(run) for run in runs} == {4}
    for one_moment in zip(*runs, strict=True):
        assert all(sooner <= later for sooner, later in pairwise(one_moment))

"""What the doctor sees with AWS credentials: buckets of moto, everything else as botocore's own stubs answer."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws
from vestibule_client.doctor import Finding
from vestibule_client.doctor.aws import check_aws
from vestibule_client.doctor.aws.account import Account, guarded
from vestibule_client.doctor.aws.buckets import ROLES, check_bucket
from vestibule_client.doctor.aws.examination import examine_account
from vestibule_client.doctor.aws.lifecycle import EXPECTED, check_lifecycle, deeds
from vestibule_client.doctor.aws.notifications import check_notifications
from vestibule_client.doctor.aws.schedule import check_schedule
from vestibule_client.doctor.aws.table import check_table

from tests.client.doctor_shop import ORIGIN, STACK, failures, site

ACCOUNT_ID = "123456789012"
LAMBDA = f"arn:aws:lambda:eu-central-1:{ACCOUNT_ID}:function:vestibule-dev"


def rule(prefix: str = "", **does: dict[str, Any]) -> dict[str, Any]:
    return {"ID": f"{next(iter(does))} {prefix}", "Status": "Enabled", "Filter": {"Prefix": prefix}, **does}


ABORT = rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1})
MARKERS = rule(Expiration={"ExpiredObjectDeleteMarker": True})
LIFECYCLES = {
    "staging": [
        rule("u/", Expiration={"Days": 1}),
        rule("m/", Expiration={"Days": 7}),
        rule(NoncurrentVersionExpiration={"NoncurrentDays": 1}),
        MARKERS,
        ABORT,
    ],
    "vault": [
        rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}),
        rule(NoncurrentVersionExpiration={"NoncurrentDays": 30}),
        MARKERS,
    ],
    "media": [ABORT],
}
TERRAFORM = Path(__file__).parents[2] / "terraform" / "modules" / "buckets" / "lifecycle.tf"


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name=STACK.region)
        for role in ROLES:
            _make(client, role)
        yield client


@pytest.fixture
def account(s3: Any) -> Account:
    return Account(STACK, ACCOUNT_ID, ORIGIN, lambda _: s3)


def _make(client: Any, role: str) -> None:
    """A bucket as terraform/modules/buckets makes it."""
    bucket = name(role)
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": STACK.region})
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(switches, True))
    client.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    encrypted = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encrypted)
    client.put_bucket_policy(Bucket=bucket, Policy=policy(only_tls(bucket)))
    if role != "media":
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        client.put_bucket_cors(Bucket=bucket, CORSConfiguration=cors(ORIGIN))
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": LIFECYCLES[role]})


def name(role: str) -> str:
    return str(getattr(STACK.buckets, role))


def only_tls(bucket: str) -> dict[str, Any]:
    return {
        "Sid": "OnlyTLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def for_everybody(bucket: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def cors(origin: str, exposed: str = "ETag") -> Any:
    return {"CORSRules": [{"AllowedMethods": ["POST"], "AllowedOrigins": [origin], "ExposeHeaders": [exposed]}]}


@pytest.mark.parametrize("role", ROLES)
def test_a_bucket_as_terraform_makes_it_is_fine(account: Account, role: str) -> None:
    findings = [*check_bucket(account, role), check_lifecycle(account, role)]
    assert {finding.outcome for finding in findings} == {"ok"}, findings


VAULT_NAME = name("vault")
ILLNESSES: list[tuple[str, Callable[[Any], Any], str]] = [
    ("public_access", lambda s3: s3.delete_public_access_block(Bucket=VAULT_NAME), "BlockPublicAcls"),
    (
        "versioning",
        lambda s3: s3.put_bucket_versioning(Bucket=VAULT_NAME, VersioningConfiguration={"Status": "Suspended"}),
        "Suspended, and should be Enabled",
    ),
    ("encryption", lambda s3: s3.delete_bucket_encryption(Bucket=VAULT_NAME), "not encrypted"),
    ("ownership", lambda s3: s3.delete_bucket_ownership_controls(Bucket=VAULT_NAME), "ACLs"),
    ("policy", lambda s3: s3.delete_bucket_policy(Bucket=VAULT_NAME), "without TLS are not refused"),
    (
        "policy",
        lambda s3: s3.put_bucket_policy(
            Bucket=VAULT_NAME, Policy=policy(only_tls(VAULT_NAME), for_everybody(VAULT_NAME))
        ),
        "something to everybody",
    ),
    ("cors", lambda s3: s3.delete_bucket_cors(Bucket=VAULT_NAME), "no origin"),
    ("cors", lambda s3: s3.put_bucket_cors(Bucket=VAULT_NAME, CORSConfiguration=cors("*")), "allowed is *"),
    (
        "cors",
        lambda s3: s3.put_bucket_cors(Bucket=VAULT_NAME, CORSConfiguration=cors(ORIGIN, "x-amz-id-2")),
        "ETag is not exposed",
    ),
]


@pytest.mark.parametrize(("check", "break_it", "seen"), ILLNESSES, ids=[f"{each[0]}: {each[2]}" for each in ILLNESSES])
def test_a_bucket_that_differs_is_found(
    account: Account, s3: Any, check: str, break_it: Callable[[Any], Any], seen: str
) -> None:
    break_it(s3)
    found = failures(check_bucket(account, "vault"))
    assert set(found) == {f"aws.vault.{check}"}
    assert seen in found[f"aws.vault.{check}"].seen
    assert "make plan" in found[f"aws.vault.{check}"].mend


def test_a_lifecycle_rule_too_few_and_one_too_many_are_found(account: Account, s3: Any) -> None:
    rules = [
        *LIFECYCLES["vault"][1:],
        {"ID": "tidy", "Status": "Enabled", "Prefix": "images/", "Expiration": {"Days": 90}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=VAULT_NAME, LifecycleConfiguration={"Rules": rules})
    found = check_lifecycle(account, "vault")
    assert found.outcome == "failed"
    assert "missing: open multipart uploads are aborted after 7 days" in found.seen
    assert "extra: objects under images/ expire after 90 days" in found.seen
    assert "may delete what was sold" in found.mend


def test_no_lifecycle_at_all_and_disabled_rules_are_found(account: Account, s3: Any) -> None:
    asleep = {**ABORT, "Status": "Disabled"}
    s3.put_bucket_lifecycle_configuration(Bucket=name("media"), LifecycleConfiguration={"Rules": [asleep]})
    s3.delete_bucket_lifecycle(Bucket=name("staging"))
    assert "missing" in check_lifecycle(account, "media").seen
    assert check_lifecycle(account, "staging").seen.count("missing") == len(EXPECTED["staging"])


def test_what_a_rule_does_beyond_what_is_known_is_named() -> None:
    moved = {"ID": "cold", "Filter": {"And": {}}, "Transitions": [{"Days": 1}], "Expiration": {"Date": "2027-01-01"}}
    assert deeds(moved) == {"objects and a further filter expire on a date", "Transitions and a further filter"}


def test_the_lifecycles_expected_are_those_of_terraform() -> None:
    """Numbers and prefixes as they stand in the module, bucket by bucket."""
    blocks = re.split(r'resource "aws_s3_bucket_lifecycle_configuration" ', TERRAFORM.read_text())[1:]
    assert {block.split('"')[1] for block in blocks} == set(EXPECTED)
    for block in blocks:
        found = set()
        for written in re.split(r"\n  rule \{", block)[1:]:
            prefix = re.search(r'prefix = "(.+?)"', written)
            days = re.search(r"(?:noncurrent_)?days(?:_after_initiation)? = (\d+)", written)
            found.add(_deed(written, f" under {prefix[1]}" if prefix else "", days[1] if days else ""))
        assert found == EXPECTED[block.split('"')[1]]


def _deed(written: str, where: str, days: str) -> str:
    if "abort_incomplete_multipart_upload" in written:
        return f"open multipart uploads{where} are aborted after {days} days"
    if "noncurrent_version_expiration" in written:
        return f"noncurrent versions{where} expire after {days} days"
    if "expired_object_delete_marker = true" in written:
        return f"delete markers without versions{where} are removed"
    return f"objects{where} expire after {days} days"


def stubbed(service: str, answers: dict[str, Any]) -> Any:
    """A client whose calls are answered in this order; botocore holds the answers to the service's model."""
    client: Any = boto3.client(service, region_name=STACK.region)  # type: ignore[call-overload]
    stubber = Stubber(client)
    for operation, answer in answers.items():
        for one in answer if isinstance(answer, list) else [answer]:
            if isinstance(one, str):
                stubber.add_client_error(operation, one)
            else:
                stubber.add_response(operation, one)
    stubber.activate()
    return client


def account_of(**clients: Any) -> Account:
    return Account(STACK, ACCOUNT_ID, ORIGIN, clients.__getitem__)


def notification(**more: Any) -> dict[str, Any]:
    return {
        "LambdaFunctionArn": f"{LAMBDA}-render",
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "images/"}]}},
    } | more


def notified(vault: dict[str, Any], staging: dict[str, Any] | None = None) -> Any:
    return stubbed("s3", {"get_bucket_notification_configuration": [staging or {}, {}, vault]})


def caller(**conditions: Any) -> dict[str, Any]:
    held = {
        "StringEquals": {"AWS:SourceAccount": ACCOUNT_ID},
        "ArnLike": {"AWS:SourceArn": f"arn:aws:s3:::{name('vault')}"},
    } | conditions
    return {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{LAMBDA}-render",
        "Condition": held,
    }


def functions(*statements: dict[str, Any]) -> Any:
    return stubbed("lambda", {"get_policy": {"Policy": policy(*statements)}})


GOOD = {"LambdaFunctionConfigurations": [notification()]}


def test_notifications_as_terraform_makes_them_are_fine() -> None:
    found = list(check_notifications(account_of(s3=notified(GOOD), **{"lambda": functions(caller())})))
    assert [finding.outcome for finding in found] == ["ok"] * 4, found


@pytest.mark.parametrize(
    ("vault", "seen"),
    [
        ({}, "0 functions are called instead of 1"),
        ({"LambdaFunctionConfigurations": [notification(), notification()]}, "2 functions are called"),
        (
            {"LambdaFunctionConfigurations": [notification(LambdaFunctionArn=f"{LAMBDA}-other")]},
            "vestibule-dev-other instead of render",
        ),
        ({"LambdaFunctionConfigurations": [notification(Events=["s3:ObjectCreated:Copy"])]}, "called on s3:ObjectCre"),
        ({"LambdaFunctionConfigurations": [notification(Filter={})]}, "not called for the prefix images/ alone"),
        (GOOD | {"EventBridgeConfiguration": {}}, "somebody else is told, too (EventBridgeConfiguration)"),
    ],
)
def test_another_owner_of_the_vaults_notifications_is_found(vault: dict[str, Any], seen: str) -> None:
    found = failures(check_notifications(account_of(s3=notified(vault), **{"lambda": functions(caller())})))
    assert seen in found["aws.vault.notifications"].seen
    assert "overwrites" in found["aws.vault.notifications"].mend


def test_notifications_of_the_other_buckets_are_found() -> None:
    s3 = notified(GOOD, staging={"EventBridgeConfiguration": {}})
    found = failures(check_notifications(account_of(s3=s3, **{"lambda": functions(caller())})))
    assert set(found) == {"aws.staging.notifications"}


@pytest.mark.parametrize(
    ("statements", "seen"),
    [
        ([caller(StringEquals={})], "the vault of this account may not call render"),
        ([caller(StringEquals={"AWS:SourceAccount": "999999999999"})], "the vault of this account may not"),
        ([caller(ArnLike={"AWS:SourceArn": "arn:aws:s3:::another"})], "the vault of this account may not"),
        ([caller(), {**caller(), "Principal": "*"}], "1 others may call render, too"),
    ],
)
def test_who_else_may_call_render_is_found(statements: list[dict[str, Any]], seen: str) -> None:
    found = failures(check_notifications(account_of(s3=notified(GOOD), **{"lambda": functions(*statements)})))
    assert seen in found["aws.render.callers"].seen


def test_a_function_that_nobody_may_call_is_found() -> None:
    nobody = stubbed("lambda", {"get_policy": "ResourceNotFoundException"})
    found = failures(check_notifications(account_of(s3=notified(GOOD), **{"lambda": nobody})))
    assert "may not call render" in found["aws.render.callers"].seen


@pytest.mark.parametrize(
    ("rules", "seen"),
    [
        ([{"Name": "vestibule-dev-sweep", "State": "ENABLED", "ScheduleExpression": "rate(1 hour)"}], None),
        ([], "no rule calls the sweep"),
        ([{"Name": "x", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"}], "no rule calls the sweep"),
        (
            [{"Name": "vestibule-dev-sweep", "State": "DISABLED", "ScheduleExpression": "rate(1 hour)"}],
            "vestibule-dev-sweep is disabled",
        ),
    ],
)
def test_a_sweep_that_is_not_called_is_found(rules: list[dict[str, str]], seen: str | None) -> None:
    names = {"list_rule_names_by_target": {"RuleNames": [rule["Name"] for rule in rules]}, "describe_rule": rules}
    found = check_schedule(account_of(events=stubbed("events", names)))
    assert found.outcome == ("ok" if seen is None else "failed")
    assert seen is None or (seen in found.seen and "enable-rule" in found.mend)


@pytest.mark.parametrize(
    ("recovery", "living", "is_protected", "outcomes"),
    [
        ("ENABLED", {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}, True, ["ok", "ok", "ok"]),
        ("DISABLED", {"TimeToLiveStatus": "DISABLED"}, False, ["failed", "failed", "warning"]),
        ("ENABLED", {"TimeToLiveStatus": "ENABLED", "AttributeName": "purge_at"}, True, ["ok", "failed", "ok"]),
    ],
)
def test_a_table_that_differs_is_found(
    recovery: str, living: dict[str, str], is_protected: bool, outcomes: list[str]
) -> None:
    backups = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": recovery},
    }
    answers = {
        "describe_continuous_backups": {"ContinuousBackupsDescription": backups},
        "describe_time_to_live": {"TimeToLiveDescription": living},
        "describe_table": {"Table": {"DeletionProtectionEnabled": is_protected}},
    }
    found = list(check_table(account_of(dynamodb=stubbed("dynamodb", answers))))
    assert [finding.outcome for finding in found] == outcomes


def test_what_the_credentials_may_not_see_is_not_checked_and_no_failure() -> None:
    denied = stubbed("dynamodb", {"describe_continuous_backups": "AccessDeniedException"})
    (finding,) = guarded("aws.table", lambda: check_table(account_of(dynamodb=denied)))
    assert finding == Finding(
        "aws.table",
        "not_checked",
        "these credentials may not do DescribeContinuousBackups",
        "Allow DescribeContinuousBackups to them.",
    )


def test_a_table_of_another_account_is_a_failure() -> None:
    missing = stubbed("dynamodb", {"describe_continuous_backups": "TableNotFoundException"})
    (finding,) = guarded("aws.table", lambda: check_table(account_of(dynamodb=missing)))
    assert finding.outcome == "failed"
    assert "same stage and account" in finding.mend


def test_without_credentials_it_is_said_how_to_enable_these_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (finding,) = check_aws(site())
    assert (finding.outcome, finding.seen) == ("not_checked", "there are no AWS credentials")
    assert "AWS_PROFILE" in finding.mend


def test_credentials_that_aws_does_not_take_are_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    sts = stubbed("sts", {"get_caller_identity": "InvalidClientTokenId"})
    monkeypatch.setattr(boto3.Session, "client", lambda *_, **__: sts)
    (finding,) = check_aws(site())
    assert (finding.outcome, finding.seen) == (
        "not_checked",
        "AWS does not take the credentials (InvalidClientTokenId)",
    )


def test_the_whole_account_is_examined(s3: Any) -> None:
    """Buckets of moto, and no permission for anything else: each group says so, and none stops the next."""

    def client(service: str) -> Any:
        if service == "s3":
            return s3
        denied = ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "Describe")
        return type("Denied", (), {"__getattr__": lambda *_: _raising(denied)})()

    found = {each.check: each.outcome for each in examine_account(Account(STACK, ACCOUNT_ID, ORIGIN, client))}
    assert found["aws.vault.policy"] == found["aws.media.lifecycle"] == found["aws.staging.cors"] == "ok"
    assert found["aws.render.callers"] == found["aws.sweep"] == found["aws.table"] == "not_checked"


def _raising(error: ClientError) -> Callable[..., Any]:
    def call(*_: Any, **__: Any) -> Any:
        raise error

    return call

"""`vestibule doctor` looks at the account of a stack as Terraform has made it."""

from vestibule_client.doctor.aws.account import Account
from vestibule_client.doctor.aws.examination import examine_account
from vestibule_client.stack import Stack

from tests.e2e.conftest import ORIGIN, Applied


def test_what_terraform_makes_is_what_doctor_wants(applied: Applied) -> None:
    stack = Stack.from_outputs(applied.outputs)
    account_id = applied.client("sts").get_caller_identity()["Account"]
    found = list(examine_account(Account(stack, account_id, ORIGIN, applied.client)))
    for finding in found:
        print(finding.outcome, finding.check, finding.seen)
    odd = [(finding.check, finding.outcome) for finding in found if finding.outcome != "ok"]
    assert odd == [("aws.table.protection", "warning")]  # this stack is made to be destroyed
    assert len(found) > 20

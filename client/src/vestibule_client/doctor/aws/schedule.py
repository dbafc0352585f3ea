"""The hourly sweep: without it, what crashes leave behind stays, and what was deleted is never purged."""

from ..findings import Finding, judged
from .account import Account
from .notifications import function_arn

_MEND = "Enable the rule (aws events enable-rule --name …), or deploy the stage anew; then see the alarm sweep-stopped."


def check_schedule(account: Account) -> Finding:
    """One enabled rule calls the sweep, every hour."""
    events = account.client("events")
    names = events.list_rule_names_by_target(TargetArn=function_arn(account, "sweep"))["RuleNames"]
    rules = [events.describe_rule(Name=name) for name in names]
    hourly = [rule for rule in rules if rule.get("ScheduleExpression") == "rate(1 hour)"]
    complaints = [] if hourly else ["no rule calls the sweep every hour"]
    complaints += [
        f"the rule {rule['Name']} is {rule['State'].lower()}" for rule in hourly if rule["State"] != "ENABLED"
    ]
    return judged("aws.sweep.schedule", complaints, "a rule calls the sweep every hour", _MEND)

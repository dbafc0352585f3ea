"""A table that asks another one the same, whatever the service asks of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.settings import settings
from tests.simulation.contract.script import told
from tests.simulation.dynamodb import Table


@dataclass
class Both(Table):
    """Asks the other one the same, and compares. It has a table of another name, perhaps."""

    theirs: Any = None
    their_table: str = settings.table
    compared: int = 0

    def answer(self, operation: str, params: Mapping[str, Any]) -> Any:
        ours = self._outcome(super().answer, operation, params)
        theirs = self._outcome(self.theirs._make_api_call, operation, self._renamed(params))
        assert self._comparable(ours) == self._comparable(theirs), (operation, params)
        self.compared += 1
        if isinstance(ours, ClientError):
            raise ours
        return ours

    @staticmethod
    def _outcome(ask: Any, operation: str, params: Mapping[str, Any]) -> Any:
        try:
            return ask(operation, params)
        except ClientError as error:
            return error

    def _renamed(self, params: Mapping[str, Any]) -> Any:
        return json.loads(json.dumps(params).replace(f'"{settings.table}"', f'"{self.their_table}"'))

    def _comparable(self, outcome: Any) -> Any:
        if isinstance(outcome, ClientError):
            return told(outcome)
        rows = outcome.get("Items", next(iter(outcome.get("Responses", {}).values()), []))
        return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))

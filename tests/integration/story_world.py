"""Where stories take place: people, an operator's quota, and what is left of all stories a month later."""

from collections import Counter
from itertools import count

import httpx

from local.bootstrap import make_person
from local.permissions import TABLE
from local.stack import Running
from tests.behind import rows_under, vault_objects
from tests.integration.conftest import Seller, signed_in
from tests.integration.shop_model import ShopModel
from tests.later import sweep_later


class World:
    """The stack, and what was seen over all stories. Every story has two people of its own."""

    def __init__(self, running: Running, http: httpx.Client) -> None:
        self.running, self.http = running, http
        self.seen = Counter[str]()
        self.stories: list[tuple[Seller, ShopModel]] = []
        self._numbers = count()

    def person(self) -> tuple[Seller, str]:
        """Somebody new, signed in."""
        stack = self.running.stack
        email = f"story-{next(self._numbers)}@vestibule.example"
        person = make_person(stack.client("cognito-idp"), stack.pool_id, email)
        return signed_in(self.running, person, self.http), person.sub

    def set_quota(self, sub: str, quota: int) -> None:
        """As an operator does: on the seller's row of usage, if there is one yet."""
        self.running.stack.client("dynamodb").update_item(
            TableName=TABLE,
            Key={"pk": {"S": f"O#{sub}"}, "sk": {"S": "usage"}},
            UpdateExpression="SET quota = :quota, #type = :usage ADD #bytes :none, files :none",
            ExpressionAttributeNames={"#type": "type", "#bytes": "bytes"},
            ExpressionAttributeValues={
                ":quota": {"N": str(quota)},
                ":usage": {"S": "usage"},
                ":none": {"N": "0"},
            },
        )

    def sweep_after_a_month(self) -> None:
        """When nothing can be restored any more. Then the sweep's own notes, of a time to come, are taken away."""
        stack = self.running.stack
        sweep_later(stack, 31 * 24)
        dynamodb = stack.client("dynamodb")
        for pk, sk in rows_under(dynamodb, "SWEEP"):
            dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}})

    def check_what_is_left(self) -> None:
        """Live files of products that are there, and nothing else: in the usage, and in the vault."""
        stored = [key.split("/")[2:] for key in vault_objects(self.running.stack)]
        for seller, model in self.stories:
            left = [file for file in model.files if file.state == "live" and not file.product.is_deleted]
            usage = seller.call("GET", "/usage").json()
            assert (usage["files"], usage["bytes"]) == (len(left), sum(len(file.content) for file in left))
            products = {product.id for product in model.products}
            names = sorted(name.partition(".")[0] for product, name in stored if product in products)
            assert names == sorted(file.id for file in left)

"""A stack whose API finds AWS behind the fault proxy; sellers, of whom each is a person of the pool.

It is the local stack, and not Terraform's: there each call of the API is a process of the emulator's own, which cannot
run many side by side; and the proxy has to stand between the function and AWS alone. Signatures, policies, permissions and
tokens are enforced in both.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from local.bootstrap import Person, Stack, make_person, sign_in
from local.stack import Running, local_stack
from tests.faults.plans import NoFaults
from tests.faults.proxy import Proxy, fault_proxy

ORIGIN = "https://shop.example"


@dataclass(frozen=True)
class Stage:
    """What the load is put on."""

    running: Running
    proxy: Proxy

    @property
    def stack(self) -> Stack:
        """What the bootstrap made."""
        return self.running.stack

    def tokens(self, count: int) -> list[str]:
        """ID tokens of so many new sellers."""
        cognito = self.stack.client("cognito-idp")
        people = [make_person(cognito, self.stack.pool_id, f"seller-{at}@vestibule.example") for at in range(count)]
        return [self._token(person) for person in people]

    def _token(self, person: Person) -> str:
        return sign_in(self.stack, person)["IdToken"]


@contextlib.contextmanager
def load_stage() -> Iterator[Stage]:
    """Start proxy and stack; stop them when the block ends."""
    with fault_proxy() as proxy, local_stack(0, 0, lambda _: None, ORIGIN, proxy.aws.url) as running:
        proxy.follow(NoFaults())
        proxy.aws.lead_to(running.stack.endpoint)
        running.pump.stop()  # renditions would take time, and prove nothing here
        running.stack.environment["AWS_ENDPOINT_URL_DYNAMODB"] = proxy.aws.url
        running.api.stop()
        running.api.start()
        yield Stage(running, proxy)

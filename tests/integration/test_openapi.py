"""The service held against docs/openapi.json by schemathesis: what it promises of every request, and never a 500.

Schemathesis makes requests that fit the document and requests that do not, and looks at each answer with all of its
checks: status, type, headers and body as documented, what is wrong refused and what is right taken, nothing without a
token, 405 with Allow for other methods. The same requests each time; with VESTIBULE_PROVE=1 many more, by a new seed.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from chalicelib.problems import PROBLEMS
from local.stack import Running
from tests.integration.conftest import Seller
from tests.integration.test_authorization import Ids, make_ids
from tests.proving import EVERYTHING, number_given

SEED = number_given("VESTIBULE_PROVE_SEED", secrets.randbits(32) if EVERYTHING else 1)
CONFIG = {
    "seed": SEED,
    "generation": {"max-examples": 200 if EVERYTHING else 3, "allow-extra-parameters": False},  # they are ignored
    "checks": {"missing_required_header": {"expected-statuses": ["428"]}},
    # Others (TRACE, QUERY) never come through a gateway; the server of `chalice local` refuses them itself.
    "phases": {"coverage": {"unexpected-methods": ["get", "put", "post", "delete", "patch", "options"]}},
}
SCHEMA = schemathesis.openapi.from_path(Path("docs/openapi.json"), config=SchemathesisConfig.from_dict(CONFIG))

Case = schemathesis.Case[Any]
CODES = {problem.code for problem in PROBLEMS}
# A request may fit its schema and still be refused: JSON Schema counts characters and not bytes, knows no classes of
# characters, and nothing of other members, of the file that was named or of the state it is in; and 1.0 is an integer.
NAMES = ("/filename", "/alt", "/title", "/content_type")
BEYOND_A_SCHEMA = (*NAMES, "/cursor", "/size", "/part_numbers/", "/sha256", "/image_ids")
ABOUT_THE_FILE = (410, 413, 415, 422)


@pytest.fixture(scope="module", autouse=True)
def the_seed_is_printed() -> None:
    print(f"VESTIBULE_PROVE_SEED={SEED}")


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def ids() -> Ids:
    """What is really there, of one operation: made when its path is known."""
    return {}


@SCHEMA.parametrize()
@hypothesis.settings(suppress_health_check=list(hypothesis.HealthCheck))
def test_every_answer_is_as_documented(
    case: Case, seller: Seller, running: Running, session: requests.Session, ids: Ids
) -> None:
    path = case.operation.path
    if not ids:
        ids |= make_ids(seller, path, "multipart" if path.endswith("/parts") else "post")
    if has_valid_ids(case):
        case.path_parameters = {name: ids[name] for name in case.path_parameters}

    authorization = {"Authorization": f"Bearer {seller.token}"}
    sent: dict[str, Any] = {"base_url": running.url, "session": session}
    response = case.call(**sent, headers=authorization)
    excluded: list[Any] = [positive_data_acceptance] if is_refused_beyond_the_schema(response) else []
    case.validate_response(response, headers=authorization, excluded_checks=excluded, transport_kwargs=sent)
    if response.status_code >= 400:
        problem = response.json()
        assert problem["code"] in CODES
        assert problem["status"] == response.status_code


def has_valid_ids(case: Case) -> bool:
    """Whether the ids of the path are ULIDs, so that those of things that are there can take their place."""
    path = case.meta.components.get(ParameterLocation.PATH) if case.meta is not None else None
    return path is not None and path.mode.is_positive


def is_refused_beyond_the_schema(response: Any) -> bool:
    if response.status_code in ABOUT_THE_FILE:
        return True
    errors = response.json()["errors"] if response.status_code == 400 else []
    return any(error["pointer"].startswith(BEYOND_A_SCHEMA) for error in errors)

"""What is logged and measured, and what never is."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import telemetry
from tests.api.conftest import Api, send
from tests.api.wire import wired
from tests.conftest import Logs
from tests.log_lines import SELLER
from tests.samples import image, zip_file

PNG = image("image/png")


def named(logs: Logs, name: str) -> list[Any]:
    """The values of a metric, of each line that has some."""
    return [line[name] for line in logs.all() if name in line]


def test_a_request_is_one_line_by_its_ids(api: Api, product: str, logs: Logs) -> None:
    api.get(f"/products/{product}")
    (line,) = logs.all()
    assert (line["message"], line["method"], line["route"]) == ("request", "GET", "/products/{product_id}")
    assert (line["product_id"], line["status"]) == (product, 200)
    assert line["request_id"]


def test_ids_do_not_stay_for_the_next_request(api: Api, product: str, logs: Logs) -> None:
    api.get(f"/products/{product}")
    api.get("/usage")
    assert "product_id" not in logs.all()[1]


def test_what_stands_in_a_path_and_is_no_id_is_not_logged(api: Api, logs: Logs) -> None:
    api.get("/products/secret-name.png")
    assert "secret-name" not in json.dumps(logs.all())


def test_a_refusal_is_counted_under_its_code(api: Api, logs: Logs) -> None:
    api.get("/products/01ARZ3NDEKTSV4RRFFQ69G5FAV")
    (line,) = [line for line in logs.all() if "Refused" in line]
    assert (line["code"], line["service"], line["Refused"]) == ("not_found", "vestibule", [1.0])
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service", "code"]]
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == telemetry.NAMESPACE


def test_the_three_steps_are_measured(api: Api, product: str, logs: Logs) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    api.confirm(issued)
    assert named(logs, "UploadsIssued") == [[1.0]]
    assert named(logs, "UploadsConfirmed") == [[1.0]]
    assert named(logs, "BytesAdmitted") == [[float(len(PNG))]]
    assert named(logs, "ConfirmTime")[0][0] > 0


def test_a_repeated_confirm_admits_nothing_and_so_counts_nothing(api: Api, product: str, logs: Logs) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    api.confirm(issued)
    api.confirm(issued)
    assert named(logs, "UploadsConfirmed") == [[1.0]]


SECRET_URL = "https://bucket.example/u/key?X-Amz-Signature=0"


def test_an_outage_names_what_happened_and_nothing_that_it_was_about(api: Api, product: str, logs: Logs) -> None:
    with wired() as wire:
        wire.fail = lambda number, name: EndpointConnectionError(endpoint_url=SECRET_URL)
        assert api.get(f"/products/{product}").status_code == 503
    (line,) = logs.above_info()
    assert (line["message"], line["error"]) == ("an AWS call failed", "EndpointConnectionError")
    assert "bucket.example" not in json.dumps(logs.all())


def test_a_bug_is_logged_with_its_trace_and_without_the_url_it_names(api: Api, product: str, logs: Logs) -> None:
    with wired() as wire:
        wire.fail = lambda number, name: RuntimeError(f"no answer from {SECRET_URL}")
        assert api.get(f"/products/{product}").status_code == 500
    (line,) = logs.above_info()
    assert "in sent" in line["exception"]
    assert "bucket.example" not in json.dumps(logs.all())


def test_nothing_of_an_upload_but_its_ids_is_logged(
    api: Api, product: str, logs: Logs, capfd: pytest.CaptureFixture[str]
) -> None:
    content = zip_file(2000)
    issued = api.issue(product, "deliverable", content, "application/zip", filename="größe & secret.zip")
    send(issued, content)
    file = api.confirm(issued).json_body
    signed = api.post(f"/products/{product}/deliverables/{file['id']}/download").json_body
    text = json.dumps(logs.all(), ensure_ascii=False) + capfd.readouterr().out
    secrets = [signed["url"], issued["fields"]["policy"], issued["fields"]["key"], api.headers["Authorization"]]
    for secret in [*secrets, "secret.zip", "größe", SELLER, issued["fields"]["x-amz-signature"]]:
        assert secret not in text

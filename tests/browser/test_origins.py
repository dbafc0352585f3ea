"""Page, API and buckets are of different origins, as in AWS: what a page of yet another origin can do, which is nothing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from local.processes import HOST
from tests.integration.conftest import Seller
from tests.samples import zip_file

from .seller_page import SellerPage
from .stage import Stage
from .watch import Watch

CALL = """async ([method, url, headers, body]) => {
  try { return (await fetch(url, { method, headers, body })).status } catch (error) { return error.name }
}"""
SEND_FORM = """async ([url, fields, text]) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", new Blob([text]));
  try { return (await fetch(url, { method: "POST", body })).status } catch (error) { return error.name }
}"""
REFUSED = "TypeError"
"""All that a page learns of an answer which is not for it."""


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another shop</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def another_shop(context: BrowserContext, watch: Watch) -> Iterator[Page]:
    """A page of another origin in the same browser, without any policy of its own."""
    watch.allow("blocked by CORS policy", "ERR_FAILED", "favicon")
    with ThreadingHTTPServer((HOST, 0), _Empty) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        page = context.new_page()
        page.goto(f"http://localhost:{server.server_port}/")
        yield page
        server.shutdown()
        thread.join()


def test_the_page_is_of_another_origin_than_all_it_calls(stage: Stage, seller: SellerPage, watch: Watch) -> None:
    expect(seller.heading("Products")).to_be_visible()
    assert stage.origin == seller.page.evaluate("location.origin")
    assert len({stage.origin, stage.api, stage.running.stack.endpoint}) == 3
    answers = [request.response() for request in watch.sent_to(stage.api, methods=("GET",))]
    allowed = {answer.headers["access-control-allow-origin"] for answer in answers if answer is not None}
    assert allowed == {stage.origin}


def test_a_page_of_another_origin_cannot_call_the_api_even_with_a_token(
    stage: Stage, another_shop: Page, api: Seller
) -> None:
    headers = {"Authorization": api.token, "Content-Type": "application/json"}
    for method, body in (("GET", None), ("POST", json.dumps({"title": "Stolen"}))):
        assert another_shop.evaluate(CALL, [method, f"{stage.api}/products", headers, body]) == REFUSED
    assert another_shop.evaluate(CALL, ["GET", f"{stage.api}/health", {}, None]) == REFUSED
    assert api.call("GET", "/products").json()["products"] == []


def test_a_page_of_another_origin_learns_nothing_of_a_form_it_sends_and_cannot_send_a_part_at_all(
    stage: Stage, another_shop: Page, visitor: SellerPage, api: Seller
) -> None:
    content = zip_file()
    product = api.product()
    issued = api.issue(product, "deliverable", content, "application/zip", filename="brushes.zip")
    assert another_shop.evaluate(SEND_FORM, [issued["url"], issued["fields"], "x" * len(content)]) == REFUSED

    in_parts = api.issue(product, "deliverable", content, "application/zip", filename="b.zip", strategy="multipart")
    (part,) = api.call("POST", in_parts["multipart"]["parts_url"], {"part_numbers": [1]}).json()["parts"]
    text = "x" * len(content)
    assert another_shop.evaluate(CALL, ["PUT", part["url"], part["headers"], text]) == REFUSED
    assert api.call("GET", in_parts["multipart"]["parts_url"]).json()["parts"] == []
    # From the page's own origin the same request is one like any other.
    assert visitor.page.evaluate(CALL, ["PUT", part["url"], part["headers"], text]) == 200
    assert len(api.call("GET", in_parts["multipart"]["parts_url"]).json()["parts"]) == 1


def test_no_other_page_can_put_the_page_in_a_frame(stage: Stage, another_shop: Page, watch: Watch) -> None:
    watch.allow("frame-ancestors", "Refused to frame", "chrome-error")
    another_shop.evaluate(
        "(url) => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame) }",
        stage.origin,
    )
    with another_shop.expect_event("framenavigated"):
        pass
    assert another_shop.frames[-1].url.startswith("chrome-error")

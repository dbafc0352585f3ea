"""Five things that somebody will try."""

from .files import picture
from .screen import WentWrong, head
from .seller import Seller, declared

SCRIPT = b"#!/bin/sh\nrm -rf ~\n"


def refusals(seller: Seller, stranger: Seller) -> None:
    """Try them, and hold each refusal to its code."""
    product = f"/products/{seller.ask('POST', '/products', 201, {'title': 'A target'})['id']}"
    uploads = f"{product}/images/uploads"
    good = picture()

    head("Refused: a script that calls itself a PNG")
    form = seller.ask("POST", uploads, 201, declared("cover.png", "image/png", SCRIPT))
    seller.send(form, SCRIPT)
    seller.ask("POST", form["confirm_url"], 422, code="content_type_mismatch")

    head("Refused: a form used for a bigger file than it was issued for")
    form = seller.ask("POST", uploads, 201, declared("cover.png", "image/png", good))
    seller.send(form, good + b"more", wanted=400, code="EntityTooLarge")
    seller.ask("POST", form["confirm_url"], 409, code="upload_not_received")

    head("Refused: somebody else's upload")
    form = seller.ask("POST", uploads, 201, declared("cover.png", "image/png", good))
    seller.send(form, good)
    stranger.ask("POST", form["confirm_url"], 404, code="not_found")

    head("Refused: an object swapped after it was sent, for one of the same size")
    seller.send(form, SCRIPT.ljust(len(good), b"#"))
    seller.ask("POST", form["confirm_url"], 422, code="content_type_mismatch")

    head("Refused: a forged token")
    header, payload, signature = seller.token.split(".")
    forged = Seller(seller.url, f"{header}.{payload}.{signature[:-8]}AAAAAAAA")
    forged.ask("GET", "/products", 401, code="unauthenticated")

    head("And nothing of all that reached the product")
    if seller.ask("GET", product, 200)["images"]:
        raise WentWrong("a refused file was admitted")

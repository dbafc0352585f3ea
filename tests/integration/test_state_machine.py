"""Stories of chance: two sellers do whatever the contract allows, and what it refuses; a model predicts each answer.

Ordinarily the same stories each time; `VESTIBULE_PROVE=1` takes more, longer, and new ones. A failing story is printed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from local.stack import Running
from tests.integration.shop_model import DONE, NOT_FOUND, OK, Expected, File, Kind, Product, ShopModel, Upload
from tests.integration.story_world import World
from tests.proving import EVERYTHING
from tests.samples import image, upload_request, zip_file
from tests.tally import Proven

STORIES, STEPS = (50, 40) if EVERYTHING else (16, 30)
IMAGES = (image("image/png"), image("image/png", 32, 32))
ZIPS = (zip_file(100), zip_file(2_000))
TYPES: dict[Kind, str] = {"image": "image/png", "deliverable": "application/zip"}
WRONG = {"image": b"#!/bin/sh\n", "deliverable": IMAGES[0]}

MUST_BE_SEEN = {
    "issue: 201",
    "issue: 404 not_found",
    "issue: 410 gone",
    "issue: 429 quota_exceeded",
    "confirm: 201",
    "confirm: 200",
    "confirm: 404 not_found",
    "confirm: 409 upload_not_received",
    "confirm: 409 version_mismatch",
    "confirm: 410 gone",
    "confirm: 422 content_type_mismatch",
    "confirm: 422 incomplete_parts",
    "confirm: 429 quota_exceeded",
    "confirm: a replacement",
    "cancel: 204",
    "delete: 204",
    "delete: 404 not_found",
    "restore: 200",
    "restore: 404 not_found",
    "restore: another gives way",
    "order: 204",
    "order: 400 invalid_parameter",
    "rename: 200",
    "rename: 410 gone",
    "title: 200",
    "title: 409 version_mismatch",
    "download: 200",
    "download: 410 gone",
    "delete product: 204",
    *(
        f"a stranger's {what}: 404 not_found"
        for what in ("issue", "confirm", "delete", "restore", "download", "title", "delete product")
    ),
}


def some(of: list[Any], which: int) -> Any:
    """One of them, the newest for 0."""
    return of[-1 - which % len(of)]


@dataclass(frozen=True)
class Wish:
    """What somebody wants to upload."""

    way: tuple[Kind, bool]
    is_larger: bool
    product: int
    replaced: int | None
    has_alt: bool


WAYS: tuple[tuple[Kind, bool], ...] = (("image", False), ("deliverable", False), ("deliverable", True))
"""Kinds, and whether they come in parts."""
MEANWHILE = (
    *["nothing"] * 4,
    *["a quota", "the replaced file goes"] * 2,
    "no bytes",
    "wrong bytes",
    "a cancel",
    "the product goes",
    "a break",
)
TITLES, NAMES = ("Brush set", "Pens", "Größe „1“ 😀"), ("pens.zip", "größe.zip", "A brush")


def which(chance: Random) -> int:
    """Of what there is, from the newest on."""
    return chance.randrange(8)


def wish(chance: Random) -> Wish:
    """Any: three in five replace something."""
    way, is_larger, has_alt = chance.choice(WAYS), chance.random() < 0.5, chance.random() < 0.5
    replaced = which(chance) if chance.random() < 0.6 else None
    return Wish(way, is_larger, which(chance), replaced, has_alt)


# What may be done, how often compared with the others, and with what.
DOINGS: dict[str, tuple[int, Callable[[Random], tuple[Any, ...]]]] = {
    "upload": (6, lambda chance: (wish(chance), chance.choice(MEANWHILE))),
    "send": (1, lambda chance: (which(chance), chance.random() < 0.5)),
    "confirm": (3, lambda chance: (which(chance),)),
    "cancel": (1, lambda chance: (which(chance),)),
    "delete": (2, lambda chance: (which(chance),)),
    "restore": (3, lambda chance: (which(chance),)),
    "download": (2, lambda chance: (which(chance),)),
    "rename": (2, lambda chance: (which(chance), chance.choice(NAMES))),
    "order": (1, lambda chance: (which(chance), Random(chance.random()))),
    "add_product": (1, lambda chance: (chance.choice(TITLES),)),
    "rename_product": (1, lambda chance: (which(chance), chance.choice(TITLES))),
    "delete_product": (1, lambda chance: (which(chance),)),
    "set_quota": (2, lambda chance: (chance.choice([0, 300, 2_500, 100_000]),)),
}


class Story(RuleBasedStateMachine):
    """What may happen next. Stories differ in who does what, when, and in which order."""

    world: World

    # Hypothesis's own draws are skewed on purpose, and each story would leave out half of the rules: in few stories too
    # little would come up. So it draws one number a story, and all else follows from that.
    @initialize(chance=st.randoms(use_true_random=True))
    def begin(self, chance: Random) -> None:
        self.chance = chance
        (self.seller, self.sub), (self.stranger, _) = self.world.person(), self.world.person()
        self.model, self.touched = ShopModel(), list[Product]()
        self.world.stories.append((self.seller, self.model))
        self.add_product("Brush set")
        self.add_product("Pens")
        for way in WAYS:
            self.upload(Wish(way, is_larger=True, product=1, replaced=None, has_alt=True), "nothing")

    @rule()
    def go_on(self) -> None:
        (name,) = self.chance.choices(list(DOINGS), [weight for weight, _ in DOINGS.values()])
        given = DOINGS[name][1](self.chance)
        note(f"{name}{given}")
        getattr(self, name)(*given)

    # Saying and checking

    def answered(self, what: str, answer: httpx.Response, expected: Expected) -> dict[str, Any]:
        """The answer is the one expected."""
        body: dict[str, Any] = answer.json() if answer.content else {}
        code = body.get("code") if answer.status_code >= 400 else None
        assert Expected(answer.status_code, code) == expected, f"{what}: expected {expected}: {answer.text}"
        self.world.seen[f"{what}: {expected}"] += 1
        return body

    def call(self, what: str, method: str, path: str, expected: Expected, body: Any = None, **headers: str) -> Any:
        return self.answered(what, self.seller.call(method, path, body, **headers), expected)

    def refused_to_a_stranger(self, what: str, method: str, path: str, body: Any = None, **headers: str) -> None:
        self.answered(f"a stranger's {what}", self.stranger.call(method, path, body, **headers), NOT_FOUND)

    def is_as_in_model(self, file: File, body: dict[str, Any]) -> None:
        facts = file.facts()
        assert {name: body[name] for name in facts} == facts
        assert body["sha256"] in (hashlib.sha256(file.content).hexdigest(), None)

    # Products

    def add_product(self, title: str) -> None:
        if sum(not product.is_deleted for product in self.model.products) > 2:
            return
        body = self.call("product", "POST", "/products", Expected(201), {"title": title})
        self.model.products.append(Product(body["id"], title))

    def rename_product(self, which: int, title: str) -> None:
        """A stale version is refused first; if the title is another one, for else it cannot be told from a repeat."""
        product: Product = some(self.model.products, which)
        path, tags = f"/products/{product.id}", [f'"{version}"' for version in (product.version - 1, product.version)]
        if title != product.title and not product.is_deleted:
            stale = Expected(409, "version_mismatch")
            self.call("title", "PATCH", path, stale, {"title": title}, If_Match=tags[0])
        self.call("title", "PATCH", path, NOT_FOUND if product.is_deleted else OK, {"title": title}, If_Match=tags[1])
        if not product.is_deleted:
            product.version, product.title = product.version + 1, title
        self.refused_to_a_stranger("title", "PATCH", path, {"title": title}, If_Match="*")
        self.touched = [product]

    def delete_product(self, which: int) -> None:
        """A stranger tries too; one product is kept."""
        product: Product = some(self.model.products, which)
        path = f"/products/{product.id}"
        self.refused_to_a_stranger("delete product", "DELETE", path)
        if product.is_deleted or sum(not one.is_deleted for one in self.model.products) > 1:
            self.call("delete product", "DELETE", path, DONE)
            product.is_deleted = True

    # Uploads

    def issued(self, wish: Wish) -> Upload | None:
        """Step 1. What is replaced may be gone, or, rarely, of another product."""
        kind, in_parts = wish.way
        of_kind = [file for file in self.model.files if file.kind == kind]
        of_kind.sort(key=lambda file: file.state == "live" and not file.product.is_deleted)
        replaces: File | None = some(of_kind, wish.replaced) if of_kind and wish.replaced is not None else None
        target: Product = replaces.product if replaces and wish.product < 7 else some(self.model.products, wish.product)
        content = (IMAGES if kind == "image" else ZIPS)[wish.is_larger]
        more: dict[str, Any] = {"replaces": replaces.id} if replaces else {}
        if in_parts:
            more["strategy"] = "multipart"
        if kind == "image" and wish.has_alt:
            more["alt"] = "A brush"
        body = upload_request(content, TYPES[kind], **more)
        path = f"/products/{target.id}/{kind}s/uploads"
        expected = self.model.issue(target, kind, len(content), replaces)
        self.refused_to_a_stranger("issue", "POST", path, body)
        issued = self.call("issue", "POST", path, expected, body)
        if expected.status != 201:
            return None
        text = more.get("alt", replaces.alt if replaces else None)
        upload = Upload(issued, target, kind, content, text, replaces)
        self.model.uploads.append(upload)
        return upload

    def upload(self, wish: Wish, meanwhile: str) -> None:
        """All three steps, and what may happen before the last; after a break it comes later, or never."""
        upload = self.issued(wish)
        if upload is None or meanwhile == "a break":
            return
        if meanwhile in ("no bytes", "wrong bytes"):
            self.confirm(0)
        self.send(0, wrong=meanwhile == "wrong bytes")
        if meanwhile == "a cancel":
            self.cancel(0)
        elif meanwhile == "a quota":
            self.set_quota(0)
        elif meanwhile == "the replaced file goes" and upload.replaces is not None:
            self.delete(self.model.files[::-1].index(upload.replaces))
        elif meanwhile == "the product goes":
            self.delete_product(self.model.products[::-1].index(upload.product))
        self.confirm(0)
        if meanwhile == "a quota":
            self.set_quota(100_000)

    def send(self, which: int, wrong: bool) -> None:
        """Step 2, also late, again, or with other bytes of the same size."""
        upload: Upload = some(self.model.uploads, which)
        if upload.in_parts and upload.product.is_deleted:
            return
        size = len(upload.content)
        content = WRONG[upload.kind].ljust(size)[:size] if wrong else upload.content
        if not upload.in_parts:
            assert self.seller.send(upload.issued, content).status_code == 201
        else:
            body = self.call("parts", "POST", upload.issued["multipart"]["parts_url"], OK, {"part_numbers": [1]})
            sent = self.seller.http.put(body["parts"][0]["url"], content=content)
            assert sent.status_code == (200 if upload.takes_bytes else 404), sent.text
        if upload.takes_bytes:
            upload.sent, upload.is_cancelled = ("wrong" if wrong else "right"), False

    def confirm(self, which: int) -> None:
        upload: Upload = some(self.model.uploads, which)
        url = upload.issued["confirm_url"]
        expected = self.model.confirm(upload)
        body = self.call("confirm", "POST", url, expected)
        if expected.status < 300:
            assert upload.file is not None
            self.is_as_in_model(upload.file, body)
            self.world.seen["confirm: a replacement"] += upload.replaces is not None and expected.status == 201
        self.refused_to_a_stranger("confirm", "POST", url)
        self.touched = [upload.product]

    def cancel(self, which: int) -> None:
        upload: Upload = some(self.model.uploads, which)
        path = upload.issued["confirm_url"].removesuffix("/confirm")
        if upload.in_parts:
            self.refused_to_a_stranger("cancel", "DELETE", path)
        self.call("cancel", "DELETE", path, self.model.cancel(upload))

    def set_quota(self, room: int) -> None:
        self.model.quota = self.model.usage["bytes"] + room
        self.world.set_quota(self.sub, self.model.quota)

    # Files

    def path_of(self, file: File) -> str:
        return f"/products/{file.product.id}/{file.kind}s/{file.id}"

    def change(self, file: File, what: str, method: str, step: str, expect: Callable[[File], Expected]) -> None:
        self.refused_to_a_stranger(what, method, self.path_of(file) + step)
        body = self.call(what, method, self.path_of(file) + step, expect(file))
        if body.get("state"):
            self.is_as_in_model(file, body)
        self.touched = [file.product]

    def delete(self, which: int) -> None:
        self.change(some(self.model.files, which), "delete", "DELETE", "", self.model.delete)

    def restore(self, which: int) -> None:
        states = [file.state for file in self.model.files]
        files = sorted(self.model.files, key=lambda file: file.state == "superseded" and not file.product.is_deleted)
        self.change(some(files, which), "restore", "POST", "/restore", self.model.restore)
        gave_way = [
            file
            for file, state in zip(self.model.files, states, strict=True)
            if (state, file.state) == ("live", "superseded")
        ]
        self.world.seen["restore: another gives way"] += len(gave_way)

    def download(self, which: int) -> None:
        file: File = some(self.model.files, which)
        path = self.path_of(file) + "/download"
        self.refused_to_a_stranger("download", "POST", path)
        body = self.call("download", "POST", path, self.model.download(file))
        if "url" in body:
            assert (body["filename"], self.seller.http.get(body["url"]).content) == (file.filename, file.content)

    def rename(self, which: int, text: str) -> None:
        file: File = some(self.model.files, which)
        name, expected = "alt" if file.kind == "image" else "filename", self.model.change(file)
        body = self.call("rename", "PATCH", self.path_of(file), expected, {name: text})
        if expected == OK:
            setattr(file, name, text)
            self.is_as_in_model(file, body)
        self.touched = [file.product]

    def order(self, which: int, order: Any) -> None:
        """One image too few is refused first."""
        product: Product = some(self.model.products, which)
        images = self.model.listed(product, "image")
        order.shuffle(images)
        path, ids = f"/products/{product.id}/images/order", [file.id for file in images]
        if images and not product.is_deleted:
            self.call("order", "PUT", path, Expected(400, "invalid_parameter"), {"image_ids": ids[1:]})
        self.call("order", "PUT", path, NOT_FOUND if product.is_deleted else DONE, {"image_ids": ids})
        if not product.is_deleted:
            for position, file in enumerate(images):
                file.position = position
        self.touched = [product]

    # What must always hold

    @invariant()
    def usage_and_what_was_touched_are_as_in_the_model(self) -> None:
        body = self.seller.call("GET", "/usage").json()
        assert {name: body[name] for name in self.model.usage} == self.model.usage
        for product in self.touched:
            self.is_shown(product)
        self.touched = []

    def is_shown(self, product: Product) -> None:
        answer = self.seller.call("GET", f"/products/{product.id}")
        if product.is_deleted:
            assert answer.status_code == 404
            return
        body = answer.json()
        images, deliverables = (self.model.listed(product, kind) for kind in TYPES)
        assert (body["title"], body["version"]) == (product.title, product.version)
        assert (body["image_count"], body["deliverable_count"]) == (len(images), len(deliverables))
        for shown, files in ((body["images"], images), (body["deliverables"], deliverables)):
            assert [one["id"] for one in shown] == [file.id for file in files]
            for file, one in zip(files, shown, strict=True):
                self.is_as_in_model(file, one)

    def teardown(self) -> None:
        """Everything, in all lists, and what a stranger sees of it."""
        if not hasattr(self, "model"):
            return
        there = [product for product in self.model.products if not product.is_deleted]
        listed = self.seller.call("GET", "/products").json()["products"]
        assert [one["id"] for one in listed] == [product.id for product in reversed(there)]
        assert self.stranger.call("GET", "/products").json()["products"] == []
        for product in there:
            self.is_shown(product)
            for kind in TYPES:
                path = f"/products/{product.id}/{kind}s?state=recoverable"
                found = {one["id"]: one["state"] for one in self.seller.call("GET", path).json()[f"{kind}s"]}
                recoverable = self.model.listed(product, kind, "recoverable")
                assert found == {file.id: file.state for file in recoverable}


@pytest.mark.usefixtures("no_pump")
def test_whatever_happens_in_whatever_order_the_service_answers_as_the_model_does(
    running: Running, http: httpx.Client, proven: Proven
) -> None:
    Story.world = world = World(running, http)
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            derandomize=not EVERYTHING,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    running.stack.client("sqs").purge_queue(QueueUrl=running.stack.events_url)  # of images that nobody waits for
    world.sweep_after_a_month()
    world.check_what_is_left()
    print("\n".join(f"{times:6} {what}" for what, times in sorted(world.seen.items())))
    proven("stories over HTTP beside a model", STORIES)
    proven("answers that the model foresaw", sum(world.seen.values()))
    assert {what for what, times in world.seen.items() if times} >= MUST_BE_SEEN

"""The decoder's own functions, called here and not in a child: the smallest case of each path, for whoever debugs one."""

import json
from pathlib import Path

import pytest

from chalicelib import pixels
from chalicelib.pixels import Order, Unrenderable, render
from tests.samples import image

TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif")


def order(tmp_path: Path, content: bytes, content_type: str, *, avif: bool = False, max_pixels: int = 10**6) -> Order:
    (tmp_path / "original").write_bytes(content)
    folder = tmp_path / "made"
    folder.mkdir()
    return Order(
        source=str(tmp_path / "original"),
        folder=str(folder),
        content_type=content_type,
        max_pixels=max_pixels,
        widths=(320, 640, 1280, 1920),
        avif=avif,
    )


@pytest.mark.parametrize("content_type", TYPES)
def test_each_type_is_rendered(tmp_path: Path, content_type: str) -> None:
    made = render(order(tmp_path, image(content_type, 400, 300), content_type))
    assert [(one.name, one.width, one.height) for one in made.renditions] == [
        ("320.webp", 320, 240),
        ("400.jpg", 400, 300),
        ("400.webp", 400, 300),
    ]
    assert all((tmp_path / "made" / one.name).stat().st_size == one.bytes for one in made.renditions)
    assert len(made.placeholder) == 28


def test_avif_is_made_when_asked_for(tmp_path: Path) -> None:
    made = render(order(tmp_path, image("image/png", 64, 48), "image/png", avif=True))
    assert {one.name for one in made.renditions} == {"64.webp", "64.avif", "64.jpg"}


@pytest.mark.parametrize(
    ("content", "content_type", "reason"),
    [
        (image("image/png"), "image/jpeg", "not of the type"),
        (image("image/jpeg")[:300], "image/jpeg", "damaged"),
        (image("image/png", 400, 300)[:-200], "image/png", "damaged"),
        (image("image/png", 2000, 1000), "image/png", "1,000,000 are allowed"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "not of the type"),
    ],
)
def test_what_cannot_be_rendered_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, content_type: str, reason: str
) -> None:
    with pytest.raises(Unrenderable, match=reason):
        render(order(tmp_path, content, content_type))


def test_the_outcome_is_one_line_of_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pixels, "confine", lambda: None)  # this process is to go on without limits
    made = order(tmp_path, image("image/png"), "image/png")
    told = {name: getattr(made, name) for name in ("source", "folder", "content_type", "max_pixels", "widths", "avif")}
    assert pixels.main(json.dumps(told)) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["renditions"]] == ["64.jpg", "64.webp"]
    assert pixels.main(json.dumps(told | {"content_type": "image/webp"})) == 0
    assert "not of the type" in json.loads(capsys.readouterr().out)["reason"]
    assert pixels.main(json.dumps(told | {"folder": "/nowhere"})) in (0, pixels.GAVE_UP)

"""Pictures as a seller of brushes would show them, painted here stroke by stroke: for the screenshots."""

import math
import random
from collections.abc import Callable, Iterator

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]

WIDTH, HEIGHT = 1600, 1200
PAPER = (246, 240, 230)
TERRACOTTA, OCHRE, SAGE, PINE, INDIGO, ROSE = (
    (192, 94, 66),
    (214, 160, 76),
    (150, 172, 140),
    (44, 86, 72),
    (52, 62, 108),
    (214, 150, 142),
)


def strokes(chance: random.Random) -> Image.Image:
    """Broad strokes, one under the other, each in another colour."""
    picture = _paper(chance)
    for at, colour in enumerate((TERRACOTTA, OCHRE, SAGE, PINE, INDIGO)):
        y = 190 + at * 205
        start, end = (170 + chance.uniform(-40, 60), y + 30), (1430 + chance.uniform(-60, 40), y - 30)
        _stroke(picture, chance, colour, 150, _bow(start, end, chance.uniform(-70, 70)))
    return picture


def hills(chance: random.Random) -> Image.Image:
    """Hills behind hills in the morning, and the sun."""
    sky = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    picture = Image.composite(
        Image.new("RGB", sky.size, (250, 226, 200)), Image.new("RGB", sky.size, (172, 196, 206)), sky
    )
    draw = ImageDraw.Draw(picture)
    draw.ellipse((1020, 250, 1240, 470), fill=(252, 240, 214))
    for depth in range(5):
        far = 1 - depth / 4
        colour = _mix(PINE, (196, 206, 200), far)
        base, waves = 560 + depth * 140, [(chance.uniform(0, 7), chance.uniform(200, 480)) for _ in range(3)]
        ridge = [
            (x, base + sum(26 * math.sin(x / length + phase) for phase, length in waves))
            for x in range(0, WIDTH + 20, 20)
        ]
        draw.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(2))


def leaves(chance: random.Random) -> Image.Image:
    """A twig with its leaves."""
    picture = _paper(chance)
    stem = list(_bow((420, 1120), (1180, 130), -170))
    _stroke(picture, chance, PINE, 14, iter(stem))
    for at in range(12, len(stem) - 4, 7):
        (x, y), side = stem[at], -1 if at % 2 else 1
        length = 330 - 2.2 * at
        tip = (x + side * length * 0.9 + 60, y - length * 0.55)
        colour = _mix(SAGE, PINE, chance.uniform(0, 0.8))
        _stroke(picture, chance, colour, length * 0.3, _bow((x, y), tip, -side * length * 0.18), taper=True)
    return picture


def dabs(chance: random.Random) -> Image.Image:
    """All colours of the set, in rows."""
    picture = _paper(chance)
    colours = (TERRACOTTA, ROSE, OCHRE, SAGE, PINE, INDIGO)
    for row in range(4):
        for column in range(6):
            x, y = 240 + column * 224, 210 + row * 262
            colour = _mix(colours[column], PAPER, row * 0.2)
            start, end = (x - 62, y + chance.uniform(-14, 14)), (x + 62, y + chance.uniform(-14, 14))
            _stroke(picture, chance, colour, 130, _bow(start, end, chance.uniform(-3, 3)))
    return picture


PAINTINGS: dict[str, tuple[Callable[[random.Random], Image.Image], str]] = {
    "strokes.jpg": (strokes, "Five broad brush strokes on paper"),
    "twig.png": (leaves, "A twig, painted with the leaf brush"),
    "hills.jpg": (hills, "Hills in the morning, painted with the wash brush"),
    "colours.webp": (dabs, "All colours of the set in four strengths"),
}
"""File name → how it is painted, and what it shows."""


def paint(name: str) -> Image.Image:
    """Always the same picture for a name."""
    return PAINTINGS[name][0](random.Random(name))


def _paper(chance: random.Random) -> Image.Image:
    grain = Image.effect_noise((WIDTH, HEIGHT), 14).filter(ImageFilter.GaussianBlur(1))
    paper = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    return Image.blend(paper, Image.merge("RGB", (grain, grain, grain)), 0.05)


def _bow(start: Point, end: Point, bend: float) -> Iterator[Point]:
    """Points from start to end, on a curve that leaves the straight line by `bend`."""
    (x0, y0), (x2, y2) = start, end
    length = math.hypot(x2 - x0, y2 - y0)
    x1 = (x0 + x2) / 2 - (y2 - y0) / length * bend * 2
    y1 = (y0 + y2) / 2 + (x2 - x0) / length * bend * 2
    for step in range(101):
        t = step / 100
        yield (
            (1 - t) ** 2 * x0 + 2 * t * (1 - t) * x1 + t**2 * x2,
            (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t**2 * y2,
        )


def _stroke(
    picture: Image.Image,
    chance: random.Random,
    colour: Colour,
    width: float,
    path: Iterator[Point],
    *,
    taper: bool = False,
) -> None:
    """One stroke of a brush: each of its hairs leaves a line, some of which break off."""
    points, draw = list(path), ImageDraw.Draw(picture, "RGBA")
    count = max(12, int(width * 1.3))
    for hair in range(count):
        place = (hair / (count - 1) - 0.5) * width + chance.uniform(-1.5, 1.5)
        tint = _mix(colour, (255, 255, 255) if chance.random() < 0.5 else (20, 20, 20), chance.uniform(0, 0.16))
        first, last = chance.randrange(0, 5), len(points) - chance.randrange(0, 14)
        line = []
        for at in range(first, last):
            (x, y), (x2, y2) = points[at], points[min(at + 1, len(points) - 1)]
            angle = math.atan2(y2 - y, x2 - x) if (x, y) != (x2, y2) else 0.0
            breadth = math.sin(math.pi * min(1, at / len(points) + 0.02)) if taper else 1.0
            line.append((x - math.sin(angle) * place * breadth, y + math.cos(angle) * place * breadth))
        draw.line(line, fill=(*tint, 210), width=chance.choice((2, 2, 3)), joint="curve")


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue

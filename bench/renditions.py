"""Renditions: our child, exactly as the function starts it, beside plain Pillow and plain pyvips with the same outputs.

Pillow and pyvips open the image anew for each width, as one writes it first. Every process is fresh; what counts is the
CPU time and the peak memory of the whole of it. The pictures are synthetic, like photos in detail and size.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from chalicelib import renditions

from . import Cost, Figure, median, of_time, say

RUNS = 3
CPU_BUDGET = 0.7
MEMORY_BUDGET_MB = 160
LARGEST_MB, LARGEST_SECONDS = 1024, 20
FUNCTION = "all the function has"

WIDTHS = tuple(renditions.WIDTHS)
PILLOW = """
import sys
from PIL import Image
for width in {widths}:
    outputs = dict(webp=dict(quality=80)) | (dict(jpg=dict(quality=82, progressive=True)) if width == 1280 else {{}})
    for ending, options in outputs.items():
        image = Image.open(sys.argv[1])
        image.thumbnail((width, 16383))
        image.convert("RGB").save(f"{{sys.argv[2]}}/{{width}}.{{ending}}", **options)
"""
PYVIPS = """
import os, sys
os.environ["VIPS_CONCURRENCY"] = "1"
import pyvips
for width in {widths}:
    outputs = dict(webp=dict(Q=80)) | (dict(jpg=dict(Q=82, interlace=True)) if width == 1280 else {{}})
    for ending, options in outputs.items():
        image = pyvips.Image.thumbnail(sys.argv[1], width, height=16383, size="down")
        image.write_to_file(f"{{sys.argv[2]}}/{{width}}.{{ending}}", keep="none", **options)
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to render."""

    name: str
    content_type: str
    path: Path
    progressive: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took."""

    cost: Cost
    peak_mb: float


def run() -> list[Figure]:
    """Make the pictures (once: they stay in the temporary folder), then render each in turn with all three."""
    figures: list[Figure] = []
    sources = _sources()
    say(f"› renditions: {RUNS} fresh processes of each, in turn")
    for source in sources:
        taken: dict[str, list[Taken]] = {}
        for _ in range(RUNS):
            for name, program in _programs(source).items():
                taken.setdefault(name, []).append(_fresh(program, source))
        costs = {name: median([one.cost for one in all_runs]) for name, all_runs in taken.items()}
        peaks = {name: statistics.median(one.peak_mb for one in all_runs) for name, all_runs in taken.items()}
        for name, cost in costs.items():
            say(f"  {source.name:20}  {name:7}  {cost.cpu_ms:6,.0f} ms CPU  {peaks[name]:4.0f} MB at the peak")
        figures += _figures(source, costs, peaks)
    return figures


def _figures(source: Source, costs: dict[str, Cost], peaks: dict[str, float]) -> list[Figure]:
    ours, name = costs["ours"], source.name
    budget = CPU_BUDGET if name == "12 MP JPEG" else None
    made = [
        of_time(name, ours, "Pillow, thumbnail() for each", costs["Pillow"], budget),
        of_time(name, ours, "pyvips, thumbnail() for each", costs["pyvips"]),
    ]
    tight = name.startswith("40") and not source.progressive and source.content_type != "image/avif"
    most = MEMORY_BUDGET_MB if tight else LARGEST_MB
    against = "the budget" if tight else FUNCTION
    made.append(Figure(f"{name}, memory", peaks["ours"], most, "MB", against, budget=1))
    if tight and source.content_type in ("image/jpeg", "image/png"):
        made.append(Figure(f"{name}, CPU", ours.cpu_ms / 1000, LARGEST_SECONDS, "s", "the budget", budget=1))
    return made


def _programs(source: Source) -> dict[str, list[str]]:
    python = [sys.executable, "-c"]
    return {
        "ours": [],
        "Pillow": [*python, PILLOW.format(widths=WIDTHS), str(source.path)],
        "pyvips": [*python, PYVIPS.format(widths=WIDTHS), str(source.path)],
    }


def _fresh(program: list[str], source: Source) -> Taken:
    """Run it in a process of its own, forked by a small one: a child's peak begins with its parent's."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        if not program:
            program, environment = renditions.command(source.path, made, source.content_type)
        else:
            program, environment = [*program, folder], dict(os.environ)
        wall = time.perf_counter()
        measured = subprocess.run(
            [sys.executable, "-S", "-c", MEASURE, json.dumps(program)], env=environment, check=True, capture_output=True
        )
        wall = time.perf_counter() - wall
        cpu, peak_kib = json.loads(measured.stdout.splitlines()[-1])
        if len(list(made.iterdir())) != len(WIDTHS) + 1:
            raise SystemExit(f"✗ {source.name} was not rendered: {measured.stdout!r} {measured.stderr!r}")
    return Taken(Cost(cpu * 1000, wall * 1000), peak_kib * 1024 / 1e6)


MEASURE = """
import json, os, sys
child = os.posix_spawn(sys.executable, json.loads(sys.argv[1]), os.environ)
_, status, took = os.wait4(child, 0)
print()
print(json.dumps([took.ru_utime + took.ru_stime, took.ru_maxrss]))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def _sources() -> list[Source]:
    folder = Path(tempfile.gettempdir(), "vestibule-bench")
    folder.mkdir(exist_ok=True)
    sources = []
    for megapixels, size in (("12 MP", (4000, 3000)), ("40 MP", (8000, 5000))):
        picture: Image.Image | None = None
        for name, options in FORMS.items():
            if name == "AVIF" and megapixels == "40 MP":
                continue
            kind = name.split()[0]
            path = folder / f"{megapixels}-{name}.{kind.lower()}".replace(" ", "-")
            if not path.exists():
                picture = picture or _photo(*size)
                picture.save(path.with_suffix(".part"), format=kind, **options)
                path.with_suffix(".part").rename(path)
            progressive = "progressive" in options
            sources.append(Source(f"{megapixels} {name}", f"image/{kind.lower()}", path, progressive))
    return sources


FORMS: dict[str, dict[str, int | bool]] = {
    "JPEG": {"quality": 85},
    "JPEG progressive": {"quality": 85, "progressive": True},
    "PNG": {"compress_level": 3},
    "WEBP": {"quality": 80, "method": 1},
    "AVIF": {"quality": 60, "speed": 9},
}


def _photo(width: int, height: int) -> Image.Image:
    """Soft light, with detail of every size, like a photo's."""
    say(f"› renditions: making pictures of {width} × {height}, once")
    bands = []
    for band in (Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L").rotate(90)):
        light = band.resize((width, height))
        for scale, weight in ((64, 0.5), (16, 0.3), (4, 0.2), (1, 0.06)):
            detail = Image.effect_noise((width // scale, height // scale), 80)
            light = Image.blend(light, detail.resize((width, height), Image.Resampling.BICUBIC), weight)
        bands.append(light)
    return Image.merge("RGB", bands)

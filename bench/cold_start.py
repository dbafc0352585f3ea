"""Cold start: what `import app` takes in a fresh process, beside boto3's and PynamoDB's clients in a Chalice app.

Each process measures itself, from after the interpreter's start, in a folder as Lambda has it. Pages are warm. The
clients are measured as `chalice package` ships them, without bytecode, and with it.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from chalicelib.rows import LIMITS, Row

from . import Cost, Figure, median, of_time, plain, say, unpacked

RUNS = 11
SLOWEST = 8
BUDGET, BUDGET_MB = 0.45, 70
LIBRARIES = "chalice, boto3's S3 and a PynamoDB client"
SHIPPED = "the same, as `chalice package` ships them"

APP = "import app\n"
BASELINE = """
import chalice.app
import boto3
from botocore.config import Config
import pynamodb.attributes, pynamodb.models

class Row(pynamodb.models.Model):
    class Meta:
        table_name = {table!r}
        region = {region!r}
        connect_timeout_seconds = {connect_timeout!r}
        read_timeout_seconds = {read_timeout!r}
        max_retry_attempts = {retries!r}
    pk = pynamodb.attributes.UnicodeAttribute(hash_key=True)
    sk = pynamodb.attributes.UnicodeAttribute(range_key=True)

boto3.client("s3", region_name={region!r}, config=Config(**{config!r}))
Row._get_connection().connection.client
"""
# Not ru_maxrss on Linux: a child starts with its parent's.
MEASURED = """
import json, resource, sys, time
wall, cpu = time.perf_counter(), time.process_time()
{work}
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
if sys.platform == "linux":
    peak_kib = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
else:
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(dict(cpu_ms=cpu * 1000, wall_ms=wall * 1000, peak_mb=peak_kib * 1024 / 1e6)))
"""


def run() -> list[Figure]:
    """Measure all in turn, then list the imports that make the difference."""
    programs = {"app": MEASURED.format(work=APP), "baseline": MEASURED.format(work=_baseline())}
    say(f"› cold start: {RUNS} fresh processes each of `import app` and of {LIBRARIES}, in turn")
    for program in programs.values():  # writes the bytecode, which is copied, and warms the pages
        _child(program)
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as home:
        places = {
            "app": unpacked.service(Path(home) / "service"),
            "shipped": unpacked.libraries(Path(home) / "libraries"),
            "baseline": None,
        }
        results: dict[str, list[dict[str, float]]] = {case: [] for case in places}
        for _ in range(RUNS):
            for case, place in places.items():
                program = programs["app" if case == "app" else "baseline"]
                results[case].append(json.loads(_child(program, place=place).stdout))
    costs = {case: median([Cost(r["cpu_ms"], r["wall_ms"]) for r in results[case]]) for case in results}
    peaks = {case: statistics.median(r["peak_mb"] for r in results[case]) for case in results}
    for case, cost in costs.items():
        say(f"  {case:8}  {cost.cpu_ms:5.0f} ms CPU  {cost.wall_ms:5.0f} ms wall  {peaks[case]:4.0f} MB at the peak")
    _explain(programs)
    return [
        of_time("cold start", costs["app"], SHIPPED, costs["shipped"], BUDGET),
        of_time("cold start", costs["app"], LIBRARIES, costs["baseline"]),
        Figure("cold start, peak memory", peaks["app"], BUDGET_MB, "MB", "the most that is wanted", budget=1.0),
        Figure("cold start, peak memory", peaks["app"], peaks["baseline"], "MB", LIBRARIES),
    ]


def _baseline() -> str:
    """The baseline with the very options of our own clients."""
    meta, limits = Row.Meta, LIMITS
    return BASELINE.format(
        table=meta.table_name,
        region=meta.region,
        connect_timeout=limits.connect_timeout,
        read_timeout=limits.read_timeout,
        retries=limits.attempts - 1,
        config=plain.S3_OPTIONS,
    )


def _explain(programs: Mapping[str, str]) -> None:
    """List the slowest imports that only the app has, by each module's own time (python -X importtime)."""
    say(f"› the {SLOWEST} slowest imports that only the app has, each without those below it")
    imports: dict[str, list[dict[str, float]]] = {case: [] for case in programs}
    for _ in range(RUNS):
        for case, program in programs.items():
            child = _child(program, "-X", "importtime")
            found = re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", child.stderr, re.MULTILINE)
            imports[case].append({module: int(us) / 1000 for us, module in found})
    only = imports["app"][0].keys() - imports["baseline"][0].keys()
    own_ms = {module: statistics.median(times[module] for times in imports["app"]) for module in only}
    for module in sorted(only, key=lambda module: own_ms[module], reverse=True)[:SLOWEST]:
        say(f"  {own_ms[module]:6.1f} ms  {module}")
    say(f"  {sum(own_ms.values()):6.1f} ms  all {len(only)} that only the app has")


def _child(program: str, *options: str, place: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run it; in a `place`, with what lies there and nothing else, and writing no bytecode."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if place is not None:
        environment["PYTHONPATH"] = str(place)
        options = (*options, "-S", "-B")
    child = subprocess.run(
        [sys.executable, *options, "-c", program],
        env=environment,
        cwd=place,
        check=False,
        capture_output=True,
        text=True,
    )
    if child.returncode:
        raise SystemExit(f"✗ a fresh process failed:\n{child.stderr}")
    return child

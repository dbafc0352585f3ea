"""Cold start: what `import app` takes in a fresh process, beside the libraries and clients that it cannot do without.

Each process measures itself, from after the interpreter's start. Pages are warm and bytecode is there.
"""

import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Mapping

from chalicelib.rows import LIMITS, Row

from . import Cost, Figure, median, of_time, plain, say

RUNS = 11
SLOWEST = 8
BUDGET = 1.15
LIBRARIES = "chalice, an S3 and a PynamoDB client"

# Of the two modules that make a client when imported: which one, as the baseline names it.
CLIENT_OF = {"chalicelib.storage": "s3", "chalicelib.models": "dynamodb"}

APP = "import app\nclients = {}\n"
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

began = time.perf_counter()
boto3.client("s3", region_name={region!r}, config=Config(**{config!r}))
made_s3 = time.perf_counter()
Row._get_connection().connection.client
clients = dict(s3=made_s3 - began, dynamodb=time.perf_counter() - made_s3)
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
print(json.dumps(dict(cpu_ms=cpu * 1000, wall_ms=wall * 1000, peak_mb=peak_kib * 1024 / 1e6, clients=clients)))
"""


def run() -> list[Figure]:
    """Measure both in turn, then list the imports that make the difference."""
    programs = {"app": MEASURED.format(work=APP), "baseline": MEASURED.format(work=_baseline())}
    say(f"› cold start: {RUNS} fresh processes each of `import app` and of {LIBRARIES}, in turn")
    for program in programs.values():  # writes the bytecode, warms the pages
        _child(program)
    results: dict[str, list[dict[str, float]]] = {case: [] for case in programs}
    for _ in range(RUNS):
        for case, program in programs.items():
            results[case].append(json.loads(_child(program).stdout))
    costs = {case: median([Cost(r["cpu_ms"], r["wall_ms"]) for r in results[case]]) for case in results}
    peaks = {case: statistics.median(r["peak_mb"] for r in results[case]) for case in results}
    for case, cost in costs.items():
        say(f"  {case:8}  {cost.cpu_ms:5.0f} ms CPU  {cost.wall_ms:5.0f} ms wall  {peaks[case]:4.0f} MB at the peak")
    _explain(programs)
    return [
        of_time("cold start", costs["app"], LIBRARIES, costs["baseline"], BUDGET),
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
    clients: list[dict[str, float]] = []
    for _ in range(RUNS):
        for case, program in programs.items():
            child = _child(program, "-X", "importtime")
            found = re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", child.stderr, re.MULTILINE)
            imports[case].append({module: int(us) / 1000 for us, module in found})
            if case == "baseline":
                clients.append(json.loads(child.stdout)["clients"])
    only = imports["app"][0].keys() - imports["baseline"][0].keys()
    own_ms = {module: statistics.median(times[module] for times in imports["app"]) for module in only}
    for module in sorted(only, key=lambda module: own_ms[module], reverse=True)[:SLOWEST]:
        note = ""
        if module in CLIENT_OF:
            client_ms = statistics.median(times[CLIENT_OF[module]] for times in clients) * 1000
            note = f"  makes a client, as the baseline does in {client_ms:.1f} ms"
        say(f"  {own_ms[module]:6.1f} ms  {module}{note}")
    say(f"  {sum(own_ms.values()):6.1f} ms  all {len(only)} that only the app has, the two clients included")


def _child(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    child = subprocess.run(
        [sys.executable, *options, "-c", program], env=environment, check=False, capture_output=True, text=True
    )
    if child.returncode:
        raise SystemExit(f"✗ a fresh process failed:\n{child.stderr}")
    return child

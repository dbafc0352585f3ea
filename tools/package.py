"""`make package`: what Terraform deploys, from `chalice package`, into terraform/service. Deterministic.

    python -m tools.package STAGE [--architecture arm64|x86_64]

Chalice packages a copy of what ships. Then the package gets bytecode, because Chalice ships none and Lambda's code
folder is read-only, so that every cold start would compile every module again (measured: half of its CPU); and it
loses botocore's descriptions of the services that are never called (most of its size).
"""

import argparse
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .environment import use_placeholders

use_placeholders()

from .fit_terraform import CannotFit, fit  # noqa: E402

SHIPS = ("app.py", "chalicelib", "requirements.txt", ".chalice")
SERVICE = Path("terraform/service")
# What both Lambda and provider 5.100 know. The package is for the Python that makes it.
RUNTIMES = ((3, 11), (3, 12), (3, 13))
CALLED_SERVICES = frozenset({"dynamodb", "s3", "sts"})
EPOCH = (1980, 1, 1, 0, 0, 0)


class CannotPackage(Exception):
    """The package cannot be made; the message says what to do."""


def package(stage: str, architecture: str, service: Path = SERVICE) -> None:
    """Make chalice.tf.json and deployment.zip in the folder of the Terraform module.

    Raises:
        CannotPackage, CannotFit: it cannot be done; the message says why.
    """
    if sys.version_info[:2] not in RUNTIMES:
        known = ", ".join(f"{major}.{minor}" for major, minor in RUNTIMES)
        raise CannotPackage(
            f"This is Python {sys.version.split()[0]}, and Lambda would have to run the same: use one of {known} "
            "(make clean, then make PYTHON=python3.13 …)."
        )
    with tempfile.TemporaryDirectory(prefix="vestibule-") as folder:
        project, output = Path(folder, "project"), Path(folder, "output")
        _copy_what_ships(project, stage, architecture)
        _say(f"chalice package --stage {stage}, for {architecture} (fetches wheels: about half a minute)")
        _run_chalice(project, output, stage)
        _say("fitting its Terraform")
        document = fit(json.loads((output / "chalice.tf.json").read_text()), "${var.allowed_origin}")
        _say("adding bytecode, leaving out what is never called")
        _finish(output / "deployment.zip", service / "deployment.zip", Path(folder, "unpacked"))
    (service / "chalice.tf.json").write_text(json.dumps(document, indent=2) + "\n")
    size = (service / "deployment.zip").stat().st_size / 1e6
    _say(f"{service}/deployment.zip has {size:.1f} MB")


def _copy_what_ships(project: Path, stage: str, architecture: str) -> None:
    project.mkdir()
    for name in SHIPS:
        source = Path(name)
        if source.is_dir():
            left_out = shutil.ignore_patterns("__pycache__", "deployments", "deployed")
            shutil.copytree(source, project / name, ignore=left_out)
        else:
            shutil.copy(source, project / name)
    file = project / ".chalice" / "config.json"
    config = json.loads(file.read_text())
    if stage not in config["stages"] or stage == "local":
        known = ", ".join(name for name in config["stages"] if name != "local")
        raise CannotPackage(f"There is no stage {stage!r} to deploy in .chalice/config.json: use one of {known}.")
    config["stages"][stage]["lambda_architecture"] = architecture
    file.write_text(json.dumps(config))


def _run_chalice(project: Path, output: Path, stage: str) -> None:
    region = os.environ.get("AWS_DEFAULT_REGION") or os.environ["AWS_REGION"]
    ran = subprocess.run(
        [
            str(Path(sys.executable).with_name("chalice")),
            "package",
            "--pkg-format",
            "terraform",
            "--stage",
            stage,
            str(output),
        ],
        cwd=project,
        env=os.environ | {"AWS_DEFAULT_REGION": region, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    if ran.returncode != 0:
        raise CannotPackage(f"chalice package failed:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")


def _finish(made: Path, finished: Path, unpacked: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        archive.extractall(unpacked)
    for folder in (unpacked / "botocore" / "data").iterdir():
        if folder.is_dir() and folder.name not in CALLED_SERVICES:
            shutil.rmtree(folder)
    for source in sorted(unpacked.rglob("*.py")):
        name = str(source.relative_to(unpacked))
        # Unchecked: Lambda never changes the source, so nothing needs to be compared at start.
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(source), dfile=f"/var/task/{name}", doraise=True, invalidation_mode=mode)
    with zipfile.ZipFile(finished, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in unpacked.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(unpacked)), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())


def _say(text: str) -> None:
    print(f"› {text}", flush=True)


def main() -> int:
    """Make the package; returns the exit status."""
    parser = argparse.ArgumentParser(description="Make what Terraform deploys.")
    parser.add_argument("stage")
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), default="arm64")
    options = parser.parse_args()
    try:
        package(options.stage, options.architecture)
    except (CannotPackage, CannotFit) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`make package`: what Terraform deploys, from `chalice package`, into terraform/service. Deterministic.

    python -m tools.package STAGE [--architecture arm64|x86_64 | --here]

Chalice packages a copy of what ships. Then the package gets bytecode, because Chalice ships none and Lambda's code
folder is read-only, so that every cold start would compile every module again (measured: half of its CPU); and it
loses botocore's descriptions of all services, which nobody reads: most of its size.

With `--here` it is for this very machine, as the end-to-end tests need it, and not for Lambda.
"""

import argparse
import json
import os
import platform
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
# Lambda's Python 3.11 is the last on Amazon Linux 2, with glibc 2.26. The wheels of libvips (pyvips-binary) need 2.27
# on x86_64; those for arm64 fit. Chalice knows it too, and would try to compile libvips instead.
TOO_OLD_FOR_LIBVIPS = ((3, 11), "x86_64")
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}

EPOCH = (1980, 1, 1, 0, 0, 0)


class CannotPackage(Exception):
    """The package cannot be made; the message says what to do."""


def package(stage: str, architecture: str, service: Path = SERVICE, *, for_this_machine: bool = False) -> None:
    """Make chalice.tf.json and deployment.zip in the folder of the Terraform module.

    `for_this_machine` takes libraries that fit its own C library, not that of Lambda: the architecture must be its own.

    Raises:
        CannotPackage, CannotFit: it cannot be done; the message says why.
    """
    _refuse_what_lambda_cannot_run(architecture, for_this_machine=for_this_machine)
    with tempfile.TemporaryDirectory(prefix="vestibule-") as folder:
        project, output = Path(folder, "project"), Path(folder, "output")
        _copy_what_ships(project, stage, architecture)
        _say(f"chalice package --stage {stage}, for {architecture} (fetches wheels: about half a minute)")
        _run_chalice(project, output, stage, for_this_machine=for_this_machine)
        _say("fitting its Terraform")
        document = fit(json.loads((output / "chalice.tf.json").read_text()), "${var.allowed_origin}")
        _say("adding bytecode, leaving out what nobody reads")
        unpacked_bytes = _finish(output / "deployment.zip", service / "deployment.zip", Path(folder, "unpacked"))
    (service / "chalice.tf.json").write_text(json.dumps(document, indent=2) + "\n")
    zipped_bytes = (service / "deployment.zip").stat().st_size
    _say(f"{service}/deployment.zip has {zipped_bytes / 1e6:.1f} MB; unpacked {unpacked_bytes / 1e6:.1f} MB")


def this_architecture() -> str:
    """This machine's architecture, by Lambda's name for it."""
    return MACHINES.get(platform.machine().lower(), platform.machine())


def _refuse_what_lambda_cannot_run(architecture: str, *, for_this_machine: bool) -> None:
    version = sys.version_info[:2]
    if version not in RUNTIMES:
        known = ", ".join(f"{major}.{minor}" for major, minor in RUNTIMES)
        raise CannotPackage(
            f"This is Python {sys.version.split()[0]}, and Lambda would have to run the same: use one of {known} "
            "(make clean, then make PYTHON=python3.13 …)."
        )
    if (version, architecture) == TOO_OLD_FOR_LIBVIPS and not for_this_machine:
        raise CannotPackage(
            "libvips, which renders images, does not run on Lambda's Python 3.11 for x86_64: its system is too old. "
            "Use ARCHITECTURE=arm64, or Python 3.12 or 3.13 (make clean, then make PYTHON=python3.13 …)."
        )


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


def _run_chalice(project: Path, output: Path, stage: str, *, for_this_machine: bool) -> None:
    region = os.environ.get("AWS_DEFAULT_REGION") or os.environ["AWS_REGION"]
    chalice = [str(Path(sys.executable).with_name("chalice"))]
    if for_this_machine:
        # -P: the modules beside that program are not Chalice's.
        chalice = [sys.executable, "-P", str(Path(__file__).with_name("chalice_here.py"))]
    nothing = project.parent / "no-pkg-config"
    nothing.mkdir()
    environment = os.environ | {
        "AWS_DEFAULT_REGION": region,
        "PYTHONDONTWRITEBYTECODE": "1",
        # pyvips comes as source, and would be compiled against a libvips it finds on this machine. It must find none.
        "PKG_CONFIG_LIBDIR": str(nothing),
        "PKG_CONFIG_PATH": "",
    }
    ran = subprocess.run(
        [*chalice, "package", "--pkg-format", "terraform", "--stage", stage, str(output)],
        cwd=project,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if ran.returncode != 0:
        raise CannotPackage(f"chalice package failed:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")


def _finish(made: Path, finished: Path, unpacked: Path) -> int:
    """Trim, compile and zip; returns the bytes of what Lambda will unpack."""
    with zipfile.ZipFile(made) as archive:
        archive.extractall(unpacked)
    shutil.rmtree(unpacked / "botocore" / "data")
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
        return sum(entry.file_size for entry in archive.infolist())


def _say(text: str) -> None:
    print(f"› {text}", flush=True)


def main() -> int:
    """Make the package; returns the exit status."""
    parser = argparse.ArgumentParser(description="Make what Terraform deploys.")
    parser.add_argument("stage")
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), default="arm64")
    parser.add_argument("--here", action="store_true", help="for this very machine, not for Lambda")
    options = parser.parse_args()
    architecture = this_architecture() if options.here else options.architecture
    try:
        package(options.stage, architecture, for_this_machine=options.here)
    except (CannotPackage, CannotFit) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs Terraform: finds it, its version and a provider mirror, keeps one workspace a stage, and says what it does.

python -m tools.terraform plan|deploy|destroy|outputs STAGE
python -m tools.terraform check
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path("terraform")
OLDEST = (1, 11)
MIRROR_VARIABLE = "VESTIBULE_PROVIDER_MIRROR"
PROVIDER = "hashicorp/aws"
# The provider starts anew for each `run` of a test, and a fifth of what that takes is Go's garbage collection.
SHORT_LIVED = {"GOGC": "400"}


class CannotRun(Exception):
    """What was asked for of a stage cannot be done, or failed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Terraform:
    """Terraform in one folder, with one environment."""

    program: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def run(self, *arguments: str, quiet: bool = False) -> str:
        """Run a command; returns what it printed, if it was quiet.

        Raises:
            CannotRun: it failed; what it printed is in the message, or was seen already.
        """
        ran = subprocess.run(
            [self.program, f"-chdir={self.folder}", *arguments],
            env=self.environment,
            check=False,
            capture_output=quiet,
            text=True,
        )
        if ran.returncode != 0:
            raise CannotRun(f"terraform {arguments[0]} failed.\n{ran.stdout or ''}{ran.stderr or ''}")
        return ran.stdout or ""

    def select(self, stage: str) -> None:
        """Initialise, and use the workspace of a stage."""
        self.run("init", "-input=false", quiet=True)
        self.run("workspace", "select", "-or-create", stage, quiet=True)

    def outputs(self) -> dict[str, Any]:
        """The outputs of the stack, by name."""
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json", quiet=True)).items()}


def find_terraform() -> str:
    """The path of a Terraform that is new enough.

    Raises:
        CannotRun: there is none.
    """
    program = shutil.which("terraform")
    needed = ".".join(map(str, OLDEST))
    if program is None:
        raise CannotRun(
            f"Terraform is not installed: get {needed} or newer from https://developer.hashicorp.com/terraform."
        )
    with cli_configuration() as environment:
        said = subprocess.run(
            [program, "version", "-json"], env=environment, check=True, capture_output=True, text=True
        )
    version = str(json.loads(said.stdout)["terraform_version"])
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST:
        raise CannotRun(
            f"Terraform {version} is too old: {needed} or newer is needed (states are locked by S3 itself)."
        )
    return program


def provider_mirror() -> Path | None:
    """A folder with the AWS provider, named by a variable or in the usual places; None to use the public registry."""
    named = os.environ.get(MIRROR_VARIABLE)
    if named:
        return Path(named)
    homes = [Path.home() / ".terraform.d", *map(Path, ("/usr/share/terraform", "/usr/local/share/terraform", "/opt"))]
    candidates: list[Path] = []
    for home in homes:
        candidates += [home, *sorted(home.glob("*"))]
    return next((candidate for candidate in candidates if any(candidate.glob(f"*/{PROVIDER}"))), None)


@contextmanager
def cli_configuration() -> Iterator[dict[str, str]]:
    """The environment for Terraform: with the mirror, if there is one, and no configuration file that is not there."""
    mirror = provider_mirror()
    environment = dict(os.environ) | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    configured = environment.get("TF_CLI_CONFIG_FILE")
    if mirror is None and (configured is None or Path(configured).is_file()):
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="vestibule-") as folder:
        file = Path(folder, "terraform.rc")
        file.write_text("" if mirror is None else _installation(mirror))
        yield environment | {"TF_CLI_CONFIG_FILE": str(file)}


def _installation(mirror: Path) -> str:
    return f"""provider_installation {{
  filesystem_mirror {{
    path    = "{mirror.absolute()}"
    include = ["{PROVIDER}"]
  }}
  direct {{
    exclude = ["{PROVIDER}"]
  }}
}}
"""


def check(program: str, environment: Mapping[str, str]) -> None:
    """Hold format, validity without a warning, and the tests of each module.

    Raises:
        CannotRun: something does not hold.
    """
    Terraform(program, ROOT, environment).run("fmt", "-check", "-diff", "-recursive", quiet=True)
    print("  fmt: clean")
    with tempfile.TemporaryDirectory(prefix="vestibule-") as folder:
        copy = Path(folder, "terraform")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "backend.tf"))
        packaged = (copy / "service" / "chalice.tf.json").exists()
        if not packaged:
            raise CannotRun("terraform/service has no package to check: run `make package` first.")
        # The root takes longest, and begins. What each says is printed in this order, whichever ends first.
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            modules = [copy, *sorted((copy / "modules").iterdir())]
            for said in workers.map(lambda module: _check_module(Terraform(program, module, environment)), modules):
                print(f"  {said}", flush=True)


def _check_module(terraform: Terraform) -> str:
    """Validate and test one module; returns a line about it.

    Raises:
        CannotRun: it is not valid, or a test fails.
    """
    name = terraform.folder.name
    terraform.run("init", "-backend=false", "-input=false", quiet=True)
    said = json.loads(terraform.run("validate", "-json", quiet=True))
    if said["diagnostics"]:
        raise CannotRun(f"terraform validate of {name}: {json.dumps(said['diagnostics'], indent=2)}")
    if not list(terraform.folder.glob("tests/*.tftest.hcl")):
        return f"{name}: valid; no tests"
    tested = terraform.run("test", "-no-color", quiet=True)
    return f"{name}: valid; {tested.strip().splitlines()[-1]}"


def act(action: str, stage: str, terraform: Terraform) -> None:
    """Plan, deploy, destroy or show a stage."""
    variables = f"-var-file=stages/{stage}.tfvars"
    if not (ROOT / "stages" / f"{stage}.tfvars").exists():
        raise CannotRun(f"There is no terraform/stages/{stage}.tfvars: copy dev.tfvars and change it.")
    print(f"› stage {stage}: terraform {action}", file=sys.stderr, flush=True)
    terraform.select(stage)
    match action:
        case "plan":
            terraform.run("plan", "-input=false", variables)
        case "deploy":
            terraform.run("apply", "-input=false", variables)
        case "destroy":
            if stage == "prod" and input("This destroys prod. Type its name to go on: ") != stage:
                raise CannotRun("Nothing was destroyed.")
            terraform.run("destroy", "-input=false", variables)
        case _:
            print(json.dumps(terraform.outputs(), indent=2))


def main() -> int:
    """Do one thing; returns the exit status."""
    parser = argparse.ArgumentParser(description="Run Terraform for a stage.")
    parser.add_argument("action", choices=("plan", "deploy", "destroy", "outputs", "check"))
    parser.add_argument("stage", nargs="?", default="dev")
    options = parser.parse_args()
    try:
        program = find_terraform()
        with cli_configuration() as environment:
            if options.action == "check":
                check(program, environment | SHORT_LIVED)
            else:
                act(options.action, options.stage, Terraform(program, ROOT, environment))
    except CannotRun as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

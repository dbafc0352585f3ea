"""What cannot be packaged or deployed ends in one clear sentence."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools import package as packaging
from tools.package import CannotPackage, package
from tools.terraform import CannotRun, find_terraform, provider_mirror


def test_the_wrong_python_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaging, "RUNTIMES", ((3, 99),))
    with pytest.raises(CannotPackage, match=r"Lambda would have to run the same: use one of 3\.99"):
        package("dev", "x86_64", tmp_path)


@pytest.mark.parametrize("stage", ["local", "nowhere"])
def test_a_stage_that_is_not_deployed_is_told(tmp_path: Path, stage: str) -> None:
    with pytest.raises(CannotPackage, match=r"use one of dev, prod"):
        package(stage, "x86_64", tmp_path)


def test_packaging_needs_no_region_of_the_person_at_the_keyboard() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    program = "import tools.package, os; print(os.environ['AWS_REGION'])"
    ran = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    assert ran.stdout.strip()


def test_the_packaged_code_is_compiled_and_small(tmp_path: Path) -> None:
    made, finished = tmp_path / "made.zip", tmp_path / "finished.zip"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("app.py", "x = 1\n")
        archive.writestr("botocore/data/s3/service-2.json", "{}")
        archive.writestr("botocore/data/rds/service-2.json", "{}")
        archive.writestr("botocore/data/endpoints.json", "{}")
    packaging._finish(made, finished, tmp_path / "unpacked")

    with zipfile.ZipFile(finished) as archive:
        names = archive.namelist()
        compiled = next(name for name in names if name.endswith(".pyc"))
        flags = int.from_bytes(archive.read(compiled)[4:8], "little")
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert compiled == f"__pycache__/app.{sys.implementation.cache_tag}.pyc"
    assert flags == 0b01  # PEP 552: by hash, and not checked
    assert {"botocore/data/s3/service-2.json", "botocore/data/endpoints.json"} <= set(names)
    assert "botocore/data/rds/service-2.json" not in names


def test_the_same_source_makes_the_same_package(tmp_path: Path) -> None:
    made = tmp_path / "made.zip"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("app.py", "x = {'a', 'b', 'c'}\n")
        archive.writestr("botocore/data/endpoints.json", "{}")
    packages = []
    for number in range(2):
        finished = tmp_path / f"{number}.zip"
        packaging._finish(made, finished, tmp_path / f"unpacked-{number}")
        packages.append(finished.read_bytes())
    assert packages[0] == packages[1]


def terraform_that_says(folder: Path, version: str) -> None:
    program = folder / "terraform"
    program.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    program.chmod(0o755)


def test_an_absent_terraform_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match=r"Terraform is not installed: get 1\.11 or newer"):
        find_terraform()


@pytest.mark.parametrize("version", ["0.12.26", "1.4.0", "1.10.5"])
def test_an_old_terraform_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    terraform_that_says(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(CannotRun, match=f"{version} is too old"):
        find_terraform()


def test_a_new_terraform_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terraform_that_says(tmp_path, "1.12.0-rc1")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert find_terraform() == str(tmp_path / "terraform")


def test_a_mirror_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESTIBULE_PROVIDER_MIRROR", str(tmp_path))
    assert provider_mirror() == tmp_path

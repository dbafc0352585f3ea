"""What is packaged is small and always the same; what cannot be packaged or deployed ends in one clear sentence."""

import os
import platform
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from chalice.deploy.packager import DependencyBuilder

from tools import package as packaging
from tools.chalice_here import use_this_glibc
from tools.package import CannotPackage, package, this_architecture
from tools.terraform import CannotRun, find_terraform, provider_mirror


def test_the_wrong_python_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaging, "RUNTIMES", ((3, 99),))
    with pytest.raises(CannotPackage, match=r"Lambda would have to run the same: use one of 3\.99"):
        package("dev", "x86_64", tmp_path)


def test_a_lambda_too_old_for_libvips_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaging, "TOO_OLD_FOR_LIBVIPS", (sys.version_info[:2], "x86_64"))
    with pytest.raises(CannotPackage, match=r"Use ARCHITECTURE=arm64, or Python 3\.12 or 3\.13"):
        package("dev", "x86_64", tmp_path)


@pytest.mark.parametrize("stage", ["local", "nowhere"])
def test_a_stage_that_is_not_deployed_is_told(tmp_path: Path, stage: str) -> None:
    with pytest.raises(CannotPackage, match=r"use one of dev, prod"):
        package(stage, "arm64", tmp_path)


@pytest.mark.parametrize(("machine", "name"), [("x86_64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")])  # fmt: skip
def test_a_machine_has_one_name_for_lambda(monkeypatch: pytest.MonkeyPatch, machine: str, name: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert this_architecture() == name


def test_what_is_packaged_for_this_machine_fits_its_own_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(DependencyBuilder._RUNTIME_GLIBC)
    monkeypatch.setattr(DependencyBuilder, "_RUNTIME_GLIBC", before)
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.99"))
    use_this_glibc()
    abi = f"cp{sys.version_info.major}{sys.version_info.minor}"
    assert before | {abi: (2, 99)} == DependencyBuilder._RUNTIME_GLIBC


def test_a_machine_that_runs_no_such_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    with pytest.raises(SystemExit, match="Linux with glibc"):
        use_this_glibc()


def test_chalice_finds_no_libvips_to_compile_against(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pkg-config is what pyvips asks; a Chalice that writes down where it would look stands in for the real one."""
    program = tmp_path / "chalice"
    program.write_text('#!/bin/sh\nls -A "$PKG_CONFIG_LIBDIR" >found && echo "[$PKG_CONFIG_PATH]" >>found\n')
    program.chmod(0o755)
    monkeypatch.setenv("PKG_CONFIG_PATH", "/opt/libvips/lib/pkgconfig")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    project = tmp_path / "project"
    project.mkdir()
    packaging._run_chalice(project, tmp_path / "output", "dev", for_this_machine=False)
    assert (project / "found").read_text() == "[]\n"


def test_packaging_needs_no_region_of_the_person_at_the_keyboard() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    program = "import tools.package, os; print(os.environ['AWS_REGION'])"
    ran = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    assert ran.stdout.strip()


# As much of what Chalice makes as the finishing looks at.
MADE = {
    "app.py": "x = {'a', 'b', 'c'}\n",
    "botocore/data/s3/service-2.json": "{}",
    "botocore/data/rds/service-2.json": "{}",
    "botocore/data/endpoints.json": "{}",
}


def made(folder: Path, content: Mapping[str, str] = MADE) -> Path:
    archive_file = folder / "made.zip"
    with zipfile.ZipFile(archive_file, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return archive_file


def test_the_packaged_code_is_compiled_and_small(tmp_path: Path) -> None:
    finished = tmp_path / "finished.zip"
    unpacked_bytes = packaging._finish(made(tmp_path), finished, tmp_path / "unpacked")

    with zipfile.ZipFile(finished) as archive:
        names = archive.namelist()
        compiled = next(name for name in names if name.endswith("app." + sys.implementation.cache_tag + ".pyc"))
        flags = int.from_bytes(archive.read(compiled)[4:8], "little")
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert unpacked_bytes == sum(len(archive.read(name)) for name in names)
    assert compiled == f"__pycache__/app.{sys.implementation.cache_tag}.pyc"
    assert flags == 0b01  # PEP 552: by hash, and not checked
    assert set(MADE) - set(names) == {
        "botocore/data/s3/service-2.json",
        "botocore/data/endpoints.json",
        "botocore/data/rds/service-2.json",
    }


def test_the_same_source_makes_the_same_package(tmp_path: Path) -> None:
    archive = made(tmp_path)
    packages = []
    for number in range(2):
        finished = tmp_path / f"{number}.zip"
        packaging._finish(archive, finished, tmp_path / f"unpacked-{number}")
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

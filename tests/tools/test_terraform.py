"""What is asked before something is lost."""

from pathlib import Path

import pytest

from tools.terraform import CannotRun, Terraform, act


def terraform_that_writes_down(folder: Path) -> Terraform:
    """A Terraform that does nothing but remember what it was told."""
    program = folder / "terraform"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/told\n')
    program.chmod(0o755)
    return Terraform(str(program), Path("terraform"))


def told(folder: Path) -> str:
    return (folder / "told").read_text()


def test_prod_is_destroyed_only_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    with pytest.raises(CannotRun, match="Nothing was destroyed"):
        act("destroy", "prod", terraform_that_writes_down(tmp_path))
    assert "destroy" not in told(tmp_path)

    monkeypatch.setattr("builtins.input", lambda _: "prod")
    act("destroy", "prod", terraform_that_writes_down(tmp_path))
    assert "destroy -input=false -var-file=stages/prod.tfvars" in told(tmp_path)


def test_each_stage_has_its_own_workspace_and_variables(tmp_path: Path) -> None:
    act("plan", "dev", terraform_that_writes_down(tmp_path))
    assert "workspace select -or-create dev" in told(tmp_path)
    assert "plan -input=false -var-file=stages/dev.tfvars" in told(tmp_path)


def test_a_stage_without_variables_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"copy dev\.tfvars"):
        act("plan", "nowhere", terraform_that_writes_down(tmp_path))


def test_a_failure_is_told_with_what_terraform_said(tmp_path: Path) -> None:
    program = tmp_path / "terraform"
    program.write_text("#!/bin/sh\necho it is broken >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(CannotRun, match="it is broken"):
        Terraform(str(program), tmp_path).run("plan", quiet=True)

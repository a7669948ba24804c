"""How processes of our own are started: by Python here, by ourselves in a package."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pxbin_engine import programs
from pxbin_engine.programs import PARTS, PRICE_WORKER, UNPRIVILEGED

ROOT = Path(__file__).parents[2]


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """We are the window's program of a package."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "pxbin"))
    return tmp_path


def test_nobody_else_names_the_interpreter() -> None:
    """In a package it is pxbin itself, which understands no ``-c`` and no ``-m``."""
    found = [
        path.name
        for package in ("pxbin_engine", "pxbin_app")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bsys\.executable\b|^import multiprocessing|ProcessPoolExecutor", path.read_text("utf-8"), re.MULTILINE)
    ]  # fmt: skip
    assert found == ["programs.py"]


def test_a_checkout_runs_modules() -> None:
    assert programs.engine_command("serve") == [sys.executable, "-m", "pxbin_engine", "serve"]
    assert programs.app_command() == [sys.executable, "-m", "pxbin_app"]
    assert not programs.is_packaged()


def test_a_package_runs_its_own_programs(packaged: Path) -> None:
    assert programs.engine_command("serve") == [str(packaged / "pxbin-engine"), "serve"]
    assert programs.app_command("--hidden") == [str(packaged / "pxbin"), "--hidden"]
    command = programs.part_command(PRICE_WORKER, "x")
    assert command == [str(packaged / "pxbin-engine"), "--run-part", PRICE_WORKER, "x"]


def test_on_windows_the_programs_have_their_ending(
    monkeypatch: pytest.MonkeyPatch, packaged: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(packaged / "pxbin.exe"))
    assert programs.engine_command() == [str(packaged / "pxbin-engine.exe")]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_a_program(part: str) -> None:
    text = programs._file_of(part).read_text("utf-8")
    assert '\nif __name__ == "__main__":\n' in text


def test_a_part_runs_by_python() -> None:
    command = programs.part_command(PRICE_WORKER)
    asked = json.dumps({"model": "gpt-4o"}) + "\n"
    done = subprocess.run(
        command, cwd="/", input=asked, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout)["input"]


@pytest.mark.skipif(sys.platform != "linux", reason="user namespaces are Linux's")
def test_a_bare_part_needs_nothing_installed() -> None:
    command = programs.part_command(UNPRIVILEGED, "/bin/sh", "-c", "exit 7", bare=True)
    environment = {"PATH": "/usr/bin:/bin"}
    assert subprocess.run(command, env=environment, check=False, timeout=30).returncode in {7, 125}


def test_a_package_runs_the_part_that_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["pxbin-engine"])
    monkeypatch.setattr(sys, "stdin", ["not JSON\n"])
    monkeypatch.delitem(sys.modules, PRICE_WORKER, raising=False)  # it runs as a program of its own
    with pytest.raises(json.JSONDecodeError):
        programs.run_part(["--run-part", PRICE_WORKER, "a"])
    assert sys.argv == [PRICE_WORKER, "a"], "it sees its own arguments alone"


@pytest.mark.parametrize("arguments", [[], ["serve"], ["serve", "--run-part"]])
def test_any_other_command_line_names_none(arguments: list[str]) -> None:
    assert not programs.run_part(arguments)


@pytest.mark.parametrize("part", ["pxbin_engine.engine", "http.server", ""])
def test_what_is_no_part_is_not_run(part: str) -> None:
    with pytest.raises(SystemExit, match="is no part of pxbin"):
        programs.run_part(["--run-part", part])

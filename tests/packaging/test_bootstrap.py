"""The entry: an outdated Python still gets as far as a newer one, or a clear message."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import bootstrap
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "packaging" / "bootstrap.py"


def test_an_outdated_python_can_read_it() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))
    imported = {
        name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names
    }
    assert imported == {"os", "shutil", "subprocess", "sys"}


def test_the_supported_versions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (
        project["requires-python"]
        == f">=3.{bootstrap.OLDEST_MINOR},<3.{bootstrap.NEWEST_MINOR + 1}"
    )


@pytest.mark.parametrize(
    ("version", "supported"),
    [
        ((2, 7), False),
        ((3, 6), False),
        ((3, 10), False),
        ((3, 11), True),
        ((3, 14), True),
        ((3, 15), False),
    ],
)
def test_supported_versions(version: tuple[int, int], supported: bool) -> None:
    assert bootstrap.is_supported((*version, 1)) is supported


@pytest.mark.skipif(os.name != "posix", reason="writes shell scripts")
def test_a_newer_python_is_found_on_path_and_has_to_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    minor = sys.version_info[1]
    for newer in range(bootstrap.OLDEST_MINOR, bootstrap.NEWEST_MINOR + 1):
        _script(tmp_path / f"python3.{newer}", "exit 127")
    assert bootstrap.find_supported_python() is None
    _script(tmp_path / f"python3.{minor}", f'exec "{sys.executable}" "$@"')
    assert bootstrap.find_supported_python() == [f"python3.{minor}"]


def test_without_a_newer_python_it_says_which_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "is_supported", lambda _version: False)
    monkeypatch.setattr(bootstrap, "find_supported_python", lambda: None)
    assert re.match(
        r"pxbin needs Python 3\.11 to 3\.14, and this is Python 3\.\d+\.", bootstrap.main()
    )


@pytest.mark.skipif(os.name != "posix", reason="writes shell scripts")
def test_the_newer_python_gets_the_whole_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = tmp_path / "heard"
    _script(tmp_path / "newer", f'echo "$@" > "{heard}"; exit 7')
    start = f"import bootstrap, sys; bootstrap.is_supported = lambda v: False; bootstrap.find_supported_python = lambda: ['{tmp_path}/newer']; sys.argv = ['bootstrap.py', 'test', '-q']; bootstrap.main()"
    code = subprocess.run([sys.executable, "-c", start], cwd=SCRIPT.parent, check=False).returncode
    assert (code, heard.read_text()) == (7, "bootstrap.py test -q\n")


def test_an_unknown_command_is_told_the_known_ones() -> None:
    result = subprocess.run(
        [sys.executable, SCRIPT, "dance"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "'run', 'test', 'setup'" in result.stderr


def test_the_makefile_passes_every_command_on() -> None:
    from machine.commands import COMMANDS

    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (targets,) = re.findall(
        r"^([\w -]+):\n\t@\$\(PYTHON\) packaging/bootstrap\.py \$@ \$\(ARGS\)$",
        makefile,
        re.MULTILINE,
    )
    assert set(targets.split()) == set(COMMANDS)


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)

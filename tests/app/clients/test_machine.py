"""Where a person's files and programs are."""

import os
from pathlib import Path

import pytest

from pxbin_app.clients.machine import Machine


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name != "posix", reason="programs have other names on Windows")
def test_a_program_is_found_where_installers_put_it(tmp_path: Path) -> None:
    machine = Machine(home=tmp_path, environment={"PATH": "/nowhere"}, root=tmp_path / "root")
    assert machine.program("claude") is None
    in_node = program(tmp_path / ".nvm/versions/node/v22.1.0/bin/claude")
    assert machine.program("claude") == in_node
    installed = program(tmp_path / ".local/bin/claude")
    assert machine.program("claude") == installed
    in_path = program(tmp_path / "bin/claude")
    asked = Machine(home=tmp_path, environment={"PATH": str(in_path.parent)})
    assert asked.program("claude") == in_path


def test_paths_are_shown_as_people_write_them(tmp_path: Path) -> None:
    machine = Machine(home=tmp_path)
    assert machine.shown(tmp_path / ".claude" / "settings.json") == "~/.claude/settings.json"
    assert machine.shown(Path("/etc/x")) == str(Path("/etc/x"))


def test_a_variable_moves_a_directory(tmp_path: Path) -> None:
    machine = Machine(home=tmp_path, environment={"CODEX_HOME": str(tmp_path / "x")})
    assert machine.folder("CODEX_HOME", ".codex") == tmp_path / "x"
    assert machine.folder("CLAUDE_CONFIG_DIR", ".claude") == tmp_path / ".claude"


@pytest.mark.parametrize(
    ("platform", "name"), [("linux", "l"), ("darwin", "m"), ("win32", "w"), ("freebsd", "l")]
)
def test_files_of_all_users_are_by_system(tmp_path: Path, platform: str, name: str) -> None:
    assert (
        Machine(home=tmp_path, platform=platform, root=tmp_path).of_all_users("l", "m", "w")
        == tmp_path / name
    )

"""Which version of a client is installed."""

import sys
from pathlib import Path

import pytest

from pxbin_app.clients import version

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="programs are no shell scripts there"
)


def script(folder: Path, text: str) -> Path:
    path = folder / "client"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2.1.330 (Claude Code)", "2.1.330"),
        ("codex-cli 0.169.0-beta.1", "0.169.0-beta.1"),
        ("none", ""),
    ],
)
def test_it_is_found_in_what_the_program_tells(tmp_path: Path, told: str, expected: str) -> None:
    assert (
        version.version_of(script(tmp_path, f'[ "$1" = --version ] && echo "{told}"')) == expected
    )


def test_a_program_that_hangs_or_cannot_run_tells_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "SECONDS", 0.1)
    assert version.version_of(script(tmp_path, "exec sleep 20")) == ""
    assert version.version_of(tmp_path / "gone") == ""

"""Where the programs of a package begin."""

import os
import sys
from pathlib import Path

import pytest
import start

from pxbin_engine.programs import PRICE_WORKER


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"LD_LIBRARY_PATH": "/opt/pxbin/lib"}, None),
        ({"LD_LIBRARY_PATH": "/opt/pxbin/lib", "LD_LIBRARY_PATH_ORIG": "/opt/mine"}, "/opt/mine"),
        ({}, None),
    ],
)
def test_what_we_start_searches_libraries_where_the_system_does(
    before: dict[str, str], after: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LD_LIBRARY_PATH", "LD_LIBRARY_PATH_ORIG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    start.give_back("LD_LIBRARY_PATH")
    assert os.environ.get("LD_LIBRARY_PATH") == after
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ


@pytest.mark.parametrize(
    ("program", "arguments", "begun"),
    [
        ("pxbin", ["--hidden"], "app"),
        ("pxbin.exe", [], "app"),
        ("pxbin-engine", ["serve"], "engine"),
        ("pxbin-engine.exe", [], "engine"),
        ("pxbin-engine", ["--run-part", PRICE_WORKER], "part"),
    ],
)
def test_a_programs_name_says_what_begins(
    program: str, arguments: list[str], begun: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr("pxbin_app.__main__.main", lambda: seen.append("app") or 0)
    monkeypatch.setattr("pxbin_engine.__main__.main", lambda: seen.append("engine") or 0)
    monkeypatch.setattr("runpy.run_module", lambda *_, **__: seen.append("part"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / program))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "argv", [program, *arguments])
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    assert start.main() == 0
    assert seen == [begun]

"""``pxbin-engine`` in this process, on a database of the test's own."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pxbin_engine.__main__ import main


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Done]


@pytest.fixture
def cli(
    database_url: str,
    schema: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Cli]:
    """Runs one command of ``pxbin-engine`` on an empty database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PXBIN_DATABASE_URL", database_url)
    monkeypatch.setenv("PXBIN_DATABASE_SCHEMA", schema)
    monkeypatch.setenv("PXBIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PXBIN_ENCRYPTION_KEY", "a key for the tests alone")
    root, package = logging.getLogger(), logging.getLogger("pxbin_engine")
    before = (root.handlers[:], root.level, package.level)

    def run(*arguments: str, stdin: io.StringIO | None = None) -> Done:
        monkeypatch.setattr(sys, "stdin", stdin or io.StringIO())
        code = main(arguments)
        return Done(code, *capsys.readouterr())

    yield run
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    package.setLevel(before[2])

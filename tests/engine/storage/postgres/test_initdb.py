"""A data directory is there whole or not at all."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import psutil
import pytest

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres.binaries import Binaries
from pxbin_engine.storage.postgres.identity import choose_identity
from pxbin_engine.storage.postgres.initdb import initialise
from pxbin_engine.storage.postgres.layout import MEGABYTE, Layout
from tests.engine.storage.postgres.conftest import World


class Usage(NamedTuple):
    """As ``shutil.disk_usage`` says it."""

    total: int
    used: int
    free: int


def test_a_killed_initdb_leaves_nothing_half_made(
    fresh_world: World, eventually: Callable[[Callable[[], bool], float], bool]
) -> None:
    app = fresh_world.begin()
    assert eventually(lambda: any(fresh_world.root.glob("init-*/PG_VERSION")), 10)
    children = psutil.Process(app.process.pid).children(recursive=True)
    app.kill()
    for child in children:
        with suppress(psutil.NoSuchProcess):  # one may have ended by itself meanwhile
            child.kill()
    assert not fresh_world.data.exists()
    again = fresh_world.start()
    assert not list(fresh_world.root.glob("init-*"))
    again.leave()


def test_an_initdb_that_fails_says_why_and_leaves_nothing(fresh_world: World) -> None:
    layout = Layout(fresh_world.root)
    layout.root.mkdir()
    layout.data.write_text("in the way")
    programs = Binaries(fresh_world.programs, 18, "18")
    with pytest.raises(OSError, match="data"):
        initialise(layout, programs, choose_identity(layout.root))
    assert not list(layout.root.glob("init-*"))


def test_initdbs_own_words_are_told(fresh_world: World) -> None:
    layout = Layout(fresh_world.root)
    layout.root.mkdir()
    (fresh_world.home / "bin").mkdir()
    fake = fresh_world.home / "bin" / "initdb"
    fake.write_text("#!/bin/sh\necho 'initdb: error: no luck today' >&2\nexit 1\n")
    fake.chmod(0o755)
    with pytest.raises(ServerStartError, match="initdb failed: initdb: error: no luck today"):
        initialise(layout, Binaries(fake.parent, 18, "18"), choose_identity(layout.root))


def test_a_nearly_full_disk_is_refused(fresh_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(fresh_world.root)
    layout.root.mkdir()
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(0, 0, 119 * MEGABYTE))
    with pytest.raises(ServerStartError, match="Only 119 MB are free"):
        initialise(layout, Binaries(fresh_world.programs, 18, "18"), choose_identity(layout.root))
    assert not list(layout.root.iterdir())

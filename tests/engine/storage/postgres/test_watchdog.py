"""Both kinds of watchdog; that of the shell is also at work in every case of test_cluster."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pxbin_engine.storage.postgres.layout import Layout
from pxbin_engine.storage.postgres.watchdog import Watchdog
from tests.engine.storage.postgres.conftest import World
from tests.support.postgres_instance import is_alive

Eventually = Callable[[Callable[[], bool], float], bool]


def test_the_python_kind_stops_the_server_of_a_killed_app(
    world: World, eventually: Eventually
) -> None:
    app = world.begin(watchdog="python").wait_until_started()
    app.process.kill()
    assert eventually(lambda: not is_alive(app.pid), 10)
    assert eventually(lambda: not is_alive(app.watchdog), 5)
    assert "the app is gone" in (world.root / "postgres.log").read_text()


def test_the_python_kind_leaves_a_server_that_others_use(
    world: World, eventually: Eventually
) -> None:
    app, other = world.begin(watchdog="python").wait_until_started(), world.start()
    app.process.kill()
    assert eventually(lambda: not is_alive(app.watchdog), 10)
    assert is_alive(other.pid)
    other.leave()
    assert not is_alive(other.pid)


@pytest.mark.parametrize("shell", [True, False], ids=["shell", "python"])
def test_one_that_is_released_ends(tmp_path: Path, shell: bool) -> None:
    watchdog = Watchdog(Layout(tmp_path), "pg_ctl", shell=shell)
    assert is_alive(watchdog.pid)
    watchdog.release()
    assert not is_alive(watchdog.pid)


def test_releasing_one_that_was_killed_is_harmless(tmp_path: Path) -> None:
    watchdog = Watchdog(Layout(tmp_path), "pg_ctl")
    os.kill(watchdog.pid, signal.SIGKILL)
    watchdog.release()


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_it_outlives_the_signals_that_end_a_session(world: World, name: str) -> None:
    app = world.start()
    os.kill(app.watchdog, signal.Signals[f"SIG{name}"])
    assert is_alive(app.watchdog)
    app.leave()
    assert not is_alive(app.watchdog)

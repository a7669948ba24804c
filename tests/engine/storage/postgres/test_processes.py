"""A pid alone is never enough."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pxbin_engine.storage.postgres import processes
from tests.engine.storage.postgres.conftest import World


def test_only_postgresql_processes_that_work_in_the_directory_are_servers_of_it(
    world: World, tmp_path: Path
) -> None:
    app = world.start()
    assert processes.is_server_of(app.pid, world.data)
    assert not processes.is_server_of(app.pid, tmp_path), "of another directory"
    assert not processes.is_server_of(app.process.pid, world.data), "another program"
    assert app.pid in processes.servers_of(world.data)
    assert len(processes.servers_of(world.data)) > 1, "backends count, too"
    app.leave()
    assert processes.servers_of(world.data) == []


def test_a_pid_that_does_not_exist_is_no_server(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert not processes.is_server_of(child.pid, tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_what_does_not_go_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_STOP_STEPS", (("INT", 0.1), ("QUIT", 0.1), ("KILL", 5.0)))
    deaf = "import signal as s, time\nfor n in (s.SIGINT, s.SIGQUIT): s.signal(n, s.SIG_IGN)\nprint(flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert processes.stop_server(child.pid, lambda: child.poll() is None, pg_ctl="")
        assert child.returncode == -9


def test_what_is_gone_needs_no_stop() -> None:
    assert processes.stop_server(1 << 22, lambda: False, pg_ctl="")


def test_waiting_ends_with_the_time() -> None:
    assert not processes.wait_until(lambda: False, 0.02)
    assert processes.wait_until(lambda: True, 0)

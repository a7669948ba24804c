"""The embedded server as the engine uses it: states, restarts, cancellation; the loop never stalls."""

import asyncio
import os
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres import processes
from pxbin_engine.storage.server import EmbeddedServer, RestartPolicy, ServerState
from tests.support.postgres import make_home

FAST = {"fsync": "off"}


@pytest.fixture
def fresh() -> Iterator[Path]:
    """Where the app stores; no server of it may be left."""
    home = make_home()
    data = home / "pg" / "data"
    try:
        yield home
        left = processes.servers_of(data)
        processes.end_leftovers(data, pg_ctl="")
        assert not left
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def data_dir(fresh: Path, made_before: Path) -> Path:
    """The same after a first run."""
    shutil.copytree(made_before, fresh / "pg")
    return fresh


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


def kill(server: EmbeddedServer) -> int:
    assert server.pid
    died = server.pid
    os.kill(died, signal.SIGKILL)
    return died


async def answer(dsn: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT 1")
    finally:
        await connection.close()


async def test_each_state_is_told_and_the_loop_goes_on(fresh: Path) -> None:
    states: list[ServerState] = []
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    server = EmbeddedServer(fresh, settings=FAST, on_state=states.append)
    assert (server.pid, server.version, server.state) == (None, "", ServerState.STOPPED)
    ticker = asyncio.create_task(tick())
    began = time.monotonic()
    dsn = await server.start()
    # On a loop that was blocked there would be next to none.
    assert ticks > (time.monotonic() - began) / 0.01 / 4
    ticker.cancel()
    assert await answer(dsn) == 1
    assert server.version.startswith("18.")
    assert not server.adopted
    await server.stop()
    assert server.pid is None
    names = [state.value for state in states]
    assert names == ["initialising", "starting", "ready", "stopping", "stopped"]


async def test_a_second_instance_adopts_and_the_last_one_out_stops(data_dir: Path) -> None:
    first, second = (EmbeddedServer(data_dir, settings=FAST) for _ in range(2))
    await first.start()
    dsn = await second.start()
    assert second.adopted
    assert first.pid == second.pid
    await first.stop()
    assert await answer(dsn) == 1
    await second.stop()


async def test_a_server_that_dies_is_brought_back(data_dir: Path) -> None:
    states: list[str] = []
    server = EmbeddedServer(data_dir, settings=FAST, on_state=states.append)
    dsn = await server.start()
    died = kill(server)
    await until(lambda: server.pid != died and server.state is ServerState.READY)
    assert server.dsn == dsn
    assert await answer(dsn) == 1
    assert states[-3:] == ["restarting", "recovering", "ready"]
    await server.stop()


async def test_both_instances_come_back_to_one_server(data_dir: Path) -> None:
    owner, guest = (EmbeddedServer(data_dir, settings=FAST) for _ in range(2))
    await owner.start()
    await guest.start()
    died = kill(owner)
    await until(lambda: died not in {owner.pid, guest.pid})
    await until(lambda: owner.state is guest.state is ServerState.READY)
    assert owner.pid == guest.pid
    await owner.stop()
    await guest.stop()


@pytest.mark.expects_error_log("postgres.given_up")
async def test_a_server_that_dies_too_often_is_given_up(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RestartPolicy, "DELAYS", (0.0,))
    reasons: list[str] = []
    server = EmbeddedServer(data_dir, settings=FAST, on_exit=reasons.append)
    await server.start()
    died = kill(server)
    await until(lambda: server.pid != died and server.state is ServerState.READY)
    kill(server)
    await until(lambda: server.state is ServerState.FAILED)
    assert reasons == ["it died too often"]
    await server.stop()
    await server.start()
    await server.stop()


@pytest.mark.parametrize("at", [ServerState.INITIALISING, ServerState.STARTING])
async def test_a_cancelled_start_leaves_nothing(fresh: Path, at: ServerState) -> None:
    server = EmbeddedServer(fresh, settings=FAST)
    starting = asyncio.create_task(server.start())
    server.on_state = lambda state: state is at and starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert server.state is ServerState.STOPPED
    assert processes.servers_of(fresh / "pg" / "data") == []


async def test_a_stop_gives_up_a_start(data_dir: Path) -> None:
    begun = asyncio.Event()
    server = EmbeddedServer(data_dir, settings=FAST, on_state=lambda _state: begun.set())
    starting = asyncio.create_task(server.start())
    await begun.wait()
    await server.stop()
    assert server.state is ServerState.STOPPED
    assert processes.servers_of(data_dir / "pg" / "data") == []
    with suppress(ServerStartError):  # unless it was ready just before
        await starting


async def test_the_data_directory_that_is_made_is_not_listed_to_others(fresh: Path) -> None:
    server = EmbeddedServer(fresh / "deep" / "pxbin", settings=FAST)
    await server.start()
    await server.stop()
    mode = stat.S_IMODE((fresh / "deep" / "pxbin").stat().st_mode)
    assert mode == (0o711 if os.geteuid() == 0 else 0o700)


async def test_a_start_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "pg").write_text("a file where the directory should be")
    server = EmbeddedServer(tmp_path)
    with pytest.raises(ServerStartError, match="could not be started"):
        await server.start()
    assert server.state is ServerState.FAILED
    await server.stop()


def test_three_restarts_a_minute_are_enough() -> None:
    policy = RestartPolicy()
    assert [policy.next_delay(now) for now in (0.0, 1.0, 3.0, 9.0)] == [0.0, 1.0, 5.0, None]
    assert policy.next_delay(60.5) == 5.0, "the first is forgotten after a minute"
    assert policy.next_delay(500.0) == 0.0


@pytest.mark.parametrize("left", ["moving/whole", "pg-before-20261124-030405"])
async def test_no_empty_database_is_made_beside_one_that_a_killed_move_left(
    fresh: Path, made_before: Path, left: str
) -> None:
    shutil.copytree(made_before, fresh / left)
    (fresh / left / "marker").touch()
    states: list[ServerState] = []
    server = EmbeddedServer(fresh, settings=FAST, on_state=states.append)
    try:
        assert await answer(await server.start()) == 1
        assert (fresh / "pg" / "marker").exists()
        assert ServerState.INITIALISING not in states
    finally:
        await server.stop()

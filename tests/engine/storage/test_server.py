"""The embedded server as the engine uses it: states, restarts, cancellation; the loop never stalls."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres import processes
from pxbin_engine.storage.server import EmbeddedServer, RestartPolicy, ServerState

FAST = {"fsync": "off"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """Where the app stores; no server of it may be left."""
    yield tmp_path
    left = processes.servers_of(tmp_path / "pg" / "data")
    if left:
        processes.end_leftovers(tmp_path / "pg" / "data", pg_ctl="")
    assert not left


async def until(server: EmbeddedServer, state: ServerState) -> None:
    async with asyncio.timeout(20):
        while server.state is not state:
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


async def test_each_state_is_told_and_the_loop_goes_on(data_dir: Path) -> None:
    states: list[ServerState] = []
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    server = EmbeddedServer(data_dir, settings=FAST, on_state=states.append)
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
    await until(server, ServerState.RESTARTING)
    await until(server, ServerState.READY)
    assert server.pid != died
    assert server.dsn == dsn
    assert await answer(dsn) == 1
    assert states[-3:] == ["restarting", "recovering", "ready"]
    await server.stop()


async def test_both_instances_come_back_to_one_server(data_dir: Path) -> None:
    owner, guest = (EmbeddedServer(data_dir, settings=FAST) for _ in range(2))
    await owner.start()
    await guest.start()
    died = kill(owner)
    async with asyncio.timeout(20):
        while died in {owner.pid, guest.pid} or owner.pid != guest.pid:
            await asyncio.sleep(0.02)
    await until(owner, ServerState.READY)
    await until(guest, ServerState.READY)
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
    kill(server)
    await until(server, ServerState.RESTARTING)
    await until(server, ServerState.READY)
    kill(server)
    await until(server, ServerState.FAILED)
    assert reasons == ["it died too often"]
    await server.stop()
    await server.start()
    await server.stop()


@pytest.mark.parametrize("at", [ServerState.INITIALISING, ServerState.STARTING])
async def test_a_cancelled_start_leaves_nothing(data_dir: Path, at: ServerState) -> None:
    server = EmbeddedServer(data_dir, settings=FAST)
    starting = asyncio.create_task(server.start())
    await until(server, at)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert server.state is ServerState.STOPPED
    assert processes.servers_of(data_dir / "pg" / "data") == []


async def test_a_stop_gives_up_a_start(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir, settings=FAST)
    starting = asyncio.create_task(server.start())
    await until(server, ServerState.STARTING)
    await server.stop()
    assert server.state is ServerState.STOPPED
    assert processes.servers_of(data_dir / "pg" / "data") == []
    with suppress(ServerStartError):  # unless it was ready just before
        await starting


async def test_a_start_that_fails_is_told(data_dir: Path) -> None:
    (data_dir / "pg").write_text("a file where the directory should be")
    server = EmbeddedServer(data_dir)
    with pytest.raises(ServerStartError, match="could not be started"):
        await server.start()
    assert server.state is ServerState.FAILED
    await server.stop()


def test_three_restarts_a_minute_are_enough() -> None:
    policy = RestartPolicy()
    assert [policy.next_delay(now) for now in (0.0, 1.0, 3.0, 9.0)] == [0.0, 1.0, 5.0, None]
    assert policy.next_delay(60.5) == 5.0, "the first is forgotten after a minute"
    assert policy.next_delay(500.0) == 0.0

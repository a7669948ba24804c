"""The crash cases of the embedded server, with real processes that are really killed."""

import asyncio
import os
import signal
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil
import pytest

from pxbin_engine.storage.postgres import processes
from pxbin_engine.storage.postgres.cluster import Cluster
from tests.engine.storage.postgres.conftest import World
from tests.support.postgres_instance import is_alive

Eventually = Callable[[Callable[[], bool], float], bool]
BUSY = "SELECT count(*) FROM generate_series(1, 1000000000)"


async def ask(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def socket_of(dsn: str) -> Path:
    (directory,) = parse_qs(urlsplit(dsn).query)["host"]
    return Path(directory, ".s.PGSQL.5432")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_server_is_made_used_stopped_and_started_again(any_world: World) -> None:
    first = any_world.start()
    assert not first.adopted
    await ask(first.dsn, "CREATE TABLE kept AS SELECT 42 AS a")
    assert mode(any_world.root) == 0o700
    assert mode(any_world.root / "pw") == 0o600
    first.leave()
    assert not is_alive(first.pid)
    assert not is_alive(first.watchdog)
    assert {path.name for path in any_world.root.glob("init-*")} == set()
    second = any_world.start()
    assert await ask(second.dsn, "SELECT a FROM kept") == 42
    assert await ask(second.dsn, "SHOW data_checksums") == "on"
    assert await ask(second.dsn, "SHOW listen_addresses") == ""
    second.leave()
    assert not is_alive(second.pid)
    assert not socket_of(second.dsn).parent.exists()


async def test_kill_9_of_the_app_leaves_no_server_and_the_next_start_is_clean(
    any_world: World, eventually: Eventually
) -> None:
    app = any_world.start()
    connection = await asyncpg.connect(app.dsn)
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
    app.process.send_signal(signal.SIGKILL)
    assert eventually(lambda: not is_alive(app.pid), 5), "the server outlived its app"
    assert is_alive(app.bystander), "the proof needs a child that outlives the app"
    connection.terminate()
    again = any_world.start()
    assert await ask(again.dsn, "SELECT a FROM kept") == 1
    again.leave()
    assert "was not properly shut down" not in (any_world.root / "postgres.log").read_text()


def test_an_app_killed_while_it_starts_the_server_leaves_none(
    world: World, eventually: Eventually
) -> None:
    app = world.begin()
    children: list[psutil.Process] = []

    def server_begun() -> bool:
        children[:] = psutil.Process(app.process.pid).children()
        return (
            len(children) >= 2
        )  # the watchdog, and what becomes the server: its pid is not written yet

    assert eventually(server_begun, 10)
    app.kill()
    for bystander in children[2:]:
        with suppress(psutil.NoSuchProcess):
            bystander.kill()
    assert eventually(lambda: not any(is_alive(child.pid) for child in children), 10)
    assert processes.servers_of(world.data) == []


async def test_an_orphan_is_adopted_when_the_watchdog_died_too(world: World) -> None:
    app = world.start()
    os.kill(app.watchdog, signal.SIGKILL)
    app.kill()
    assert is_alive(app.pid)
    again = world.start()
    assert again.adopted
    assert again.pid == app.pid
    assert await ask(again.dsn, "SELECT 1") == 1
    again.leave()
    assert not is_alive(app.pid)


async def test_a_busy_backend_that_outlived_its_postmaster_is_cleared_away(
    world: World, eventually: Eventually
) -> None:
    app = world.start()
    connection = await asyncpg.connect(app.dsn)
    backend = connection.get_server_pid()
    query = asyncio.create_task(connection.execute(BUSY))
    await asyncio.sleep(0.1)
    os.kill(app.pid, signal.SIGKILL)
    os.kill(app.watchdog, signal.SIGKILL)
    app.kill()
    assert is_alive(backend), "the case needs a backend that lives on"
    again = world.start()
    assert not again.adopted
    assert await ask(again.dsn, "SELECT 1") == 1
    assert eventually(lambda: not is_alive(backend), 1)
    again.leave()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await query


def _of_another_process(world: World) -> bytes:
    return b"%d\n%s\n1\n5432\n/tmp\n\n1 2\nready   \n" % (os.getpid(), bytes(world.data))


@pytest.mark.parametrize(
    "content",
    [_of_another_process, lambda _: b"", lambda _: b"rubbish\n"],
    ids=["foreign", "empty", "rubbish"],
)
async def test_a_pid_file_that_names_no_server_is_cleared_away(
    world: World, content: Callable[[World], bytes]
) -> None:
    (world.data / "postmaster.pid").write_bytes(content(world))
    again = world.start()
    assert not again.adopted
    assert await ask(again.dsn, "SELECT 1") == 1
    again.leave()


async def test_eight_instances_at_once_on_a_fresh_directory(fresh_world: World) -> None:
    instances = [fresh_world.begin() for _ in range(8)]
    for instance in instances:
        instance.wait_until_started()
    assert sorted(instance.adopted for instance in instances) == [False] + [True] * 7
    assert len({instance.pid for instance in instances}) == 1
    assert (fresh_world.root / "postgres.log").read_text().count("starting PostgreSQL") == 1
    for instance in instances:
        instance.leave()
    assert not is_alive(instances[0].pid)
    assert not any(is_alive(instance.watchdog) for instance in instances)


async def test_the_server_stays_for_the_last_of_four_and_stops_with_it(
    world: World, eventually: Eventually
) -> None:
    *killed, last = [world.start() for _ in range(4)]
    for instance in killed:
        instance.process.kill()
    assert eventually(lambda: not any(is_alive(each.watchdog) for each in killed), 10)
    assert await ask(last.dsn, "SELECT 1") == 1
    last.leave()
    assert not is_alive(last.pid)


async def test_the_first_may_leave_while_others_use_its_server(world: World) -> None:
    first, second = world.start(), world.start()
    first.leave()
    assert await ask(second.dsn, "SELECT 1") == 1
    second.leave()
    assert not is_alive(second.pid)


NAMES = {
    "odd": 'Application Support, it\'s "quoted"; $HOME `x` \\ 数据 ünïcödé',
    "line-break": "two\nlines",
    "long": "/".join(["x" * 200] * 4),
    "latin-1": os.fsdecode(b"caf\xe9"),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_the_directory_may_have_any_name(
    world: World, name: str, eventually: Eventually
) -> None:
    root = world.home / name / "pg"
    root.parent.mkdir(parents=True)
    world.root.rename(root)
    app = world.start(root)
    again = world.start(root)
    assert again.adopted
    again.leave()
    assert await ask(app.dsn, "SELECT 1") == 1
    app.kill()
    assert eventually(lambda: not is_alive(app.pid), 5)


def test_a_server_whose_socket_was_cleaned_away_is_replaced(world: World) -> None:
    app = world.start()
    os.kill(app.watchdog, signal.SIGKILL)
    app.kill()
    socket_of(app.dsn).unlink()
    again = world.start()
    assert not again.adopted
    assert not is_alive(app.pid)
    again.leave()


def test_stop_without_start_and_twice_is_harmless(world: World) -> None:
    cluster = Cluster(world.root, environment={"PXBIN_PG_BIN": str(world.programs)})
    cluster.stop()
    cluster.start()
    assert cluster.postmaster
    pid = cluster.postmaster.pid
    cluster.stop()
    cluster.stop()
    assert not is_alive(pid)


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(world: World) -> None:
    app = world.start()
    sessions = {os.getsid(pid) for pid in (app.pid, app.watchdog)}
    assert os.getsid(app.process.pid) not in sessions
    app.leave()

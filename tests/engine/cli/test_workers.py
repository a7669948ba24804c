"""Several engines on one port: what the parent decides, and real processes that are killed, asked to stop and left alone."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import time
from argparse import Namespace
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from pxbin_engine.cli.arguments import make_parser
from pxbin_engine.cli.log_lines import JsonLines
from pxbin_engine.cli.workers import (
    RestartPolicy,
    check_possible,
    reserved,
    worker_command,
    worker_of,
)
from pxbin_engine.config import load_config
from pxbin_engine.errors import ConfigError
from pxbin_engine.server.siblings import Worker
from pxbin_engine.storage.connection_share import most_embedded_engines
from tests.support.engine_process import EngineProcess, running_engine, skip_where_ignored
from tests.support.upstream import FakeUpstream, openai_stream

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares a port so")


def test_a_worker_that_keeps_ending_is_started_later_and_later() -> None:
    policy = RestartPolicy()
    assert [policy.next_delay(1.0) for _ in range(9)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]
    assert policy.next_delay(RestartPolicy.STEADY) == 0


@pytest.mark.parametrize(
    ("settings", "count", "platform", "said"),
    [
        ({}, 2, "darwin", "only Linux"),
        ({}, 2, "win32", "only Linux"),
        ({}, most_embedded_engines() + 1, "linux", "database_url"),
        ({}, most_embedded_engines(), "linux", ""),
        ({"database_url": "postgresql://elsewhere/p"}, 64, "linux", ""),
    ],
)
def test_what_cannot_be_is_said(settings: Any, count: int, platform: str, said: str) -> None:
    config = load_config({}, **settings)
    if not said:
        check_possible(config, count, platform=platform)
        return
    with pytest.raises(ConfigError, match=said):
        check_possible(config, count, platform=platform)


@linux
def test_an_address_is_held_for_the_workers_and_refused_where_somebody_listens() -> None:
    with reserved("127.0.0.1", 0) as port:
        with pytest.raises(OSError, match="in use"), socket.socket() as stranger:
            stranger.bind(("127.0.0.1", port))
        with socket.socket() as worker:
            worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            worker.bind(("127.0.0.1", port))
            worker.listen()
            with pytest.raises(ConfigError, match="cannot listen"), reserved("127.0.0.1", port):
                pass


def test_a_worker_is_started_as_its_parent_was(tmp_path: Path) -> None:
    given = Namespace(config=tmp_path / "c.yaml", data_dir=None)
    worker = Worker(2, 3, tmp_path)
    command = worker_command(given, "127.0.0.1:1", worker)
    assert command[:4] == [sys.executable, "-m", "pxbin_engine", "serve"]
    parsed = make_parser().parse_args(command[3:])
    assert (parsed.listen, parsed.config, parsed.data_dir) == ("127.0.0.1:1", given.config, None)
    assert worker_of(parsed) == worker
    assert worker_of(make_parser().parse_args(["keys", "list"])) is None


def test_lines_of_the_log_name_the_worker() -> None:
    record = logging.LogRecord("pxbin_engine", logging.INFO, "", 1, "engine.running", None, None)
    assert json.loads(JsonLines(2).format(record))["worker"] == "2"
    assert "worker" not in json.loads(JsonLines().format(record))


# ---------------------------------------------------------------------- real processes


@pytest.fixture
async def engine(database_url: str, schema: str, tmp_path: Path) -> AsyncIterator[EngineProcess]:
    """Three workers on the tests' own PostgreSQL."""
    settings = {"database_url": database_url, "database_schema": schema}
    async with running_engine(
        tmp_path, kind="workers", **settings, metrics_enabled="true", max_db_conns="3", min_db_conns="1"
    ) as engine:  # fmt: skip
        await all_serve(engine)
        yield engine


def workers_of(engine: EngineProcess) -> list[psutil.Process]:
    """Its worker processes that live."""
    return [child for child in psutil.Process(engine.pid).children() if _works(child)]


def _works(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "--as-worker" in process.cmdline()
    except psutil.NoSuchProcess:  # it has just ended
        return False


async def until(reached: Any, seconds: float = 20.0) -> None:
    """Wait until ``reached()`` is true."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.05)


async def ask(engine: EngineProcess, path: str, key: str, body: Any = None) -> tuple[int, str]:
    """One request by a connection of its own, so that any worker may get it."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector, headers={"x-api-key": key}) as session,
        session.request(
            "POST" if body else "GET", engine.base_url + path, json=body, timeout=aiohttp.ClientTimeout(20)
        ) as answer,
    ):  # fmt: skip
        return answer.status, await answer.text()


BODY = {
    "model": "m",
    "max_tokens": 9,
    "stream": True,
    "messages": [{"role": "user", "content": "Hi"}],
}


async def all_serve(engine: EngineProcess) -> None:
    """Wait until all three workers listen."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        _, metrics = await ask(engine, "/metrics", engine.manager)
        if all(f'worker="{number}"' in metrics for number in (1, 2, 3)):
            await asyncio.sleep(0.3)  # until the parent has heard of it too
            return
        await asyncio.sleep(0.1)
    raise AssertionError("not all of them came up")


def workers_that_served(metrics: str) -> set[str]:
    lines = [line for line in metrics.splitlines() if line.startswith("pxbin_requests_total{")]
    return {line.split('worker="')[1][0] for line in lines}


@linux
@pytest.mark.timeout(120)
async def test_workers_share_the_requests_and_one_that_is_killed_is_replaced(
    engine: EngineProcess,
) -> None:
    async with FakeUpstream() as upstream:
        upstream.always = openai_stream("Hello")
        await engine.add_model("m", await engine.add_upstream("u", upstream.url))
        key = await engine.add_key()
        await asyncio.sleep(1.0)  # within which every worker has heard of the key
        seen = [await ask(engine, "/v1/messages", key, BODY) for _ in range(40)]
        assert {status for status, _ in seen} == {200}
        status, metrics = await ask(engine, "/metrics", engine.manager)
        assert status == 200
        assert workers_that_served(metrics) == {"1", "2", "3"}, "one of them tells of all"
        await engine.logs(40)
        victim = workers_of(engine)[1]
        victim.kill()
        # its parent has waited for it: before that, threads of it may still hold the socket it listened at
        await until(lambda: not victim.is_running())
        seen = [await ask(engine, "/v1/messages", key, BODY) for _ in range(20)]
        assert {status for status, _ in seen} == {200}, "the others serve"
        await all_serve(engine)
        rows = await engine.call("GET", "logs?per_page=100")
        assert len(rows) == 60, "each request has its row, also those that the killed worker served"


@linux
@pytest.mark.timeout(120)
async def test_a_revoked_key_is_refused_by_every_worker_within_a_second(
    engine: EngineProcess,
) -> None:
    made = await engine.call("POST", "keys", {"type": "llm", "name": "laptop"})
    await asyncio.sleep(1.0)
    seen = [await ask(engine, "/v1/models", made["key"]) for _ in range(20)]
    assert {status for status, _ in seen} == {200}
    await engine.call("DELETE", f"keys/{made['id']}")
    await asyncio.sleep(1.0)
    seen = [await ask(engine, "/v1/models", made["key"]) for _ in range(20)]
    assert {status for status, _ in seen} == {401}


@linux
@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
async def test_no_worker_outlives_its_parent(engine: EngineProcess, number: int) -> None:
    skip_where_ignored(number)
    workers = workers_of(engine)
    # What a terminal sends, it sends to a whole session: the workers would get it twice.
    assert [os.getsid(worker.pid) for worker in workers] == [worker.pid for worker in workers]
    code = await engine.stop(number)
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    await until(lambda: not any(worker.is_running() for worker in workers))


@linux
@pytest.mark.timeout(180)
async def test_workers_share_the_embedded_database_and_leave_none(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kind="workers", metrics_enabled="true") as engine:
        await all_serve(engine)
        assert (await ask(engine, "/ready", ""))[0] == 200
        workers = workers_of(engine)
        assert await engine.stop(signal.SIGINT) == 0
        assert not any(worker.is_running() for worker in workers)
    assert not [
        p
        for p in psutil.process_iter(["cmdline"])
        if str(tmp_path) in " ".join(p.info["cmdline"] or [])
    ]

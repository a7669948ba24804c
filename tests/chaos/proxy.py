"""The proxy under chaos: started with little patience, its log read back, its process watched."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.support.engine_process import EngineProcess, free_port, running_engine

ROOT = Path(__file__).parents[2]
_IMPATIENT = {
    "first_byte_timeout_seconds": "1.5",
    "upstream_timeout_seconds": "1.5",
    "connect_timeout_seconds": "1",
    "commit_delay_seconds": "0.5",
    "ping_interval_seconds": "1",
    "retry_max_attempts": "2",
    "retry_base_delay_ms": "10",
    "cb_timeout_seconds": "0.5",
    "log_level": "error",
}


class UpstreamProcess:
    """An upstream that can be killed and started again at the same port."""

    def __init__(self, *, seed: int, share: float) -> None:
        self.port = free_port()
        self._arguments = [str(self.port), str(seed), str(share)]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "tests.chaos.upstream", *self._arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert int(self._process.stdout.readline()) == self.port

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()  # waits, and closes the pipe
            self._process = None


@contextlib.contextmanager
def upstreams(*shares: float, seed: int = 1) -> Iterator[list[UpstreamProcess]]:
    """Started upstreams, one for each share of faults; ended afterwards."""
    started = [UpstreamProcess(seed=seed + at, share=share) for at, share in enumerate(shares)]
    try:
        for upstream in started:
            upstream.start()
        yield started
    finally:
        for upstream in started:
            upstream.kill()


@contextlib.asynccontextmanager
async def impatient_engine(data_dir: Path, **settings: str) -> AsyncIterator[EngineProcess]:
    """A running pxbin that waits for nothing long."""
    async with running_engine(data_dir, **_IMPATIENT | settings) as engine:
        yield engine


async def add_model(engine: EngineProcess, upstream_ids: list[str]) -> str:
    """A model that these upstreams serve, in this order; its name."""
    targets = [
        {"upstream_id": upstream_id, "upstream_model": "m", "priority": at}
        for at, upstream_id in enumerate(upstream_ids)
    ]
    await engine.call("POST", "models", {"name": "m", "targets": targets})
    return "m"


async def all_rows(engine: EngineProcess, wanted: int, *, within: float) -> list[dict[str, Any]]:
    """The whole log, once it has ``wanted`` rows and has come to rest, or ``within`` seconds later."""
    deadline = time.monotonic() + within
    rows: list[dict[str, Any]] = []
    before = -1
    while time.monotonic() < deadline and not (len(rows) >= wanted and len(rows) == before):
        before = len(rows)
        await asyncio.sleep(0.5)
        with contextlib.suppress(AssertionError, aiohttp.ClientError):  # the database may be away
            rows = await _read_log(engine)
    return rows


async def _read_log(engine: EngineProcess) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page = 1
    while True:
        found = await engine.call("GET", f"logs?per_page=500&page={page}")
        rows += found
        if len(found) < 500:
            return rows
        page += 1


@dataclass(frozen=True)
class Footprint:
    """What a process holds."""

    megabytes: float
    threads: int
    files: int
    connections: int

    @classmethod
    def of(cls, pid: int) -> "Footprint":
        """Read now."""
        process = psutil.Process(pid)
        connections = process.net_connections("tcp")
        return cls(
            megabytes=process.memory_info().rss / 1e6,
            threads=process.num_threads(),
            files=process.num_fds(),
            connections=sum(one.status == psutil.CONN_ESTABLISHED for one in connections),
        )

"""What is done to pxbin under load, and what must hold afterwards."""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from pxbin_engine.storage.postgres.cluster import Cluster
from tests.chaos.clients import Load, compare_after_kill, compare_with_log
from tests.chaos.proxy import (
    Footprint,
    UpstreamProcess,
    add_model,
    all_rows,
    impatient_engine,
    upstreams,
)
from tests.support.engine_process import EngineProcess
from tests.support.postgres import make_home, postgres_bin

_ROWS_WITHIN = 30.0
"""Seconds that a database has to take all rows after it came back."""


@dataclass
class Report:
    """What came of a scene; ``problems`` must be empty."""

    scene: str
    load: Load
    rows: int = 0
    before: Footprint | None = None
    after: Footprint | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """For a table."""
        counts, slowest = self.load.counts, max(self.load.seconds, default=0.0)
        grown = self.after.megabytes - self.before.megabytes if self.before and self.after else 0.0
        return (
            f"{self.scene:18} {self.load.sent:6} sent  {counts['answered']:6} answered  {counts['told']:5} told"
            f"  {counts['left']:4} left  {counts['wrong']:3} wrong  {self.rows:6} rows  slowest {slowest:4.1f} s"
            f"  {grown:+5.1f} MB"
        )


Scene = Callable[[Path, int], Awaitable[Report]]
Disturbance = Callable[[], Awaitable[None]]


async def faulty_upstreams(data_dir: Path, requests: int) -> Report:
    """Three upstreams, half of whose answers fail in one way or another."""
    with upstreams(0.5, 0.5, 0.5) as faulty:
        async with impatient_engine(data_dir, cb_failure_threshold="20") as engine:
            return await _scene("faulty upstreams", engine, faulty, requests)


async def killed_upstream(data_dir: Path, requests: int) -> Report:
    """The first of two good upstreams is killed and comes back, again and again."""
    with upstreams(0.0, 0.0) as good:

        async def disturb() -> None:
            for _ in range(4):
                await asyncio.sleep(0.7)
                good[0].kill()
                await asyncio.sleep(0.7)
                await asyncio.to_thread(good[0].start)

        async with impatient_engine(data_dir) as engine:
            return await _scene("killed upstream", engine, good, requests, disturb)


async def killed_database(data_dir: Path, requests: int) -> Report:
    """The embedded PostgreSQL is killed under load; the app starts it again."""

    async def disturb() -> None:
        await asyncio.sleep(1.0)
        os.kill(_postmaster(data_dir / "pg"), signal.SIGKILL)
        await asyncio.sleep(4.0)

    with upstreams(0.1) as good:
        async with impatient_engine(data_dir) as engine:
            return await _scene("killed database", engine, good, requests, disturb)


async def lost_server(data_dir: Path, requests: int) -> Report:
    """A PostgreSQL of one's own stands still, then dies and comes back."""
    home = make_home()
    environment = os.environ | {"PXBIN_PG_BIN": str(postgres_bin("18"))}
    cluster = Cluster(home / "pg", environment=environment)

    async def disturb() -> None:
        await asyncio.sleep(1.0)
        pid = _postmaster(home / "pg")
        group = [pid, *_children(pid)]
        for one in group:
            os.kill(one, signal.SIGSTOP)
        await asyncio.sleep(2.0)
        for one in group:
            os.kill(one, signal.SIGCONT)
        await asyncio.sleep(1.0)
        os.kill(_postmaster(home / "pg"), signal.SIGKILL)
        await asyncio.sleep(2.0)
        await asyncio.to_thread(cluster.start)

    try:
        dsn = await asyncio.to_thread(cluster.start)
        with upstreams(0.1) as good:
            async with impatient_engine(data_dir, database_url=dsn) as engine:
                return await _scene("lost server", engine, good, requests, disturb)
    finally:
        await asyncio.to_thread(cluster.stop)
        shutil.rmtree(home, ignore_errors=True)


async def killed_engine(data_dir: Path, requests: int) -> Report:
    """The engine itself is killed under load, with rows in memory, and started again."""
    with upstreams(0.1) as good:
        async with impatient_engine(data_dir) as engine:
            model = await add_model(engine, [await engine.add_upstream("u0", good[0].url)])
            load = Load(engine.base_url, await engine.add_key(), model)
            report = Report("killed engine", load)
            running = asyncio.ensure_future(load.run(4 * requests))
            while load.counts["answered"] < requests // 2:
                await asyncio.sleep(0.01)
            await engine.stop(signal.SIGKILL)
            load.stop()
            await running
            await engine.start()
            ended = load.counts["answered"] + load.counts["told"]
            rows = await all_rows(engine, ended, within=_ROWS_WITHIN)
            report.rows = len(rows)
            report.problems = compare_after_kill(load, rows)
            return report


SCENES: dict[str, Scene] = {
    "faulty-upstreams": faulty_upstreams,
    "killed-upstream": killed_upstream,
    "killed-database": killed_database,
    "lost-server": lost_server,
    "killed-engine": killed_engine,
}


async def _nothing() -> None:
    """The upstreams are disturbance enough."""


async def _scene(
    name: str,
    engine: EngineProcess,
    served_by: list[UpstreamProcess],
    requests: int,
    disturb: Disturbance = _nothing,
) -> Report:
    formats = ("openai", "anthropic", "gemini")
    ids = [
        await engine.add_upstream(f"u{at}", upstream.url, kind=formats[at])
        for at, upstream in enumerate(served_by)
    ]
    load = Load(engine.base_url, await engine.add_key(), await add_model(engine, ids))
    report = Report(name, load)
    await load.run(requests // 4)  # libraries, pools and caches are there from here on
    report.before = Footprint.of(engine.pid)
    await _under(disturb, load, requests)
    rows = await all_rows(engine, load.sent, within=_ROWS_WITHIN)
    report.rows = len(rows)
    report.after = Footprint.of(engine.pid)
    report.problems = [*load.wrong, *compare_with_log(load, rows)]
    return report


async def _under(disturb: Disturbance, load: Load, requests: int) -> None:
    """Load until ``requests`` were sent and the disturbance has ended."""
    async with asyncio.TaskGroup() as group:
        disturbing = group.create_task(disturb())

        async def go_on() -> None:
            while load.sent < requests or not disturbing.done():
                await load.run(load.sent + 4 * load.clients)

        group.create_task(go_on())


def _postmaster(root: Path) -> int:
    return int((root / "data" / "postmaster.pid").read_text().splitlines()[0])


def _children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]

"""What the proxy under measurement uses: CPU time and memory of its process, and of its database."""

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

from tests.bench.scenarios import SCENARIOS
from tests.support.engine_process import EngineProcess, running_engine


class Watch:
    """Reads the process's own counters."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    def cpu_seconds(self) -> tuple[float, float]:
        """CPU time so far of the proxy itself, and of its embedded database (which is not its child on every OS)."""
        own = self._process.cpu_times()
        return own.user + own.system, sum(_cpu_of(process) for process in self._database())

    def memory_mb(self) -> float:
        """Resident memory of the proxy itself."""
        return float(self._process.memory_info().rss) / 1e6

    def stay_on(self, core: int) -> None:
        """Keep the proxy (not its database) on one core, where the OS can."""
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, {core})

    def _database(self) -> list[psutil.Process]:
        return [
            child for child in self._process.children(recursive=True) if "postgres" in child.name()
        ]


def _cpu_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@contextlib.asynccontextmanager
async def configured(
    kind: str, data_dir: Path, upstream_port: int
) -> AsyncIterator[tuple[EngineProcess, str]]:
    """A proxy that knows every scenario's model, and a key for it."""
    async with running_engine(data_dir, kind=kind, log_level="warning") as engine:
        url = f"http://127.0.0.1:{upstream_port}"
        upstreams = {
            kind: await engine.add_upstream(kind, url, kind=kind)
            for kind in ("openai", "anthropic")
        }
        for scenario in SCENARIOS.values():
            await engine.add_model(scenario.key, upstreams[scenario.format])
        yield engine, await engine.add_key("bench")

"""pxbin as a whole process, as a person runs it: started on a free port, set up by its own HTTP API, ended by pid."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

BOOTSTRAP_KEY = "a-bootstrap-key-for-tests"
COMMANDS = {
    "headless": [sys.executable, "-m", "pxbin_engine", "serve"],
    "workers": [sys.executable, "-m", "pxbin_engine", "serve", "--workers", "3"],
    "app": [sys.executable, "-m", "pxbin_app"],
}
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def skip_where_ignored(number: int) -> None:
    """Skip the test where whoever started it (``nohup``) wants this signal to be ignored: pxbin inherits that."""
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(f"{signal.Signals(number).name} is ignored here")


def _skip_first_steps(data_dir: Path) -> None:
    remembered = data_dir / "app.ini"
    if not remembered.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        remembered.write_text("[first_run]\ndone=yes\n", "utf-8")


class EngineProcess:
    """A running pxbin. ``manager`` is its management key once ``bootstrap`` was called.

    Args:
        output: takes what it writes to stdout and stderr; None: the test's own.
    """

    def __init__(
        self, data_dir: Path, *, kind: str = "headless", output: Path | None = None, **settings: str
    ) -> None:
        self.data_dir, self.kind, self.output = data_dir, kind, output
        self.port = free_port()
        self.manager = ""
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = settings

    @property
    def base_url(self) -> str:
        """What clients are pointed at."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process's id."""
        if self.process is None:
            raise RuntimeError("it was not started")
        return self.process.pid

    @property
    def environment(self) -> dict[str, str]:
        """The process's own, and that of commands that are to work on the same data."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PXBIN_")
        } | {
            "PXBIN_DATA_DIR": str(self.data_dir),
            "PXBIN_LISTEN_ADDR": f"127.0.0.1:{self.port}",
            "PXBIN_MANAGEMENT_BOOTSTRAP_KEY": BOOTSTRAP_KEY,
            "PXBIN_ENCRYPTION_KEY": "an-encryption-key-for-tests",
            "PXBIN_HEALTH_CHECK_SECONDS": "0",  # a question of its own would take a scripted answer
            **{f"PXBIN_{name.upper()}": value for name, value in self._settings.items()},
        }
        if self.kind == "app":
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        return environment

    async def start(self) -> None:
        """Start it and wait until it answers; a window shows its pages, not the first steps."""
        _skip_first_steps(self.data_dir)
        with contextlib.ExitStack() as opened:
            into = opened.enter_context(self.output.open("ab")) if self.output else None
            self.process = subprocess.Popen(
                COMMANDS[self.kind], env=self.environment, cwd=ROOT, stdout=into, stderr=into
            )
        deadline = time.monotonic() + 60
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline and self.process.poll() is None:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.base_url}/health") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)
        raise RuntimeError(f"pxbin did not come up (exit code {self.process.poll()})")

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end by a signal and wait; its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        try:
            return await asyncio.to_thread(self.process.wait, 30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A management call; what stands in ``data``."""
        headers = {"x-api-key": self.manager}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.base_url}/api/v1/{path}", json=body) as answer,
        ):
            told = await answer.json()
            assert answer.status < 300, told
            return told["data"]

    async def bootstrap(self) -> None:
        """Make the management key that ``call`` uses."""
        body = {"bootstrap_key": BOOTSTRAP_KEY, "name": "tests"}
        self.manager = (await self.call("POST", "bootstrap", body))["key"]

    async def add_upstream(
        self, name: str, base_url: str, *, kind: str = "openai", **more: Any
    ) -> str:
        """Its id."""
        body = {"name": name, "base_url": base_url, "api_key": "sk-upstream", "format": kind}
        return str((await self.call("POST", "upstreams", body | more))["id"])

    async def add_model(self, name: str, upstream_id: str, **more: Any) -> str:
        """Its id. Priced, unless ``more`` says otherwise, at 2 dollars a million in and 10 out."""
        prices = {
            "input_cost_per_million": 2,
            "output_cost_per_million": 10,
            "cache_read_cost_per_million": 0.5,
        }
        return str(
            (
                await self.call(
                    "POST", "models", {"name": name, "upstream_id": upstream_id, **prices, **more}
                )
            )["id"]
        )

    async def add_key(self, name: str = "laptop") -> str:
        """Its plaintext."""
        return str((await self.call("POST", "keys", {"type": "llm", "name": name}))["key"])

    async def logs(self, at_least: int, *, model: str = "") -> list[dict[str, Any]]:
        """The log (of one model), newest first, once it has ``at_least`` rows (they are written in batches)."""
        deadline = time.monotonic() + 10
        path = f"logs?model={model}" if model else "logs"
        while True:
            rows = list(await self.call("GET", path))
            if len(rows) >= at_least or time.monotonic() > deadline:
                return rows
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def running_engine(
    data_dir: Path, *, kind: str = "headless", output: Path | None = None, **settings: str
) -> AsyncIterator[EngineProcess]:
    """A started and bootstrapped pxbin, ended afterwards."""
    engine = EngineProcess(data_dir, kind=kind, output=output, **settings)
    try:
        await engine.start()
        await engine.bootstrap()
        yield engine
    finally:
        if engine.process is not None and engine.process.poll() is None:
            await engine.stop()

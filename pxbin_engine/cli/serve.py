"""``pxbin-engine serve``: the engine without a window, until a signal or a closed terminal stops it in stages."""

import asyncio
import os
import signal
import sys
from argparse import Namespace
from typing import Any

from pxbin_engine.cli.answers import Answer
from pxbin_engine.cli.exposure import confirm
from pxbin_engine.cli.workers import greet_parent, serve_workers, worker_of
from pxbin_engine.config import EngineConfig
from pxbin_engine.engine import Engine

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_STOPPED_BY_SECOND_SIGNAL = 130
_STOPPED = Answer("pxbin has stopped.", None)


class StopSignal:
    """The first signal asks for a staged stop (while starting: breaks the start off), the second ends at once.

    Ending at once loses no row for good and leaves no server behind: the embedded one is watched from outside.
    """

    def __init__(self, starting: "asyncio.Task[Any] | None") -> None:
        self._starting = starting
        self._asked = asyncio.Event()

    def install(self) -> None:
        """Listen for the signals from now on."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            try:
                loop.add_signal_handler(number, self.heard)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self.heard))
        if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGHUP, self.left_alone)  # ignored: under nohup

    def heard(self) -> None:
        """A signal came."""
        if self._asked.is_set():
            os._exit(_STOPPED_BY_SECOND_SIGNAL)
        self._asked.set()
        if self._starting is not None:
            self._starting.cancel()

    def left_alone(self) -> None:
        """The terminal was closed, which may be told twice, or the process that watches over this one has ended; no second
        reason to stop."""
        if not self._asked.is_set():
            self.heard()

    async def wait(self) -> None:
        """The start is over: return when a stop is asked for."""
        self._starting = None
        await self._asked.wait()


async def serve(config: EngineConfig, arguments: Namespace) -> Answer:
    """Start, tell where, wait for a signal, stop.

    Raises:
        ConfigError, StorageError: it could not be started.
        asyncio.CancelledError: a signal came before it was started; everything is closed again.
    """
    if worker_of(arguments) is None:
        confirm(config, agreed=arguments.expose)
    stop = StopSignal(asyncio.current_task())
    stop.install()
    if arguments.workers > 1:
        await serve_workers(config, arguments, stop.wait)
        return _STOPPED
    worker = worker_of(arguments)
    engine = Engine(config, worker)
    await engine.start()
    try:
        if worker is None:
            sys.stdout.write(await greeting(engine))
            sys.stdout.flush()
        else:
            greet_parent(await greeting(engine), stop.left_alone)
        await stop.wait()
    finally:
        await engine.stop()
    return _STOPPED


async def greeting(engine: Engine) -> str:
    """Where it listens, where its data and the upstreams' keys are, and how to go on."""
    config = engine.config
    database = f"PostgreSQL in {config.data_dir}" if config.embedded else "database_url"
    lines = [
        f"pxbin listens at {engine.base_url}",
        f"  database  {database}",
        f"  secrets   {engine.upstreams.secret_description}",
    ]
    if not await engine.keys.list("llm"):
        lines.append("  no key yet: make one with  pxbin-engine keys create NAME")
    return "\n".join(lines) + "\n"

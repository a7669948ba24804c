"""``pxbin-engine serve --workers N``: one parent that keeps N engines alive which share a port.

The rules:

1. The kernel spreads new connections over the workers (SO_REUSEPORT, as Linux has it). The parent serves nothing; it
   holds the address, so that no other program takes it while a worker is being replaced.
2. The first worker starts alone, for it makes the database ready; what it says to a person is what the parent says.
3. A worker that ends is started again, at once the first time, then later and later while it keeps ending soon.
4. A signal goes to the parent alone (workers are sessions of their own); it asks them all to stop and waits. A worker
   whose parent is gone finds its standard input at its end, and stops as if it had been asked to.
5. The workers share the database, also the embedded one: the first one in starts it, the last one out stops it.
"""

import asyncio
import json
import logging
import os
import socket
import sys
import tempfile
import time
from argparse import Namespace
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pxbin_engine.accounting.spool import SPOOL, gather_spools
from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import ConfigError, PxbinError
from pxbin_engine.programs import engine_command
from pxbin_engine.server.siblings import Worker
from pxbin_engine.storage.connection_share import most_embedded_engines
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

_STOP_SECONDS = 30.0
"""For the requests in flight, the log, and the embedded server."""


class RestartPolicy:
    """How long to wait before a worker that ended is started again."""

    FIRST, LONGEST = 0.5, 30.0
    STEADY = 60.0
    """Seconds of life after which an end is the first one again."""

    def __init__(self) -> None:
        self._ends = 0

    def next_delay(self, lived: float) -> float:
        """Seconds to wait after it ``lived`` for so long."""
        self._ends = 1 if lived >= self.STEADY else self._ends + 1
        return 0.0 if self._ends == 1 else min(self.FIRST * 2.0 ** (self._ends - 2), self.LONGEST)


class Crew:
    """The workers of one parent.

    Args:
        command: the command line of the worker of a number.
    """

    def __init__(
        self,
        command: Callable[[int], Sequence[str]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = command
        self._clock = clock
        self._processes: dict[int, Process] = {}
        self._watchers: list[asyncio.Task[None]] = []

    async def start(self, count: int) -> str:
        """Start them all; returns what the first one greets with.

        Raises:
            PxbinError: one of them could not be started; it has said why on stderr.
        """
        greeting = await self._launch(1)
        await asyncio.gather(*(self._launch(number) for number in range(2, count + 1)))
        for number in range(1, count + 1):
            self._watchers.append(spawn(self._watch(number), name=f"worker.watch {number}"))
        return greeting

    async def stop(self) -> None:
        """Ask them all to stop and wait; who takes too long is killed."""
        for watcher in self._watchers:
            watcher.cancel()
        alive = [process for process in self._processes.values() if process.returncode is None]
        for process in alive:
            process.terminate()
        ends = [spawn(process.wait(), name="worker.end") for process in alive]
        if ends:
            await asyncio.wait(ends, timeout=_STOP_SECONDS)
        for process in alive:
            if process.returncode is None:
                logger.warning("worker.killed pid=%d", process.pid)
                process.kill()
                await process.wait()

    async def _launch(self, number: int) -> str:
        process = await asyncio.create_subprocess_exec(
            *self._command(number), stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        self._processes[number] = process
        if process.stdout is None:
            raise RuntimeError("a worker's output is a pipe")
        line = await process.stdout.readline()
        if not line:
            code = await process.wait()
            raise PxbinError(f"Worker {number} could not be started ({code}); it said why above.")
        logger.info("worker.started number=%d pid=%d", number, process.pid)
        return str(json.loads(line))

    async def _watch(self, number: int) -> None:
        policy = RestartPolicy()
        while True:
            started = self._clock()
            code = await self._processes[number].wait()
            delay = policy.next_delay(self._clock() - started)
            logger.warning("worker.ended number=%d code=%d restarted_in=%.1f", number, code, delay)
            await asyncio.sleep(delay)
            try:
                await self._launch(number)
            except (PxbinError, OSError) as error:
                logger.warning("worker.not_restarted number=%d reason=%s", number, error)


async def serve_workers(
    config: EngineConfig, arguments: Namespace, asked_to_stop: Callable[[], Awaitable[None]]
) -> None:
    """Keep ``arguments.workers`` engines alive until ``asked_to_stop`` returns.

    Raises:
        ConfigError: this system cannot do it, or the address cannot be bound.
        PxbinError: a worker could not be started.
    """
    check_possible(config, arguments.workers, platform=sys.platform)
    gather_spools(config.data_dir / SPOOL)
    with (
        reserved(config.host, config.port) as port,
        tempfile.TemporaryDirectory(prefix="pxbin-") as folder,
    ):
        address = f"[{config.host}]:{port}" if ":" in config.host else f"{config.host}:{port}"

        def command(number: int) -> list[str]:
            worker = Worker(number, arguments.workers, Path(folder))
            return worker_command(arguments, address, worker)

        crew = Crew(command)
        try:
            sys.stdout.write(await crew.start(arguments.workers))
            sys.stdout.write(f"  workers   {arguments.workers}\n")
            sys.stdout.flush()
            await asked_to_stop()
        finally:
            await asyncio.shield(crew.stop())


def check_possible(config: EngineConfig, count: int, *, platform: str) -> None:
    """Raises ``ConfigError`` where ``count`` workers cannot share a port, or the embedded database."""
    if platform != "linux":
        raise ConfigError(
            "--workers", "only Linux spreads connections over processes; here one has to do."
        )
    most = most_embedded_engines()
    if config.embedded and count > most:
        raise ConfigError(
            "--workers", f"the embedded PostgreSQL serves up to {most}; set database_url for more."
        )


@contextmanager
def reserved(host: str, port: int) -> Iterator[int]:
    """Hold an address that workers may share and nobody else may take; gives the port (a free one for 0).

    Raises:
        ConfigError: somebody has it.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Alone it fails where anybody listens; sharing would join another pxbin's workers.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            free = (address[0], probe.getsockname()[1], *address[2:])
        held = socket.socket(family, socket.SOCK_STREAM)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(free)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError("listen_addr", f"cannot listen at {host}:{port}: {reason}") from error
    with held:
        yield int(free[1])


def worker_command(arguments: Namespace, address: str, worker: Worker) -> list[str]:
    """How a worker is started: as the parent was, at the address that it holds."""
    command = engine_command("serve", "--listen", address)
    for name, value in (("--config", arguments.config), ("--data-dir", arguments.data_dir)):
        if value is not None:
            command += [name, str(value)]
    return [*command, "--as-worker", str(worker.number), str(worker.count), str(worker.folder)]


def worker_of(arguments: Namespace) -> Worker | None:
    """Which worker this process is; None where it is the only one."""
    given = getattr(arguments, "as_worker", None)
    if given is None:
        return None
    number, count, folder = given
    return Worker(int(number), int(count), Path(folder))


def greet_parent(greeting: str, parent_gone: Callable[[], None]) -> None:
    """As a worker: say that it serves, and hear of the parent's end. Nothing that is written later has a reader."""
    sys.stdout.write(json.dumps(greeting) + "\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()

    def readable() -> None:
        if not os.read(stdin, 1024):
            loop.remove_reader(stdin)
            parent_gone()

    loop.add_reader(stdin, readable)

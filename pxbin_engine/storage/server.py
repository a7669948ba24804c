"""The embedded PostgreSQL server as the engine uses it: started, watched, restarted, stopped, without stalling the loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres.cluster import Cluster
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

T = TypeVar("T")


class ServerState(StrEnum):
    """What the server does now; each is fit to be shown."""

    STOPPED = "stopped"
    INITIALISING = "initialising"
    STARTING = "starting"
    RECOVERING = "recovering"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    FAILED = "failed"


class RestartPolicy:
    """How long to wait before a server that died is started again; the clock is passed in."""

    DELAYS = (0.0, 1.0, 5.0)
    WINDOW = 60.0

    def __init__(self) -> None:
        self._restarts: deque[float] = deque()

    def next_delay(self, now: float) -> float | None:
        """Seconds to wait, or None when it died too often within the window."""
        while self._restarts and now - self._restarts[0] > self.WINDOW:
            self._restarts.popleft()
        if len(self._restarts) == len(self.DELAYS):
            return None
        self._restarts.append(now)
        return self.DELAYS[len(self._restarts) - 1]


def embedded_root(data_dir: Path) -> Path:
    """Where, in the app's data directory, the embedded server has everything of its own."""
    return data_dir / "pg"


class EmbeddedServer:
    """A private PostgreSQL in ``data_dir/pg``; several instances of the app may share it."""

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        on_state: Callable[[ServerState], None] = lambda _state: None,
        on_exit: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        """Make it, without starting it.

        Args:
            data_dir: the app's data directory; made when missing.
            settings: PostgreSQL's settings that go over ours.
            on_state: told each new state, on the loop.
            on_exit: told on the loop when the server died and could not be brought back; it is ``FAILED`` then.
        """
        self.on_state = on_state
        self.on_exit = on_exit
        self.state = ServerState.STOPPED
        self.dsn = ""
        """Where it listens; on Windows a restart may change the port."""
        self._policy = RestartPolicy()
        self._changing = asyncio.Lock()
        self._restart: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop  # of the last start or stop
        self._cluster = Cluster(
            embedded_root(data_dir),
            settings=settings,
            progress=lambda state: self._from_thread(self._enter, ServerState(state)),
            on_exit=lambda: self._from_thread(self._postmaster_ended),
        )

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._cluster.postmaster.pid if self._cluster.postmaster else None

    @property
    def adopted(self) -> bool:
        """Whether it ran before we came."""
        return self._cluster.postmaster is not None and self._cluster.postmaster.adopted

    @property
    def version(self) -> str:
        """PostgreSQL's version, such as ``18.6``; empty before the first start."""
        return self._cluster.control.binaries.version if self._cluster.control else ""

    async def start(self) -> str:
        """Start or adopt the server; returns a DSN for asyncpg.

        Raises:
            ServerStartError: the message is fit for the user.
        """
        self._loop = asyncio.get_running_loop()
        async with self._changing:
            try:
                self.dsn = await self._in_thread(self._cluster.start)
            except asyncio.CancelledError:
                await self._leave()
                raise
            except ServerStartError:
                self._enter(ServerState.FAILED)
                raise
            self._ready()
            return self.dsn

    async def stop(self) -> None:
        """Leave the server; the last instance out stops it. Harmless when it does not run; gives a start up."""
        self._loop = asyncio.get_running_loop()
        self._cluster.abort()
        if self._restart is not None:
            self._restart.cancel()
            await asyncio.wait([self._restart])
        async with self._changing:
            await self._leave()

    async def _leave(self) -> None:
        self._enter(ServerState.STOPPING)
        await self._in_thread(self._cluster.stop)
        self._enter(ServerState.STOPPED)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run it to its end even when cancelled: a server that is half started must not be left alone."""
        future = asyncio.get_running_loop().run_in_executor(None, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._cluster.abort()
            await asyncio.wait([future])
            future.exception()  # seen: the start that was given up says so
            raise

    def _from_thread(self, call: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop was closed: nobody is left to tell
            self._loop.call_soon_threadsafe(call, *arguments)

    def _enter(self, state: ServerState) -> None:
        if state is not self.state:
            self.state = state
            self.on_state(state)

    def _ready(self) -> None:
        self._enter(ServerState.READY)
        logger.info(
            "postgres.ready version=%s pid=%s adopted=%s", self.version, self.pid, self.adopted
        )
        postmaster = self._cluster.postmaster
        if postmaster is not None and postmaster.ended:  # before we could be told
            self._postmaster_ended()

    def _postmaster_ended(self) -> None:
        if self.state is ServerState.READY:
            logger.warning("postgres.died pid=%s", self.pid)
            self._enter(ServerState.RESTARTING)
            self._restart = spawn(self._bring_back(), name="postgres.restart")

    async def _bring_back(self) -> None:
        reason = "it died too often"
        while (delay := self._policy.next_delay(asyncio.get_running_loop().time())) is not None:
            await asyncio.sleep(delay)
            try:
                self.dsn = await self._in_thread(self._cluster.start)
            except ServerStartError as error:
                reason = error.message
                continue
            self._ready()
            return
        logger.error("postgres.given_up reason=%s", reason)
        self._enter(ServerState.FAILED)
        self.on_exit(reason)

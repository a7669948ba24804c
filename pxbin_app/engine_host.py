"""The engine's life within the app: started, stopped, started anew with other settings, and away while its database moves."""

import asyncio
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from pxbin_app import exposure
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.main_window import MainWindow
from pxbin_app.settings import Settings
from pxbin_app.tasks import run_action, spawn
from pxbin_app.widgets.dialogs import ConfirmDialog, ask
from pxbin_app.widgets.status_box import RunState
from pxbin_engine.config import EngineConfig
from pxbin_engine.config_file import ConfigFile
from pxbin_engine.errors import Conflict

if TYPE_CHECKING:
    from pxbin_engine import Engine
    from pxbin_engine.maintenance.database_move import CopyReport, Target, Told

MakeEngine = Callable[[EngineConfig], "Engine"]


def load_engine(config: EngineConfig) -> "Engine":
    """An engine, with its libraries (half a second the first time)."""
    from pxbin_engine.engine import Engine  # noqa: PLC0415  # the window paints first

    return Engine(config)


def exposure_question(window: MainWindow, address: str) -> ConfirmDialog:
    """The dialog that asks whether other machines may come in; the safe answer has the focus."""
    return ConfirmDialog(
        window,
        "Let other machines in?",
        exposure.question(address),
        confirm="Let them in",
        cancel="Only this machine",
        kind="primary",
    )


class EngineHost(QObject):
    """Starts and stops engines, one at a time.

    Attributes:
        config: what the engine runs with, or will be started with.
        exposed: whether other machines can reach it.
    """

    def __init__(
        self,
        config: EngineConfig,
        file: ConfigFile,
        bridge: EngineBridge,
        window: MainWindow,
        settings: Settings,
        *,
        make_engine: MakeEngine,
        show_state: Callable[[RunState, str], None],
    ) -> None:
        super().__init__(window)
        self.config = config
        self.exposed = False
        self._file, self._bridge = file, bridge
        self._window, self._settings = window, settings
        self._make_engine, self._show_state = make_engine, show_state
        self._starting: asyncio.Task[None] | None = None
        self._paused = not settings.start_proxy
        self._change: asyncio.Task[Any] | None = None

    def start(self) -> None:
        """Load the engine where it is not loaded yet, and start it; a failure is told by a banner."""
        self._show_state("starting", "")
        self._window.hide_banner("engine")
        self._starting = run_action(self._start(), name="engine.start", failed=self._failed)

    async def stop(self) -> None:
        """Break a start off, or stop what runs."""
        self._show_state("stopping", "")
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait({self._starting})
        if self._bridge.ready:
            self._paused = self._bridge.engine.state == "paused"
        if self._bridge.attached:
            await self._bridge.engine.stop()

    async def close(self) -> None:
        """Stop for good; a move that is under way is broken off, and what it starts is stopped with the rest."""
        if self._change is not None:
            self._change.cancel()
            await asyncio.wait({self._change})
        await self.stop()

    async def restart(self) -> None:
        """Start anew with what the settings say now; what was paused stays paused.

        Raises:
            ConfigError: the settings cannot be used; the engine runs on.
            Conflict: it is being started anew already.
        """
        config = self._file.load()
        with self._alone():
            await self._stop_whole()
            self.config = config
            self.start()

    async def move_database(self, target: "Target", told: "Told") -> "CopyReport":
        """Move everything to ``target`` and name it in the settings. The engine is stopped so long, and started in any case.

        Raises:
            ConfigError: the settings cannot be written, or the environment decides them.
            PxbinError: the move failed (see ``maintenance.database_move``); the old database is used on.
        """
        from pxbin_engine.maintenance.database_move import move  # noqa: PLC0415  # as load_engine

        changes = {"database_url": target.url or None, "database_schema": target.schema}
        self._file.check(changes)
        with self._alone():
            try:
                await self._stop_whole()
                self._show_state("starting", "Moving the database")
                report = await move(self.config, target, told, now=datetime.now(UTC))
                self.config = self._file.write(changes)
            finally:
                self.start()
        return report

    async def _stop_whole(self) -> None:
        """Stop to the end, also where whoever asked for it is cancelled: half of an engine would hold its address."""
        stopping = spawn(self.stop(), name="engine.stop")
        try:
            await asyncio.shield(stopping)
        except asyncio.CancelledError:
            await asyncio.wait({stopping})
            raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two changes of the engine at a time would each undo the other's."""
        if self._change is not None:
            raise Conflict("The engine is being started anew. Wait until it runs.")
        self._change = asyncio.current_task()
        try:
            yield
        finally:
            self._change = None

    async def _start(self) -> None:
        config = await self._agreed_config()
        self.exposed = config.exposed
        engine = await asyncio.to_thread(self._make_engine, config)
        self._bridge.attach(engine)
        if self._paused:
            await engine.start(paused=True)
        else:
            await engine.start()
        # The charts' library takes half a second to load; in a thread no stream waits for it.
        await asyncio.to_thread(importlib.import_module, "pxbin_app.widgets.charts")

    async def _agreed_config(self) -> EngineConfig:
        """The configuration, kept to this machine where the person does not agree to more."""
        config, settings = self.config, self._settings
        if not config.exposed or settings.exposed_at == config.listen_addr:
            return config
        self._show_state("starting", "Waiting for your answer")
        self._window.bring_to_front()
        question = exposure_question(self._window, config.listen_addr)
        if not await ask(question, modal=False):
            return exposure.kept_here(config)
        settings.exposed_at = config.listen_addr
        settings.save()
        return config

    def _failed(self, reason: str) -> None:
        self._show_state("failed", reason)
        self._window.show_banner("engine", reason, "err", action="Try again", on_click=self.start)

"""The composition root of the app: an ordered start, and a stop in stages.

Start:

1. ``QApplication`` with fonts and theme; a second instance shows the first one's window and ends here.
2. The window is painted (unless it starts hidden: see ``presence``). Where pxbin is to listen beyond this
   machine, the person is asked first, once for each address.
3. The engine's libraries are loaded in a thread, then the engine starts: database, secrets, routes, HTTP.
4. Pages hear ``EngineBridge.state`` and load. If the engine fails, a banner says why and offers to try again.

Stop (asked for by the window, the tray, a signal or the end of the session):

1. With requests in flight, new ones are refused and the person is told; a second request to quit does not wait.
2. The engine stops: HTTP, upstream connections, log writer, database (see ``pxbin_engine.engine``).
3. Settings are written, the tray icon goes, the loop ends. A stage that fails is logged, and the next one runs.
"""

import asyncio
import importlib
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtWidgets import QApplication

from pxbin_app import qt_language
from pxbin_app.app_controls import AppControls
from pxbin_app.client_setup.repair import repair_clients
from pxbin_app.crash_dialog import CrashDialog
from pxbin_app.crash_reports import CrashReports
from pxbin_app.diagnostics_file import DiagnosticsFile
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.engine_host import EngineHost, MakeEngine, load_engine
from pxbin_app.event_loop import new_event_loop
from pxbin_app.login_switch import LoginSwitch
from pxbin_app.main_window import MainWindow
from pxbin_app.messenger import Messenger
from pxbin_app.overlays import Overlays
from pxbin_app.page_list import PAGES, PageEntry
from pxbin_app.pages import PageContext
from pxbin_app.presence import Presence
from pxbin_app.settings import Settings
from pxbin_app.sidebar import PageDescriptor
from pxbin_app.single_instance import SingleInstance
from pxbin_app.tasks import spawn
from pxbin_app.theme import current
from pxbin_app.theme.fonts import load_fonts
from pxbin_app.tray import Tray
from pxbin_app.widgets.status_box import RunState
from pxbin_engine.config import FILE_NAME, EngineConfig
from pxbin_engine.config_file import ConfigFile
from pxbin_engine.errors import PxbinError
from pxbin_engine.events import EngineStateChanged

if TYPE_CHECKING:
    from pxbin_app.widgets.page import Page

logger = logging.getLogger(__name__)

_STATES: dict[str, RunState] = {
    "starting": "starting",
    "running": "running",
    "paused": "paused",
    "stopping": "stopping",
    "failed": "failed",
    "stopped": "stopping",
}


class Application:
    """One run of the app."""

    def __init__(
        self,
        config: EngineConfig,
        *,
        file: ConfigFile | None = None,
        hidden: bool = False,
        make_engine: MakeEngine = load_engine,
        crashes: CrashReports | None = None,
        settings: Settings | None = None,
    ) -> None:
        """``file`` is where ``config`` came from; ``crashes`` watches this run; ``settings`` were read already."""
        self._config = config
        self._file = file or ConfigFile(path=config.data_dir / FILE_NAME)
        self._make_engine = make_engine
        self._crashes = crashes
        self._hidden = hidden
        running = QApplication.instance()
        self._qt = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
        self._qt.setApplicationName("pxbin")
        self._qt.setApplicationDisplayName("pxbin")
        self._qt.setDesktopFileName("pxbin")
        self._qt.setQuitOnLastWindowClosed(False)
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.settings = settings or Settings(config.data_dir)
        self.instance = SingleInstance(config.data_dir)
        self.bridge = EngineBridge()
        self.quitting = False
        self._ended = asyncio.Event()
        self._hurry = asyncio.Event()

    def run(self) -> int:
        """Run to the end; the process's exit code."""
        if not self.instance.acquire():
            logger.info("app.handed_over")
            return 0
        with self._crashes.watched() if self._crashes else nullcontext():
            self._run()
        return 0

    def _run(self) -> None:
        self._build_window()
        loop = new_event_loop(self._qt)
        try:
            loop.run_until_complete(self._main(loop))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    # ------------------------------------------------------------------ start

    def _build_window(self) -> None:
        qt_language.apply(self._qt)
        load_fonts()
        current().set_mode(self.settings.theme)
        current().apply(self._qt)
        self.window = MainWindow([self._descriptor(entry) for entry in PAGES], self.settings.store)
        self.tray = Tray()
        self.host = EngineHost(
            self._config,
            self._file,
            self.bridge,
            self.window,
            self.settings,
            make_engine=self._make_engine,
            show_state=self._show_state,
        )
        login = LoginSwitch(self.settings, self.window)
        diagnostics = DiagnosticsFile(self.bridge, lambda: self.host.config, self.window.toast)
        self.controls = AppControls(
            settings=self.settings,
            file=self._file,
            login=login,
            running=lambda: self.host.config,
            restart_engine=self.host.restart,
            move_database=self.host.move_database,
            save_diagnostics=diagnostics.ask,
            reset_window=self.window.reset,
        )
        self.messenger = Messenger(self.bridge, self.window, self.tray, self.settings, login)
        self.overlays = Overlays(self.bridge, self.window, self.controls)
        self.presence = Presence(self.window, self.tray, self.settings)
        self._connect()
        self._show_state("starting")
        self.presence.start(hidden=self._hidden)

    def _descriptor(self, entry: PageEntry) -> PageDescriptor:
        def build() -> "Page":
            module = importlib.import_module(f"pxbin_app.pages.{entry.name}.page")
            context = PageContext(
                bridge=self.bridge,
                notify=self.window.toast,
                show_page=self.window.show_page,
                show_request=partial(self.window.show_item, "logs"),
                show_requests=partial(self.window.show_filtered, "logs"),
                set_up=self.overlays.first_run.open,
                controls=self.controls,
            )
            page: Page = getattr(module, entry.factory)(context)
            return page

        return PageDescriptor(
            name=entry.name,
            title=entry.title,
            icon_name=entry.icon_name,
            section=entry.section,
            build=build,
        )

    def _connect(self) -> None:
        self._qt.aboutToQuit.connect(self._quit_now)
        self.instance.activated.connect(self.window.bring_to_front)
        self.presence.ended.connect(self.quit)
        self.window.quit_requested.connect(self.quit)
        self.window.pause_toggled.connect(self._toggle_pause)
        self.overlays.pause_toggled.connect(self._toggle_pause)
        self.tray.open_requested.connect(self.window.bring_to_front)
        menu = self.tray.menu
        menu.open_requested.connect(self.window.bring_to_front)
        menu.quit_requested.connect(self.quit)
        menu.pause_toggled.connect(self._toggle_pause)
        menu.error_chosen.connect(lambda one: self._open("logs", UUID(one)))
        menu.models_requested.connect(partial(self._open, "models"))
        self.tray.message_opened.connect(self._open)
        self.bridge.state.connect(self._engine_state_changed)

    async def _main(self, loop: asyncio.AbstractEventLoop) -> None:
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                    loop.add_signal_handler(number, self._quit_now)
        self.host.start()
        self._tell_crashes()
        repair_clients(self._config.data_dir, self.window.toast)
        await self._ended.wait()

    def _tell_crashes(self) -> None:
        """Say once what went wrong in an earlier run; the newest, where there is more."""
        reports = self._crashes.untold() if self._crashes else ()
        if reports:
            dialog = CrashDialog(
                self.window,
                reports[-1],
                save_diagnostics=lambda: self.controls.save_diagnostics(self.window),
            )
            dialog.show()

    # ------------------------------------------------------------------ what happens

    def _show_state(self, state: RunState, detail: str = "") -> None:
        engine = self.bridge.engine if self.bridge.ready else None
        address, base_url = (engine.address, engine.base_url) if engine else ("", "")
        exposed = engine is not None and self.host.exposed
        self.window.set_state(
            state, address=address, base_url=base_url, detail=detail, exposed=exposed
        )
        self.tray.set_state(state, address=address, base_url=base_url)

    def _engine_state_changed(self, event: EngineStateChanged) -> None:
        self._show_state(_STATES[event.state], event.detail)
        if event.state == "paused":
            text = "Paused: new requests are refused."
            self.window.show_banner(
                "paused", text, "warn", action="Resume", on_click=self._toggle_pause
            )
        else:
            self.window.hide_banner("paused")

    def _toggle_pause(self) -> None:
        if not self.bridge.ready:
            return
        engine = self.bridge.engine
        if engine.state == "paused":
            engine.resume()
        else:
            engine.pause()

    def _open(self, page: str, item: UUID | None = None) -> None:
        self.window.bring_to_front()
        self.window.open_place(page, item)

    # ------------------------------------------------------------------ stop

    def quit(self) -> None:
        """Stop in stages; the second call does not wait for requests in flight."""
        if self.quitting:
            self._hurry.set()
            return
        self.quitting = True
        spawn(self._stop(), name="app.stop")

    def _quit_now(self) -> None:
        self._hurry.set()
        self.quit()

    async def _stop(self) -> None:
        for stage in (self._wait_for_requests, self.host.close, self._leave):
            await _run_stage(stage)
        self._ended.set()

    async def _wait_for_requests(self) -> None:
        if not self.bridge.ready:
            return
        engine = self.bridge.engine
        if engine.in_flight and not self._hurry.is_set():
            engine.pause()
            text = f"Quitting when {engine.in_flight} running requests are done."
            self.window.show_banner(
                "quit", text, "warn", action="Quit now", on_click=self._hurry.set
            )
        # Polled: a request leaves ``in_flight`` after its last event.
        while engine.in_flight and not self._hurry.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    async def _leave(self) -> None:
        self.bridge.close()
        self.window.remember()
        self.window.close_for_good()
        self.tray.close()
        self.settings.save()
        self.instance.release()


async def _run_stage(stage: Callable[[], Awaitable[None]]) -> None:
    try:
        await stage()
    except PxbinError as error:
        logger.warning("app.stop stage=%s reason=%s", stage.__name__, error.message)
    except Exception:
        logger.exception("app.stop stage=%s", stage.__name__)

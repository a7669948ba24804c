"""The first run put together: its steps over the window, opened by itself once where there is nothing yet."""

from PySide6.QtCore import QObject

from pxbin_app.app_controls import AppControls
from pxbin_app.client_setup.operations import SetupOperations
from pxbin_app.client_setup.presenter import ClientSetupPresenter
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.first_run.address_step import AddressStep
from pxbin_app.first_run.arrival import Arrival
from pxbin_app.first_run.client_step import ClientStep
from pxbin_app.first_run.overlay import FirstRunOverlay
from pxbin_app.first_run.request_step import RequestStep
from pxbin_app.first_run.upstream_setup import UpstreamSetup
from pxbin_app.first_run.upstream_step import UpstreamStep
from pxbin_app.main_window import MainWindow
from pxbin_app.pages.settings.presenter import SettingsPresenter
from pxbin_app.tasks import run_action
from pxbin_engine.events import EngineStateChanged


class FirstRun(QObject):
    """Opens the steps: by itself where pxbin is new, or was left in the middle of them; and when it is asked to.

    What there is, is asked of the engine when it runs for the first time: an installation that has an upstream, and was
    never in the middle of the steps, is not new. Where the very first start fails, such as at a port that is taken, they
    open, too: the first of them is where another port is chosen.
    """

    def __init__(
        self,
        bridge: EngineBridge,
        window: MainWindow,
        controls: AppControls,
        *,
        operations: SetupOperations | None = None,
    ) -> None:
        """``operations``: on the clients of another machine than this one, in tests."""
        super().__init__(window)
        self._operations = operations
        self._bridge, self._window = bridge, window
        self._controls, self._settings = controls, controls.settings
        self.overlay: FirstRunOverlay | None = None
        self._never_started = not self._settings.store.allKeys()
        if not self._settings.first_run_done:
            bridge.state.connect(self._on_state)

    @property
    def is_open(self) -> bool:
        """Whether the steps are over the window now."""
        return self.overlay is not None and self.overlay.is_open

    def open(self) -> None:
        """Show the steps, where they were left."""
        if self.overlay is None:
            self.overlay = self._build()
        self._window.set_covered(True)
        self.overlay.open()

    def _build(self) -> FirstRunOverlay:
        """Built when it is needed: hardly anybody needs it twice."""
        self.address = SettingsPresenter(self._controls, self._bridge, self._window.toast)
        self.upstream = UpstreamSetup(self._bridge, self)
        self.clients = ClientSetupPresenter(
            self._bridge, self._window.toast, self, operations=self._operations
        )
        self.arrival = Arrival(self._bridge, self)
        self.address_step = AddressStep(self._bridge, self.address)
        overlay = FirstRunOverlay(
            self._window,
            self._settings,
            {
                "address": self.address_step,
                "upstream": UpstreamStep(self.upstream),
                "client": ClientStep(self.clients),
                "request": RequestStep(self.arrival, self.clients),
            },
        )
        overlay.closed.connect(lambda: self._window.set_covered(False))
        overlay.ended.connect(lambda: self._window.show_page("dashboard"))
        return overlay

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "failed" and self._never_started and not self.is_open:
            self.open()
            self.address_step.show_failure(event.detail)
        if event.state not in ("running", "paused"):
            return
        self._bridge.state.disconnect(self._on_state)
        run_action(
            self._is_new(),
            name="first_run.is_new",
            done=self._begin,
            failed=lambda _reason: None,  # not known: asked again at the next start
        )

    async def _is_new(self) -> bool:
        return not await self._bridge.engine.upstreams.list()

    def _begin(self, new: bool) -> None:
        if self.is_open:
            return
        if new or self._settings.first_run_step:
            self.open()
        else:
            self._settings.first_run_done = True

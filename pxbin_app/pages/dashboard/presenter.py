"""State of the Dashboard: read at once when it comes into view, and again every two seconds while requests come in."""

from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.look_back import PERIODS, Period, local_zone
from pxbin_app.pages.dashboard.figures import Reading, Setup
from pxbin_app.request_rows import RequestTableModel
from pxbin_app.tasks import WhileInView
from pxbin_engine.events import DatabaseStateChanged, EngineStateChanged, RequestFinished
from pxbin_engine.records import RequestFilter, UpstreamHealthRecord

REFRESH_MS = 2_000
_TURN_MS = 60_000
"""Without any request the period still moves on."""
_TICK_MS = 1_000
LIVE_ROWS = 10


class DashboardPresenter(QObject):
    """Works between ``start`` and ``stop``, that is while the page is in view.

    Signals:
        view: ``loading``, ``content``, ``first_steps``, ``error`` or ``stopped`` (the engine failed), and a sentence.
        read: ``reading`` is new.
        flowing: the number of requests in flight changed.
    """

    view = Signal(str, str)
    read = Signal()
    flowing = Signal()

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.period: Period = "24h"
        self.reading: Reading | None = None
        self.requests = RequestTableModel(LIVE_ROWS, self)
        self._again = False
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self._on_soon)
        self._turn = QTimer(self, interval=_TURN_MS)
        self._turn.timeout.connect(self.refresh)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.requests.tick)
        hears = (
            (bridge.requests, self._on_requests),
            (bridge.configuration, self.refresh),
            (bridge.health, self._on_health),
            (bridge.state, self._on_state),
            (bridge.database, self._on_database),
        )
        timers = (self._soon, self._turn, self._tick)
        self._in_view = WhileInView("dashboard.read", hears=hears, timers=timers)

    @property
    def in_flight(self) -> int:
        """How many requests run now."""
        return len(self.bridge.in_flight)

    @property
    def health(self) -> dict[UUID, UpstreamHealthRecord]:
        """How the upstreams are now, as this process has seen them."""
        if not self.bridge.ready:
            return {}
        return {one.upstream_id: one for one in self.bridge.engine.upstream_health()}

    @property
    def base_url(self) -> str:
        """What clients are pointed at; empty while nothing listens."""
        return self.bridge.engine.base_url if self.bridge.ready else ""

    def start(self) -> None:
        """The page came into view."""
        self._in_view.start()
        self._turn.start()
        if self.reading is None:
            self.view.emit("loading", "")
        self.refresh()

    def stop(self) -> None:
        """The page left the view."""
        self._in_view.stop()

    def set_period(self, period: Period) -> None:
        """Look back so far."""
        self.period = period
        self.refresh()

    def refresh(self, _what: str = "") -> None:
        """Read all anew; what an older refresh still reads is not shown."""
        if self.bridge.ready:
            self._in_view.read(self._read(self.period), done=self._show, failed=self._fail)

    def _fail(self, reason: str) -> None:
        """Figures of this period stay, under the window's banner; there is nothing else to show of another one."""
        if self.reading is None or self.reading.period != self.period:
            self.reading = None
            self.view.emit("error", reason)

    async def _read(self, period: Period) -> Reading:
        engine, interval, zone = self.bridge.engine, PERIODS[period][1], local_zone()
        stats = engine.stats
        upstreams = await engine.upstreams.list()
        return Reading(
            period=period,
            interval=interval,
            overview=await stats.overview(period),
            latency=await stats.latency(period),
            steps=await stats.timeseries(period, interval, zone),
            models=await stats.by_model_over_time(period, interval, zone),
            usage=await stats.by_upstream(period),
            upstreams=upstreams,
            newest=(await engine.requests.page(RequestFilter(), limit=LIVE_ROWS)).items,
            setup=Setup(
                upstreams=len(upstreams),
                models=tuple(model.name for model in await engine.models.list()),
                keys=sum(key.is_active for key in await engine.keys.list("llm")),
            ),
        )

    def _show(self, reading: Reading) -> None:
        self.reading = reading
        self.requests.merge([*self.bridge.in_flight.values(), *reading.newest])
        self._tell_view()
        self.read.emit()
        self._tell_flow()

    def _tell_view(self) -> None:
        if self.reading is not None:
            unused = self.reading.unused and not self.requests.rowCount()
            self.view.emit("first_steps" if unused else "content", "")

    def _tell_flow(self) -> None:
        if self.in_flight:
            self._tick.start()
        else:
            self._tick.stop()
        self.flowing.emit()

    def _on_requests(self, batch: tuple[Any, ...]) -> None:
        """Rows at once, figures soon: a row is written a moment after its request ended."""
        finished = [event.record for event in batch if isinstance(event, RequestFinished)]
        running = [
            event
            for event in batch
            if not isinstance(event, RequestFinished) and event.id in self.bridge.in_flight
        ]
        self.requests.update([*running, *finished])
        self._tell_view()
        self._tell_flow()
        if finished:
            self._again = self._soon.isActive()
            if not self._again:
                self._soon.start()

    def _on_soon(self) -> None:
        self.refresh()
        if self._again:
            self._again = False
            self._soon.start()

    def _on_health(self, _event: object) -> None:
        if self.reading is not None:
            self.read.emit()

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "failed":
            self.view.emit("stopped", event.detail or "pxbin could not start.")
        else:
            self.refresh()

    def _on_database(self, event: DatabaseStateChanged) -> None:
        if event.available:
            self.refresh()

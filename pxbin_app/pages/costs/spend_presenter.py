"""What was spent in a period: read when it comes into view, and again while requests come in."""

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.look_back import PERIODS, Interval, Period, local_zone
from pxbin_app.tasks import WhileInView
from pxbin_engine.events import DatabaseStateChanged, EngineStateChanged, RequestFinished
from pxbin_engine.records import (
    ClientBucket,
    ClientUsage,
    KeyBucket,
    KeyUsage,
    ModelBucket,
    ModelUsage,
    SpendForecast,
    StatsOverview,
    UpstreamUsage,
    UsageBucket,
)

REFRESH_MS = 3_000
_TURN_MS = 60_000
"""Without any request the period still moves on."""


@dataclass(frozen=True, kw_only=True)
class Spend:
    """All that one refresh reads."""

    period: Period = "7d"
    interval: Interval = "1d"
    overview: StatsOverview = field(default_factory=StatsOverview)
    steps: tuple[UsageBucket, ...] = ()
    models_over_time: tuple[ModelBucket, ...] = ()
    keys_over_time: tuple[KeyBucket, ...] = ()
    clients_over_time: tuple[ClientBucket, ...] = ()
    by_model: tuple[ModelUsage, ...] = ()
    by_key: tuple[KeyUsage, ...] = ()
    by_client: tuple[ClientUsage, ...] = ()
    by_upstream: tuple[UpstreamUsage, ...] = ()
    forecast: SpendForecast | None = None


class SpendPresenter(QObject):
    """Works between ``start`` and ``stop``, that is while the page is in view.

    Signals:
        view: ``loading``, ``content``, ``empty``, ``error`` or ``stopped`` (the engine failed), and a sentence.
        read: ``spend`` is new.
    """

    view = Signal(str, str)
    read = Signal()

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.period: Period = "7d"
        self.spend: Spend | None = None
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self.refresh)
        self._turn = QTimer(self, interval=_TURN_MS)
        self._turn.timeout.connect(self.refresh)
        hears = (
            (bridge.requests, self._on_requests),
            (bridge.configuration, self.refresh),
            (bridge.state, self._on_state),
            (bridge.database, self._on_database),
        )
        self._in_view = WhileInView("costs.read", hears=hears, timers=(self._soon, self._turn))

    def start(self) -> None:
        """The page came into view."""
        self._in_view.start()
        self._turn.start()
        if self.spend is None:
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
        if not self._bridge.ready:
            if self._bridge.failed and self.spend is None:
                self.view.emit("stopped", "pxbin could not start.")
            return
        self._in_view.read(self._read(self.period), done=self._show, failed=self._fail)

    async def _read(self, period: Period) -> Spend:
        stats, interval, zone = self._bridge.engine.stats, PERIODS[period][1], local_zone()
        return Spend(
            period=period,
            interval=interval,
            overview=await stats.overview(period),
            steps=await stats.timeseries(period, interval, zone),
            models_over_time=await stats.by_model_over_time(period, interval, zone),
            keys_over_time=await stats.by_key_over_time(period, interval, zone),
            clients_over_time=await stats.by_client_over_time(period, interval, zone),
            by_model=await stats.by_model(period),
            by_key=await stats.by_key(period),
            by_client=await stats.by_client(period),
            by_upstream=await stats.by_upstream(period),
            forecast=await stats.forecast(zone),
        )

    def _show(self, spend: Spend) -> None:
        self.spend = spend
        if spend.overview.total_requests:
            self.view.emit("content", "")
        else:
            self.view.emit("empty", f"No request in the last {PERIODS[spend.period][0]}.")
        self.read.emit()

    def _fail(self, reason: str) -> None:
        """Figures of this period stay, under the window's banner; there is nothing else to show of another one."""
        if self.spend is None or self.spend.period != self.period:
            self.spend = None
            self.view.emit("error", reason)

    def _on_requests(self, batch: tuple[Any, ...]) -> None:
        if any(isinstance(event, RequestFinished) for event in batch) and not self._soon.isActive():
            self._soon.start()

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "failed":
            self.view.emit("stopped", event.detail or "pxbin could not start.")
        else:
            self.refresh()

    def _on_database(self, event: DatabaseStateChanged) -> None:
        if event.available:
            self.refresh()

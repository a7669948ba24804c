"""What the tray says of today: cost, requests and the newest errors; asked for when traffic moved, at most every few seconds."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject, QTimer, QTimeZone, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_engine.events import EngineStateChanged, RequestFinished, RequestStarted
from pxbin_engine.records import RequestRecord, UsageBucket

REFRESH_MS = 5000
_ERRORS_KEPT = 5
_FAILED = frozenset({"client_error", "upstream_error", "stream_error", "refused"})


def sums_of(buckets: tuple[UsageBucket, ...], *, since: datetime) -> tuple[Decimal, int]:
    """Cost and requests of the buckets that began at ``since`` or later."""
    today = [bucket for bucket in buckets if bucket.bucket >= since]
    return sum((bucket.cost for bucket in today), Decimal(0)), sum(
        bucket.requests for bucket in today
    )


def error_line(record: RequestRecord) -> tuple[str, str]:
    """The id and one short line of a request that failed."""
    what = " ".join((record.error_message or record.error_type or record.outcome).split())
    shown = what if len(what) <= 60 else f"{what[:59]}…"
    return str(record.id), f"{record.status_code} {record.model or record.path} - {shown}"


class TrafficSummary(QObject):
    """Follows the bridge.

    Signals:
        today: cost (Decimal) and requests (int) since midnight here.
        errors: the newest failed requests as (id, text), newest first.
    """

    today = Signal(object, int)
    errors = Signal(object)

    def __init__(
        self,
        bridge: EngineBridge,
        parent: QObject | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._clock = clock
        self._failed: deque[tuple[str, str]] = deque(maxlen=_ERRORS_KEPT)
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        bridge.requests.connect(self._on_requests)
        bridge.state.connect(self._on_state)

    def refresh(self) -> None:
        """Ask for today's sums now."""
        if self._bridge.ready:
            run_action(
                self._read(),
                name="tray.today",
                done=lambda sums: self.today.emit(*sums),
                failed=lambda _: None,
            )

    async def _read(self) -> tuple[Decimal, int]:
        zone = bytes(QTimeZone.systemTimeZoneId().data()).decode() or "UTC"
        buckets = await self._bridge.engine.stats.timeseries("24h", "1h", zone)
        return sums_of(
            buckets, since=self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        )

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "running":
            self.refresh()

    def _on_requests(self, batch: tuple[RequestStarted | RequestFinished, ...]) -> None:
        records = [event.record for event in batch if isinstance(event, RequestFinished)]
        failed = [error_line(record) for record in records if record.outcome in _FAILED]
        if failed:
            self._failed.extendleft(failed)
            self.errors.emit(tuple(self._failed))
        if records and not self._timer.isActive():
            self._timer.start()

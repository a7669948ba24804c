"""Step 4 of the first run: the first request, as it comes in and as it ended."""

from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import RequestFilter, RequestRecord

Outcome = Literal["waiting", "running", "arrived", "failed"]


class Arrival(QObject):
    """Listens between ``start`` and ``stop``.

    Signals:
        changed: ``outcome`` or ``record`` is another.

    Attributes:
        record: the request that is shown: the first that was answered, else the newest.
    """

    changed = Signal()

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._listening = False
        self.outcome: Outcome = "waiting"
        self.record: RequestRecord | None = None

    def start(self) -> None:
        """Listen, and see whether there was one already."""
        if not self._listening:
            self._listening = True
            self._bridge.requests.connect(self._on_requests)
        if self._bridge.ready and self.record is None:
            run_action(
                self._newest(),
                name="first_run.newest",
                done=self._show,
                failed=lambda _reason: None,  # what comes in from now on is heard all the same
            )

    def stop(self) -> None:
        """Listen no more."""
        if self._listening:
            self._listening = False
            self._bridge.requests.disconnect(self._on_requests)

    async def _newest(self) -> RequestRecord | None:
        page = await self._bridge.engine.requests.page(RequestFilter(), limit=1)
        return page.items[0] if page.items else None

    def _on_requests(self, batch: tuple[Any, ...]) -> None:
        for event in batch:
            if isinstance(event, RequestFinished):
                self._show(event.record)
            elif self.outcome in ("waiting", "failed"):
                self.outcome = "running"
                self.changed.emit()

    def _show(self, record: RequestRecord | None) -> None:
        if record is None or self.outcome == "arrived":
            return
        self.record = record
        self.outcome = "arrived" if record.outcome == "ok" else "failed"
        self.changed.emit()

"""Sessions of a period and the agents of the open one: read in view, again while requests come in, live by events."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.look_back import PERIODS, Period
from pxbin_app.pages.costs.session_rows import Agent, SessionRow, rows_of
from pxbin_app.tasks import WhileInView
from pxbin_engine.errors import NotFound
from pxbin_engine.events import DatabaseStateChanged, EngineStateChanged, RequestFinished
from pxbin_engine.records import SessionOrder, SessionTree, SessionUsage

REFRESH_MS = 1_000
"""After a request; its row is written a quarter of a second after its end."""
BEAT_MS = 700
MOST_SESSIONS = 100


class _Sessions(NamedTuple):
    """All that one refresh reads."""

    found: tuple[SessionUsage, ...]
    total: int
    tree: SessionTree | None


class SessionsPresenter(QObject):
    """Works between ``start`` and ``stop``, that is while the page is in view.

    Signals:
        view: ``loading``, ``content``, ``empty``, ``error`` or ``stopped`` (the engine failed), and a sentence.
        changed: ``rows`` are new, or ``total`` is.

    Attributes:
        rows: the sessions, and below the open one its agents.
        total: how many sessions there are in the period; ``MOST_SESSIONS`` are shown at most.
    """

    view = Signal(str, str)
    changed = Signal()

    def __init__(
        self,
        bridge: EngineBridge,
        parent: QObject,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._clock = clock
        self.period: Period = "7d"
        self.order: SessionOrder = "recent"
        self.rows: tuple[SessionRow, ...] = ()
        self.total = 0
        self._sessions: tuple[SessionUsage, ...] | None = None
        self._open: str | None = None
        self._tree: SessionTree | None = None
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self.refresh)
        self._pulse = QTimer(self, interval=BEAT_MS)
        self._pulse.timeout.connect(self._turn)
        self._beat = True
        hears = (
            (bridge.requests, self._on_requests),
            (bridge.state, self._on_state),
            (bridge.database, self._on_database),
        )
        self._in_view = WhileInView("costs.sessions", hears=hears, timers=(self._soon, self._pulse))

    def start(self) -> None:
        """The page came into view."""
        self._in_view.start()
        if self._sessions is None:
            self.view.emit("loading", "")
        self.refresh()

    def stop(self) -> None:
        """The page left the view."""
        self._in_view.stop()

    def set_period(self, period: Period) -> None:
        """Look back so far."""
        self.period = period
        self._sessions = None
        self.refresh()

    def set_order(self, order: SessionOrder) -> None:
        """What was used last first, or what cost most."""
        self.order = order
        self.refresh()

    def toggle(self, row: SessionRow) -> None:
        """Open this row's session, and close the one that was open; or close it."""
        name = row.session.session_id
        self._open = None if self._open == name else name
        self._tree = None
        self._show_rows()
        if self._open is not None:
            self.refresh()

    def refresh(self) -> None:
        """Read all anew; what an older refresh still reads is not shown."""
        if not self._bridge.ready:
            if self._bridge.failed and self._sessions is None:
                self.view.emit("stopped", "pxbin could not start.")
            return
        self._in_view.read(self._read(), done=self._show, failed=self._fail)

    async def _read(self) -> _Sessions:
        sessions, opened = self._bridge.engine.sessions, self._open
        found = await sessions.list(self.period, order=self.order, limit=MOST_SESSIONS)
        total = await sessions.count(self.period)
        try:
            tree = await sessions.get(opened) if opened is not None else None
        except NotFound:
            tree = None
        return _Sessions(found, total, tree)

    def _fail(self, reason: str) -> None:
        if self._sessions is None:
            self.view.emit("error", reason)

    def _show(self, read: _Sessions) -> None:
        self._sessions, self.total, self._tree = read
        if self._sessions:
            self.view.emit("content", "")
        else:
            self.view.emit(
                "empty", f"No client named a session in the last {PERIODS[self.period][0]}."
            )
        self._show_rows()

    def _show_rows(self) -> None:
        live = self._live()
        self.rows = rows_of(
            self._sessions or (), self._tree, live=live, beat=self._beat, now=self._clock()
        )
        shown = any(row.live for row in self.rows)
        if shown != self._pulse.isActive():
            self._pulse.start() if shown else self._pulse.stop()
        self.changed.emit()

    def _live(self) -> frozenset[Agent]:
        """Who is being answered now."""
        running = self._bridge.in_flight.values()
        return frozenset((one.session_id, one.agent_id or "") for one in running if one.session_id)

    def _turn(self) -> None:
        self._beat = not self._beat
        self._show_rows()

    def _on_requests(self, batch: tuple[Any, ...]) -> None:
        if any(isinstance(event, RequestFinished) for event in batch) and not self._soon.isActive():
            self._soon.start()
        if self._sessions is not None:
            self._show_rows()

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "failed":
            self.view.emit("stopped", event.detail or "pxbin could not start.")
        else:
            self.refresh()

    def _on_database(self, event: DatabaseStateChanged) -> None:
        if event.available:
            self.refresh()

"""State and actions of the page Logs: what is filtered, loaded, followed and chosen.

Rules:
1. Only a page in view follows events and asks the database; ``start`` and ``stop`` are the page's shown and hidden.
2. Of two loads the newer one counts: what an older one answers is not shown.
3. A row is written a moment after its request ended, so the newest page is read once more shortly after each load;
   what happens later comes by events.
4. Paused, events are held (the newest of them) and come in one batch when the view goes on.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.pages.logs.chosen import ChosenRequest
from pxbin_app.pages.logs.export import LogExport
from pxbin_app.pages.logs.offered import OfferedChoices
from pxbin_app.pages.logs.query import Choice, may_fit
from pxbin_app.request_rows import RequestTableModel, Row, utc_now
from pxbin_app.tasks import WhileInView
from pxbin_engine.events import (
    DatabaseStateChanged,
    EngineStateChanged,
    RequestFinished,
    RequestStarted,
)
from pxbin_engine.records import (
    ExportFormat,
    ParsedQuery,
    RequestFilter,
    RequestPage,
    fits,
)

PAGE_ROWS = 200
MOST_ROWS = 100_000
"""In the table; to see older ones, one narrows the filter."""
_MOST_HELD = 5_000
_CATCH_UP_MS = 700
_TICK_MS = 1_000

Happened = RequestStarted | RequestFinished


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many requests fit the filter, of how many in the log."""

    fitting: int = 0
    everything: int = 0


@dataclass(frozen=True)
class _Newest:
    page: RequestPage
    everything: int


class LogsPresenter(QObject):
    """See the module's rules.

    Signals:
        view: ``loading``, ``content``, ``empty`` (by the filter), ``unused`` (no request ever), ``error`` or
            ``stopped`` (the engine failed), and a sentence.
        counted: the counts changed, or how many are in flight, held, or whether it is live.
        problems: sentences on filter words that are not understood, none where all are.
        said: something to say in passing: a sentence and a tone.

    Attributes:
        chosen: the chosen request.
        offered: what the filter offers.
        export: the export that runs.
    """

    view = Signal(str, str)
    counted = Signal()
    problems = Signal(object)
    said = Signal(str, str)

    def __init__(
        self, bridge: EngineBridge, parent: QObject, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._clock = clock
        self.model = RequestTableModel(MOST_ROWS, self, clock=clock)
        self.choice = Choice()
        self.counts = Counts()
        self.live = True
        self.searched_since: datetime | None = None
        self.offered = OfferedChoices(bridge, self)
        self.offered.failed.connect(self._fail)
        self.export = LogExport(bridge, self)
        self.export.said.connect(self.said)
        self._filter = RequestFilter()
        self._held: deque[Happened] = deque(maxlen=_MOST_HELD)
        self._cursor: str | None = None
        self._loaded = False
        self._catch_up = QTimer(self, singleShot=True, interval=_CATCH_UP_MS)
        self._catch_up.timeout.connect(self._read_newest)
        self._ticking = QTimer(self, interval=_TICK_MS)
        self._ticking.timeout.connect(self.model.tick)
        hears = (
            (bridge.requests, self._on_requests),
            (bridge.configuration, self.offered.read),
            (bridge.state, self._on_state),
            (bridge.database, self._on_database),
        )
        timers = (self._catch_up, self._ticking)
        self._in_view = WhileInView("logs.read", hears=hears, timers=timers)
        self.chosen = ChosenRequest(bridge, self.model, self)
        self.chosen.said.connect(self.said)

    # ------------------------------------------------------------------ in view or not

    def start(self) -> None:
        """The page came into view."""
        self._in_view.start()
        self.chosen.start()
        self.reload()

    def stop(self) -> None:
        """The page left the view."""
        self._in_view.stop()
        self.chosen.stop()
        self._held.clear()

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "failed":
            self.view.emit("stopped", event.detail or "pxbin could not start.")
        elif self._bridge.ready and not self._loaded:
            self.reload()
        self.counted.emit()

    def _on_database(self, event: DatabaseStateChanged) -> None:
        if event.available and not self._loaded:
            self.reload()

    # ------------------------------------------------------------------ filter and load

    def filter_by(self, **changed: Any) -> None:
        """Change what is chosen (fields of ``Choice``). Words that are not understood are told and do not filter."""
        self.choice = replace(self.choice, **changed)
        self.reload()

    def reload(self) -> None:
        """Read the newest page of what is filtered, and the choices of the filter."""
        self._in_view.outdate()
        self._loaded = False
        if not self._in_view.working:
            return
        self.view.emit("loading", "")
        if self._bridge.ready:
            query = self._understand()
            self.problems.emit(tuple(problem.sentence for problem in query.problems))
            self._filter = self.choice.conditions(query.filter, self._clock())
            self._read_newest(self._show)
            self.offered.read()

    def _understand(self) -> ParsedQuery:
        here = self._clock().astimezone().tzinfo
        return self._bridge.engine.requests.parse(self.choice.words, zone=here or UTC)

    def _read_newest(self, done: Callable[[_Newest], None] | None = None) -> None:
        if self._bridge.ready:
            self._in_view.read_more(self._newest(), done=done or self._merge, failed=self._fail)

    async def _newest(self) -> _Newest:
        requests = self._bridge.engine.requests
        page = await requests.page(self._filter, limit=PAGE_ROWS)
        return _Newest(page, (await requests.page(RequestFilter(), limit=1)).total)

    def _show(self, newest: _Newest) -> None:
        self._loaded = True
        self._cursor = newest.page.next_cursor
        self.searched_since = None if self._filter.since else newest.page.searched_since
        live = filter(self._may_fit, self._bridge.in_flight.values())
        self.model.reset([*newest.page.items, *live])
        self.counts = Counts(fitting=newest.page.total, everything=newest.everything)
        self._apply(self._take_held())
        self._catch_up.start()
        self.chosen.seek(in_log=False)

    def _merge(self, newest: _Newest) -> None:
        """Add what the first reading missed; what happened since and is not written yet counts too."""
        items = newest.page.items
        since = items[-1].timestamp if items else None
        unwritten = len(self.model.recorded_ids(since) - {record.id for record in items})
        self.model.merge(items)
        self.counts = Counts(
            fitting=newest.page.total + unwritten, everything=newest.everything + unwritten
        )
        self._tell()
        self.chosen.seek()

    def _fail(self, reason: str) -> None:
        if self._loaded:
            self.said.emit(reason, "err")
        else:
            self.view.emit("error", reason)

    def load_older(self) -> None:
        """Add the next page of older rows, unless a page is on its way or the table is full."""
        busy = self._in_view.reading
        if self._cursor is None or self.model.full or not self._loaded or busy:
            return
        requests = self._bridge.engine.requests
        older = requests.page(self._filter, cursor=self._cursor, limit=PAGE_ROWS)
        self._in_view.read_more(older, done=self._append, failed=self._fail)

    def _append(self, page: RequestPage) -> None:
        self._cursor = page.next_cursor
        self.model.append(page.items)
        self.counted.emit()

    # ------------------------------------------------------------------ the live view

    @property
    def in_flight(self) -> int:
        """How many requests run now, also those that the filter hides."""
        return len(self._bridge.in_flight)

    @property
    def held(self) -> int:
        """How many requests finished while the view was paused."""
        return sum(isinstance(event, RequestFinished) for event in self._held)

    def set_live(self, live: bool) -> None:
        """Follow, or hold the view still while one reads."""
        self.live = live
        if live and self._loaded:
            self._apply(self._take_held())
            self._catch_up.start()
        self._tell()

    def _take_held(self) -> tuple[Happened, ...]:
        held = tuple(self._held)
        self._held.clear()
        return held

    def _on_requests(self, batch: tuple[Happened, ...]) -> None:
        if self.live and self._loaded:
            self._apply(batch)
        else:
            self._held.extend(batch)
            self.counted.emit()

    def _apply(self, batch: Iterable[Happened]) -> None:
        shown: dict[UUID, Row] = {}
        gone: set[UUID] = set()
        for event in batch:
            if isinstance(event, RequestStarted):
                if event.id in self._bridge.in_flight and self._may_fit(event):
                    shown[event.id] = event
                continue
            record, new = event.record, not self.model.is_recorded(event.record.id)
            if fits(self._filter, record):
                shown[record.id] = record
            else:
                gone.add(record.id)
            self._count(new=new, fitting=new and record.id in shown)
        self.model.update(list(shown.values()), gone)
        self._tell()

    def _count(self, *, new: bool, fitting: bool) -> None:
        self.counts = Counts(
            fitting=self.counts.fitting + fitting, everything=self.counts.everything + new
        )

    def _may_fit(self, started: RequestStarted) -> bool:
        return may_fit(self._filter, started, self.offered.key_name(self.choice.key_id))

    def _tell(self) -> None:
        """Tell what depends on the rows."""
        if self._loaded:
            self.view.emit(*self._view())
        if self.live and self.in_flight:
            self._ticking.start()
        else:
            self._ticking.stop()
        self.chosen.know_better()
        self.counted.emit()

    def _view(self) -> tuple[str, str]:
        if self.model.rowCount():
            return "content", ""
        if self.choice.narrow or self.counts.everything:
            return "empty", "No request fits this filter."
        return "unused", "No request yet. Point a client at pxbin, and it shows up here."

    # ------------------------------------------------------------------ what leads elsewhere

    def choose_by_id(self, request_id: UUID) -> None:
        """Take a request as the chosen one; a page that has just come into view finds it when its rows are there."""
        self.chosen.look_for(request_id)
        if self._loaded:
            self.chosen.seek()

    @property
    def base_url(self) -> str:
        """What clients are pointed at; empty while nothing listens."""
        return self._bridge.engine.base_url if self._bridge.ready else ""

    def term(self, word: str, value: str) -> str:
        """The filter words for exactly this value."""
        return self._bridge.engine.requests.term(word, value)

    def export_to(self, path: Path, kind: ExportFormat) -> None:
        """Write what the filter shows to a file; ``said`` tells how it went, ``export`` how far it is."""
        if self._bridge.ready:
            where = self.choice.conditions(self._understand().filter, self._clock())
            self.export.start(path, where, kind)

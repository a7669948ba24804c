"""Requests as rows of a table, for Logs and Dashboard: a ring of the newest ones, those in flight among them."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from pxbin_app.theme import Tone
from pxbin_app.widgets.cells import CellRole
from pxbin_app.widgets.format import UNKNOWN, clock, date_and_clock, money, seconds, tokens
from pxbin_app.widgets.table import Column
from pxbin_engine.events import RequestStarted
from pxbin_engine.records import RequestRecord

Row = RequestRecord | RequestStarted
"""A request with its row, or one that is in flight."""

COLUMNS = (
    Column(title="Time", sample="00:00:00"),
    Column(title="Status", kind="pill", sample="live"),
    Column(title="Client", sample="Claude Code", spared=2),
    Column(title="Model", kind="model", stretch=True),
    Column(title="Tokens in", kind="number", sample="000.0k", spared=4),
    Column(title="/ out", kind="number", sample="00.0k", spared=5),
    Column(title="Cost", kind="number", sample="$0.0000", spared=1),
    Column(title="Latency", kind="number", sample="00.00 s", spared=3),
)
TIME, STATUS, CLIENT, MODEL, TOKENS_IN, TOKENS_OUT, COST, LATENCY = range(len(COLUMNS))
_SERIES = 5
_VERSION = re.compile(r"\s+v?\d[\w.+-]*$")
_DAY = timedelta(days=1)
Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class RequestTableModel(QAbstractTableModel):
    """Newest first. ``update`` is what the live view calls: one batch, two changes of the view at most."""

    def __init__(
        self,
        most_rows: int,
        parent: QObject | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(parent)
        self.most_rows = most_rows
        self._clock = clock
        self._rows: list[Row] = []
        self._by_id: dict[UUID, Row] = {}
        self._series: dict[str, int] = {}

    # ------------------------------------------------------------------ what the table asks

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == CellRole.TONE:
            return _tone(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(row, column)
        if column == MODEL and role == CellRole.SERIES:
            return self._series.get(row.model)
        if column == MODEL and role == CellRole.SECOND:
            return routed_to(row)
        return None

    def _text(self, row: Row, column: int) -> str:
        if column == TIME:
            return time_text(row.timestamp, self._clock())
        if isinstance(row, RequestStarted):
            return self._live_text(row, column)
        return _record_text(row, column)

    def _live_text(self, row: RequestStarted, column: int) -> str:
        if column == LATENCY:
            passed = max(timedelta(0), self._clock() - row.timestamp)
            return f"{passed.total_seconds():.0f} s"
        texts = {STATUS: "live", CLIENT: client_text(row), MODEL: model_text(row)}
        return texts.get(column, "…")

    # ------------------------------------------------------------------ the rows

    @property
    def full(self) -> bool:
        """Whether the ring holds all that it may."""
        return len(self._rows) >= self.most_rows

    def is_recorded(self, request_id: UUID) -> bool:
        """Whether this request is among the rows, and finished."""
        return isinstance(self._by_id.get(request_id), RequestRecord)

    def recorded_ids(self, since: datetime | None) -> set[UUID]:
        """The finished requests among the rows that arrived ``since`` then; None: all."""
        return {
            row.id
            for row in self._rows
            if isinstance(row, RequestRecord) and (since is None or row.timestamp >= since)
        }

    def row(self, number: int) -> Row | None:
        """The request in this line; None where there is no such line."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def number_of(self, request_id: UUID | None) -> int:
        """The line of a request; -1: it is not here. Sought from the top, where the live ones are."""
        if request_id not in self._by_id:
            return -1
        return next((n for n, row in enumerate(self._rows) if row.id == request_id), -1)

    def reset(self, rows: Iterable[Row]) -> None:
        """Show these and nothing else; of a request that comes twice its record is kept."""
        self.beginResetModel()
        self._rows = _newest_first(rows)[: self.most_rows]
        self._by_id = {row.id: row for row in self._rows}
        self._learn_series(self._rows)
        self.endResetModel()

    def merge(self, rows: Iterable[Row]) -> None:
        """Add what is missing, wherever it belongs."""
        missing = [row for row in rows if row.id not in self._by_id]
        if missing:
            self.reset([*self._rows, *missing])

    def append(self, rows: Sequence[Row]) -> None:
        """Add older requests at the end."""
        added = [row for row in rows if row.id not in self._by_id][
            : self.most_rows - len(self._rows)
        ]
        if added:
            self._insert(len(self._rows), added)

    def update(self, changed: Sequence[Row], gone: Collection[UUID] = ()) -> None:
        """Take one batch of the live view: rows that are known change in place, new ones come on top.

        Args:
            gone: requests in flight that ended as something the filter does not show.
        """
        for request_id in gone:
            number = self.number_of(request_id)
            if number >= 0:
                self._remove(number, number)
        for row in changed:
            if row.id in self._by_id:
                self._replace(self.number_of(row.id), row)
        new = _newest_first(row for row in changed if row.id not in self._by_id)
        if new:
            self._insert(0, new[: self.most_rows])
        if len(self._rows) > self.most_rows:
            self._remove(self.most_rows, len(self._rows) - 1)

    def set_series(self, models: Sequence[str]) -> None:
        """Give these models the colours that a chart gives them, in this order."""
        series = {model: place for place, model in enumerate(models)}
        if series != self._series:
            self._series = series
            self._learn_series(self._rows)
            self.dataChanged.emit(self.index(0, MODEL), self.index(self.rowCount() - 1, MODEL))

    def tick(self) -> None:
        """Let the clocks of the requests in flight go on."""
        for number, row in enumerate(self._rows):
            if isinstance(row, RequestStarted):
                place = self.index(number, LATENCY)
                self.dataChanged.emit(place, place)

    def _insert(self, first: int, rows: Sequence[Row]) -> None:
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows[first:first] = rows
        self._by_id.update((row.id, row) for row in rows)
        self._learn_series(rows)
        self.endInsertRows()

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)
        for row in self._rows[first : last + 1]:
            del self._by_id[row.id]
        del self._rows[first : last + 1]
        self.endRemoveRows()

    def _replace(self, number: int, row: Row) -> None:
        self._rows[number] = self._by_id[row.id] = row
        self._learn_series([row])
        self.dataChanged.emit(self.index(number, 0), self.index(number, len(COLUMNS) - 1))

    def _learn_series(self, rows: Iterable[Row]) -> None:
        """Beside those of a chart, the first models seen get a colour of their own, all further ones that of "other"."""
        for row in rows:
            if row.model:
                self._series.setdefault(row.model, min(len(self._series), _SERIES - 1))


def _newest_first(rows: Iterable[Row]) -> list[Row]:
    by_id: dict[UUID, Row] = {}
    for row in rows:
        if isinstance(row, RequestRecord) or row.id not in by_id:
            by_id[row.id] = row
    return sorted(by_id.values(), key=lambda row: (row.timestamp, row.id), reverse=True)


def time_text(moment: datetime, now: datetime) -> str:
    """The clock, which tells all within a day; with its day, but without seconds, before that."""
    if now - moment < _DAY:
        return clock(moment)
    local = moment.astimezone()
    return f"{local.day} {local:%b %H:%M}"


def model_text(row: Row) -> str:
    """The model as the client said it; what was asked for, where that was no model."""
    if isinstance(row, RequestStarted):
        return row.model or row.path
    return row.asked_model or row.model or f"{row.method} {row.path}"


def routed_to(row: Row) -> str | None:
    """The model that the name meant, else the upstream's name of it, where that is another."""
    if isinstance(row, RequestStarted):
        return None
    if row.asked_model:
        return row.model
    return row.upstream_model if row.upstream_model not in ("", row.model) else None


def names_of_model(record: RequestRecord) -> tuple[str, ...]:
    """Each name that the model had on its way: the client's, pxbin's, the upstream's; each once."""
    names = (record.asked_model, record.model, record.upstream_model)
    return tuple(dict.fromkeys(filter(None, names)))


def client_text(row: Row) -> str:
    """The client without its version."""
    return _VERSION.sub("", row.client_name) or UNKNOWN


def tokens_in(record: RequestRecord) -> int:
    """All input: fresh, read from the cache, and written to it."""
    return record.input_tokens + record.cache_read_tokens + record.cache_creation_tokens


def status_text(record: RequestRecord) -> str:
    """The status; ``cut`` where the answer broke off after it, ``left`` where the client went away."""
    return {"stream_error": "cut", "cancelled": "left"}.get(
        record.outcome, str(record.status_code or UNKNOWN)
    )


def status_tone(record: RequestRecord) -> Tone:
    """Green went well, amber is the client's or a limit, red is a failure."""
    if record.outcome == "cancelled":
        return "neutral"
    if record.outcome == "stream_error" or record.status_code >= 500:
        return "err"
    return "warn" if record.status_code >= 400 else "ok"


def cost_text(record: RequestRecord) -> str:
    """The cost; a dash where nothing was used, ``no price`` where it cannot be known."""
    if record.cost is None:
        return "no price"
    used = tokens_in(record) or record.output_tokens
    return money(record.cost) if used else UNKNOWN


def _record_text(record: RequestRecord, column: int) -> str:
    if column in (TOKENS_IN, TOKENS_OUT):
        number = tokens_in(record) if column == TOKENS_IN else record.output_tokens
        return tokens(number) if number else UNKNOWN
    return _RECORD_TEXTS[column](record)


_RECORD_TEXTS: dict[int, Callable[[RequestRecord], str]] = {
    STATUS: status_text,
    CLIENT: client_text,
    MODEL: model_text,
    COST: cost_text,
    LATENCY: lambda record: seconds(record.latency_ms),
}


def _tone(row: Row, column: int) -> str | None:
    if column == STATUS:
        return "info" if isinstance(row, RequestStarted) else status_tone(row)
    if column in (TOKENS_IN, LATENCY):
        return "text2"
    unpriced = isinstance(row, RequestRecord) and row.cost is None
    return "warn" if column == COST and unpriced else None


def _tooltip(row: Row, column: int) -> str | None:
    if column == TIME:
        return date_and_clock(row.timestamp)
    if column == STATUS and isinstance(row, RequestRecord):
        said = (f"{row.status_code} {row.outcome.replace('_', ' ')}", row.error_message or "")
        return "\n".join(filter(None, said))
    if column == MODEL:
        named = names_of_model(row) if isinstance(row, RequestRecord) else (row.model,)
        return " → ".join(named)
    return row.client_name if column == CLIENT else None

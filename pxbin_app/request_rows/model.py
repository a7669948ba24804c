"""The model of a table of requests: a ring of the newest ones, those in flight among them.

Rules:
1. Newest first. A change of the view costs what it changes, not what there is: a hundred thousand rows are as quick as ten.
2. Only the topmost rows are whole; of those further down there is what the table shows (``ListedRequest``).
3. What happens while one looks on does not fill the memory: it pushes out the oldest, but for what was scrolled to.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from pxbin_app.request_rows.cells import (
    CLIENT,
    COLUMNS,
    LATENCY,
    MODEL,
    STATUS,
    TIME,
    Row,
    cell_tone,
    client_text,
    model_text,
    record_text,
    routed_to,
    time_text,
    tooltip,
)
from pxbin_app.request_rows.listed import listed
from pxbin_app.widgets.cells import CellRole
from pxbin_engine.events import RequestStarted
from pxbin_engine.records import RequestRecord

WHOLE_ROWS = 2_000
LIVE_ROWS = 5_000
_SERIES = 5
_MERGED_AT_ONCE = 1_000
"""Up to so many rows it is cheaper to sort all than to find the place of each."""
Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class RequestTableModel(QAbstractTableModel):
    """See the module's rules. ``update`` is what the live view calls: one batch, two changes of the view at most.

    Args:
        most_rows: what the ring holds.
        whole_rows: of these, the topmost that are whole.
        live_rows: as far as it fills by itself.
    """

    def __init__(
        self,
        most_rows: int,
        parent: QObject | None = None,
        *,
        whole_rows: int = WHOLE_ROWS,
        live_rows: int = LIVE_ROWS,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(parent)
        self.most_rows = most_rows
        self._whole_rows = whole_rows
        self._live_rows = live_rows
        self._room = live_rows
        self._dropped = False
        self._clock = clock
        self._live: set[UUID] = set()
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
            return cell_tone(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(row, column)
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
        return record_text(row, column)

    def _live_text(self, row: RequestStarted, column: int) -> str:
        if column == LATENCY:
            passed = max(timedelta(0), self._clock() - row.timestamp)
            return f"{passed.total_seconds():.0f} s"
        texts = {STATUS: "live", CLIENT: client_text(row), MODEL: model_text(row)}
        return texts.get(column, "…")

    # ------------------------------------------------------------------ the rows

    @property
    def full(self) -> bool:
        """Whether older rows have no place: it holds all that it may, or has let go of some already."""
        return self._dropped or len(self._rows) >= self.most_rows

    def is_recorded(self, request_id: UUID) -> bool:
        """Whether this request is among the rows, and finished."""
        return request_id in self._by_id and request_id not in self._live

    def recorded_ids(self, since: datetime | None) -> set[UUID]:
        """The finished requests among the rows that arrived ``since`` then; None: all."""
        return {
            row.id
            for row in self._rows
            if row.id not in self._live and (since is None or row.timestamp >= since)
        }

    def row(self, number: int) -> Row | None:
        """The request in this line; None where there is no such line."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def number_of(self, request_id: UUID | None) -> int:
        """The line of a request; -1: it is not here."""
        row = self._by_id.get(request_id) if request_id is not None else None
        if row is None:
            return -1
        place = self._place_of(row)
        if place < len(self._rows) and self._rows[place].id == request_id:
            return place
        # One that was told late stands above its place: sought from the top, where such rows are.
        return next(n for n, one in enumerate(self._rows) if one.id == request_id)

    def _place_of(self, row: Row) -> int:
        """Where a row stands, or belongs."""
        return bisect_left(self._rows, _order(row), key=_order)

    def reset(self, rows: Iterable[Row]) -> None:
        """Show these and nothing else; of a request that comes twice its record is kept."""
        self.beginResetModel()
        self._rows = _newest_first(rows)[: self.most_rows]
        self._by_id = {row.id: row for row in self._rows}
        self._live = {row.id for row in self._rows if isinstance(row, RequestStarted)}
        self._room = max(self._live_rows, len(self._rows))
        self._dropped = False
        self._learn_series(self._rows)
        self._thin(0, len(self._rows))
        self.endResetModel()

    def merge(self, rows: Iterable[Row]) -> None:
        """Add what is missing, wherever it belongs."""
        missing = [row for row in rows if row.id not in self._by_id]
        if not missing:
            return
        if len(self._rows) <= _MERGED_AT_ONCE:
            self.reset([*self._rows, *missing])
            return
        for row in _newest_first(missing):
            self._insert(self._place_of(row), [row])
        self._drop_oldest()

    def append(self, rows: Sequence[Row]) -> None:
        """Add older requests at the end."""
        added = [row for row in rows if row.id not in self._by_id][
            : self.most_rows - len(self._rows)
        ]
        if added:
            self._insert(len(self._rows), added)
            self._room = max(self._room, len(self._rows))

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
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        most = min(self.most_rows, self._room)
        if len(self._rows) > most:
            self._remove(most, len(self._rows) - 1)
            self._dropped = True

    def set_series(self, models: Sequence[str]) -> None:
        """Give these models the colours that a chart gives them, in this order."""
        series = {model: place for place, model in enumerate(models)}
        if series != self._series:
            self._series = series
            self._learn_series(self._rows)
            self.dataChanged.emit(self.index(0, MODEL), self.index(self.rowCount() - 1, MODEL))

    def tick(self) -> None:
        """Let the clocks of the requests in flight go on."""
        for request_id in self._live:
            place = self.index(self.number_of(request_id), LATENCY)
            self.dataChanged.emit(place, place)

    def _insert(self, first: int, rows: Sequence[Row]) -> None:
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows[first:first] = rows
        self._by_id.update((row.id, row) for row in rows)
        self._live.update(row.id for row in rows if isinstance(row, RequestStarted))
        self._learn_series(rows)
        self._thin(first, first + len(rows))
        self._thin(self._whole_rows, self._whole_rows + len(rows))
        self.endInsertRows()

    def _thin(self, first: int, last: int) -> None:
        """Of the rows in this range, without ``last``, that are not among the topmost, keep what the table shows."""
        for number in range(max(first, self._whole_rows), min(last, len(self._rows))):
            row = self._rows[number]
            if isinstance(row, RequestRecord):
                self._rows[number] = self._by_id[row.id] = listed(row)

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)
        for row in self._rows[first : last + 1]:
            del self._by_id[row.id]
            self._live.discard(row.id)
        del self._rows[first : last + 1]
        self.endRemoveRows()

    def _replace(self, number: int, row: Row) -> None:
        self._rows[number] = self._by_id[row.id] = row
        if isinstance(row, RequestRecord):
            self._live.discard(row.id)
        self._learn_series([row])
        self.dataChanged.emit(self.index(number, 0), self.index(number, len(COLUMNS) - 1))

    def _learn_series(self, rows: Iterable[Row]) -> None:
        """Beside those of a chart, the first models seen get a colour of their own, all further ones that of "other"."""
        for row in rows:
            if row.model:
                self._series.setdefault(row.model, min(len(self._series), _SERIES - 1))


def _order(row: Row) -> tuple[float, int]:
    """Newest first."""
    return -row.timestamp.timestamp(), -row.id.int


def _newest_first(rows: Iterable[Row]) -> list[Row]:
    by_id: dict[UUID, Row] = {}
    for row in rows:
        if not isinstance(row, RequestStarted) or row.id not in by_id:
            by_id[row.id] = row
    return sorted(by_id.values(), key=_order)

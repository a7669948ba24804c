"""The rows of a table as they were last painted: a row that only moved is not painted again.

A live table gets its new rows on top ten times a second, and Qt then paints all that is visible: 10 ms of text, on the
thread that also serves the streams. So:

1. Only what is new or changed is painted; the rest is copied.
2. Of rows that came or changed while they can be seen, a few are painted at a time, the topmost first; the others follow as
   soon as the streams had their turn. Until then a changed row shows what it was.
3. Where only some columns of a row changed, only these are painted.
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QAbstractItemModel, QMetaObject, QModelIndex, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem, QTableView

Look = tuple[object, ...]
"""All that a row's picture depends on beside its model: another look is another picture."""

MOST_AT_ONCE = 4
"""Rows: half a millisecond each, up to a whole one on a slow machine."""


class PaintedRows:
    """The pictures of the visible rows of one table whose rows are all of one height; see the rules above.

    Attributes:
        due: what is to be painted anew and may wait: row -> its columns.
    """

    def __init__(self, table: QTableView) -> None:
        self.due: dict[int, range] = {}
        self._table = table
        self._pictures: dict[int, tuple[Look, QPixmap]] = {}
        self._followed: list[QMetaObject.Connection] = []
        table.horizontalHeader().sectionResized.connect(self._forget_all)

    def follow(self, model: QAbstractItemModel) -> None:
        """Keep in step with this model, and no longer with another."""
        self._forget_all()
        for connection in self._followed:
            QObject.disconnect(connection)
        self._followed = [
            model.rowsInserted.connect(self._inserted),
            model.rowsRemoved.connect(self._removed),
            model.dataChanged.connect(self._changed),
            model.modelReset.connect(self._forget_all),
            model.layoutChanged.connect(self._forget_all),
            model.rowsMoved.connect(self._forget_all),
        ]

    def paint(self, painter: QPainter, rows: Iterable[int], look: Callable[[int], Look]) -> None:
        """Paint these rows where they stand; ``look``: of each."""
        left = -self._table.horizontalOffset()
        later = sorted(self.due.keys() & set(rows))[MOST_AT_ONCE:]
        for row in rows:
            known = self._pictures.get(row)
            if row not in later:
                known = self._up_to_date(row, look(row))
            if known is not None:
                painter.drawPixmap(left, self._table.rowViewportPosition(row), known[1])
        if later:
            QTimer.singleShot(0, self._table.viewport(), self._ask_for_due)

    def keep_only(self, rows: range) -> None:
        """Forget the pictures of all other rows: they cannot be seen."""
        for row in self._pictures.keys() - set(rows):
            del self._pictures[row]
        for row in self.due.keys() - set(rows):
            del self.due[row]

    def _ask_for_due(self) -> None:
        table = self._table
        for row in self.due:
            top, height = table.rowViewportPosition(row), table.rowHeight(row)
            table.viewport().update(0, top, table.viewport().width(), height)

    @property
    def _all_columns(self) -> range:
        return range(self._table.horizontalHeader().count())

    def _up_to_date(self, row: int, look: Look) -> tuple[Look, QPixmap]:
        known, columns = self._pictures.get(row), self.due.pop(row, None)
        if known is None or known[0] != look:
            known = self._pictures[row] = look, self._picture(row)
        elif columns:
            self._paint_cells(known[1], row, columns)
        return known

    def _picture(self, row: int) -> QPixmap:
        table = self._table
        header, ratio = table.horizontalHeader(), table.devicePixelRatioF()
        picture = QPixmap(round(header.length() * ratio), round(table.rowHeight(row) * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        self._paint_cells(picture, row, self._all_columns)
        return picture

    def _paint_cells(self, picture: QPixmap, row: int, columns: Iterable[int]) -> None:
        """Paint these cells of a row into its picture, in place of what is there."""
        table, header = self._table, self._table.horizontalHeader()
        painter, option = QPainter(picture), QStyleOptionViewItem()
        for column in columns:
            if header.isSectionHidden(column):
                continue
            rect = QRect(
                header.sectionPosition(column), 0, header.sectionSize(column), table.rowHeight(row)
            )
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            painter.fillRect(rect, Qt.GlobalColor.transparent)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            option.rect = rect
            index = table.model().index(row, column)
            table.itemDelegateForIndex(index).paint(painter, option, index)
        painter.end()

    def _forget_all(self) -> None:
        self._pictures.clear()
        self.due.clear()

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._shift(first, last - first + 1)
        self.due.update(dict.fromkeys(range(first, last + 1), self._all_columns))

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in range(first, last + 1):
            self._pictures.pop(row, None)
            self.due.pop(row, None)
        self._shift(first, first - last - 1)

    def _shift(self, first: int, by: int) -> None:
        def moved(row: int) -> int:
            return row + by if row >= first else row

        self._pictures = {moved(row): picture for row, picture in self._pictures.items()}
        self.due = {moved(row): columns for row, columns in self.due.items()}

    def _changed(self, top_left: QModelIndex, bottom_right: QModelIndex) -> None:
        columns = range(top_left.column(), bottom_right.column() + 1)
        for row in range(top_left.row(), bottom_right.row() + 1):
            if row in self._pictures:  # else it is painted when it comes into view
                known = self.due.get(row, columns)
                self.due[row] = columns if known == columns else self._all_columns

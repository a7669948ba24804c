"""The rows of a table as they were last painted: a row that only moved is not painted again.

A live table gets its new rows on top ten times a second, and Qt then paints all that is visible: 10 ms of text, on the
thread that also serves the streams. Here only what is new or changed is painted; the rest is copied.
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QAbstractItemModel, QMetaObject, QModelIndex, QObject, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem, QTableView

Look = tuple[object, ...]
"""All that a row's picture depends on beside its model: another look is another picture."""


class PaintedRows:
    """The pictures of the visible rows of one table whose rows are all of one height."""

    def __init__(self, table: QTableView) -> None:
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
        for row in rows:
            wanted = look(row)
            known = self._pictures.get(row)
            if known is None or known[0] != wanted:
                known = self._pictures[row] = wanted, self._picture(row)
            painter.drawPixmap(left, self._table.rowViewportPosition(row), known[1])

    def keep_only(self, rows: range) -> None:
        """Forget the pictures of all other rows: they cannot be seen."""
        for row in self._pictures.keys() - set(rows):
            del self._pictures[row]

    def _picture(self, row: int) -> QPixmap:
        table = self._table
        header, height = table.horizontalHeader(), table.rowHeight(row)
        ratio = table.devicePixelRatioF()
        picture = QPixmap(round(header.length() * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        option = QStyleOptionViewItem()
        model = table.model()
        for column in range(header.count()):
            rect = QRect(header.sectionPosition(column), 0, header.sectionSize(column), height)
            option.rect = rect
            index = model.index(row, column)
            table.itemDelegateForIndex(index).paint(painter, option, index)
        painter.end()
        return picture

    def _forget_all(self) -> None:
        self._pictures.clear()

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._shift(first, last - first + 1)

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in range(first, last + 1):
            self._pictures.pop(row, None)
        self._shift(first, first - last - 1)

    def _shift(self, first: int, by: int) -> None:
        self._pictures = {
            row + by if row >= first else row: picture for row, picture in self._pictures.items()
        }

    def _changed(self, top_left: QModelIndex, bottom_right: QModelIndex) -> None:
        for row in range(top_left.row(), bottom_right.row() + 1):
            self._pictures.pop(row, None)

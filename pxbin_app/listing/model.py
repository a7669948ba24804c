"""Rows of records as a table: a page says how one record is told in cells, the rest is the same for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from pxbin_app.widgets.cells import CellRole
from pxbin_app.widgets.table import Column

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: its text, and what its column's kind knows to do with the others (see ``CellRole``)."""

    text: str
    tone: str | None = None
    second: str | None = None
    icon: str | None = None
    tip: str | None = None
    """The tooltip; None: the text."""


class RowsModel(QAbstractTableModel, Generic[Row]):
    """A table of rows, each with an id by which it is found again after a refresh."""

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Callable[[Row], Sequence[Cell]],
        row_id: Callable[[Row], UUID],
    ) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._cells = cells
        self._row_id = row_id
        self._rows: tuple[Row, ...] = ()
        self._painted: list[tuple[Cell, ...]] = []

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown, in order."""
        return self._rows

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; where they are the same ones with other values, selection and scrolling stay."""
        same = [self._row_id(row) for row in rows] == [self._row_id(row) for row in self._rows]
        if not same:
            self.beginResetModel()
        self._rows = tuple(rows)
        self._painted = [tuple(self._cells(row)) for row in rows]
        if not same:
            self.endResetModel()
        elif rows:
            last = self.index(len(rows) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def place_of(self, row_id: UUID) -> int:
        """Where the row of this id is; -1: it is not shown."""
        ids = [self._row_id(row) for row in self._rows]
        return ids.index(row_id) if row_id in ids else -1

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._columns[section].title
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cell = self._painted[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return cell.text if cell.tip is None else cell.tip
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._columns[index.column()].title}: {cell.text}"
            case CellRole.TONE:
                return cell.tone
            case CellRole.SECOND:
                return cell.second
            case CellRole.ICON:
                return cell.icon
        return None

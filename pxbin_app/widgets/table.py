"""The one table of the app: rows of fixed height from any item model, selected and opened by mouse or keyboard.

A page gives ``Column`` descriptions and a ``QAbstractTableModel``. Sorting and filtering are the database's work; the
table never measures all its rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from pxbin_app.theme import METRICS, colors, text_font
from pxbin_app.widgets.cells import CELL_PADDING, CellDelegate, CellKind
from pxbin_app.widgets.painted_rows import Look, PaintedRows

Align = Literal["left", "right"]
_LEAST_STRETCHED = 120


@dataclass(frozen=True, kw_only=True)
class Column:
    """How one column looks. Its width is that of ``sample``; a ``stretch`` column takes what is left.

    Where too little would be left, ``spared`` columns are hidden, the highest first; 0: never.
    """

    title: str
    kind: CellKind = "text"
    sample: str = ""
    stretch: bool = False
    spared: int = 0

    @property
    def align(self) -> Align:
        """Numbers stand at the right, and so does their title."""
        return "right" if self.kind == "number" else "left"


class _Titles(QHeaderView):
    """The titles of the columns, each aligned as its cells are; ``drawn``: a person made a column so wide."""

    drawn = Signal(int, int)

    def __init__(self, columns: tuple[Column, ...], table: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._columns = columns
        self._pressed = False
        self.sectionResized.connect(self._on_resized)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = True
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._pressed = False

    def _on_resized(self, section: int, _before: int, width: int) -> None:
        if self._pressed:
            self.drawn.emit(section, width)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        scheme = colors()
        column = self._columns[section]
        painter.save()
        painter.fillRect(rect, QColor(scheme.surface))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(scheme.border))
        painter.setFont(self.font())
        painter.setPen(QColor(scheme.text2))
        side = (
            Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
        )
        inner = rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        painter.drawText(inner, int(side | Qt.AlignmentFlag.AlignVCenter), column.title)
        painter.restore()


class DataTable(QTableView):
    """The table. ``selected`` and ``activated_row`` tell row numbers of the model."""

    selected = Signal(int)
    """The current row changed (-1: none)."""
    activated_row = Signal(int)
    """Enter or double click."""
    menu_requested = Signal(int, QPoint)
    """Right click on a row, or the menu key; the point is global."""
    near_end = Signal()
    """Scrolled close to the last row: time for the next page."""

    def __init__(self, columns: Sequence[Column], name: str) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self.drawn_widths: dict[str, int] = {}
        """The columns that a person made wider or narrower, by their title, and how wide."""
        self.setAccessibleName(name)
        self.setFont(text_font("table"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self.doubleClicked.connect(lambda index: self.activated_row.emit(index.row()))
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.hovered_row = -1
        self._dress_headers()
        self._painted = PaintedRows(self)
        for place, column in enumerate(self._columns):
            delegate = CellDelegate(column.kind, self)
            delegate.needs_width.connect(self._on_needs_width, Qt.ConnectionType.QueuedConnection)
            self.setItemDelegateForColumn(place, delegate)

    @property
    def current_row(self) -> int:
        """The selected row; -1: none (Qt's current index may stand on a row that nobody selected)."""
        index = self.currentIndex()
        return index.row() if self.selectionModel().isSelected(index) else -1

    def select_row(self, row: int) -> None:
        """Make this row the current one and bring it into view; -1 selects none."""
        if row < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        else:
            self.selectRow(row)

    def select_rows(self, rows: Sequence[int]) -> None:
        """Select exactly these rows, the last one current."""
        self.select_row(-1)
        flags = QItemSelectionModel.SelectionFlag
        for row in rows:
            index = self.model().index(row, 0)
            self.selectionModel().setCurrentIndex(index, flags.Select | flags.Rows)

    def set_multiple_selection(self, multiple: bool) -> None:
        """Let several rows be selected (Ctrl, Shift), for deleting many."""
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if multiple else mode.SingleSelection)

    def selected_rows(self) -> tuple[int, ...]:
        """All selected rows, in order."""
        return tuple(sorted(index.row() for index in self.selectionModel().selectedRows()))

    def set_drawn_widths(self, widths: Mapping[str, int]) -> None:
        """Make columns as wide as a person had them; what is no column of this table is passed over."""
        for place, column in enumerate(self._columns):
            if column.title in widths and not column.stretch:
                self.drawn_widths[column.title] = widths[column.title]
                self.setColumnWidth(place, widths[column.title])

    def forget_drawn_widths(self) -> None:
        """Make every column as wide as it was at first."""
        self._size_columns()
        self.drawn_widths.clear()

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a model; it must have as many columns as were described."""
        super().setModel(model)
        self._size_columns()
        if model is not None:
            self._painted.follow(model)

    def _dress_headers(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(METRICS.row)
        rows.setDefaultSectionSize(METRICS.row)
        titles = _Titles(self._columns, self)
        self.setHorizontalHeader(titles)
        titles.setFont(text_font("caption"))
        titles.setFixedHeight(METRICS.header_row)
        titles.setHighlightSections(False)
        titles.setSectionsClickable(False)
        titles.setMinimumSectionSize(32)
        titles.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        titles.drawn.connect(self._on_drawn)
        titles.sectionHandleDoubleClicked.connect(self._on_double_click)

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        for place, column in enumerate(self._columns[: header.count()]):
            if column.stretch:
                header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
            else:
                self.setColumnWidth(place, self._width_of(column))

    def _width_of(self, column: Column) -> int:
        title = self.horizontalHeader().fontMetrics().horizontalAdvance(column.title)
        sample = self.fontMetrics().horizontalAdvance(column.sample)
        padding = 32 if column.kind in ("pill", "dot", "model") else 18
        return max(title + 18, sample + padding)

    def _on_drawn(self, place: int, width: int) -> None:
        if not self._columns[place].stretch:
            self.drawn_widths[self._columns[place].title] = width

    def _on_double_click(self, place: int) -> None:
        """On a column's edge: as wide as it was made."""
        column = self._columns[place]
        if not column.stretch:
            self.drawn_widths.pop(column.title, None)
            self.setColumnWidth(place, self._width_of(column))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spare_columns(self.viewport().width())

    def _spare_columns(self, room: int) -> None:
        """Leave a stretched column what makes it worth reading."""
        widths = [self._wanted_width(column) for column in self._columns]
        needed = sum(widths)
        places = range(self.horizontalHeader().count())
        for place in sorted(places, key=lambda one: -self._columns[one].spared):
            hidden = bool(self._columns[place].spared) and needed > room
            needed -= widths[place] if hidden else 0
            self.setColumnHidden(place, hidden)

    def _wanted_width(self, column: Column) -> int:
        if column.stretch:
            return _LEAST_STRETCHED
        return self.drawn_widths.get(column.title, self._width_of(column))

    def _on_needs_width(self, place: int, width: int) -> None:
        column = self._columns[place]
        if column.stretch or column.title in self.drawn_widths:
            return
        if width > self.columnWidth(place):
            self.setColumnWidth(place, width)

    def _on_menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if index.isValid():
            self.menu_requested.emit(index.row(), self.viewport().mapToGlobal(point))

    def _on_scrolled(self, value: int) -> None:
        if value >= self.verticalScrollBar().maximum() - 10 * METRICS.row:
            self.near_end.emit()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        rows = self.selected_rows()
        self.selected.emit(rows[-1] if rows else -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only what is new is painted by the delegates; see ``PaintedRows``."""
        selection, theme, ratio = self.selectionModel(), colors(), self.devicePixelRatioF()

        def look(row: int) -> Look:
            return selection.isRowSelected(row), row == self.hovered_row, theme, ratio

        painter = QPainter(self.viewport())
        self._painted.paint(painter, self._rows_in(event.rect()), look)
        painter.end()
        self._painted.keep_only(self._rows_in(self.viewport().rect()))

    def _rows_in(self, area: QRect) -> range:
        first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
        if first < 0:
            return range(0)
        return range(first, last + 1 if last >= 0 else self.model().rowCount())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.current_row >= 0:
            self.activated_row.emit(self.current_row)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the page closes its pane by it
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self.hovered_row:
            self.hovered_row = row
            self.viewport().update()

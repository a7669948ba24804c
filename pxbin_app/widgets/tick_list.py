"""A list to tick: find by typing elsewhere, tick by click or Space, what is not offered is seen with the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from pxbin_app.theme import METRICS, colors, text_font
from pxbin_app.widgets.fields import paint_box

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_BOX = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class TickItem:
    """One line. ``note`` stands at its right, ``tip`` is all there is to say; one that is not ``offered`` cannot be ticked."""

    value: str
    note: str = ""
    tip: str = ""
    offered: bool = True


class TickList(QListView):
    """The list. Filtering hides lines and never takes a tick away."""

    ticks_changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFont(text_font("table"))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self._items = _TickModel()
        self.setModel(self._items)
        self.setItemDelegate(_TickDelegate(self))
        self.clicked.connect(lambda index: self._toggle(index.row()))

    @property
    def ticked(self) -> tuple[str, ...]:
        """The ticked values, in the list's order, hidden ones too."""
        return tuple(
            item.value for item in self._items.everything if item.value in self._items.ticked
        )

    @property
    def items(self) -> tuple[TickItem, ...]:
        """All lines, hidden ones too."""
        return self._items.everything

    @property
    def shown(self) -> tuple[TickItem, ...]:
        """The lines that the filter leaves."""
        return self._items.shown

    def set_items(self, items: Sequence[TickItem], ticked: Iterable[str] = ()) -> None:
        """Show these lines, with these ticks."""
        self._items.set_items(items, set(ticked))
        self.ticks_changed.emit()

    def set_filter(self, text: str) -> None:
        """Show only the lines that have this text in them."""
        self._items.set_filter(text)

    def set_all(self, ticked: bool) -> None:
        """Tick all lines that are shown, or none of them."""
        offered = {item.value for item in self._items.shown if item.offered}
        before = self._items.ticked
        self._items.set_ticked(before | offered if ticked else before - offered)
        self.ticks_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._toggle(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _toggle(self, row: int) -> None:
        item = self._items.shown[row]
        if item.offered:
            self._items.set_ticked(self._items.ticked ^ {item.value})
            self.ticks_changed.emit()


class _TickModel(QAbstractListModel):
    """The lines that the filter leaves, and what is ticked."""

    def __init__(self) -> None:
        super().__init__()
        self.everything: tuple[TickItem, ...] = ()
        self.shown: tuple[TickItem, ...] = ()
        self.ticked: set[str] = set()
        self._filter = ""

    def set_items(self, items: Sequence[TickItem], ticked: set[str]) -> None:
        self.everything = tuple(items)
        self.ticked = ticked
        self.set_filter(self._filter)

    def set_filter(self, text: str) -> None:
        self._filter = text
        sought = text.strip().casefold()
        self.beginResetModel()
        self.shown = tuple(item for item in self.everything if sought in item.value.casefold())
        self.endResetModel()

    def set_ticked(self, ticked: set[str]) -> None:
        self.ticked = ticked
        if self.shown:
            self.dataChanged.emit(self.index(0), self.index(len(self.shown) - 1))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.value
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.value} {item.note}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.tip or None
        if role == Qt.ItemDataRole.CheckStateRole:
            ticked = item.value in self.ticked
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        return None


class _TickDelegate(QStyledItemDelegate):
    """Paints a line: box, text, note."""

    def __init__(self, view: TickList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, METRICS.row - 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        scheme = colors()
        item = self._view.shown[index.row()]
        rect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.fillRect(rect, QColor(scheme.selection))
        elif option.state & QStyle.StateFlag.State_MouseOver and item.offered:
            painter.fillRect(rect, QColor(scheme.surface2))
        ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        box = QRectF(rect.left() + 10.5, rect.center().y() - _BOX / 2 + 0.5, _BOX, _BOX)
        if item.offered:
            paint_box(painter, box, scheme.accent if ticked else scheme.text3, ticked=ticked)
        painter.setFont(text_font("table"))
        self._paint_texts(painter, rect.adjusted(34, 0, -10, 0), item)
        painter.restore()

    @staticmethod
    def _paint_texts(painter: QPainter, rect: Any, item: TickItem) -> None:
        scheme, metrics = colors(), painter.fontMetrics()
        note = metrics.horizontalAdvance(item.note)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(scheme.text3))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignRight | middle), item.note)
        room = rect.adjusted(0, 0, -note - 12 if note else 0, 0)
        shown = metrics.elidedText(item.value, Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(QColor(scheme.text if item.offered else scheme.text3))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | middle), shown)

"""How a cell of the table is painted: text, number, pill, model with what it was routed to, or a sign with text.

A page's item model answers ``DisplayRole`` with the text, and where the kind wants more, the roles of ``CellRole``.
"""

from enum import IntEnum
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from pxbin_app.theme import METRICS, Tone, colors, text_font
from pxbin_app.widgets.icons import paint_icon
from pxbin_app.widgets.labels import paint_series, paint_sign

if TYPE_CHECKING:
    from pxbin_app.widgets.table import DataTable

CellKind = Literal["text", "strong", "number", "pill", "model", "dot"]
Index = QModelIndex | QPersistentModelIndex
CELL_PADDING = 8


class CellRole(IntEnum):
    """What a model may answer beside the text."""

    TONE = Qt.ItemDataRole.UserRole + 1
    """pill, dot: a ``Tone``; any other kind: the colour's name (``text2``, ``err``)."""
    SECOND = Qt.ItemDataRole.UserRole + 2
    """model: the name it was routed to, where that is another; text, strong: a second text in text3."""
    SERIES = Qt.ItemDataRole.UserRole + 3
    """model: which series' colour its sign has (int); None: no sign."""
    ICON = Qt.ItemDataRole.UserRole + 4
    """text, strong: the name of an icon before the text."""


class CellDelegate(QStyledItemDelegate):
    """Paints one column. A number too wide for its column is never cut: ``needs_width`` asks for more."""

    needs_width = Signal(int, int)

    def __init__(self, kind: CellKind, table: "DataTable") -> None:
        super().__init__(table)
        self._kind = kind
        self._table = table
        self._painters = {
            "text": self._paint_text,
            "strong": self._paint_text,
            "number": self._paint_number,
            "pill": self._paint_pill,
            "model": self._paint_model,
            "dot": self._paint_dot,
        }

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(40, METRICS.row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        self._paint_ground(painter, rect, index, chosen=chosen)
        inner = rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        painter.setFont(text_font("table"))
        self._painters[self._kind](painter, inner, index)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, index: Index, *, chosen: bool) -> None:
        scheme = colors()
        if chosen:
            painter.fillRect(rect, QColor(scheme.selection))
        elif index.row() == self._table.hovered_row:
            painter.fillRect(rect, QColor(scheme.surface2))
        line = QRect(rect.left(), rect.bottom(), rect.width(), 1)
        painter.fillRect(line, QColor(scheme.surface2))
        if chosen and self._table.columnViewportPosition(index.column()) == 0:
            painter.fillRect(
                QRect(rect.left(), rect.top(), 2, rect.height()), QColor(scheme.accent)
            )

    def _paint_text(self, painter: QPainter, rect: QRect, index: Index) -> None:
        strong = self._kind == "strong"
        if strong:
            painter.setFont(text_font("table-strong"))
        color = _color(index, "text" if strong else "text2")
        if name := index.data(CellRole.ICON):
            box = QRectF(rect.left(), rect.center().y() - 6, 13, 13)
            paint_icon(painter, box, str(name), getattr(colors(), color))
            rect = rect.adjusted(19, 0, 0, 0)
        left = _draw(painter, rect, _text(index), color)
        _draw_second(painter, rect, left, index)

    def _paint_number(self, painter: QPainter, rect: QRect, index: Index) -> None:
        text = _text(index)
        width = painter.fontMetrics().horizontalAdvance(text)
        if width > rect.width():
            self.needs_width.emit(index.column(), width + 2 * CELL_PADDING + 2)
        painter.setPen(QColor(getattr(colors(), _color(index, "text"))))
        flags = (
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        )
        painter.drawText(rect, int(flags), text)

    def _paint_pill(self, painter: QPainter, rect: QRect, index: Index) -> None:
        text = _text(index)
        if not text:
            return
        foreground, background = colors().tone(_tone(index))
        painter.setFont(text_font("caption-strong"))
        width = painter.fontMetrics().horizontalAdvance(text) + 14
        if width > rect.width():
            self.needs_width.emit(index.column(), width + 2 * CELL_PADDING)
        pill = QRectF(rect.left(), rect.center().y() - 9, width, 19)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(background))
        painter.drawRoundedRect(pill, 5, 5)
        painter.setPen(QColor(foreground))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_model(self, painter: QPainter, rect: QRect, index: Index) -> None:
        series = index.data(CellRole.SERIES)
        if series is not None:
            paint_series(painter, QRectF(rect.left(), rect.center().y() - 3, 8, 8), int(series))
            rect = rect.adjusted(15, 0, 0, 0)
        painter.setFont(text_font("table-strong"))
        left = _draw(painter, rect, _text(index), "text")
        _draw_second(painter, rect, left, index, before="→ ")

    def _paint_dot(self, painter: QPainter, rect: QRect, index: Index) -> None:
        paint_sign(painter, QRectF(rect.left(), rect.center().y() - 3, 8, 8), _tone(index))
        _draw(painter, rect.adjusted(15, 0, 0, 0), _text(index), "text")


def _text(index: Index) -> str:
    return str(index.data(Qt.ItemDataRole.DisplayRole) or "")


def _tone(index: Index) -> Tone:
    return cast("Tone", index.data(CellRole.TONE) or "neutral")


def _color(index: Index, default: str) -> str:
    return str(index.data(CellRole.TONE) or default)


def _draw(painter: QPainter, rect: QRect, text: str, color: str) -> int:
    """Draw a text cut to ``rect`` and return where it ends."""
    metrics: QFontMetrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.setPen(QColor(getattr(colors(), color)))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
    return rect.left() + metrics.horizontalAdvance(shown)


def _draw_second(painter: QPainter, rect: QRect, left: int, index: Index, before: str = "") -> None:
    second = index.data(CellRole.SECOND)
    room = QRect(rect)
    room.setLeft(left + 8)
    if second and room.width() > 24:
        painter.setFont(text_font("table"))
        _draw(painter, room, f"{before}{second}", "text3")

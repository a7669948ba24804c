"""How a cell of the table is painted: text, number, pill, model with what it was routed to, or a sign with text.

A page's item model answers ``DisplayRole`` with the text, and where the kind wants more, the roles of ``CellRole``.

A live table paints some two hundred cells ten times a second on the thread that also serves the streams. So what Qt makes
expensive from Python is made once: fonts, colours, combined flags; and a model is asked in Python, not by way of Qt.
"""

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QStaticText
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from pxbin_app.theme import METRICS, TextStyle, Tone, colors, text_font
from pxbin_app.widgets.icons import paint_icon
from pxbin_app.widgets.labels import paint_series, paint_sign

if TYPE_CHECKING:
    from pxbin_app.widgets.table import DataTable

CellKind = Literal["text", "strong", "number", "pill", "model", "dot"]
Index = QModelIndex | QPersistentModelIndex
CELL_PADDING = 8

_DISPLAY = Qt.ItemDataRole.DisplayRole
_ELIDE = Qt.TextElideMode.ElideRight
_NO_PEN = Qt.PenStyle.NoPen
_SMOOTH = QPainter.RenderHint.Antialiasing


@lru_cache(maxsize=16)
def _font(style: TextStyle) -> tuple[QFont, QFontMetrics]:
    font = text_font(style)
    return font, QFontMetrics(font)


@lru_cache(maxsize=128)
def _color(name: str) -> QColor:
    return QColor(name)


@lru_cache(maxsize=4096)
def _laid_out(text: str, style: TextStyle) -> tuple[QStaticText, int, int]:
    """A text ready to be painted, its width and its height."""
    font, metrics = _font(style)
    ready = QStaticText(text)
    ready.setTextFormat(Qt.TextFormat.PlainText)
    ready.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    ready.prepare(font=font)
    return ready, metrics.horizontalAdvance(text), metrics.height()


def _answer(index: Index, role: int) -> object:
    return index.model().data(index, role)


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
        self._paint_ground(painter, rect, index)
        self._painters[self._kind](painter, rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0), index)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, index: Index) -> None:
        scheme = colors()
        left, width = rect.left(), rect.width()
        chosen = self._table.selectionModel().isSelected(index)  # option.state costs ten times that
        if chosen:
            painter.fillRect(rect, _color(scheme.selection))
        elif index.row() == self._table.hovered_row:
            painter.fillRect(rect, _color(scheme.surface2))
        painter.fillRect(left, rect.bottom(), width, 1, _color(scheme.surface2))
        if chosen and left == 0:
            painter.fillRect(left, rect.top(), 2, rect.height(), _color(scheme.accent))

    def _paint_text(self, painter: QPainter, rect: QRect, index: Index) -> None:
        strong = self._kind == "strong"
        style: TextStyle = "table-strong" if strong else "table"
        color = _color_name(index, "text" if strong else "text2")
        if name := _answer(index, CellRole.ICON):
            box = QRectF(rect.left(), rect.center().y() - 6, 13, 13)
            paint_icon(painter, box, str(name), getattr(colors(), color))
            rect = rect.adjusted(19, 0, 0, 0)
        left = _draw(painter, rect, _text(index), color, style)
        _draw_second(painter, rect, left, index)

    def _paint_number(self, painter: QPainter, rect: QRect, index: Index) -> None:
        text = _text(index)
        ready, width, height = _laid_out(text, "table")
        if width > rect.width():
            self.needs_width.emit(index.column(), width + 2 * CELL_PADDING + 2)
        painter.setFont(_font("table")[0])
        painter.setPen(_color(getattr(colors(), _color_name(index, "text"))))
        painter.drawStaticText(rect.right() + 1 - width, _top(rect, height), ready)

    def _paint_pill(self, painter: QPainter, rect: QRect, index: Index) -> None:
        text = _text(index)
        if not text:
            return
        foreground, background = colors().tone(_tone(index))
        ready, text_width, height = _laid_out(text, "caption-strong")
        width = text_width + 14
        if width > rect.width():
            self.needs_width.emit(index.column(), width + 2 * CELL_PADDING)
        pill = QRectF(rect.left(), rect.center().y() - 9, width, 19)
        painter.setRenderHint(_SMOOTH)
        painter.setPen(_NO_PEN)
        painter.setBrush(_color(background))
        painter.drawRoundedRect(pill, 5, 5)
        painter.setFont(_font("caption-strong")[0])
        painter.setPen(_color(foreground))
        painter.drawStaticText(rect.left() + 7, _top(rect, height), ready)

    def _paint_model(self, painter: QPainter, rect: QRect, index: Index) -> None:
        series = _answer(index, CellRole.SERIES)
        if isinstance(series, int):
            paint_series(painter, QRectF(rect.left(), rect.center().y() - 3, 8, 8), series)
            rect = rect.adjusted(15, 0, 0, 0)
        left = _draw(painter, rect, _text(index), "text", "table-strong")
        _draw_second(painter, rect, left, index, before="→ ")

    def _paint_dot(self, painter: QPainter, rect: QRect, index: Index) -> None:
        paint_sign(painter, QRectF(rect.left(), rect.center().y() - 3, 8, 8), _tone(index))
        _draw(painter, rect.adjusted(15, 0, 0, 0), _text(index), "text", "table")


def _text(index: Index) -> str:
    return str(_answer(index, _DISPLAY) or "")


def _tone(index: Index) -> Tone:
    return cast("Tone", _answer(index, CellRole.TONE) or "neutral")


def _color_name(index: Index, default: str) -> str:
    return str(_answer(index, CellRole.TONE) or default)


def _draw(painter: QPainter, rect: QRect, text: str, color: str, style: TextStyle) -> int:
    """Draw a text cut to ``rect`` and return where it ends."""
    font, metrics = _font(style)
    ready, width, height = _laid_out(text, style)
    if width > rect.width():
        text = metrics.elidedText(text, _ELIDE, rect.width())
        ready, width, height = _laid_out(text, style)
    painter.setFont(font)
    painter.setPen(_color(getattr(colors(), color)))
    painter.drawStaticText(rect.left(), _top(rect, height), ready)
    return rect.left() + width


def _top(rect: QRect, height: int) -> int:
    """Where a text of this height begins that stands in the middle."""
    return rect.top() + (rect.height() - height) // 2


def _draw_second(painter: QPainter, rect: QRect, left: int, index: Index, before: str = "") -> None:
    second = _answer(index, CellRole.SECOND)
    room = rect.adjusted(left + 8 - rect.left(), 0, 0, 0)
    if second and room.width() > 24:
        _draw(painter, room, f"{before}{second}", "text3", "table")

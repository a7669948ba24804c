"""The palette's results as rows: an icon, the title with the letters that fit, what it is, and its keys."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeySequence, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from pxbin_app.palette.presenter import Result
from pxbin_app.theme import colors, text_font
from pxbin_app.widgets.icons import paint_icon

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
ROW = 34
_LEFT, _ICON, _TEXT = 16, 16, 44
_KIND = 72


class ResultModel(QAbstractListModel):
    """The results, the best first."""

    def __init__(self) -> None:
        super().__init__()
        self.results: tuple[Result, ...] = ()

    def set_results(self, results: Sequence[Result]) -> None:
        """Show these."""
        self.beginResetModel()
        self.results = tuple(results)
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.results)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.results[index.row()].entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (entry.title, entry.kind, entry.detail)))
        return None


class ResultDelegate(QStyledItemDelegate):
    """Paints one row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, ResultModel):
            return
        result, scheme = model.results[index.row()], colors()
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.fillRect(rect, QColor(scheme.selection))
            painter.fillRect(rect.left(), rect.top(), 2, rect.height(), QColor(scheme.accent))
        box = QRectF(rect.left() + _LEFT, rect.center().y() - _ICON / 2 + 1, _ICON, _ICON)
        paint_icon(painter, box, result.entry.icon_name, scheme.accent if chosen else scheme.text2)
        self._paint_words(painter, rect.adjusted(_TEXT, 0, -_LEFT, 0), result)
        painter.restore()

    def _paint_words(self, painter: QPainter, rect: QRect, result: Result) -> None:
        entry, scheme = result.entry, colors()
        middle = Qt.AlignmentFlag.AlignVCenter
        right = rect.right()
        painter.setFont(text_font("caption"))
        painter.setPen(QColor(scheme.text3))
        painter.drawText(
            QRect(right - _KIND, rect.top(), _KIND, rect.height()),
            int(middle | Qt.AlignmentFlag.AlignRight),
            entry.kind,
        )
        right -= _KIND
        if entry.keys:
            keys = QKeySequence(entry.keys).toString(QKeySequence.SequenceFormat.NativeText)
            width = painter.fontMetrics().horizontalAdvance(keys) + 12
            painter.drawText(
                QRect(right - width, rect.top(), width, rect.height()), int(middle), keys
            )
            right -= width
        left = self._paint_title(
            painter, QRect(rect.left(), rect.top(), right - rect.left(), rect.height()), result
        )
        if entry.detail and right - left > 40:
            painter.setFont(text_font("table"))
            painter.setPen(QColor(scheme.text2))
            room = QRect(left + 10, rect.top(), right - left - 18, rect.height())
            text = painter.fontMetrics().elidedText(
                entry.detail, Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, int(middle), text)

    def _paint_title(self, painter: QPainter, rect: QRect, result: Result) -> int:
        """Paint the title, the letters that fit in strong; returns where it ends."""
        plain, strong = text_font("body"), text_font("strong")
        title = QFontMetrics(strong).elidedText(
            result.entry.title, Qt.TextElideMode.ElideRight, rect.width()
        )
        left = rect.left()
        painter.setPen(QColor(colors().text))
        for text, fits in _pieces(title, result.places):
            font: QFont = strong if fits else plain
            painter.setFont(font)
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.drawText(
                QRect(left, rect.top(), width + 2, rect.height()),
                int(Qt.AlignmentFlag.AlignVCenter),
                text,
            )
            left += width
        return left


def _pieces(text: str, places: frozenset[int]) -> list[tuple[str, bool]]:
    """The text in pieces that fit and pieces that do not, in order."""
    pieces: list[tuple[str, bool]] = []
    for place, letter in enumerate(text):
        fits = place in places
        if pieces and pieces[-1][1] == fits:
            pieces[-1] = (pieces[-1][0] + letter, fits)
        else:
            pieces.append((letter, fits))
    return pieces

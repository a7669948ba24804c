"""The lines that change in files: a sign before each, a tint behind it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import (
    QColor,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit

from pxbin_app.clients import DiffLine
from pxbin_app.theme import colors, mono_font

_SIGNS = {"removed": "-", "added": "+", "same": " ", "gap": " "}
_GAP = "⋯"

Part = tuple[str, Sequence[DiffLine]]
"""A file's name, and its lines."""


class DiffView(QPlainTextEdit):
    """Read only; more than one file stand one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName("What changes in the file")
        self.setFont(mono_font(12))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(120)
        self._parts: tuple[Part, ...] = ()

    def set_parts(self, parts: Sequence[Part]) -> None:
        """Show the changes of these files."""
        if tuple(parts) != self._parts:
            self._parts = tuple(parts)
            self._fill()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        made = hasattr(self, "_parts")  # Qt calls this before __init__ is done
        if made and event.type() == QEvent.Type.StyleChange:
            self._fill()  # other colours

    def _fill(self) -> None:
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for place, (name, lines) in enumerate(self._parts):
            if place:
                self._add(cursor, "", "same")
            self._add(cursor, f"  # {name}", "gap")
            for line in lines:
                text = f"{_SIGNS[line.kind]} {_GAP if line.kind == 'gap' else line.text}"
                self._add(cursor, text, line.kind)
        cursor.deletePreviousChar()  # the line after the last
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _add(self, cursor: QTextCursor, text: str, kind: str) -> None:
        scheme = colors()
        foreground, background = {
            "removed": (scheme.err, scheme.err_background),
            "added": (scheme.ok, scheme.ok_background),
            "gap": (scheme.text3, None),
        }.get(kind, (scheme.text2, None))
        line = QTextBlockFormat()
        if background is not None:
            line.setBackground(QColor(background))
        else:
            line.clearBackground()
        letters = QTextCharFormat()
        letters.setForeground(QColor(foreground))
        cursor.setBlockFormat(line)
        cursor.insertText(text, letters)
        cursor.insertBlock()
        cursor.setBlockFormat(QTextBlockFormat())

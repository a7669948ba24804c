"""A body as text: read only, fixed pitch, JSON in colour; long ones come in pages as the person scrolls."""

import re
from collections.abc import Iterator

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit

from pxbin_app.theme import colors, mono_font
from pxbin_app.widgets.code_text import laid_out, pages

_JSON = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)'
    r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)"
    r"|(?P<word>\b(?:true|false|null)\b)"
)
_COLOR = {"key": "accent", "string": "ok", "number": "warn", "word": "warn"}


class _JsonHighlighter(QSyntaxHighlighter):
    """Colours keys, strings, numbers and words, line by line."""

    def highlightBlock(self, text: str) -> None:
        scheme = colors()
        for match in _JSON.finditer(text):
            form = QTextCharFormat()
            form.setForeground(QColor(getattr(scheme, _COLOR[str(match.lastgroup)])))
            self.setFormat(match.start(), match.end() - match.start(), form)


class CodeView(QPlainTextEdit):
    """Shows a text of any length: the first page at once, each further one when the end comes into view."""

    def __init__(self, name: str = "Body", *, json: bool = True) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setFont(mono_font(11))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self._text = ""
        self._rest: Iterator[str] = iter(())
        self._highlighter = _JsonHighlighter(self.document()) if json else None
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    @property
    def text(self) -> str:
        """The whole text, also what is not shown yet."""
        return self._text

    @property
    def shown(self) -> int:
        """How many characters are on the screen or above it."""
        return self.document().characterCount() - 1

    def set_text(self, text: str, *, layout_json: bool = True) -> None:
        """Show a text from its beginning; JSON is laid out unless it was already."""
        self._text = laid_out(text) if layout_json else text
        self._rest = pages(self._text)
        self.setPlainText(next(self._rest, ""))
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        highlighter = getattr(self, "_highlighter", None)  # Qt calls this before __init__ is done
        if event.type() == QEvent.Type.StyleChange and highlighter is not None:
            highlighter.rehighlight()

    def _on_scrolled(self, value: int) -> None:
        if value >= self.verticalScrollBar().maximum() - 20:
            page = next(self._rest, None)
            if page is not None:
                self._append(self.document(), page)

    @staticmethod
    def _append(document: QTextDocument, page: str) -> None:
        cursor = QTextCursor(document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText("\n" + page)

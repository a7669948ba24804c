"""A body as text: read only, fixed pitch, JSON in colour; of a long one only the part around what one reads is laid out.

Rules:
1. At most ``MOST_PAGES`` pages are in the widget. Scrolling to an edge brings the next page, and lets go of the farthest.
2. What is searched, and copied by "select all", is the whole text.
"""

import re
from bisect import bisect_left

from PySide6.QtCore import QEvent, QMimeData, Signal
from PySide6.QtGui import (
    QColor,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from pxbin_app.theme import colors, mono_font
from pxbin_app.widgets.code_text import PagedText, laid_out, qt_length

MOST_PAGES = 6
_NEAR_EDGE = 20
_MOST_TINTED = 60

_JSON = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)'
    r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)"
    r"|(?P<word>\b(?:true|false|null)\b)"
)
_COLOR = {"key": "accent", "string": "ok", "number": "warn", "word": "warn"}
_Move = QTextCursor.MoveOperation
_KEEP = QTextCursor.MoveMode.KeepAnchor


class _JsonHighlighter(QSyntaxHighlighter):
    """Colours keys, strings, numbers and words, line by line."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.on = True
        self._learn_colors()

    def _learn_colors(self) -> None:
        self._formats: dict[str, QTextCharFormat] = {}
        for name, color in _COLOR.items():
            self._formats[name] = QTextCharFormat()
            self._formats[name].setForeground(QColor(getattr(colors(), color)))

    def rehighlight(self) -> None:
        """In the theme's colours of now."""
        self._learn_colors()
        super().rehighlight()

    def highlightBlock(self, text: str) -> None:
        for match in _JSON.finditer(text) if self.on else ():
            form = self._formats[str(match.lastgroup)]
            self.setFormat(match.start(), match.end() - match.start(), form)


class CodeView(QPlainTextEdit):
    """Shows a text of any length; see the module's rules."""

    found = Signal(int, int)
    """What is searched for: which match is shown, from 1, and how many there are; 0, 0: none."""

    def __init__(self, name: str = "Body", *, json: bool = True) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(name)
        self.setFont(mono_font(11))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self._paged = PagedText()
        self._window = range(0)
        self._moving = False
        self._sought = ""
        self._matches: list[int] = []
        self._match = -1
        self._highlighter = _JsonHighlighter(self.document()) if json else None
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    @property
    def text(self) -> str:
        """The whole text, also what is not shown yet."""
        return self._paged.text

    @property
    def shown(self) -> int:
        """How many characters are laid out."""
        return self.document().characterCount() - 1

    def set_text(self, text: str, *, layout_json: bool = True, colored: bool = True) -> None:
        """Show a text from its beginning; JSON is laid out unless it was already."""
        if self._highlighter is not None:
            self._highlighter.on = colored
        self._paged = PagedText(laid_out(text) if layout_json else text)
        self._show_pages(0, 1)
        self.moveCursor(_Move.Start)
        self.search(self._sought)

    # ------------------------------------------------------------------ the window over the pages

    def _show_pages(self, first: int, last: int) -> None:
        """Lay out these pages, without ``last``, and nothing else."""
        self._window = range(first, min(last, len(self._paged)))
        self._moving = True
        self.setPlainText("\n".join(map(self._paged.page, self._window)))
        self._moving = False

    def _on_scrolled(self, value: int) -> None:
        if self._moving:
            return
        bar = self.verticalScrollBar()
        self._moving = True
        if value >= bar.maximum() - _NEAR_EDGE and self._window.stop < len(self._paged):
            self._grow_down()
        elif value <= _NEAR_EDGE and self._window.start > 0:
            self._grow_up()
        self._moving = False

    def _grow_down(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(_Move.End)
        cursor.insertText("\n" + self._paged.page(self._window.stop))
        self._window = range(self._window.start, self._window.stop + 1)
        if len(self._window) > MOST_PAGES:
            lines = self._lines_of(self._window.start)
            cursor.setPosition(0)
            cursor.setPosition(self._block(lines).position(), _KEEP)
            cursor.removeSelectedText()
            self._scroll_by(-lines)
            self._window = self._window[1:]
        self._tint()

    def _grow_up(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.insertText(self._paged.page(self._window.start - 1) + "\n")
        self._window = range(self._window.start - 1, self._window.stop)
        self._scroll_by(self._lines_of(self._window.start))
        if len(self._window) > MOST_PAGES:
            lines = self.blockCount() - self._lines_of(self._window.stop - 1)
            cursor.movePosition(_Move.End)
            cursor.setPosition(self._block(lines).position() - 1, _KEEP)
            cursor.removeSelectedText()
            self._window = self._window[:-1]
        self._tint()

    def _block(self, line: int) -> QTextBlock:
        return self.document().findBlockByNumber(line)

    def _lines_of(self, page: int) -> int:
        start, end = self._paged.bounds(page)
        return self._paged.text.count("\n", start, end) + 1

    def _scroll_by(self, lines: int) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + lines)

    # ------------------------------------------------------------------ search

    def search(self, sought: str) -> None:
        """Show the first place at or after the cursor that has these words; ``found`` tells how many there are."""
        self._sought = sought
        self._matches = self._paged.matches(sought)
        here = self._offset_of_cursor()
        self._match = bisect_left(self._matches, here) % len(self._matches) if self._matches else -1
        self._show_match()

    def search_on(self, step: int) -> None:
        """Show the next (1) or the previous (-1) of these places, and after the last the first."""
        if self._matches:
            self._match = (self._match + step) % len(self._matches)
            self._show_match()

    def _show_match(self) -> None:
        if self._match >= 0:
            self._reveal(self._matches[self._match], len(self._sought))
        self._tint()
        self.found.emit(self._match + 1, len(self._matches))

    def _reveal(self, offset: int, length: int) -> None:
        """Bring a place of the text into view, and select it."""
        page = self._paged.place(offset).page
        if page not in self._window:
            self._show_pages(max(0, page - 1), page + 2)
        self._moving = True
        self.setTextCursor(self._cursor_at(offset, length))
        self.centerCursor()
        self._moving = False

    def _cursor_at(self, offset: int, length: int) -> QTextCursor:
        """A selection in what is laid out; in the part of a line that is not shown, its end."""
        page, line, column = self._paged.place(offset)
        text = self._paged.text
        above = sum(self._lines_of(one) for one in range(self._window.start, page))
        block = self._block(above + line)
        start = block.position() + qt_length(text[offset - column : offset])
        last = block.position() + block.length() - 1
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(start, last))
        cursor.setPosition(min(start + qt_length(text[offset : offset + length]), last), _KEEP)
        return cursor

    def _offset_of_cursor(self) -> int:
        """About where in the text the cursor is: the beginning of its line."""
        line = self.document().findBlock(self.textCursor().selectionStart()).blockNumber()
        for page in self._window:
            lines = self._lines_of(page)
            if line < lines:
                start, end = self._paged.bounds(page)
                for _ in range(line):
                    start = self._paged.text.index("\n", start, end) + 1
                return start
            line -= lines
        return 0

    def _tint(self) -> None:
        """Tint the places that are laid out, ``_MOST_TINTED`` of them at most."""
        if not self._matches or not self._window:
            self.setExtraSelections([])
            return
        first = bisect_left(self._matches, self._paged.bounds(self._window[0])[0])
        last = bisect_left(self._matches, self._paged.bounds(self._window[-1])[1])
        first = max(first, min(self._match - _MOST_TINTED // 2, last - _MOST_TINTED))
        tinted = []
        for offset in self._matches[first : min(last, first + _MOST_TINTED)]:
            one = QTextEdit.ExtraSelection()
            one.cursor = self._cursor_at(offset, len(self._sought))
            one.format.setBackground(QColor(colors().warn_background))
            tinted.append(one)
        self.setExtraSelections(tinted)

    # ------------------------------------------------------------------ what Qt asks

    def createMimeDataFromSelection(self) -> QMimeData:
        """All that is laid out stands for all that there is."""
        cursor = self.textCursor()
        if cursor.selectionEnd() - cursor.selectionStart() < self.shown:
            return super().createMimeDataFromSelection()
        data = QMimeData()
        data.setText(self.text)
        return data

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        highlighter = getattr(self, "_highlighter", None)  # Qt calls this before __init__ is done
        if event.type() == QEvent.Type.StyleChange and highlighter is not None:
            highlighter.rehighlight()

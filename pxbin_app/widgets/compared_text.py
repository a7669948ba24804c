"""A text of which some parts are tinted: what another text does not say."""

from collections.abc import Sequence

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from pxbin_app.theme import Tone, colors, text_font
from pxbin_app.widgets.code_text import qt_length

MOST_CHARACTERS = 20_000
"""What one compares with the eyes; copying the whole is the log's."""


class ComparedText(QPlainTextEdit):
    """Wrapped, read only. The tinted parts are underlined, too."""

    def __init__(self, name: str, tone: Tone) -> None:
        super().__init__()
        self._tone: Tone = tone
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(name)
        self.setFont(text_font("table"))
        self.setTabChangesFocus(True)

    def show_text(self, text: str, tinted: Sequence[tuple[int, int]] = ()) -> None:
        """Show a text and tint these parts (begin and end, counted in its characters)."""
        more = len(text) - MOST_CHARACTERS
        shown = f"{text[:MOST_CHARACTERS]}\n… {more:,} more characters" if more > 0 else text
        self.setPlainText(shown)
        parts = [part for part in tinted if part[0] < MOST_CHARACTERS]
        self.setExtraSelections([self._tinted(text, *part) for part in parts])

    def _tinted(self, text: str, start: int, end: int) -> QTextEdit.ExtraSelection:
        foreground, background = colors().tone(self._tone)
        one = QTextEdit.ExtraSelection()
        one.cursor = QTextCursor(self.document())
        one.cursor.setPosition(qt_length(text[:start]))
        last = min(end, MOST_CHARACTERS)
        one.cursor.setPosition(qt_length(text[:last]), QTextCursor.MoveMode.KeepAnchor)
        one.format.setBackground(QColor(background))
        one.format.setUnderlineColor(QColor(foreground))
        one.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        return one

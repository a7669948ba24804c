"""A code view that can be searched: Ctrl+F opens a bar over it, Enter goes on, Esc closes."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pxbin_app.widgets.buttons import IconButton
from pxbin_app.widgets.code_text import MOST_MATCHES
from pxbin_app.widgets.code_view import CodeView
from pxbin_app.widgets.fields import TextField
from pxbin_app.widgets.format import count
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import row, set_style_property

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SearchWords(TextField):
    """Where the words are typed."""


class SearchedCode(QWidget):
    """``code`` is the view; ``open_search`` what Ctrl+F does."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.code = CodeView(name)
        self.bar = FindBar(self.code)
        self.bar.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.bar)
        layout.addWidget(self.code, 1)

    def open_search(self) -> None:
        """Take the words to search for."""
        self.bar.show()
        self.bar.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.field.selectAll()


class FindBar(QWidget):
    """The words, which of how many places is shown, and the buttons to the others."""

    def __init__(self, code: CodeView) -> None:
        super().__init__()
        self._code = code
        self.field = SearchWords(placeholder="Find in this text")
        self.field.setAccessibleName("Find in this text")
        self.count = Label("", "table", "text2")
        self.before = IconButton("caret-up", "Previous (Shift+Enter)", on_click=self._back)
        self.after = IconButton("caret-down", "Next (Enter)", on_click=self._on)
        self.shut = IconButton("x", "Close (Esc)", on_click=self.close_search)
        layout = row(self.field, self.count, self.before, self.after, self.shut, spacing=4)
        layout.setStretchFactor(self.field, 1)
        self.setLayout(layout)
        self.field.textChanged.connect(code.search)
        code.found.connect(self._show_count)
        self._show_count(0, 0)

    def close_search(self) -> None:
        """Search no more, and give the text the focus."""
        self.field.clear()
        self.hide()
        self._code.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_search()
        elif event.key() in _ENTER:
            self._back() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else self._on()
        else:
            super().keyPressEvent(event)

    def _on(self) -> None:
        self._code.search_on(1)

    def _back(self) -> None:
        self._code.search_on(-1)

    def _show_count(self, place: int, places: int) -> None:
        missing = bool(self.field.text()) and not places
        most = "+" if places >= MOST_MATCHES else ""
        said = f"{count(place)} of {count(places)}{most}" if places else "None" * missing
        self.count.setText(said)
        set_style_property(self.field, "invalid", missing)
        for button in (self.before, self.after):
            button.setEnabled(places > 1)

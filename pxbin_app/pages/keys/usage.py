"""How a client uses a key: a tab for each client, and below it what is pasted where."""

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pxbin_app.snippets import Snippet
from pxbin_app.widgets.buttons import CopyButton, TabStrip
from pxbin_app.widgets.code_view import CodeView
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import row

_MOST_LINES = 12
_PADDING = 30  # of a code view: above and below the text, where a scroll bar may be


class UsageView(QWidget):
    """The tabs stay where they are; below them is as much as the client needs."""

    def __init__(self, snippets: Mapping[str, Sequence[Snippet]]) -> None:
        super().__init__()
        self._snippets = snippets
        most = max(map(len, snippets.values()))
        self.parts = [SnippetView() for _ in range(most)]
        self.tabs = TabStrip([(name, name) for name in snippets], "How to use it")
        self.tabs.chosen.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.tabs)
        for part in self.parts:
            layout.addWidget(part)
        self._show(self.tabs.value)

    def _show(self, client: str) -> None:
        chosen = self._snippets[client]
        for part, snippet in zip(self.parts, chosen, strict=False):
            part.show_snippet(snippet)
        for place, part in enumerate(self.parts):
            part.setVisible(place < len(chosen))


class SnippetView(QWidget):
    """Where it is pasted, the text, and a button that copies it."""

    def __init__(self) -> None:
        super().__init__()
        self._place = Label("", "caption", "text3")
        self.text = CodeView("What to paste", json=False)
        self.copy = CopyButton(lambda: self.text.text, "Copy this")
        head = row(self._place, None, self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.text)

    def show_snippet(self, snippet: Snippet) -> None:
        """Show it in as many lines as it has, up to a point."""
        self._place.setText(snippet.place)
        self.text.setAccessibleName(f"What to paste: {snippet.place}")
        self.text.set_text(snippet.text, layout_json=False)
        lines = min(_MOST_LINES, snippet.text.count("\n") + 1)
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + _PADDING)

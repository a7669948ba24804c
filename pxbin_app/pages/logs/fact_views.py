"""How facts are shown in the detail pane: in groups, and as entries under one another."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from pxbin_app.pages.logs.facts import Entry, Group
from pxbin_app.widgets.details import KeyValueList
from pxbin_app.widgets.labels import Dot, Label
from pxbin_app.widgets.styling import row


def scrolling(content: QWidget) -> QScrollArea:
    """The content at its own height, scrolled where there is too little room."""
    holder = QWidget()
    holder.setProperty("kind", "scrolled")
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 2, 2, 0)
    layout.addWidget(content)
    layout.addStretch(1)
    area = QScrollArea()
    area.setWidget(holder)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    area.setAccessibleName("Facts of the request")
    return area


class FactGroups(QWidget):
    """Facts in groups, each under its title; a group whose facts are all empty is left out."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._groups: list[tuple[Label, KeyValueList]] = []

    def set_groups(self, groups: Sequence[Group]) -> None:
        """Show these."""
        shown = [group for group in groups if any(value for _, value in group[1])]
        while len(self._groups) < len(shown):
            self._append()
        for place, (title, rows) in enumerate(self._groups):
            title.setVisible(place < len(shown))
            rows.setVisible(place < len(shown))
            if place < len(shown):
                title.setText(shown[place][0])
                rows.set_rows(shown[place][1])

    def _append(self) -> None:
        title, rows = Label("", "caption-strong", "text3"), KeyValueList(88)
        title.setContentsMargins(0, 8 if self._groups else 0, 0, 0)
        self._groups.append((title, rows))
        self._layout.addWidget(title)
        self._layout.addWidget(rows)


class EntryList(QWidget):
    """Entries under one another, below a title; nothing where there is none."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 8)
        self._layout.setSpacing(8)
        self._entries: list[_EntryView] = []
        self._layout.addWidget(Label(title, "caption-strong", "text3"))
        self.hide()

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show these."""
        while len(self._entries) < len(entries):
            view = _EntryView()
            self._entries.append(view)
            self._layout.addWidget(view)
        for view in self._entries[len(entries) :]:
            view.hide()
        for view, entry in zip(self._entries, entries, strict=False):
            view.show_entry(entry)
        self.setVisible(bool(entries))


class _EntryView(QWidget):
    """A title with its sign, a note, and a text that can be copied."""

    def __init__(self) -> None:
        super().__init__()
        self._dot = Dot()
        self._title = Label("", "table-strong", wrap=True, selectable=True)
        self._note = Label("", "table", "text2")
        self._text = Label("", "table", "text2", wrap=True, selectable=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        head = row(self._dot, self._title, spacing=6)
        head.setStretchFactor(self._title, 1)
        layout.addLayout(head)
        for label in (self._note, self._text):
            label.setContentsMargins(16, 0, 0, 0)
            layout.addWidget(label)

    def show_entry(self, entry: Entry) -> None:
        self._dot.set_tone(entry.tone)
        for label, text in (
            (self._title, entry.title),
            (self._note, entry.note),
            (self._text, entry.text),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        self.show()

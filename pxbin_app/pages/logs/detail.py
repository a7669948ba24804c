"""The detail pane: what is known of one request, in four tabs."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from pxbin_app.pages.logs import facts
from pxbin_app.request_rows import Row, model_text, status_text, status_tone
from pxbin_app.widgets.buttons import CopyButton, IconButton, TabStrip
from pxbin_app.widgets.code_view import CodeView
from pxbin_app.widgets.details import KeyValueList, Span, Waterfall
from pxbin_app.widgets.labels import Dot, ElidingLabel, Label, Pill
from pxbin_app.widgets.styling import row
from pxbin_engine.records import RequestRecord

WIDTH = 394
TABS = [
    ("overview", "Overview"),
    ("attempts", "Attempts"),
    ("losses", "Losses"),
    ("raw", "Raw"),
]


class DetailPane(QFrame):
    """Shows one request: ``show_request``. The tab that is chosen stays as one walks through the rows."""

    closed = Signal()
    copied = Signal(str)
    """A sentence on what was copied."""

    def __init__(self, base_url: Callable[[], str]) -> None:
        super().__init__()
        self._row: Row | None = None
        self._base_url = base_url
        self.setProperty("kind", "panel")
        self.setAccessibleName("Details of the request")
        self.setFixedWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # from here Tab goes through its controls
        self._title = ElidingLabel("", "strong")
        self._status = Pill()
        self._headline = KeyValueList()
        self._error = Label("", "table", "err", wrap=True, selectable=True)
        self._error.setAccessibleName("Error")
        self._times = Waterfall()
        self.tabs = TabStrip(TABS, "Details")
        self._overview = _Groups()
        self._attempts = _EntryList()
        self._losses = _EntryList()
        self.raw = CodeView("The row as JSON")
        self._stack = QStackedWidget()
        for page in (*map(_scrolling, (self._overview, self._attempts, self._losses)), self.raw):
            self._stack.addWidget(page)
        self.tabs.chosen.connect(self._on_tab)
        self._lay_out()

    def _lay_out(self) -> None:
        self.copy_id = CopyButton(lambda: str(self._row.id) if self._row else "", "Copy request id")
        self.copy_id.copied.connect(lambda: self.copied.emit("Request id copied"))
        self._copy_curl = IconButton("terminal-window", "Copy as cURL", on_click=self.copy_curl)
        self.close_button = IconButton("x", "Close (Esc)", on_click=self.closed.emit)
        head = row(self._title, self._status, spacing=8)
        head.setStretchFactor(self._title, 1)
        for button in (self.copy_id, self._copy_curl, self.close_button):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 12, 12)
        layout.setSpacing(10)
        layout.addLayout(head)
        for widget in (self._headline, self._error, self._times, self.tabs):
            layout.addWidget(widget)
        layout.addWidget(self._stack, 1)

    @property
    def request(self) -> Row | None:
        """The request that is shown."""
        return self._row

    def show_request(self, request: Row) -> None:
        """Show another request, or the same as it is known now."""
        self._row = request
        self._title.set_text(model_text(request))
        self._headline.set_rows(facts.headline(request))
        if isinstance(request, RequestRecord):
            self._show_record(request)
        else:
            self._status.set_state("live", "info")
            self._error.hide()
            self._times.hide()
            self._overview.set_groups(facts.live_overview(request))
            self._show_attempts((), "The attempts are known when it has ended.")
            self._show_losses((), "What was lost is known when it has ended.")
        self._copy_curl.setEnabled(isinstance(request, RequestRecord))
        self._show_raw()

    def _show_record(self, record: RequestRecord) -> None:
        self._status.set_state(status_text(record), status_tone(record))
        error = facts.error(record)
        self._error.setText(error)
        self._error.setVisible(bool(error))
        self._times.set_spans(
            [
                Span(label=one.label, start_ms=one.start_ms, took_ms=one.took_ms, series=one.series)
                for one in facts.steps(record)
            ]
        )
        self._times.show()
        self._overview.set_groups(facts.overview(record))
        self._show_attempts(facts.attempts(record), "It was never sent to an upstream.")
        self._show_losses(facts.losses(record), facts.no_losses(record))

    def _show_attempts(self, entries: Sequence[facts.Entry], nothing: str) -> None:
        self._attempts.set_entries(entries, nothing)
        self.tabs.set_text("attempts", _counted("Attempts", len(entries)))

    def _show_losses(self, entries: Sequence[facts.Entry], nothing: str) -> None:
        self._losses.set_entries(entries, nothing)
        self.tabs.set_text("losses", _counted("Losses", len(entries)))

    def copy_curl(self) -> None:
        """Put the command on the clipboard."""
        if isinstance(self._row, RequestRecord):
            QGuiApplication.clipboard().setText(facts.curl(self._row, self._base_url()))
            self.copied.emit("Copied as cURL. Bodies are not stored: put yours into body.json")

    def _on_tab(self, tab: str) -> None:
        self._stack.setCurrentIndex([value for value, _ in TABS].index(tab))
        self._show_raw()

    def _show_raw(self) -> None:
        """Laying out and colouring JSON is work: only for who looks at it."""
        if self.tabs.value == "raw" and self._row is not None:
            self.raw.set_text(facts.raw(self._row))


def _counted(name: str, number: int) -> str:
    return f"{name} {number}" if number else name


def _scrolling(content: QWidget) -> QScrollArea:
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
    return area


class _Groups(QWidget):
    """Facts in groups, each under its title; a group whose facts are all empty is left out."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._groups: list[tuple[Label, KeyValueList]] = []

    def set_groups(self, groups: Sequence[facts.Group]) -> None:
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


class _EntryList(QWidget):
    """Entries under one another, or the sentence that says why there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        self._entries: list[_EntryView] = []
        self._nothing = Label("", "table", "text2", wrap=True)
        self._layout.addWidget(self._nothing)

    def set_entries(self, entries: Sequence[facts.Entry], nothing: str) -> None:
        while len(self._entries) < len(entries):
            view = _EntryView()
            self._entries.append(view)
            self._layout.addWidget(view)
        for view in self._entries[len(entries) :]:
            view.hide()
        for view, entry in zip(self._entries, entries, strict=False):
            view.show_entry(entry)
        self._nothing.setText(nothing)
        self._nothing.setVisible(not entries)


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

    def show_entry(self, entry: facts.Entry) -> None:
        self._dot.set_tone(entry.tone)
        for label, text in (
            (self._title, entry.title),
            (self._note, entry.note),
            (self._text, entry.text),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        self.show()

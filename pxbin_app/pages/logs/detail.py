"""The detail pane: what is known of one request, what it said and heard, and what can be done with it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from pxbin_app.pages.logs import facts
from pxbin_app.pages.logs.fact_views import EntryList, FactGroups, scrolling
from pxbin_app.pages.logs.messages import MESSAGE_TABS
from pxbin_app.pages.logs.recorded import RecordedRequest
from pxbin_app.pages.logs.recording_view import RecordingView
from pxbin_app.pages.logs.timing import steps
from pxbin_app.request_rows import Request, model_text, status_text, status_tone
from pxbin_app.widgets.buttons import CopyButton, IconButton, TabStrip
from pxbin_app.widgets.details import KeyValueList, Span, Waterfall
from pxbin_app.widgets.find_bar import SearchedCode
from pxbin_app.widgets.labels import ElidingLabel, Label, Pill
from pxbin_app.widgets.styling import column, row
from pxbin_engine.records import RequestRecord

WIDTH = 394
"""Unless the person made it wider."""
TABS = [
    ("overview", "Overview"),
    ("request", "Request"),
    ("response", "Response"),
    ("headers", "Headers"),
    ("events", "Events"),
    ("raw", "Raw"),
]


class DetailPane(QFrame):
    """Shows one request: ``show_request``. The tab that is chosen stays as one walks through the rows."""

    closed = Signal()
    replay_wanted = Signal()
    copied = Signal(str)
    """A sentence on what was copied."""

    def __init__(self, recorded: RecordedRequest) -> None:
        super().__init__()
        self._row: Request | None = None
        self._recorded = recorded
        self.setProperty("kind", "panel")
        self.setAccessibleName("Details of the request")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # from here Tab goes through its controls
        self._title = ElidingLabel("", "strong")
        self._status = Pill()
        self._headline = KeyValueList()
        self._error = Label("", "table", "err", wrap=True, selectable=True)
        self._error.setAccessibleName("Error")
        self._times = Waterfall()
        self.tabs = TabStrip(TABS, "Details", spacing=4)
        self._attempts = EntryList("Attempts")
        self._losses = EntryList("Lost in translation")
        self._groups = FactGroups()
        self.recording = RecordingView(recorded)
        self.raw = SearchedCode("The row as JSON")
        self._overview = scrolling(self._overview_parts())
        self._stack = QStackedWidget()
        for page in (self._overview, self.recording, self.raw):
            self._stack.addWidget(page)
        self.tabs.chosen.connect(self._on_tab)
        recorded.command.connect(self._copy_command)
        self._lay_out()

    def _overview_parts(self) -> QWidget:
        parts = QWidget()
        parts.setLayout(column(self._attempts, self._losses, self._groups, spacing=4))
        return parts

    def _lay_out(self) -> None:
        self.copy_id = CopyButton(lambda: str(self._row.id) if self._row else "", "Copy request id")
        self.copy_id.copied.connect(lambda: self.copied.emit("Request id copied"))
        self.curl = IconButton("terminal-window", "Copy as cURL", on_click=self.copy_curl)
        self.replay = IconButton("arrow-clockwise", "", on_click=self.replay_wanted.emit)
        self.close_button = IconButton("x", "Close (Esc)", on_click=self.closed.emit)
        head = row(self._title, self._status, spacing=8)
        head.setStretchFactor(self._title, 1)
        for button in (self.copy_id, self.curl, self.replay, self.close_button):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(10)
        layout.addLayout(head)
        for widget in (self._headline, self._error, self._times, self.tabs):
            layout.addWidget(widget)
        layout.addWidget(self._stack, 1)

    @property
    def request(self) -> Request | None:
        """The request that is shown."""
        return self._row

    def show_request(self, request: Request) -> None:
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
            self._groups.set_groups(facts.live_overview(request))
            self._attempts.set_entries(())
            self._losses.set_entries(())
        self._offer(request)
        self._show_raw()

    def _show_record(self, record: RequestRecord) -> None:
        self._status.set_state(status_text(record), status_tone(record))
        error = facts.error(record)
        self._error.setText(error)
        self._error.setVisible(bool(error))
        self._times.set_spans(
            [
                Span(label=one.label, start_ms=one.start_ms, took_ms=one.took_ms, series=one.series)
                for one in steps(record)
            ]
        )
        self._times.show()
        self._groups.set_groups(facts.overview(record))
        self._attempts.set_entries(facts.notable_attempts(record))
        self._losses.set_entries(facts.losses(record))

    def _offer(self, request: Request) -> None:
        """What can be done with this request."""
        known = isinstance(request, RequestRecord)
        self.curl.setEnabled(known)
        kept = isinstance(request, RequestRecord) and request.recording == "kept"
        self.replay.setEnabled(kept)
        why_not = "" if kept else " (its body was not kept)"
        self.replay.set_face("arrow-clockwise", f"Send again to another model{why_not}")

    def copy_curl(self) -> None:
        """Put the command on the clipboard, once it is known."""
        self._recorded.ask_for_command()

    def _copy_command(self, command: str, said: str) -> None:
        QGuiApplication.clipboard().setText(command)
        self.copied.emit(said)

    def open_search(self) -> bool:
        """Find words in the text that is shown; False where there is none."""
        if self.tabs.value in MESSAGE_TABS:
            return self.recording.open_search()
        if self.tabs.value == "raw":
            self.raw.open_search()
        return bool(self.tabs.value == "raw")

    def _on_tab(self, tab: str) -> None:
        if tab in MESSAGE_TABS:
            self._stack.setCurrentWidget(self.recording)
            self.recording.show_tab(tab)
            return
        self._recorded.look(False)
        self._stack.setCurrentWidget(self.raw if tab == "raw" else self._overview)
        self._show_raw()

    def _show_raw(self) -> None:
        """Laying out and colouring JSON is work: only for who looks at it."""
        if self.tabs.value == "raw" and self._row is not None:
            self.raw.code.set_text(facts.raw(self._row))

"""What a request said and heard, in the detail pane: one message at a time, of the client's side or of the upstream's."""

from functools import partial
from typing import cast

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from pxbin_app.pages.logs import messages
from pxbin_app.pages.logs.events import EventsView
from pxbin_app.pages.logs.messages import SIDE_WORDS, MessageTab, Side
from pxbin_app.pages.logs.recorded import RecordedRequest
from pxbin_app.widgets.buttons import CopyButton, IconButton, SegmentedControl
from pxbin_app.widgets.fields import Select
from pxbin_app.widgets.find_bar import SearchedCode
from pxbin_app.widgets.labels import ElidingLabel
from pxbin_app.widgets.states import StatefulView
from pxbin_app.widgets.styling import row
from pxbin_engine.records import RecordedMessage, Recording, RecordingMode

_OFFERS: dict[RecordingMode, str] = {"errors": "Keep those that fail", "all": "Keep all"}
_SIDES = [("client", SIDE_WORDS["request"][0]), ("upstream", SIDE_WORDS["request"][1])]


class RecordingView(QWidget):
    """Shows what ``recorded`` tells: ``show_tab``. The side stays for the next request, the attempt for the next tab."""

    def __init__(self, recorded: RecordedRequest) -> None:
        super().__init__()
        self._recorded = recorded
        self._tab: MessageTab = "request"
        self._message: RecordedMessage | None = None
        self._offered: Recording | None = None
        self.sides = SegmentedControl(_SIDES, "Whose message")
        self.attempts = Select(name="Attempt")
        self.about = ElidingLabel("", "table", "text2")
        self.search = IconButton("magnifying-glass", "Find (Ctrl+F)", on_click=self._open_search)
        self.copy = CopyButton(self._text, "Copy")
        self.text = SearchedCode("Message")
        self.events = EventsView()
        self._parts = QStackedWidget()
        self._parts.addWidget(self.text)
        self._parts.addWidget(self.events)
        self.message_state = StatefulView(self._parts)
        self.state = StatefulView(self._content())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        self.sides.chosen.connect(lambda _: self._show_message())
        self.attempts.chosen.connect(lambda _: self._show_message())
        recorded.view.connect(self._show_view)
        recorded.events_view.connect(self._show_events)

    def _content(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row(self.sides, None, self.search, self.copy, spacing=4))
        facts = row(self.attempts, self.about)
        facts.setStretchFactor(self.about, 1)
        layout.addLayout(facts)
        layout.addWidget(self.message_state, 1)
        return content

    @property
    def side(self) -> Side:
        """Whose messages are shown."""
        return cast("Side", self.sides.value)

    @property
    def attempt(self) -> int:
        """Which attempt's, from 1; 0 where there is none."""
        return int(self.attempts.value or 0)

    def show_tab(self, tab: MessageTab) -> None:
        """Show this tab's messages."""
        self._tab = tab
        for (value, _), words in zip(_SIDES, SIDE_WORDS[tab], strict=True):
            self.sides.set_text(value, words)
        self._recorded.look(True)

    def open_search(self) -> bool:
        """Let the person find words in what is shown; False where there is nothing."""
        shown = self.state.state == self.message_state.state == "content"
        if shown:
            self._open_search()
        return shown

    def _open_search(self) -> None:
        shown = self.events.chosen if self._tab == "events" else self.text
        shown.open_search()

    def _show_view(self, view: str, sentence: str) -> None:
        if view == "content":
            self.state.show_content()
            self._offer_attempts()
            self._show_message()
        elif view == "loading":
            self.state.show_loading()
        elif view == "absent":
            self._show_absent(sentence)
        else:
            self.state.show_error(sentence, "Try again", self._recorded.read)

    def _show_absent(self, sentence: str) -> None:
        offers = [
            (_OFFERS[mode], partial(self._recorded.turn_on, mode)) for mode in self._recorded.offers
        ]
        (action, on_click), (other, on_other) = [*offers, ("", None), ("", None)][:2]
        self.state.show_empty(sentence, action, on_click, other=other, on_other=on_other)

    def _offer_attempts(self) -> None:
        recording = self._recorded.recording
        if recording is None or recording is self._offered:
            return
        self._offered = recording
        found = messages.attempts(recording, "upstream")
        self.attempts.set_options([(str(number), f"Attempt {number}") for number in found])
        self.attempts.set_value(str(found[-1]) if found else "")

    def _show_message(self) -> None:
        recording, tab, side = self._recorded.recording, self._tab, self.side
        if recording is None:
            return
        self.attempts.setVisible(side == "upstream" and self.attempts.count() > 1)
        self._message = messages.shown(recording, tab, side, self.attempt)
        if self._message is None:
            self.about.set_text("")
            self.message_state.show_empty(messages.missing(tab, side))
            return
        self.about.set_text(messages.about(self._message))
        if tab == "events":
            attempt = self.attempt if side == "upstream" else 0
            self._recorded.read_events(messages.recorded_side(tab, side), attempt)
            return
        headers = tab == "headers"
        text = (
            messages.headers(recording, side, self.attempt)
            if headers
            else messages.body(self._message)
        )
        self.text.code.set_text(text, layout_json=not headers, colored=not headers)
        self._parts.setCurrentWidget(self.text)
        self.message_state.show_content()

    def _show_events(self, view: str, sentence: str) -> None:
        if self._tab != "events":
            return
        if view == "content":
            self.events.show_events(self._recorded.events)
            self._parts.setCurrentWidget(self.events)
            self.message_state.show_content()
        elif view == "loading":
            self.message_state.show_loading()
        elif view == "absent":
            self.message_state.show_empty(sentence)
        else:
            self.message_state.show_error(sentence, "Try again", self._show_message)

    def _text(self) -> str:
        """What is copied: a body as it was, of events all data of the answer."""
        if self._message is None:
            return ""
        return self.text.code.text if self._tab == "headers" else messages.body(self._message)

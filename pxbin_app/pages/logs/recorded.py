"""What the chosen request said and heard: read when somebody looks at it, and not before.

Where nothing is recorded, ``absence`` says why, and whether recording can be turned on for later requests.
"""

from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.pages.logs.command import NO_BODY_KEPT, curl
from pxbin_app.request_rows import Request
from pxbin_app.tasks import WhileInView
from pxbin_engine.events import RequestStarted
from pxbin_engine.records import (
    RecordedEvent,
    RecordedSide,
    Recording,
    RecordingMode,
    RequestRecord,
)
from pxbin_engine.records.log_filter import GOOD_OUTCOMES


class Absence(NamedTuple):
    """Why there is no recording, and what can be recorded from now on to have one the next time."""

    sentence: str
    offers: tuple[RecordingMode, ...] = ()


IN_FLIGHT = "What was said and heard is known when it has ended."
DROPPED = "This request was to be recorded, but too much waited to be written, so it was left out."
OFF = "Bodies are not kept. Once that is turned on, later requests show here what was sent and answered."
ERRORS_ONLY = "Bodies are kept of requests that fail, and this one did not."
BEFORE = "Bodies are kept now, but were not when this request came."
NO_KEY = "Bodies of requests without a key of pxbin’s are never kept."


def absence(row: Request, mode: RecordingMode) -> Absence | None:
    """Why there is no recording of this request; None: there is one, unless it was erased since."""
    if isinstance(row, RequestStarted):
        return Absence(IN_FLIGHT)
    if row.recording == "kept":
        return None
    if row.recording == "dropped":
        return Absence(DROPPED)
    if row.llm_key_id is None:
        return Absence(NO_KEY)
    if mode == "off":
        return Absence(OFF, ("errors", "all"))
    if mode == "errors" and row.outcome in GOOD_OUTCOMES:
        return Absence(ERRORS_ONLY, ("all",))
    return Absence(BEFORE)


class RecordedRequest(QObject):
    """The recording of one request at a time.

    Signals:
        view: ``loading``, ``content`` (``recording`` is there), ``absent`` or ``error``, and a sentence.
        events_view: the same of ``events``.
        command: the request as a command is there, and a sentence on what it lacks.

    Attributes:
        recording: what is recorded; None: nothing, or it is not read yet.
        events: those of the answer that was asked for last.
        offers: what can be turned on where nothing is recorded.
    """

    view = Signal(str, str)
    events_view = Signal(str, str)
    command = Signal(str, str)

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._row: Request | None = None
        self._looked_at = False
        self._for_command = False
        self._interrupted = False
        self._reading = WhileInView("logs.recording", hears=())
        self._reading_events = WhileInView("logs.events", hears=())
        self.recording: Recording | None = None
        self.events: tuple[RecordedEvent, ...] = ()
        self.offers: tuple[RecordingMode, ...] = ()

    def show(self, row: Request | None) -> None:
        """It is about this request from now on."""
        self.stop()
        self._interrupted = False
        self._row = row
        self.recording = None
        self.events = ()
        if self._looked_at:
            self.read()

    def start(self) -> None:
        """The page came into view again: read what was not read to its end."""
        if self._interrupted:
            self._interrupted = False
            self.read()

    def stop(self) -> None:
        """Nobody looks any more: what is read now is not told."""
        self._interrupted = self._reading.reading or self._reading_events.reading
        self._reading.outdate()
        self._reading_events.outdate()
        self._for_command = False

    def look(self, at_it: bool) -> None:
        """Somebody begins to look at what is recorded, or looks at something else now."""
        self._looked_at = at_it
        if at_it:
            self.read()

    def read(self) -> None:
        """Tell what is recorded, once it is read."""
        if self._row is None or not self._bridge.ready:
            return
        if self.recording is not None:
            self.view.emit("content", "")
            return
        absent = absence(self._row, self._bridge.engine.recording_mode)
        self.offers = absent.offers if absent else ()
        if absent:
            self.view.emit("absent", absent.sentence)
            return
        self.view.emit("loading", "")
        asked = self._bridge.engine.requests.recording(self._row.id)
        self._reading.read(asked, done=self._take, failed=self._fail)

    def _take(self, recording: Recording) -> None:
        self.recording = recording
        self.view.emit("content", "")
        self._tell_command()

    def _fail(self, reason: str) -> None:
        self.view.emit("error", reason)
        self._tell_command()

    def turn_on(self, mode: RecordingMode) -> None:
        """Record later requests, until pxbin ends or this is changed."""
        if self._bridge.ready:
            self._bridge.engine.set_recording(mode)
            self.read()

    def read_events(self, side: RecordedSide, attempt: int) -> None:
        """Read the events of a streamed answer, as it came or as it went out."""
        if self._row is None or not self._bridge.ready:
            return
        self.events = ()
        self.events_view.emit("loading", "")
        asked = self._bridge.engine.requests.events(self._row.id, side, attempt=attempt or None)
        self._reading_events.read(
            asked,
            done=self._take_events,
            failed=lambda reason: self.events_view.emit("error", reason),
        )

    def _take_events(self, events: tuple[RecordedEvent, ...]) -> None:
        self.events = events
        if events:
            self.events_view.emit("content", "")
        else:
            self.events_view.emit("absent", "It was answered at once, not as a stream.")

    # ------------------------------------------------------------------ as a command

    @property
    def base_url(self) -> str:
        """What clients are pointed at; empty while nothing listens."""
        return self._bridge.engine.base_url if self._bridge.ready else ""

    def ask_for_command(self) -> None:
        """Tell the request as a command, with the body where it is kept."""
        self._for_command = True
        kept = isinstance(self._row, RequestRecord) and self._row.recording == "kept"
        if kept and self.recording is None:
            self.read()
        if not self._reading.reading:
            self._tell_command()

    def _tell_command(self) -> None:
        row, wanted, self._for_command = self._row, self._for_command, False
        if wanted and isinstance(row, RequestRecord):
            sent = self.recording.find("client_request") if self.recording else None
            told = curl(row, self.base_url, sent)
            said = "Copied as cURL" if told.whole else f"Copied as cURL. {NO_BODY_KEPT}"
            self.command.emit(told.text, said)

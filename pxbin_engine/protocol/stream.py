"""The canonical stream: the events of a response in the making, and their collector.

A decoder emits only well-formed sequences, so that no encoder needs to repair one:

1. ``MessageStart`` is the first event and comes once.
2. Parts are numbered 0, 1, 2 ... in the order in which they start; one part is open at a time. A ``WholePart`` is open for
   no longer than itself.
3. A delta belongs to the open part. A closed part is never opened again.
4. ``MessageEnd`` comes once, when no part is open, carries the stop reason and the final usage, and is the last event.
5. Instead of ``MessageEnd`` a ``StreamFailed`` may come, at any time, and is the last event.
6. ``Ping`` may stand anywhere after ``MessageStart`` and before the end.
"""

from collections.abc import Callable
from itertools import groupby
from operator import attrgetter
from typing import Any

from msgspec import Struct

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.request import (
    Audio,
    Citation,
    Document,
    Extensions,
    Image,
    OpaquePart,
    Part,
    SearchCall,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage


class MessageStart(Struct, frozen=True, gc=False, tag=True):
    """The response begins; ``usage`` is what is known so early (Anthropic's input side), or None."""

    id: str
    model: str
    usage: Usage | None = None


class TextStart(Struct, frozen=True, gc=False, tag=True):
    """A text part begins."""

    index: int


class TextDelta(Struct, frozen=True, gc=False, tag=True):
    """More text for the open text part."""

    index: int
    text: str


class TextCitation(Struct, frozen=True, gc=False, tag=True):
    """Where the open text part has something from."""

    index: int
    citation: Citation


class ThinkingStart(Struct, frozen=True, gc=False, tag=True):
    """A thinking part begins; ``redacted`` and ``vendor`` as in ``request.Thinking``."""

    index: int
    redacted: str | None = None
    vendor: str | None = None


class ThinkingDelta(Struct, frozen=True, gc=False, tag=True):
    """More text for the open thinking part."""

    index: int
    text: str


class ThinkingSignature(Struct, frozen=True, gc=False, tag=True):
    """The vendor's proof over the open thinking part (see ``request.Thinking``)."""

    index: int
    signature: str


class ToolCallStart(Struct, frozen=True, gc=False, tag=True):
    """A tool call begins; its id and name are complete."""

    index: int
    id: str
    name: str


class ToolCallDelta(Struct, frozen=True, gc=False, tag=True):
    """More JSON text of the open call's arguments."""

    index: int
    arguments: str


class WholePart(Struct, frozen=True, tag=True):
    """A part that comes at once: it begins and ends with this event."""

    index: int
    part: SearchCall | SearchResult | Image


class OpaqueStart(Struct, frozen=True, tag=True):
    """A part that only one dialect knows, with its start as it came (``part.raw``)."""

    index: int
    part: OpaquePart


class OpaqueDelta(Struct, frozen=True, tag=True):
    """A delta that only one dialect knows, for the open part of any kind (``part.raw`` is the delta object)."""

    index: int
    part: OpaquePart


class PartEnd(Struct, frozen=True, gc=False, tag=True):
    """The open part is complete."""

    index: int


class Ping(Struct, frozen=True, gc=False, tag=True):
    """The upstream is alive."""


class MessageEnd(Struct, frozen=True, gc=False, tag=True):
    """The response is complete. ``usage`` is final; None where the upstream reported none."""

    stop: StopReason
    usage: Usage | None = None


class StreamFailed(Struct, frozen=True, gc=False, tag=True):
    """The upstream reported an error in the middle of the stream, or the stream was cut."""

    error: ApiError


StreamEvent = (
    MessageStart
    | TextStart
    | TextDelta
    | TextCitation
    | ThinkingStart
    | ThinkingDelta
    | ThinkingSignature
    | ToolCallStart
    | ToolCallDelta
    | WholePart
    | OpaqueStart
    | OpaqueDelta
    | PartEnd
    | Ping
    | MessageEnd
    | StreamFailed
)


class StreamCollector:
    """Events -> the response they tell (for usage, body capture, and clients that did not ask for a stream)."""

    def __init__(self) -> None:
        self.id = ""
        self.model = ""
        self.usage: Usage | None = None
        self.stop: StopReason | None = None
        self.error: ApiError | None = None
        self._parts: list[Part] = []
        self._start: TextStart | ThinkingStart | ToolCallStart | OpaqueStart | None = None
        self._texts: list[str] = []
        self._citations: list[Citation] = []
        self._signature: str | None = None
        self._extensions: Extensions | None = None

    @property
    def complete(self) -> bool:
        """Whether ``MessageEnd`` came."""
        return self.stop is not None

    def add(self, event: StreamEvent) -> None:
        """Take the next event."""
        match event:
            case TextDelta(text=text) | ThinkingDelta(text=text) | ToolCallDelta(arguments=text):
                self._texts.append(text)
            case TextStart() | ThinkingStart() | ToolCallStart() | OpaqueStart():
                self._start = event
            case ThinkingSignature(signature=signature):
                self._signature = (self._signature or "") + signature
            case PartEnd():
                self._close()
            case WholePart(part=part):
                self._parts.append(part)
            case TextCitation(citation=citation):
                self._citations.append(citation)
            case MessageStart():
                self.id, self.model, self.usage = event.id, event.model, event.usage
            case MessageEnd():
                self.stop = event.stop
                self.usage = event.usage or self.usage
            case StreamFailed():
                self.error = event.error
            case OpaqueDelta() | Ping():
                pass

    def response(self) -> Response:
        """What came so far, as a response; an open part counts with what it has."""
        if self._start is not None:
            self._close()
        stop = self.stop or StopReason("end_turn")
        return Response(self.id, self.model, tuple(self._parts), stop, self.usage, self._extensions)

    def _close(self) -> None:
        text, self._texts = "".join(self._texts), []
        match self._start:
            case TextStart():
                self._parts.append(Text(text, tuple(self._citations)))
                self._citations.clear()
            case ThinkingStart(redacted=redacted, vendor=vendor):
                self._parts.append(Thinking(text, self._signature, redacted, vendor))
            case ToolCallStart(id=call_id, name=name):
                self._parts.append(ToolCall(call_id, name, text))
            case OpaqueStart(part=part):
                self._parts.append(part)
            case None:
                pass
        self._start, self._signature = None, None


def joined(events: list[StreamEvent]) -> list[StreamEvent]:
    """The same events with neighbouring deltas of a part as one: what arrived together need not be told in pieces."""
    if len(events) < 3:
        return events
    told: list[StreamEvent] = []
    for kind, run in groupby(events, type):
        said = _SAID.get(kind)
        if said is None:
            told += run
        else:
            deltas: list[Any] = list(run)
            told.append(kind(deltas[0].index, "".join(map(said, deltas))))
    return told


_SAID: dict[type, Callable[[Any], str]] = {
    TextDelta: attrgetter("text"),
    ThinkingDelta: attrgetter("text"),
    ToolCallDelta: attrgetter("arguments"),
}
"""What of a delta is joined."""


def events_of(response: Response) -> list[StreamEvent]:
    """The stream that would have told this response (for a client that asked for one)."""
    events: list[StreamEvent] = [MessageStart(response.id, response.model, response.usage)]
    index = 0
    for part in response.parts:
        if told := _events_of_part(part, index):
            events += told
            index += 1
    events.append(MessageEnd(response.stop, response.usage))
    return events


def _events_of_part(part: Part, index: int) -> list[StreamEvent]:
    told: list[StreamEvent] = []
    match part:
        case SearchCall() | SearchResult() | Image():
            return [WholePart(index, part)]
        case Text():
            told += (TextStart(index), TextDelta(index, part.text))
            told += (TextCitation(index, citation) for citation in part.citations)
        case Thinking():
            told.append(ThinkingStart(index, part.redacted, part.vendor))
            if part.text:
                told.append(ThinkingDelta(index, part.text))
            if part.signature is not None:
                told.append(ThinkingSignature(index, part.signature))
        case ToolCall():
            told += (ToolCallStart(index, part.id, part.name), ToolCallDelta(index, part.arguments))
        case OpaquePart():
            told.append(OpaqueStart(index, part))
        case Document() | Audio() | ToolResult():
            return []  # no model answers with these
    return [*told, PartEnd(index)]

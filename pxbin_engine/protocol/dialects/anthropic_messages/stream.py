"""Streams of the Messages API -> canonical events (``stream_encoder`` is the way back).

What the decoder holds to, beside the rules of ``protocol.stream``:

1. Blocks are told apart by their ``index``, but numbered anew: upstreams that only resemble Anthropic reuse indexes.
2. A block that starts while another is open waits, with all that belongs to it, until that one ends.
3. Usage in ``message_delta`` replaces what ``message_start`` said, counter by counter; the last one counts.
4. ``message_stop`` ends the message; so does the end of the bytes, where a stop reason had come.
5. An ``error`` event is a failure; nothing comes after it. Events of unknown types are skipped.
6. A search of the web is told whole, at its end: only then its query is known. Another tool of Anthropic's own is opaque.
"""

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages import answer_wire as wire
from pxbin_engine.protocol.dialects.anthropic_messages.error import (
    decode_stream_error,
)
from pxbin_engine.protocol.dialects.anthropic_messages.open_block import OpenBlock
from pxbin_engine.protocol.dialects.anthropic_messages.parts import decode_block
from pxbin_engine.protocol.dialects.anthropic_messages.response import (
    decode_stop,
    decode_usage,
    new_call_id,
    new_message_id,
)
from pxbin_engine.protocol.dialects.anthropic_messages.search import decode_citation
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.request import (
    Image,
    OpaquePart,
    Part,
    SearchCall,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
)
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.sse import SSEEvent
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    OpaqueDelta,
    OpaqueStart,
    PartEnd,
    Ping,
    StreamEvent,
    StreamFailed,
    TextCitation,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ThinkingSignature,
    ThinkingStart,
    ToolCallDelta,
    ToolCallStart,
    WholePart,
)

_EVENT: msgspec.json.Decoder[wire.Event] = msgspec.json.Decoder(wire.Event)
_json = msgspec.json.Encoder().encode

_TOLD_AT_THE_END = ("whole", "search")
"""Blocks that are no open part while they last: a delta that is not known has no place in them."""

_BlockEvent = wire.ContentBlockDelta | wire.ContentBlockStart | wire.ContentBlockStop


class _Typed(Struct):
    type: str = ""


class _Unusual(Struct):
    """What is told of an event that is none of the known ones."""

    type: str | None = None
    error: Raw | UnsetType = UNSET
    index: int | None = None
    delta: Raw | UnsetType = UNSET


_UNUSUAL = msgspec.json.Decoder(_Unusual)


class MessagesStreamDecoder:
    """An upstream's events -> canonical events."""

    def __init__(self, *, lenient_end: bool = False) -> None:
        self._lenient_end = lenient_end
        self._out: list[StreamEvent] = []
        self._started = False
        self._over = False
        self._open: OpenBlock | None = None
        self._waiting: list[_BlockEvent] = []
        self._next_index = 0
        self._call_ids: set[str] = set()
        self._stop: StopReason | None = None
        self._usage: Usage | None = None

    def feed(self, events: Iterable[SSEEvent]) -> list[StreamEvent]:
        """The canonical events of these server-sent events; bad data becomes ``StreamFailed``."""
        for event in events:
            if self._over:
                break
            try:
                said = _EVENT.decode(event.data)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._take_unusual(event)
            else:
                self._take(said)
        out, self._out = self._out, []
        return out

    def close(self) -> list[StreamEvent]:
        """The bytes have ended: the end that is still due, or ``StreamFailed`` where they were cut."""
        if self._over:
            return []
        if self._stop is not None or (self._lenient_end and self._started):
            self._end()
        elif self._started:
            self._fail("The upstream's stream was cut before the answer was complete.")
        else:
            self._fail("The upstream's stream ended without an answer.")
        out, self._out = self._out, []
        return out

    def _take(self, said: wire.Event) -> None:
        opened = self._open
        if isinstance(said, wire.ContentBlockDelta):  # nearly all events, so they come first
            if opened is not None and said.index == opened.wire_index:
                self._take_delta(opened, said.delta)
            else:
                self._take_block_event(said)
        elif isinstance(said, wire.ContentBlockStart | wire.ContentBlockStop):
            self._take_block_event(said)
        elif isinstance(said, wire.MessageDelta):
            self._take_message_delta(said)
        elif isinstance(said, wire.MessageStop):
            self._end()
        elif isinstance(said, wire.MessageStart):
            self._take_message_start(said.message)
        elif self._started:
            self._out.append(Ping())

    def _take_message_start(self, message: wire.Answer) -> None:
        if self._started:
            return
        self._started = True
        if message.usage is not None:
            self._usage = decode_usage(message.usage)
        self._out.append(
            MessageStart(message.id or new_message_id(), message.model or "", self._usage)
        )

    def _take_message_delta(self, said: wire.MessageDelta) -> None:
        if said.usage is not None:
            self._usage = decode_usage(said.usage, self._usage)
        if said.delta.stop_reason is not None:
            self._stop = decode_stop(said.delta.stop_reason, said.delta.stop_sequence)

    def _take_block_event(self, said: _BlockEvent) -> None:
        """In the order of rule 2: what belongs to another block than the open one waits."""
        opened = self._open
        starts = isinstance(said, wire.ContentBlockStart)
        if opened is not None and starts and said.index == opened.wire_index:
            self._end_block(opened)  # its stop was forgotten
            opened = None
        if opened is None:
            if isinstance(said, wire.ContentBlockStart):
                self._start_block(said)
        elif said.index != opened.wire_index:
            self._waiting.append(said)
        elif isinstance(said, wire.ContentBlockDelta):
            self._take_delta(opened, said.delta)
        else:
            self._end_block(opened)
            self._take_waiting()

    def _take_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for said in waiting:
            if not self._over:
                self._take_block_event(said)

    def _start_block(self, said: wire.ContentBlockStart) -> None:
        self._take_message_start(wire.Answer())
        try:
            part = decode_block(said.content_block, f"content.{said.index}")
        except ProtocolError as error:
            self._fail(f"The upstream began a block that is none: {error.message}")
            return
        index = self._next_index
        self._next_index += 1
        self._open = OpenBlock(said.index, index, said.content_block)
        self._tell_start(self._open, part)

    def _tell_start(self, opened: OpenBlock, part: Part) -> None:
        index = opened.index
        match part:
            case Text():
                opened.kind = "text"
                self._start_text(index, part)
            case Thinking():
                opened.kind = "thinking"
                self._start_thinking(index, part)
            case ToolCall():
                opened.kind = "tool_call"
                opened.early_arguments = part.arguments
                self._start_call(index, part)
            case SearchCall() | OpaquePart(kind="server_tool_use") if opened.may_search:
                opened.kind = "search"
            case SearchResult() | Image():
                opened.kind = "whole"
                self._out.append(WholePart(index, part))
            case OpaquePart():
                self._out.append(OpaqueStart(index, part))
            case _:
                kind = msgspec.json.decode(opened.start, type=_Typed).type
                self._out.append(OpaqueStart(index, OpaquePart(NAME, kind, opened.start)))

    def _start_text(self, index: int, part: Text) -> None:
        self._out.append(TextStart(index))
        if part.text:
            self._out.append(TextDelta(index, part.text))
        self._out += [TextCitation(index, citation) for citation in part.citations]

    def _start_call(self, index: int, part: ToolCall) -> None:
        call_id = new_call_id() if part.id in self._call_ids else part.id
        self._call_ids.add(call_id)
        self._out.append(ToolCallStart(index, call_id, part.name))

    def _start_thinking(self, index: int, part: Thinking) -> None:
        self._out.append(ThinkingStart(index, part.redacted, part.vendor or NAME))
        if part.text:
            self._out.append(ThinkingDelta(index, part.text))
        if part.signature:
            self._out.append(ThinkingSignature(index, part.signature))

    def _take_delta(self, opened: OpenBlock, delta: wire.Delta) -> None:
        kind, index = opened.kind, opened.index
        if isinstance(delta, wire.TextDelta) and kind == "text":
            self._out.append(TextDelta(index, delta.text))
        elif isinstance(delta, wire.InputJsonDelta) and kind == "tool_call":
            opened.early_arguments = ""
            self._out.append(ToolCallDelta(index, delta.partial_json))
        elif isinstance(delta, wire.ThinkingDelta) and kind == "thinking":
            self._out.append(ThinkingDelta(index, delta.thinking))
        elif isinstance(delta, wire.SignatureDelta) and kind == "thinking":
            self._out.append(ThinkingSignature(index, delta.signature))
        elif isinstance(delta, wire.InputJsonDelta) and kind == "search":
            opened.query.append(delta.partial_json)
        elif (
            isinstance(delta, wire.CitationsDelta)
            and kind == "text"
            and (citation := decode_citation(delta.citation))
        ):
            self._out.append(TextCitation(index, citation))
        elif kind not in _TOLD_AT_THE_END:
            self._take_opaque_delta(index, Raw(_json(delta)))

    def _take_opaque_delta(self, index: int, raw: Raw) -> None:
        kind = msgspec.json.decode(raw, type=_Typed).type
        self._out.append(OpaqueDelta(index, OpaquePart(NAME, kind, raw)))

    def _end_block(self, opened: OpenBlock) -> None:
        if opened.early_arguments not in ("", "{}"):
            self._out.append(ToolCallDelta(opened.index, opened.early_arguments))
        if opened.kind == "search":
            self._tell_search(opened)
        elif opened.kind != "whole":
            self._out.append(PartEnd(opened.index))
        self._open = None

    def _tell_search(self, opened: OpenBlock) -> None:
        """Whole; or opaque after all, where more was asked than other dialects can say."""
        search, query = opened.search(), "".join(opened.query)
        if search is not None:
            self._out.append(WholePart(opened.index, search))
            return
        opaque = OpaquePart(NAME, "server_tool_use", opened.start)
        self._out.append(OpaqueStart(opened.index, opaque))
        if query:
            delta = wire.InputJsonDelta(query)
            self._take_opaque_delta(opened.index, Raw(_json(delta)))
        self._out.append(PartEnd(opened.index))

    def _take_unusual(self, event: SSEEvent) -> None:
        """An error, a delta of an unknown type, an event of an unknown type, or no JSON at all."""
        data = event.data.strip()
        if not data or data == b"[DONE]":
            return
        try:
            said = _UNUSUAL.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            text = data[:200].decode(errors="replace")
            self._fail(f"The upstream sent what is no event of the Messages API: {text}")
            return
        if event.event == "error" or said.type == "error" or said.error is not UNSET:
            self._over = True
            self._out.append(StreamFailed(decode_stream_error(data)))
        elif said.type == "content_block_delta" and said.delta is not UNSET:
            self._take_unknown_delta(said.index, said.delta)

    def _take_unknown_delta(self, wire_index: int | None, delta: Raw) -> None:
        opened = self._open
        if opened is None or wire_index != opened.wire_index or opened.kind in _TOLD_AT_THE_END:
            return
        try:
            self._take_opaque_delta(opened.index, delta)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._fail(f"The upstream sent a delta that cannot be read: {error}")

    def _end(self) -> None:
        self._take_message_start(wire.Answer())
        while self._open is not None:
            self._end_block(self._open)
            self._take_waiting()
        if self._over:
            return  # what waited was no block
        self._over = True
        stop = self._stop or StopReason("end_turn")
        if self._call_ids and stop.unified == "end_turn":
            stop = StopReason("tool_use", stop.raw)
        self._out.append(MessageEnd(stop, self._usage))

    def _fail(self, message: str) -> None:
        self._over = True
        self._out.append(StreamFailed(ApiError("api", 502, message)))

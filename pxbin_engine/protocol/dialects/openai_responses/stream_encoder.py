"""Canonical events -> streams of the Responses API.

Rules:

1. Every event has the next ``sequence_number``, from 0; every item the next ``output_index``.
2. An item ends when the next one begins or the answer ends, not when its part does: texts that follow each other are one
   message, what a search found belongs to its call, and only the end tells whether the last item is whole.
3. The stream ends once: ``completed``, ``incomplete`` or ``failed``, with all that ended before it.
4. The bytes of a delta are a format with two holes; the rest of it is written once an item.
"""

from collections.abc import Iterable

import msgspec

from pxbin_engine.protocol.dialects.openai_responses.call_items import call_item
from pxbin_engine.protocol.dialects.openai_responses.compaction import (
    SummaryEvents,
    wants_summary,
)
from pxbin_engine.protocol.dialects.openai_responses.error_encoder import encode_stream_error
from pxbin_engine.protocol.dialects.openai_responses.output_items import (
    Event,
    ImageItem,
    MessageItem,
    OutputItem,
    ReasoningItem,
    WebSearchItem,
    WholeItem,
    encode_item,
)
from pxbin_engine.protocol.dialects.openai_responses.response_object import (
    NOWHERE,
    Place,
    ResponseObject,
    is_incomplete,
)
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    FunctionTool,
    Image,
    Request,
    SearchCall,
    SearchResult,
)
from pxbin_engine.protocol.response import Usage
from pxbin_engine.protocol.stops import note_stop
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

PING = b": ping\n\n"
"""A comment: the API has no documented ping, and every SSE reader skips it."""

_json = msgspec.json.Encoder().encode


class ResponsesStreamEncoder:
    """One stream.

    Args:
        place: in a conversation that is remembered.

    Attributes:
        answer: the response object in its last state; empty until the stream has ended.
    """

    def __init__(
        self,
        request: Request,
        *,
        losses: Losses,
        estimate: Usage | None = None,
        now: int = 0,
        place: Place = NOWHERE,
    ) -> None:
        self.answer = b""
        self._memory_place = place
        self._summary = SummaryEvents() if wants_summary(request) else None
        self._request = request
        self._losses = losses
        self._estimate = estimate
        self._now = now
        self._tools = {tool.name: tool for tool in request.tools if isinstance(tool, FunctionTool)}
        self._response: ResponseObject | None = None
        self._number = 0
        self._done: list[bytes] = []
        self._item: OutputItem | None = None
        self._delta_head = b""
        self._place = b""

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        """The bytes of these events, ready for one write."""
        if self._summary is not None:
            events = self._summary.translate(events)
        return b"".join([self._encode(event) for event in events])

    def _encode(self, event: StreamEvent) -> bytes:
        match event:
            case TextDelta(text=text) | ThinkingDelta(text=text) | ToolCallDelta(arguments=text):
                return self._add(text)
            case PartEnd():
                return self._end_part()
            case ThinkingSignature(signature=signature):
                return self._sign(signature)
            case TextCitation(citation=citation):
                return self._cite(citation)
            case MessageStart():
                return self._start(event)
            case MessageEnd():
                return self._end(event)
            case StreamFailed():
                return self._fail(event)
            case Ping():
                return PING
            case OpaqueDelta():
                return b""  # an opaque item is told whole
            case _:
                return self._begin_part(event)

    # The response

    def _start(self, event: MessageStart) -> bytes:
        self._response = ResponseObject(
            self._request,
            response_id=event.id,
            model=event.model,
            now=self._now,
            place=self._memory_place,
        )
        response = self._response.in_progress()
        return self._state("created", response) + self._state("in_progress", response)

    def _end(self, event: MessageEnd) -> bytes:
        note_stop(event.stop, self._losses)
        incomplete = is_incomplete(event.stop)
        last = self._end_item("incomplete" if incomplete else "completed")
        usage = event.usage or self._estimate
        self.answer = self._begun.ended(event.stop, self._done, usage)
        if self._memory_place.keep is not None:
            self._memory_place.keep(self.answer)
        return last + self._state("incomplete" if incomplete else "completed", self.answer)

    def _fail(self, event: StreamFailed) -> bytes:
        if self._response is None:
            return encode_stream_error(event.error, request_id=event.error.request_id or "")
        self.answer = self._response.failed(event.error, self._done)
        return self._state("failed", self.answer)

    @property
    def _begun(self) -> ResponseObject:
        if self._response is None:
            raise ValueError("A part came before the message started.")
        return self._response

    def _state(self, name: str, response: bytes) -> bytes:
        return (
            b'event: response.%b\ndata: {"type":"response.%b","sequence_number":%d,"response":%b}\n\n'
            % (
                name.encode(),
                name.encode(),
                self._next_number(),
                response,
            )
        )

    # The parts

    def _begin_part(
        self, event: TextStart | ThinkingStart | ToolCallStart | OpaqueStart | WholePart
    ) -> bytes:
        key = f"{self._begun.key}_{len(self._done) + (self._item is not None)}"
        match event:
            case TextStart():
                return b"" if isinstance(self._item, MessageItem) else self._begin(MessageItem(key))
            case ThinkingStart(redacted=redacted, vendor=vendor):
                return self._begin(ReasoningItem(key, redacted=redacted, vendor=vendor))
            case ToolCallStart(id=call_id, name=name):
                return self._begin(call_item(key, call_id, name, self._tools.get(name)))
            case WholePart(part=part):
                return self._whole_part(key, part)
            case OpaqueStart(part=part):
                if part.dialect == NAME:
                    return self._begin(WholeItem(part.raw))
                reason = f"A Responses client knows no {part.kind}; it was left out."
                self._losses.add(f"answer.{part.kind}", reason)
                return b""

    def _whole_part(self, key: str, part: SearchCall | SearchResult | Image) -> bytes:
        match part:
            case SearchCall():
                return self._begin(WebSearchItem(key, part.query))
            case SearchResult():
                self._note_hits(part)
                if isinstance(self._item, WebSearchItem):
                    self._item.found(part.hits, part.error)
                return b""
            case Image(source=Base64Source(media_type=media_type, data=data)):
                return self._begin(ImageItem(key, media_type, data))
            case Image():
                self._losses.add(
                    "answer.image", "A Responses client takes a picture only as bytes."
                )
                return b""

    def _note_hits(self, result: SearchResult) -> None:
        if any(hit.text or hit.opaque for hit in result.hits):
            reason = "A Responses client is told only the addresses that a search found."
            self._losses.add("answer.web_search", reason)

    def _end_part(self) -> bytes:
        if isinstance(self._item, MessageItem):
            return b"".join([self._event(event) for event in self._item.end_text()])
        return b""  # rule 2

    def _sign(self, signature: str) -> bytes:
        if isinstance(self._item, ReasoningItem):
            self._item.sign(signature)
        return b""

    def _cite(self, citation: Citation) -> bytes:
        if citation.quoted or citation.opaque:
            reason = "A Responses client is told only a page's address, not its own words."
            self._losses.add("answer.citations.quoted", reason)
        if isinstance(self._item, MessageItem):
            self._item.cite(citation)
        return b""

    # The items

    def _begin(self, item: OutputItem) -> bytes:
        ended = self._end_item("completed")
        self._item = item
        index = len(self._done)
        self._place = b'"item_id":%b,"output_index":%d' % (_json(item.id), index)
        kind, fields = item.delta_event
        self._delta_head = (
            b'event: response.%b\ndata: {"type":"response.%b",%b,%b"sequence_number":'
            % (
                kind.encode(),
                kind.encode(),
                self._place,
                _json(fields)[1:-1] + b"," if fields else b"",
            )
        )
        added = self._item_event(b"added", encode_item(item, "in_progress"))
        return ended + added + b"".join([self._event(event) for event in item.begin()])

    def _add(self, text: str) -> bytes:
        item = self._item
        if item is None or not text:
            return b""
        if item.due:
            due, item.due = item.due, []
            return b"".join([self._event(event) for event in due]) + self._add(text)
        return self._delta(item.add(text))

    def _delta(self, text: str) -> bytes:
        if not text:
            return b""
        number = self._number
        self._number = number + 1
        return b'%b%d,"delta":%b}\n\n' % (self._delta_head, number, _json(text))

    def _end_item(self, status: str) -> bytes:
        item = self._item
        if item is None:
            return b""
        last, events = item.end()
        told = self._delta(last) + b"".join([self._event(event) for event in events])
        encoded = encode_item(item, status)
        told += self._item_event(b"done", encoded)
        self._done.append(encoded)
        self._item = None
        return told

    def _item_event(self, name: bytes, item: bytes) -> bytes:
        return (
            b'event: response.output_item.%b\ndata: {"type":"response.output_item.%b","sequence_number":%d,'
            b'"output_index":%d,"item":%b}\n\n'
        ) % (name, name, self._next_number(), len(self._done), item)

    def _event(self, event: Event) -> bytes:
        kind, fields = event
        return b'event: response.%b\ndata: {"type":"response.%b","sequence_number":%d,%b%b}\n\n' % (
            kind.encode(),
            kind.encode(),
            self._next_number(),
            self._place,
            b"," + _json(fields)[1:-1] if fields else b"",
        )

    def _next_number(self) -> int:
        number = self._number
        self._number += 1
        return number

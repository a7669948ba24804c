"""Streams of the Responses API -> canonical events (``stream_encoder`` is the way back).

What the decoder holds to, beside the rules of ``protocol.stream`` (``item_queue`` keeps the items in order):

1. The message starts with the first event that tells of the response, be it ``response.created`` or already a delta.
2. ``response.completed`` or ``response.incomplete`` ends it; the end of the bytes without one is a cut stream, unless the
   upstream is known for it.
3. ``response.failed``, an ``error`` event and an error object of any other shape are a failure; nothing comes after it.
4. Events of other types tell nothing that an item's end does not tell again, and are skipped.

A whole answer is read as the stream that says nothing but its end.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.answer import (
    decode_failure,
    decode_stop,
    decode_usage,
    new_response_id,
)
from pxbin_engine.protocol.dialects.openai_responses.call_reader import BrokenAnswer
from pxbin_engine.protocol.dialects.openai_responses.item_queue import ItemQueue
from pxbin_engine.protocol.dialects.openai_responses.item_reader import AnswerState
from pxbin_engine.protocol.dialects.openai_responses.wire import UNREADABLE
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.sse import SSEEvent
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    Ping,
    StreamEvent,
    StreamFailed,
)
from pxbin_engine.protocol.upstream_error import decode_stream_error
from pxbin_engine.protocol.wire_names import original_names

_LONGEST_SHOWN = 200


class ResponsesStreamDecoder:
    """An upstream's events -> canonical events."""

    def __init__(self, *, quirks: Quirks, request: Request) -> None:
        self._lenient_end = quirks.lenient_end
        self._state = AnswerState(original_names(request))
        self._items = ItemQueue(self._state)
        self._started = False
        self._over = False

    def feed(self, events: Iterable[SSEEvent]) -> list[StreamEvent]:
        """The canonical events of these server-sent events; bad data becomes ``StreamFailed``."""
        for event in events:
            if self._over:
                break
            try:
                self._take_event(event)
            except BrokenAnswer as error:
                self._fail(_bad_stream(str(error)))
        return self._told()

    def answer(self, answer: wire.Answer) -> list[StreamEvent]:
        """The canonical events of a whole answer."""
        self._start(answer.id, answer.model)
        try:
            self._end(answer)
        except BrokenAnswer as error:
            self._fail(_bad_stream(str(error)))
        return self._told()

    def close(self) -> list[StreamEvent]:
        """The bytes have ended: the end that is still due, or ``StreamFailed`` where they were cut."""
        if self._over:
            return []
        if self._lenient_end and self._started:
            return self.answer(wire.Answer())
        if self._started:
            self._fail(_bad_stream("The upstream's stream was cut before the answer was complete."))
        else:
            self._fail(_bad_stream("The upstream's stream ended without an answer."))
        return self._told()

    def _told(self) -> list[StreamEvent]:
        told, self._state.out = self._state.out, []
        return told

    def _take_event(self, event: SSEEvent) -> None:
        try:
            said = wire.event_decoder.decode(event.data)
        except UNREADABLE:
            self._take_unusual(event)
        else:
            self._take(said)

    def _take(self, said: wire.Event) -> None:
        if type(said) in _ITEM_EVENTS:
            if not self._started:
                self._start(None, None)
            self._items.take(said)  # type: ignore[arg-type]  # faster than isinstance, and this is the hot path
        elif isinstance(said, wire.Completed | wire.Incomplete | wire.Failed):
            self._start(said.response.id, said.response.model)
            if isinstance(said, wire.Failed):
                said.response.status = "failed"
            self._end(said.response)
        elif isinstance(said, wire.KeepAlive):
            if self._started:
                self._state.out.append(Ping())
        elif isinstance(said, wire.Created | wire.InProgress | wire.Queued):
            self._start(said.response.id, said.response.model)

    def _start(self, response_id: str | None, model: str | None) -> None:
        if not self._started:
            self._started = True
            self._state.out.append(MessageStart(response_id or new_response_id(), model or ""))

    def _end(self, answer: wire.Answer) -> None:
        if failure := decode_failure(answer):
            self._fail(failure)
            return
        self._items.end(answer.output or [])
        state = self._state
        stop = decode_stop(answer, refused=state.refused, last_call=state.last_call)
        state.out.append(MessageEnd(stop, decode_usage(answer, state.searches)))
        self._over = True

    def _take_unusual(self, event: SSEEvent) -> None:
        """An error, an event of another type, ``[DONE]`` after the end, or no event at all."""
        data = event.data.strip()
        if not data or data == b"[DONE]":
            return
        value = _json(data)
        kind = value.get("type") if isinstance(value, dict) else None
        known = isinstance(kind, str) and kind in _KNOWN
        if event.event == "error" or _is_error(value):
            self._fail(decode_stream_error(value))
        elif known and (said := wire.decode_laxly(data)) is not None:
            self._take(said)
        elif known or not isinstance(kind, str):
            shown = data[:_LONGEST_SHOWN].decode(errors="replace")
            self._fail(_bad_stream(f"The upstream sent what is no event of a response: {shown}"))

    def _fail(self, error: ApiError) -> None:
        self._over = True
        self._state.out.append(StreamFailed(error))


_ITEM_EVENTS = frozenset(wire.ItemEvent.__args__)
_KNOWN = frozenset(event.__struct_config__.tag for event in wire.Event.__args__)


def _is_error(value: Any) -> bool:
    """An error event, or an error object in any vendor's shape."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return False
    return value.get("type") == "error" or bool(value.get("error") or value.get("detail"))


def _json(data: bytes) -> Any:
    """The value, or None where the bytes are no JSON."""
    try:
        return msgspec.json.decode(data)
    except UNREADABLE:
        return None


def _bad_stream(message: str) -> ApiError:
    return ApiError("api", 502, message)

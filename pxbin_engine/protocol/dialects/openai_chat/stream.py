"""Streams of Chat Completions -> canonical events (``stream_encoder`` is the way back).

What the decoder holds to, beside the rules of ``protocol.stream`` (``part_queue`` keeps the parts in order):

1. The message starts with the first chunk that has a choice: Azure's first has none, and no model name either.
2. ``finish_reason`` and ``usage`` may come in any chunk, in either order, twice or always: the last usage counts, and a
   ``stop`` never hides a finish that says more. Only ``[DONE]`` or the end of the bytes ends the message.
3. The end of the bytes without a finish and without ``[DONE]`` is a cut stream, unless the upstream is known for it.
4. An error object, wherever it stands, is a failure; nothing comes after it.
5. Only the first choice is read.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from pxbin_engine.protocol.dialects.openai_chat import wire
from pxbin_engine.protocol.dialects.openai_chat.annotations import decode_annotations
from pxbin_engine.protocol.dialects.openai_chat.part_queue import BrokenSequence, PartQueue
from pxbin_engine.protocol.dialects.openai_chat.reasoning_details import detail_proof, detail_text
from pxbin_engine.protocol.dialects.openai_chat.response import (
    FAILED_FINISHES,
    content_pieces,
    decode_images,
    decode_stop,
    decode_usage,
    new_response_id,
)
from pxbin_engine.protocol.dialects.openai_chat.think_tags import Piece, ThinkTagSplitter
from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import StopReason
from pxbin_engine.protocol.sse import SSEEvent
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    StreamEvent,
    StreamFailed,
)
from pxbin_engine.protocol.upstream_error import decode_stream_error
from pxbin_engine.protocol.wire_names import original_names


class ChatStreamDecoder:
    """An upstream's chunks -> canonical events."""

    def __init__(self, *, quirks: Quirks, request: Request) -> None:
        self._lenient_end = quirks.lenient_end
        self._think_tags = ThinkTagSplitter() if quirks.think_tags else None
        self._queue = PartQueue(original_names(request))
        self._started = False
        self._over = False
        self._finish: str | None = None
        self._met: str | int | None = None
        self._refused = False
        self._usage: wire.CompletionUsage | None = None
        self._service_tier: object = None

    def feed(self, events: Iterable[SSEEvent]) -> list[StreamEvent]:
        """The canonical events of these server-sent events; bad data becomes ``StreamFailed``."""
        out: list[StreamEvent] = []
        for event in events:
            if self._over:
                break
            try:
                self._take(event, out)
            except BrokenSequence as error:
                self._fail(_bad_stream(str(error)), out)
        return out

    def close(self) -> list[StreamEvent]:
        """The bytes have ended: the end that is still due, or ``StreamFailed`` where they were cut."""
        out: list[StreamEvent] = []
        if self._over:
            return out
        if self._finish is not None or (self._lenient_end and self._started):
            try:
                self._end(out)
            except BrokenSequence as error:
                self._fail(_bad_stream(str(error)), out)
        elif self._started:
            self._fail(
                _bad_stream("The upstream's stream was cut before the answer was complete."), out
            )
        else:
            self._fail(_bad_stream("The upstream's stream ended without an answer."), out)
        return out

    def _take(self, event: SSEEvent, out: list[StreamEvent]) -> None:
        try:
            chunk = wire.decode_usual_completion(event.data)
        except wire.UNREADABLE:
            unusual = self._decode_unusual(event.data, out)
            if unusual is None:
                return
            chunk = unusual
        choices = chunk.choices
        if choices and not chunk.error:
            if not self._started:
                self._started = True
                out.append(MessageStart(chunk.id or new_response_id(), chunk.model or ""))
            self._take_choice(choices[0], out)
        elif _is_error(chunk) or event.event == "error":
            self._fail(decode_stream_error(_json(event.data)), out)
        usage = chunk.usage or (chunk.x_groq.usage if chunk.x_groq else None)
        if usage is not None:
            self._usage = usage
        self._service_tier = chunk.service_tier or self._service_tier

    def _decode_unusual(self, data: bytes, out: list[StreamEvent]) -> wire.Completion | None:
        """The chunk all the same; None where it is none, and what it means has been told."""
        text = data.strip()
        if text == b"[DONE]":
            self._end(out)
            return None
        try:
            return wire.decode_completion(data)
        except wire.UNREADABLE:
            pass
        value = _json(text)
        if isinstance(value, list | str) or (isinstance(value, dict) and value.get("error")):
            self._fail(decode_stream_error(value), out)
        elif text:
            start = text[:200].decode(errors="replace")
            self._fail(_bad_stream(f"The upstream sent no chat completion chunk: {start}"), out)
        return None

    def _take_choice(self, choice: wire.Choice, out: list[StreamEvent]) -> None:
        if choice.index:
            return
        delta = choice.delta or choice.message
        if delta is not None:
            self._take_delta(delta, out)
        if choice.usage is not None:
            self._usage = choice.usage
        if choice.finish_reason or choice.error:
            self._take_finish(choice, out)

    def _take_delta(self, delta: wire.Delta, out: list[StreamEvent]) -> None:
        thinking = delta.reasoning_content or delta.reasoning
        if delta.reasoning_details:
            self._take_details(delta.reasoning_details, thinking or "", out)
        elif thinking:
            self._queue.thinking(thinking, out)
        content = delta.content
        if content:
            if isinstance(content, list):
                self._take_pieces(content_pieces(content), out)
            elif self._think_tags is not None:
                self._take_pieces(self._think_tags.feed(content), out)
            else:
                self._queue.text(content, out)
        if delta.annotations or delta.images:
            self._take_extras(delta, out)
        if delta.tool_calls:
            for call in delta.tool_calls:
                self._queue.call(call, out)
        if delta.refusal:
            self._refused = True
            self._queue.text(delta.refusal, out)
        if delta.function_call is not None:
            self._queue.call(wire.ToolCall(index=0, function=delta.function_call), out)

    def _take_details(
        self, details: list[dict[str, Any]], plain: str, out: list[StreamEvent]
    ) -> None:
        """``plain`` is what the chunk says beside the details, and mostly the same."""
        if plain and not any(detail_text(detail) for detail in details):
            self._queue.thinking(plain, out, NAME)
        for detail in details:
            if text := detail_text(detail):
                self._queue.thinking(text, out, NAME)
            if proof := detail_proof(detail):
                self._queue.proof(proof, NAME, out)

    def _take_extras(self, delta: wire.Delta, out: list[StreamEvent]) -> None:
        for citation in decode_annotations(delta.annotations):
            self._queue.citation(citation, out)
        for image in decode_images(delta.images):
            self._queue.image(image, out)

    def _take_pieces(
        self, pieces: Iterable[Piece | tuple[str, str]], out: list[StreamEvent]
    ) -> None:
        for kind, text in pieces:
            if not text:
                continue
            if kind == "thinking":
                self._queue.thinking(text, out)
            else:
                self._queue.text(text, out)

    def _take_finish(self, choice: wire.Choice, out: list[StreamEvent]) -> None:
        finish = choice.finish_reason or ""
        if choice.error or finish in FAILED_FINISHES:
            self._fail(decode_stream_error({"error": choice.error or FAILED_FINISHES[finish]}), out)
            return
        if self._finish is None or finish != "stop":
            self._finish = finish
        self._met = choice.stop_reason if choice.stop_reason is not None else self._met

    def _end(self, out: list[StreamEvent]) -> None:
        if not self._started:
            self._fail(_bad_stream("The upstream's stream ended without an answer."), out)
            return
        if self._think_tags is not None:
            self._take_pieces(self._think_tags.close(), out)
        self._queue.end(out)
        stop = decode_stop(self._finish, self._met, self._queue.last_arguments)
        if self._refused and stop.unified == "end_turn":
            stop = StopReason("refusal", self._finish)
        usage = decode_usage(self._usage, self._service_tier) if self._usage is not None else None
        out.append(MessageEnd(stop, usage))
        self._over = True

    def _fail(self, error: ApiError, out: list[StreamEvent]) -> None:
        out.append(StreamFailed(error))
        self._over = True


def _is_error(chunk: wire.Completion) -> bool:
    """An error object that took the place of a chunk, in OpenAI's or any other shape."""
    said = (chunk.error, chunk.message, chunk.detail)
    return chunk.object == "error" or any(said)


def _json(data: bytes) -> Any:
    """The value, or None where the bytes are no JSON."""
    try:
        return msgspec.json.decode(data)
    except wire.UNREADABLE:
        return None


def _bad_stream(message: str) -> ApiError:
    return ApiError("api", 502, message)

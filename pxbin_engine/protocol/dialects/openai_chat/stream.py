"""Streams of Chat Completions, in both directions.

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
from pxbin_engine.protocol.dialects.openai_chat.error import encode_stream_error
from pxbin_engine.protocol.dialects.openai_chat.part_queue import BrokenSequence, PartQueue
from pxbin_engine.protocol.dialects.openai_chat.response import (
    FAILED_FINISHES,
    content_pieces,
    decode_stop,
    decode_usage,
    details_text,
    encode_stop,
    encode_usage,
    new_response_id,
)
from pxbin_engine.protocol.dialects.openai_chat.think_tags import Piece, ThinkTagSplitter
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.sse import SSEEvent
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    PartEnd,
    Ping,
    StreamEvent,
    StreamFailed,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStart,
)
from pxbin_engine.protocol.upstream_error import decode_stream_error
from pxbin_engine.protocol.wire_names import original_names

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"
"""A comment: every SSE reader skips it, and Chat Completions has no ping of its own."""


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
        data = event.data
        if data == b"[DONE]":
            self._end(out)
            return
        try:
            chunk = wire.decode_completion(data)
        except wire.UNREADABLE:
            self._take_unreadable(data, out)
            return
        if chunk.choices and not chunk.error:
            self._take_choice(chunk, chunk.choices[0], out)
        elif _is_error(chunk) or event.event == "error":
            self._fail(decode_stream_error(_json(data)), out)
        usage = chunk.usage or (chunk.x_groq.usage if chunk.x_groq else None)
        if usage is not None:
            self._usage = usage

    def _take_unreadable(self, data: bytes, out: list[StreamEvent]) -> None:
        text = data.strip()
        value = _json(text)
        if text == b"[DONE]":
            self._end(out)
        elif isinstance(value, list | str) or (isinstance(value, dict) and value.get("error")):
            self._fail(decode_stream_error(value), out)
        elif text:
            start = text[:200].decode(errors="replace")
            self._fail(_bad_stream(f"The upstream sent no chat completion chunk: {start}"), out)

    def _take_choice(
        self, chunk: wire.Completion, choice: wire.Choice, out: list[StreamEvent]
    ) -> None:
        if not self._started:
            self._started = True
            out.append(MessageStart(chunk.id or new_response_id(), chunk.model or ""))
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
        if thinking:
            self._queue.thinking(thinking, out)
        elif delta.reasoning_details and (text := details_text(delta.reasoning_details)):
            self._queue.thinking(text, out)
        content = delta.content
        if content:
            if isinstance(content, list):
                self._take_pieces(content_pieces(content), out)
            elif self._think_tags is not None:
                self._take_pieces(self._think_tags.feed(content), out)
            else:
                self._queue.text(content, out)
        if delta.tool_calls:
            for call in delta.tool_calls:
                self._queue.call(call, out)
        if delta.refusal:
            self._refused = True
            self._queue.text(delta.refusal, out)
        if delta.function_call is not None:
            self._queue.call(wire.ToolCall(index=0, function=delta.function_call), out)

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
        usage = decode_usage(self._usage) if self._usage is not None else None
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


class ChatStreamEncoder:
    """Canonical events -> chunks; thinking leaves as ``reasoning_content``, the name that most clients read."""

    def __init__(self, request: Request, *, estimate: Usage | None, created: int) -> None:
        self._estimate = estimate
        self._created = created
        self._asks_usage = asks_usage(request)
        self._head = b""
        self._call = -1
        self._has_arguments = True

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        """The bytes of these events, ready for one write."""
        return b"".join([self._encode(event) for event in events])

    def _encode(self, event: StreamEvent) -> bytes:
        match event:
            case TextDelta(text=text):
                return self._delta(b'{"content":%b}' % _encode_json(text))
            case ToolCallDelta(arguments=arguments):
                return self._arguments(arguments)
            case ThinkingDelta(text=text):
                return self._delta(b'{"reasoning_content":%b}' % _encode_json(text))
            case MessageStart():
                return self._start(event)
            case ToolCallStart():
                return self._call_start(event)
            case PartEnd():
                return b"" if self._has_arguments else self._arguments("{}")
            case MessageEnd():
                return self._message_end(event)
            case StreamFailed(error=error):
                return encode_stream_error(error, request_id="")
            case Ping():
                return PING
            case _:
                return b""  # starts say nothing here; signatures and opaque parts have no place in chunks

    def _start(self, event: MessageStart) -> bytes:
        head = {
            "id": event.id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": event.model,
        }
        self._head = b"data: " + _encode_json(head)[:-1] + b',"choices":['
        return self._delta(b'{"role":"assistant","content":""}')

    def _delta(self, delta: bytes) -> bytes:
        return b'%b{"index":0,"delta":%b,"finish_reason":null}]}\n\n' % (self._head, delta)

    def _call_start(self, event: ToolCallStart) -> bytes:
        self._call += 1
        self._has_arguments = False
        function = {"name": event.name, "arguments": ""}
        call = {"index": self._call, "id": event.id, "type": "function", "function": function}
        return self._delta(b'{"tool_calls":[%b]}' % _encode_json(call))

    def _arguments(self, arguments: str) -> bytes:
        if not arguments:
            return b""
        self._has_arguments = True
        function = b'{"arguments":%b}' % _encode_json(arguments)
        return self._delta(b'{"tool_calls":[{"index":%d,"function":%b}]}' % (self._call, function))

    def _message_end(self, event: MessageEnd) -> bytes:
        finish = b'%b{"index":0,"delta":{},"finish_reason":"%b"}]}\n\n' % (
            self._head,
            encode_stop(event.stop).encode(),
        )
        usage = event.usage or self._estimate
        if self._asks_usage and usage is not None:
            finish += b'%b],"usage":%b}\n\n' % (self._head, _encode_json(encode_usage(usage)))
        return finish + DONE


def asks_usage(request: Request) -> bool:
    """Whether the client asked for the chunk with the usage (``stream_options.include_usage``)."""
    return request.tell_usage is True


_encode_json = msgspec.json.Encoder().encode

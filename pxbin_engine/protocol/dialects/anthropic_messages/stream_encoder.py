"""Canonical events -> streams of the Messages API.

The bytes of the frequent events are formats with two holes: a dict for each would cost several times as much.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages.answer_parts import (
    UNSIGNED,
    encode_answer_part,
    proof_for_client,
)
from pxbin_engine.protocol.dialects.anthropic_messages.error import encode_stream_error
from pxbin_engine.protocol.dialects.anthropic_messages.part_encoder import encode_call_id
from pxbin_engine.protocol.dialects.anthropic_messages.response import (
    encode_message_id,
    encode_stop,
    encode_usage,
)
from pxbin_engine.protocol.dialects.anthropic_messages.search import encode_citation
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import OpaquePart
from pxbin_engine.protocol.response import Usage
from pxbin_engine.protocol.sse import encode_sse, one_line
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

PING = encode_sse(b'{"type":"ping"}', "ping")

_DELTA = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":%b}\n\n'
)
_TEXT_DELTA = _DELTA.replace(b"%b", b'{"type":"text_delta","text":%b}')
_THINKING_DELTA = _DELTA.replace(b"%b", b'{"type":"thinking_delta","thinking":%b}')
_SIGNATURE_DELTA = _DELTA.replace(b"%b", b'{"type":"signature_delta","signature":%b}')
_CITATIONS_DELTA = _DELTA.replace(b"%b", b'{"type":"citations_delta","citation":%b}')
_INPUT_JSON_DELTA = _DELTA.replace(b"%b", b'{"type":"input_json_delta","partial_json":%b}')
_BLOCK_START = (
    b"event: content_block_start\n"
    b'data: {"type":"content_block_start","index":%d,"content_block":%b}\n\n'
)
_BLOCK_STOP = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
_MESSAGE_STOP = encode_sse(b'{"type":"message_stop"}', "message_stop")
_TEXT_BLOCK = b'{"type":"text","text":""}'
_THINKING_BLOCK = b'{"type":"thinking","thinking":"","signature":""}'

_json = msgspec.json.Encoder().encode


class MessagesStreamEncoder:
    """Canonical events -> the client's events.

    Blocks are numbered by what leaves: a part that the dialect cannot say takes no number, and is a Loss. Thinking that
    ends without a signature gets one that is marked as ours, so that a client sends it back and it never reaches Anthropic.
    """

    def __init__(self, losses: Losses, *, estimate: Usage | None = None) -> None:
        self._losses = losses
        self._estimate = estimate
        self._index = 0
        self._has_call = False
        self._skips = False
        self._unsigned = False
        self._vendor: str | None = None

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        """The bytes of these events, ready for one write."""
        return b"".join([self._encode(event) for event in events])

    def _encode(self, event: StreamEvent) -> bytes:
        match event:
            case TextDelta(text=text):
                return _TEXT_DELTA % (self._index, _json(text))
            case ToolCallDelta(arguments=arguments):
                return _INPUT_JSON_DELTA % (self._index, _json(arguments))
            case ThinkingDelta(text=text):
                return _THINKING_DELTA % (self._index, _json(text))
            case ThinkingSignature(signature=signature):
                return self._signature(signature)
            case OpaqueDelta(part=part):
                return self._opaque_delta(part)
            case PartEnd():
                return self._end_block()
            case TextStart() | ThinkingStart() | ToolCallStart() | OpaqueStart():
                return self._start_block(event)
            case _:
                return self._encode_rare(event)

    def _encode_rare(
        self, event: MessageStart | MessageEnd | TextCitation | WholePart | StreamFailed | Ping
    ) -> bytes:
        match event:
            case MessageStart():
                return self._start_message(event)
            case MessageEnd():
                return self._end_message(event)
            case TextCitation(citation=citation):
                return _CITATIONS_DELTA % (self._index, _json(encode_citation(citation)))
            case WholePart():
                return self._whole_part(event)
            case StreamFailed(error=error):
                return encode_stream_error(error, request_id=error.request_id or "")
            case Ping():
                return PING

    def _start_message(self, event: MessageStart) -> bytes:
        message: dict[str, Any] = {
            "id": encode_message_id(event.id),
            "type": "message",
            "role": "assistant",
            "model": event.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": encode_usage(event.usage or self._estimate or Usage()),
        }
        return encode_sse(_json({"type": "message_start", "message": message}), "message_start")

    def _start_block(self, event: TextStart | ThinkingStart | ToolCallStart | OpaqueStart) -> bytes:
        match event:
            case TextStart():
                block = _TEXT_BLOCK
            case ToolCallStart():
                self._has_call = True
                call_id = encode_call_id(event.id)
                call = {"type": "tool_use", "id": call_id, "name": event.name, "input": {}}
                block = _json(call)
            case ThinkingStart():
                block = self._thinking_block(event)
            case _:
                opaque = encode_answer_part(event.part, f"answer[{event.index}]", self._losses)
                self._skips = not isinstance(opaque, Raw)
                if not isinstance(opaque, Raw):
                    return b""
                block = one_line(bytes(opaque))
        return _BLOCK_START % (self._index, block)

    def _opaque_delta(self, part: OpaquePart) -> bytes:
        return _DELTA % (self._index, one_line(bytes(part.raw))) if part.dialect == NAME else b""

    def _thinking_block(self, event: ThinkingStart) -> bytes:
        self._unsigned, self._vendor = event.redacted is None, event.vendor
        if event.redacted is None:
            return _THINKING_BLOCK
        data = proof_for_client(event.vendor, event.redacted)
        return _json({"type": "redacted_thinking", "data": data})

    def _signature(self, signature: str) -> bytes:
        """A vendor's mark stands before the first piece of its signature only."""
        if self._unsigned:
            signature = proof_for_client(self._vendor, signature)
        self._unsigned = False
        return _SIGNATURE_DELTA % (self._index, _json(signature))

    def _whole_part(self, event: WholePart) -> bytes:
        """A block whose start says all, but for a search: its query comes as arguments do."""
        block = encode_answer_part(event.part, f"answer[{event.index}]", self._losses)
        if not isinstance(block, dict):
            return b""
        if block["type"] == "server_tool_use":
            piece = _INPUT_JSON_DELTA % (self._index, _json(_json(block["input"]).decode()))
            block["input"] = {}
        elif block["type"] == "text":
            piece = _TEXT_DELTA % (self._index, _json(block["text"]))
            block["text"] = ""
        else:
            piece = b""
        return _BLOCK_START % (self._index, _json(block)) + piece + self._end_block()

    def _end_block(self) -> bytes:
        if self._skips:
            self._skips = False
            return b""
        end = _BLOCK_STOP % self._index
        if self._unsigned:
            self._unsigned = False
            end = _SIGNATURE_DELTA % (self._index, _json(UNSIGNED)) + end
        self._index += 1
        return end

    def _end_message(self, event: MessageEnd) -> bytes:
        said = {
            "type": "message_delta",
            "delta": encode_stop(event.stop, has_call=self._has_call),
            "usage": encode_usage(event.usage or self._estimate or Usage()),
        }
        return encode_sse(_json(said), "message_delta") + _MESSAGE_STOP

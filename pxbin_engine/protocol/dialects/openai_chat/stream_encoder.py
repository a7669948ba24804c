"""Canonical events -> streams of Chat Completions.

Thinking leaves as ``reasoning_content``, the name that most clients read; where its vendor will vouch for it, in
``reasoning_details`` too, as OpenRouter streams it: text by text under one ``index``, and the proof at the end.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from pxbin_engine.protocol.dialects.openai_chat.annotations import encode_annotation
from pxbin_engine.protocol.dialects.openai_chat.error import encode_stream_error
from pxbin_engine.protocol.dialects.openai_chat.reasoning_details import (
    client_details,
    signed_call,
    vouches_for_call,
)
from pxbin_engine.protocol.dialects.openai_chat.response_encoder import (
    encode_image,
    encode_stop,
    encode_usage,
    freeform_names,
    note_loss,
)
from pxbin_engine.protocol.freeform import FreeformInput
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Citation, Image, Request, Thinking
from pxbin_engine.protocol.response import Usage
from pxbin_engine.protocol.stops import note_stop
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
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

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"
"""A comment: every SSE reader skips it, and Chat Completions has no ping of its own."""

_encode_json = msgspec.json.Encoder().encode


class ChatStreamEncoder:
    """Canonical events -> chunks."""

    def __init__(
        self, request: Request, losses: Losses, *, estimate: Usage | None, created: int
    ) -> None:
        self._losses = losses
        self._estimate = estimate
        self._created = created
        self._asks_usage = asks_usage(request)
        self._freeform_names = freeform_names(request)
        self._head = b""
        self._call = -1
        self._has_arguments = True
        self._input: FreeformInput | None = None
        self._text_start = 0
        self._text_end = 0
        self._vendor: str | None = None
        self._redacted: str | None = None
        self._has_thought = False
        self._proof = ""
        self._detail = 0
        self._call_proof = ""

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        """The bytes of these events, ready for one write."""
        return b"".join([self._encode(event) for event in events])

    def _encode(self, event: StreamEvent) -> bytes:
        match event:
            case TextDelta(text=text):
                self._text_end += len(text)
                return self._delta(b'{"content":%b}' % _encode_json(text))
            case ToolCallDelta(arguments=arguments):
                return self._arguments(arguments)
            case ThinkingDelta(text=text):
                return self._thinking(text)
            case ThinkingSignature(signature=signature):
                self._proof += signature
                return b""
            case PartEnd():
                return self._end_part()
            case Ping():
                return PING
            case ToolCallStart():
                return self._call_start(event)
            case _:
                return self._call_proof_alone() + self._encode_rare(event)

    def _encode_rare(self, event: StreamEvent) -> bytes:
        match event:
            case TextStart():
                self._text_start = self._text_end
            case ThinkingStart():
                self._vendor, self._redacted = event.vendor, event.redacted
                self._has_thought = False
            case TextCitation(citation=citation):
                return self._citation(citation)
            case WholePart(index=index, part=Image() as image):
                found = encode_image(image, index, self._losses)
                return self._fields(images=[found]) if found else b""
            case WholePart() | OpaqueStart():
                note_loss(event.part, event.index, self._losses)
            case MessageStart():
                return self._start(event)
            case MessageEnd():
                return self._message_end(event)
            case StreamFailed(error=error):
                return encode_stream_error(error, request_id="")
            case _:
                pass  # deltas of opaque parts; their start told the loss
        return b""

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

    def _fields(self, **fields: Any) -> bytes:
        return self._delta(_encode_json(fields))

    def _citation(self, citation: Citation) -> bytes:
        return self._fields(
            annotations=[encode_annotation(citation, self._text_start, self._text_end)]
        )

    # Thinking

    def _thinking(self, text: str) -> bytes:
        self._has_thought = True
        if self._vendor is None:
            return self._delta(b'{"reasoning_content":%b}' % _encode_json(text))
        detail = {"type": "reasoning.text", "text": text, "index": self._detail}
        return self._fields(reasoning_content=text, reasoning_details=[detail])

    def _end_part(self) -> bytes:
        if self._input is not None:
            rest, self._input = self._input.close(), None
            return self._custom_input(rest)
        if not self._has_arguments:
            return self._arguments("{}")
        if not self._proof and self._redacted is None:
            self._detail += self._has_thought  # the texts of two thoughts never share an index
            self._has_thought = False
            return b""
        thought = Thinking("", self._proof or None, self._redacted, self._vendor)
        self._proof, self._redacted = "", None
        if vouches_for_call(thought) and not self._has_thought:
            self._call_proof = thought.signature or ""
            return b""
        return self._proved(thought)

    def _proved(self, thought: Thinking) -> bytes:
        """The details that prove it, under the index of the texts before them."""
        details = [detail | {"index": self._detail} for detail in client_details(thought)]
        self._detail += 1
        return self._fields(reasoning_details=details) if details else b""

    def _call_proof_alone(self) -> bytes:
        """A proof that waited for a call which did not follow."""
        if not self._call_proof:
            return b""
        proof, self._call_proof = self._call_proof, ""
        return self._proved(Thinking("", proof, vendor=self._vendor))

    # Calls

    def _call_start(self, event: ToolCallStart) -> bytes:
        self._call += 1
        call: dict[str, Any] = {"index": self._call, "id": event.id, "type": "function"}
        if event.name in self._freeform_names:
            self._input = FreeformInput()
            call |= {"type": "custom", "custom": {"name": event.name, "input": ""}}
        else:
            self._has_arguments = False
            call["function"] = {"name": event.name, "arguments": ""}
        if self._call_proof:
            call |= signed_call(self._call_proof)
            self._call_proof = ""
        return self._delta(b'{"tool_calls":[%b]}' % _encode_json(call))

    def _arguments(self, arguments: str) -> bytes:
        if not arguments:
            return b""
        if self._input is not None:
            return self._custom_input(self._input.feed(arguments))
        self._has_arguments = True
        function = b'{"arguments":%b}' % _encode_json(arguments)
        return self._delta(b'{"tool_calls":[{"index":%d,"function":%b}]}' % (self._call, function))

    def _custom_input(self, text: str) -> bytes:
        if not text:
            return b""
        return self._fields(tool_calls=[{"index": self._call, "custom": {"input": text}}])

    # The end

    def _message_end(self, event: MessageEnd) -> bytes:
        note_stop(event.stop, self._losses)
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

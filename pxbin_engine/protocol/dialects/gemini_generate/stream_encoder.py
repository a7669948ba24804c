"""Canonical events -> streams of ``streamGenerateContent?alt=sse``: each event a ``GenerateContentResponse``.

The bytes of the frequent events are a format with one hole: a dict for each would cost several times as much.
"""

from collections.abc import Iterable

import msgspec

from pxbin_engine.protocol.dialects.gemini_generate.answer_parts import AnswerParts
from pxbin_engine.protocol.dialects.gemini_generate.error_encoder import encode_stream_error
from pxbin_engine.protocol.dialects.gemini_generate.outcome import new_response_id
from pxbin_engine.protocol.dialects.gemini_generate.response_encoder import (
    encode_end,
    encode_usage,
)
from pxbin_engine.protocol.dialects.gemini_generate.wire import Json
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Usage
from pxbin_engine.protocol.sse import encode_sse
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    Ping,
    StreamEvent,
    StreamFailed,
    TextDelta,
)

PING = b"\n\n"
"""Empty lines: the dialect has no ping, and Google's SDK for Python takes a comment for broken JSON
(googleapis/python-genai ``_api_client.py``), the one for JavaScript up to 1.x waits behind it for ever (js-genai
``responseLineRE``), the one for Go reports it (go-genai ``iterateResponseStream``). All three skip empty lines."""

_NO_TEXT: Json = {"text": ""}
_HEAD = b'data: {"candidates":[{"content":{"parts":['

_json = msgspec.json.Encoder().encode


class GeminiStreamEncoder:
    """One stream."""

    def __init__(self, request: Request, *, losses: Losses, estimate: Usage | None = None) -> None:
        self._answer = AnswerParts(request, losses)
        self._losses = losses
        self._estimate = estimate
        self._names: Json = {}
        self._tail = b""

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        """The bytes of these events, ready for one write."""
        return b"".join([self._encode(event) for event in events])

    def _encode(self, event: StreamEvent) -> bytes:
        match event:
            case TextDelta(text=text) if self._answer.unsigned:
                self._answer.grounding.text(text)
                return b'%b{"text":%b}%b' % (_HEAD, _json(text), self._tail)
            case MessageStart():
                self._start(event)
                return b""
            case MessageEnd():
                return self._end(event)
            case StreamFailed(error=error):
                return encode_stream_error(error)
            case Ping():
                return PING
            case _:
                parts = self._answer.take(event)
                return b"".join([b"%b%b%b" % (_HEAD, _json(part), self._tail) for part in parts])

    def _start(self, event: MessageStart) -> None:
        self._names = {"modelVersion": event.model, "responseId": event.id or new_response_id()}
        self._tail = b'],"role":"model"},"index":0}],' + _json(self._names)[1:] + b"\n\n"

    def _end(self, event: MessageEnd) -> bytes:
        content = {"parts": self._answer.end() or [_NO_TEXT], "role": "model"}
        end = encode_end(event.stop, self._answer, self._losses)
        chunk: Json = {"candidates": [{"content": content, **end, "index": 0}]}
        usage = event.usage or self._estimate
        if usage is not None:
            chunk["usageMetadata"] = encode_usage(usage)
        return encode_sse(_json({**chunk, **self._names}))

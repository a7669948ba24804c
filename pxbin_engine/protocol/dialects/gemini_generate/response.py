"""Whole answers of ``generateContent``: a stream of one chunk, or of all its chunks in one array."""

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate.stream import GeminiStreamDecoder
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response
from pxbin_engine.protocol.sse import SSEEvent
from pxbin_engine.protocol.stream import StreamCollector


def decode_response(body: bytes, *, quirks: Quirks, request: Request | None = None) -> Response:
    """An upstream's whole answer; ``request`` undoes changed names. Raises ``ProtocolError``."""
    decoder = GeminiStreamDecoder(quirks=quirks, request=request or Request("", ()))
    collector = StreamCollector()
    for event in (*decoder.feed([SSEEvent("", body)]), *decoder.close()):
        collector.add(event)
    if collector.error is not None:
        raise ProtocolError(collector.error.message)
    return collector.response()

"""Whole answers of the Responses API -> canonical ones (``response_encoder`` is the way back)."""

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses import upstream_wire
from pxbin_engine.protocol.dialects.openai_responses.stream import ResponsesStreamDecoder
from pxbin_engine.protocol.dialects.openai_responses.wire import UNREADABLE
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response
from pxbin_engine.protocol.stream import StreamCollector


def decode_response(body: bytes, *, quirks: Quirks, request: Request | None = None) -> Response:
    """An upstream's whole answer; ``request`` undoes changed tool names. Raises ``ProtocolError``."""
    try:
        answer = upstream_wire.answer_decoder.decode(body)
    except UNREADABLE as error:
        raise ProtocolError(f"The upstream's answer is no response: {error}") from error
    if answer.output is None and not answer.error:
        raise ProtocolError("The upstream's answer is no response: it has no output.")
    collector = StreamCollector()
    decoder = ResponsesStreamDecoder(quirks=quirks, request=request or Request("", ()))
    for event in decoder.answer(answer):
        collector.add(event)
    if collector.error is not None:
        raise ProtocolError(collector.error.message)
    return collector.response()

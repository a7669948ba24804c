"""What a client heard: the text and the tool calls of an answer, whole or streamed, in any dialect."""

from collections.abc import Iterable

from msgspec import Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import Part, Request, Text, ToolCall
from pxbin_engine.protocol.sse import SSEDecoder, SSEEvent
from pxbin_engine.protocol.stream import StreamCollector

_NO_REQUEST = Request(model="", messages=())


class HeardAnswer(Struct, frozen=True):
    """An answer as a person compares it; each call is ``name(arguments)``."""

    text: str = ""
    tool_calls: tuple[str, ...] = ()


def heard(dialect: Dialect, body: bytes, *, streamed: bool) -> HeardAnswer:
    """What ``body`` says; nothing where it is no answer of this dialect, and what came so far where it is cut."""
    if streamed and not body.lstrip().startswith((b"{", b"[")):
        decoder = SSEDecoder()
        return _streamed(dialect, [*decoder.feed(body), *decoder.close()])
    try:
        response = dialect.decode_response(body, quirks=DEFAULT_QUIRKS)
    except ProtocolError:
        return HeardAnswer()
    return _of(response.parts)


def _streamed(dialect: Dialect, events: Iterable[SSEEvent]) -> HeardAnswer:
    stream = dialect.stream_decoder(quirks=DEFAULT_QUIRKS, request=_NO_REQUEST)
    collector = StreamCollector()
    for event in [*stream.feed(events), *stream.close()]:
        collector.add(event)
    return _of(collector.response().parts)


def _of(parts: Iterable[Part]) -> HeardAnswer:
    parts = tuple(parts)
    return HeardAnswer(
        text="".join(part.text for part in parts if isinstance(part, Text)),
        tool_calls=tuple(
            f"{part.name}({part.arguments})" for part in parts if isinstance(part, ToolCall)
        ),
    )

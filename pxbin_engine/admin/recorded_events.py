"""The events of a recorded stream, each with the moment in which it was whole."""

from collections.abc import Iterator

import msgspec

from pxbin_engine.protocol.sse import SSEDecoder, SSEEvent
from pxbin_engine.records import RecordedEvent, RecordedMessage


class _Typed(msgspec.Struct):
    type: str = ""


_typed = msgspec.json.Decoder(_Typed)


def events_of(message: RecordedMessage) -> tuple[RecordedEvent, ...]:
    """The server-sent events of an answer, as far as its body was kept; none where it is no stream of them."""
    if "event-stream" not in message.header("content-type").lower():
        return ()
    return tuple(_events(message))


def _events(message: RecordedMessage) -> Iterator[RecordedEvent]:
    decoder, at, ms = SSEDecoder(), 0, 0.0
    for read in message.reads:
        ms = read.ms
        for event in decoder.feed(message.body[at : at + read.size]):
            yield _recorded(event, ms)
        at += read.size
    if not message.cut:
        for event in decoder.close():
            yield _recorded(event, ms)


def _recorded(event: SSEEvent, ms: float) -> RecordedEvent:
    name = event.event or _type_of(event.data)
    return RecordedEvent(ms=ms, name=name, data=event.data.decode(errors="replace"))


def _type_of(data: bytes) -> str:
    """Some wires say it in the data alone."""
    try:
        return _typed.decode(data).type
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""

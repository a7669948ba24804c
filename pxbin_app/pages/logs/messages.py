"""What is shown of a recording: which message, what it is about, its body and its headers as text. No Qt here."""

from collections.abc import Sequence
from typing import Literal, get_args

from pxbin_app.widgets.format import size
from pxbin_engine.records import RecordedMessage, RecordedSide, Recording

MessageTab = Literal["request", "response", "headers", "events"]
Side = Literal["client", "upstream"]
MESSAGE_TABS: tuple[MessageTab, ...] = get_args(MessageTab)

SIDE_WORDS: dict[MessageTab, tuple[str, str]] = {
    "request": ("As sent by client", "As sent upstream"),
    "response": ("As sent to client", "As sent by upstream"),
    "headers": ("With the client", "With the upstream"),
    "events": ("As sent to client", "As sent by upstream"),
}
_REQUESTS: dict[Side, RecordedSide] = {"client": "client_request", "upstream": "upstream_request"}
_RESPONSES: dict[Side, RecordedSide] = {
    "client": "client_response",
    "upstream": "upstream_response",
}
_HEX_SHOWN = 4_096


def recorded_side(tab: MessageTab, side: Side) -> RecordedSide:
    """Whose message a tab shows; of headers, the request."""
    return (_REQUESTS if tab in ("request", "headers") else _RESPONSES)[side]


def attempts(recording: Recording, side: Side) -> tuple[int, ...]:
    """The attempts of which there is a message, from 1; none on the client's side."""
    found = (*recording.of(_REQUESTS[side]), *recording.of(_RESPONSES[side]))
    return tuple(sorted({message.attempt for message in found if message.attempt}))


def shown(
    recording: Recording, tab: MessageTab, side: Side, attempt: int
) -> RecordedMessage | None:
    """The message of a tab; ``attempt`` counts on the upstream's side alone."""
    wanted = attempt if side == "upstream" else None
    return recording.find(recorded_side(tab, side), wanted)


def missing(tab: MessageTab, side: Side) -> str:
    """Why there is no such message."""
    if side == "upstream":
        return "It was never sent to an upstream." if tab == "request" else "No answer came."
    return "The client got no answer." if tab != "request" else "The request could not be read."


def about(message: RecordedMessage) -> str:
    """What it is and how long; how much of it is kept, where that is not all."""
    kind = message.header("content-type").partition(";")[0]
    status = str(message.status) if message.status is not None else ""
    kept = f"the first {size(len(message.body))} of " if message.cut else ""
    return " · ".join(filter(None, (status, kind, kept + size(message.size))))


def body(message: RecordedMessage) -> str:
    """The body as it was; bytes that are no text as hexadecimal digits, the first of them."""
    text = message.text
    if text is not None:
        return text
    return "\n".join(_hex_lines(message.body[:_HEX_SHOWN]))


def _hex_lines(data: bytes) -> Sequence[str]:
    lines = []
    for start in range(0, len(data), 16):
        piece = data[start : start + 16]
        letters = "".join(chr(one) if 32 <= one < 127 else "." for one in piece)
        lines.append(f"{start:06x}  {piece.hex(' '):<47}  {letters}")
    return lines


def headers(recording: Recording, side: Side, attempt: int) -> str:
    """The line that begins the request, its headers, and the same of its answer."""
    wanted = attempt if side == "upstream" else None
    asked = recording.find(_REQUESTS[side], wanted)
    answered = recording.find(_RESPONSES[side], wanted)
    parts = []
    if asked is not None:
        parts.append("\n".join((f"{asked.method} {asked.url}", *_header_lines(asked))))
    if answered is not None:
        parts.append("\n".join((f"{answered.status}", *_header_lines(answered))))
    return "\n\n".join(parts)


def _header_lines(message: RecordedMessage) -> list[str]:
    return [f"{name}: {value}" for name, value in message.headers]

"""Server-sent events as the WHATWG standard has them: bytes -> events and back, however the bytes are split.

Rules of the decoder:

1. A line ends with LF, CRLF or CR; all three become LF before anything else looks at the bytes, so one search for an
   empty line finds every end of an event.
2. Bytes are never decoded here except an event's name: data stays bytes, so a UTF-8 character may be split anywhere.
3. What is not yet a whole event is kept in pieces and joined once, when its end arrives: the cost is linear in the
   length of a line, however small the reads are.
4. Unlike the standard, ``close`` gives out a last event that no empty line follows: some upstreams end right after it.
"""

from msgspec import Struct

_BOM = b"\xef\xbb\xbf"

_DATA = b"data: "
_DATA_NEXT = b"\n" + _DATA
_BETWEEN_UNNAMED = b"\n\n" + _DATA
_NAME = b"event: "
_BETWEEN_NAMED = b"\n\n" + _NAME


class SSEEvent(Struct, frozen=True, gc=False):
    """One event: ``event`` is its name, empty where the stream gave none; ``data`` its lines joined with LF."""

    event: str
    data: bytes


class SSEDecoder:
    """Bytes in any pieces -> whole events."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._ends_with_lf = False
        self._ends_with_cr = False
        self._head: bytes | None = b""

    @property
    def between_events(self) -> bool:
        """Whether all bytes so far belong to events that were given out."""
        return not self._pieces

    def feed(self, chunk: bytes) -> list[SSEEvent]:
        """The events that end in this chunk."""
        if self._head is not None:
            chunk = self._without_bom(chunk)
        if self._ends_with_cr or b"\r" in chunk:
            chunk = self._with_lf_only(chunk)
        if not chunk:
            return []
        seam = self._ends_with_lf and chunk[0] == 0x0A
        self._ends_with_lf = chunk[-1] == 0x0A
        self._pieces.append(chunk)
        if not seam and b"\n\n" not in chunk:
            return []
        text = b"".join(self._pieces)
        end = (
            text.rfind(b"\n\n") + 2
        )  # 1 where only a line end completes an event that was given out
        self._pieces = [text[end:]] if end < len(text) else []
        return _parse_all(text[:end])

    def close(self) -> list[SSEEvent]:
        """The byte stream has ended: the last event, where its empty line is missing."""
        block = (self._head or b"") + b"".join(self._pieces)
        self._pieces = []
        self._head = None
        event = _parse(block)
        return [] if event is None else [event]

    def _without_bom(self, chunk: bytes) -> bytes:
        head = (self._head or b"") + chunk
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _with_lf_only(self, chunk: bytes) -> bytes:
        if not chunk:
            return chunk
        rest = chunk.removeprefix(b"\n") if self._ends_with_cr else chunk
        self._ends_with_cr = chunk[-1] == 0x0D
        return rest.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def encode_sse(data: bytes, event: str = "") -> bytes:
    """The bytes of one event; line breaks in ``data`` become several ``data`` lines."""
    if b"\n" in data:
        data = data.replace(b"\n", b"\ndata: ")
    if event:
        return b"event: %b\ndata: %b\n\n" % (event.encode(), data)
    return b"data: %b\n\n" % data


def one_line(json: bytes) -> bytes:
    """JSON that somebody else wrote, maybe over several lines, as the data of one event; in its texts breaks are escaped."""
    if b"\n" in json or b"\r" in json:
        return json.replace(b"\n", b" ").replace(b"\r", b" ")
    return json


def _parse_all(text: bytes) -> list[SSEEvent]:
    """Whole events, each with its empty line; the two shapes that all vendors send are taken apart at their seams."""
    usual = None
    if text.startswith(_DATA):
        usual = _parse_unnamed(text)
    elif text.startswith(_NAME):
        usual = _parse_named(text)
    if usual is not None:
        return usual
    return [event for block in text.split(b"\n\n") if (event := _parse(block)) is not None]


def _parse_unnamed(text: bytes) -> list[SSEEvent] | None:
    """Events of one line of data each, as in Chat Completions; None where any is another."""
    data = text[len(_DATA) : -2].split(_BETWEEN_UNNAMED)
    if b"\n" in b"".join(data):
        return None
    return [SSEEvent("", line) for line in data]


def _parse_named(text: bytes) -> list[SSEEvent] | None:
    """Events of a name and one line of data each, as in Messages and Responses; None where any is another."""
    blocks = text[len(_NAME) : -2].split(_BETWEEN_NAMED)
    if text.count(b"\n") != 3 * len(blocks):
        return None
    events: list[SSEEvent] = []
    start, name = None, ""
    for block in blocks:
        if start is None or not block.startswith(start):  # most are named as the one before
            said, between, _ = block.partition(_DATA_NEXT)
            if not between:
                return None
            start, name = said + between, _name(said)
        events.append(SSEEvent(name, block[len(start) :]))
    return events


def _parse(block: bytes) -> SSEEvent | None:
    """One event's lines; None where they carry no data (comments, ``retry``, nothing)."""
    name = b""
    data: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return SSEEvent(_name(name), b"\n".join(data)) if data else None


def _name(said: bytes) -> str:
    return said.decode(errors="replace")

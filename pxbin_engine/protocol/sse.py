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
        blocks = b"".join(self._pieces).split(b"\n\n")
        rest = blocks.pop()
        self._pieces = [rest] if rest else []
        return [event for block in blocks if (event := _parse(block)) is not None]

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


def _parse(block: bytes) -> SSEEvent | None:
    """One event's lines; None where they carry no data (comments, ``retry``, nothing)."""
    # The two shapes that all vendors send; anything else takes the slower way.
    if block.startswith(b"data: "):
        if b"\n" not in block:
            return SSEEvent("", block[6:])
    elif block.startswith(b"event: "):
        name, _, rest = block.partition(b"\n")
        if rest.startswith(b"data: ") and b"\n" not in rest:
            return SSEEvent(name[7:].decode(errors="replace"), rest[6:])
    return _parse_lines(block)


def _parse_lines(block: bytes) -> SSEEvent | None:
    name = b""
    data: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return SSEEvent(name.decode(errors="replace"), b"\n".join(data)) if data else None

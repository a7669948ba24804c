"""A stream as one JSON array, for a client that asked for it without ``alt=sse``.

Source: the API reference of ``streamGenerateContent``; Google's servers then send ``[{...},\\r\\n{...}]`` piece by piece.
"""

from collections.abc import Iterator

_DATA = b"data:"


class ArrayStream:
    """The bytes of a stream of this dialect -> the same as an array.

    An event's data is one line in this dialect, and so is the error that may end a stream.
    """

    def __init__(self) -> None:
        self._line = b""
        self._begun = False

    def feed(self, chunk: bytes) -> bytes:
        """What to write for these bytes: the items that are whole; a keep-alive stays one, for space is free in JSON."""
        if chunk.isspace() and not self._line:
            return chunk
        *lines, self._line = (self._line + chunk).split(b"\n")
        return b"".join(self._items(lines))

    def close(self) -> bytes:
        """The end of the array."""
        rest = b"".join(self._items([self._line]))
        return rest + (b"]" if self._begun else b"[]")

    def _items(self, lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            item = line.removeprefix(_DATA).strip()
            if item.startswith(b"{"):
                yield b",\r\n" if self._begun else b"["
                self._begun = True
                yield item

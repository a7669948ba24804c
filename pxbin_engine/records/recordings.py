"""Recordings: what one request said and heard, byte for byte but for its secrets, where bodies are kept."""

import codecs
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

RecordingMode = Literal["off", "errors", "all"]
"""Of which requests the bodies are kept. ``errors``: of those that failed or were refused."""

RecordingState = Literal["", "kept", "dropped"]
"""Empty: bodies were not to be kept. ``dropped``: they were, and there was no room for them."""

RecordedSide = Literal["client_request", "upstream_request", "upstream_response", "client_response"]


class RecordedRead(Struct, frozen=True):
    """When bytes of a body came or left.

    Attributes:
        ms: since the request arrived.
        size: how many of the body.
    """

    ms: float
    size: int


class RecordedMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the messages of a request. A secret in it is replaced by as many asterisks as it had characters.

    Attributes:
        attempt: from 1, as ``RequestRecord.attempts`` are counted; 0 on the client's side.
        method, url: of a request; the client's url is the path that it called.
        status: of an answer.
        headers: as they were given, in their order.
        body: its first bytes, or all of it.
        size: how long the body was in truth.
        cut: whether ``body`` is only its first bytes.
        reads: when ``body`` came or left; their sizes add up to its length.
    """

    side: RecordedSide
    attempt: int = 0
    method: str = ""
    url: str = ""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    size: int = 0
    cut: bool = False
    reads: tuple[RecordedRead, ...] = ()

    @property
    def text(self) -> str | None:
        """The body where it is UTF-8; a character that the cut divides is left out. None for any other body."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            return decoder.decode(self.body, final=not self.cut)
        except UnicodeDecodeError:
            return None

    def header(self, name: str) -> str:
        """The first header of this name, in any case; empty where there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


class Recording(Struct, frozen=True, kw_only=True):
    """All messages of one request, in the order in which they began.

    Attributes:
        timestamp: when the request arrived.
    """

    request_id: UUID
    timestamp: datetime
    messages: tuple[RecordedMessage, ...]

    def of(self, side: RecordedSide) -> tuple[RecordedMessage, ...]:
        """The messages of one side; an attempt for which the web was searched has several."""
        return tuple(message for message in self.messages if message.side == side)

    def find(self, side: RecordedSide, attempt: int | None = None) -> RecordedMessage | None:
        """The last message of a side, of one attempt where that is given; None where there is none."""
        found = [one for one in self.of(side) if attempt is None or one.attempt == attempt]
        return found[-1] if found else None


class RecordedEvent(Struct, frozen=True):
    """One event of a streamed answer.

    Attributes:
        ms: when its last byte came or left, since the request arrived.
        name: of the event; where the wire names none, the ``type`` of its data, or empty.
        data: as it stood in the stream.
    """

    ms: float
    name: str
    data: str

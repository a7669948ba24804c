"""Tape: the messages of one exchange in memory, as they are said and heard, until they are written or let go.

The rules:

1. A tape holds the bytes that are there already. Only what is longer than is kept is cut, so that the rest can go.
2. All tapes together, those that wait to be written too, hold no more than their ``Room``. A tape for which there is none
   is dropped as a whole and counted, and its row says so.
3. Nothing is looked at here: secrets are masked by whoever writes the tape, off the event loop.
"""

import logging
from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from pxbin_engine.gateway.masking import LONGEST_SECRET, masked
from pxbin_engine.records import (
    Outcome,
    RecordedMessage,
    RecordedRead,
    RecordedSide,
    RecordingState,
)
from pxbin_engine.records.log_filter import GOOD_OUTCOMES

logger = logging.getLogger(__name__)

MEMORY = 64 << 20
"""Bytes of all tapes and of what waits to be written."""

_OF_A_READ = 150
"""Bytes that a read takes beside its own, roughly."""


class Room:
    """How much memory is left for recordings, and how many found none.

    Attributes:
        held: bytes that are taken.
        dropped: recordings that were to be kept, and are not, since the start.
    """

    def __init__(self, size: int = MEMORY) -> None:
        self.held = 0
        self.dropped = 0
        self._size = size

    def take(self, size: int) -> bool:
        """Whether there was room for so many bytes; they are taken then."""
        if self.held + size > self._size:
            return False
        self.held += size
        return True

    def hold(self, size: int) -> None:
        """So many are taken, in place of more that were given back."""
        self.held += size

    def give_back(self, size: int) -> None:
        """So many are free again."""
        self.held -= size

    def drop(self, count: int = 1) -> None:
        """Count recordings that are lost."""
        before, self.dropped = self.dropped, self.dropped + count
        if before.bit_length() != self.dropped.bit_length():  # a line for each would fill the log
            logger.warning("recording.dropped count=%d", self.dropped)


class Tape:
    """What one exchange said and heard so far.

    Args:
        kept_bytes: of each body.
        arrived: monotonic seconds, as ``clock`` reads them.
        only_failures: it is kept only where the exchange fails.

    Attributes:
        held: bytes of the room that it takes.
        is_open: whether it takes anything more.
    """

    def __init__(
        self,
        room: Room,
        kept_bytes: int,
        *,
        arrived: float,
        clock: Callable[[], float],
        secrets: Iterable[str] = (),
        only_failures: bool = False,
    ) -> None:
        self.held = 0
        self.is_open = True
        self.clock = clock
        self._room = room
        self._kept_bytes = kept_bytes
        self._arrived = arrived
        self._secrets = secrets
        self._only_failures = only_failures
        self._tracks: list[Track] = []
        self._found_no_room = False

    def hear_client(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, at: float
    ) -> None:
        """The client's request, whose body was there ``at``."""
        track = self._begin(Track(self, "client_request", headers, method=method, url=url))
        track.add(body, at)

    def answer_client(self, status: int, headers: Mapping[str, str]) -> "Track":
        """An answer to the client begins."""
        return self._begin(Track(self, "client_response", headers, status=status))

    def ask_upstream(
        self, attempt: int, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        """A request goes to an upstream now."""
        track = Track(self, "upstream_request", headers, attempt=attempt, method=method, url=url)
        self._begin(track).add(body, self.clock())

    def hear_upstream(self, attempt: int, status: int, headers: Mapping[str, str]) -> "Track":
        """An upstream's answer begins."""
        return self._begin(
            Track(self, "upstream_response", headers, attempt=attempt, status=status)
        )

    def settle(self, outcome: Outcome) -> RecordingState:
        """The exchange has ended: what its row says. Unless that is ``kept``, the tape is empty now."""
        self.is_open = False
        if self._only_failures and outcome in GOOD_OUTCOMES:
            self.erase()
            return ""
        if self._found_no_room:
            self._room.drop()
            return "dropped"
        return "kept"

    def erase(self) -> None:
        """Hold nothing any more, and take nothing from now on."""
        self.is_open = False
        for track in self._tracks:
            track.erase()  # whoever adds to it has it still
        self._tracks.clear()
        self._room.give_back(self.held)
        self.held = 0

    def messages(self) -> tuple[RecordedMessage, ...]:
        """What is kept, without secrets; takes milliseconds for each megabyte, and any thread may do it."""
        whole = (track.message(self._arrived) for track in self._tracks)
        return tuple(_cut(one, self._kept_bytes) for one in masked(whole, self._secrets))

    def bytes_for(self, size: int, kept: int) -> int:
        """Of ``size`` more bytes for a body of which there are ``kept``, how many are to be kept; room is taken for them."""
        # A secret that the cut divides is masked as a whole before the cut is made.
        wanted = min(size, self._kept_bytes + LONGEST_SECRET - kept)
        if wanted <= 0:
            return 0
        if not self._room.take(wanted + _OF_A_READ):
            self._found_no_room = True
            self.erase()
            return 0
        self.held += wanted + _OF_A_READ
        return wanted

    def _begin(self, track: "Track") -> "Track":
        if self.is_open:  # else an upstream answered that nobody waits for any more
            self._tracks.append(track)
        return track


class Track:
    """One message in the making."""

    def __init__(
        self,
        tape: Tape,
        side: RecordedSide,
        headers: Mapping[str, str],
        *,
        attempt: int = 0,
        method: str = "",
        url: str = "",
        status: int | None = None,
    ) -> None:
        self._tape = tape
        self._side: RecordedSide = side
        self._headers = headers
        self._attempt, self._method, self._url, self._status = attempt, method, url, status
        self._size = self._kept = 0
        self._pieces: list[bytes] = []
        self._read_at: list[float] = []

    def add(self, data: bytes, at: float | None = None) -> None:
        """More of the body came or left: now, unless ``at`` says when."""
        if not self._tape.is_open:
            return
        self._size += len(data)
        kept = self._tape.bytes_for(len(data), self._kept)
        if kept:
            self._pieces.append(data if kept == len(data) else data[:kept])
            self._read_at.append(self._tape.clock() if at is None else at)
            self._kept += kept

    def erase(self) -> None:
        """Hold nothing of the body any more."""
        self._pieces.clear()
        self._read_at.clear()

    def message(self, arrived: float) -> RecordedMessage:
        """What there is of it, secrets and all."""
        return RecordedMessage(
            side=self._side,
            attempt=self._attempt,
            method=self._method,
            url=self._url,
            status=self._status,
            headers=tuple(self._headers.items()),
            body=b"".join(self._pieces),
            size=self._size,
            reads=tuple(
                RecordedRead(round((at - arrived) * 1000.0, 3), len(piece))
                for at, piece in zip(self._read_at, self._pieces, strict=True)
            ),
        )


def _cut(message: RecordedMessage, most: int) -> RecordedMessage:
    """The message with no more than the first ``most`` bytes of its body."""
    if message.size <= most:
        return message
    reads, left = [], most
    for read in message.reads:
        if left <= 0:
            break
        reads.append(RecordedRead(read.ms, min(read.size, left)))
        left -= read.size
    return replace(message, body=message.body[:most], cut=True, reads=tuple(reads))

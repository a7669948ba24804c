"""The table ``recordings``: what requests said and heard, compressed, a partition a day."""

import asyncio
import logging
import zlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from pxbin_engine.records import RecordedMessage, Recording
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import span_of

logger = logging.getLogger(__name__)

_FASTEST = 1
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[RecordedMessage, ...])


class PackedRecording(msgspec.Struct, frozen=True):
    """A recording as it is stored; ``timestamp`` is its request's."""

    request_id: UUID
    timestamp: datetime
    content: bytes


def pack(messages: Sequence[RecordedMessage]) -> bytes:
    """Messages as they are stored; takes milliseconds for each megabyte, most of them without Python's lock."""
    return zlib.compress(_encoder.encode(messages), _FASTEST)


def unpack(content: bytes) -> tuple[RecordedMessage, ...]:
    """What ``pack`` was given."""
    return _decoder.decode(zlib.decompress(content))


class RecordingStore:
    """Rows of ``recordings``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, recordings: Sequence[PackedRecording]) -> None:
        """Add them; one that is there already stays as it is.

        Raises:
            StorageError: the database is away, or takes none of them; which were added is not known.
            InvalidInput: it will never take all of them; none were added.
        """
        async with self._database.transaction() as connection:
            # A crash of the server may lose what a row of the log may lose as well.
            await connection.execute("set local synchronous_commit = off")
            await connection.executemany(
                "insert into recordings (request_id, timestamp, content) values ($1, $2, $3)"
                " on conflict do nothing",
                [msgspec.structs.astuple(recording) for recording in recordings],
            )

    async def get(self, request_id: UUID) -> Recording | None:
        """The recording of a request; None where there is none, or none any more."""
        span = span_of(request_id)
        if span is None:
            return None
        row = await self._database.fetch_one(
            "select * from recordings where request_id = $1 and timestamp between $2 and $3",
            request_id,
            *span,
        )
        if row is None:
            return None
        messages = await asyncio.to_thread(unpack, row["content"])
        return Recording(request_id=request_id, timestamp=row["timestamp"], messages=messages)

    async def erase_all(self) -> int:
        """Erase every recording, its bytes too; returns how many there were. Rows of the log stay as they are."""
        async with self._database.transaction() as connection:
            # Better to be told to try again than to hold up who writes behind someone's long query.
            await connection.execute("set local lock_timeout = '5s'")
            await connection.execute("lock table recordings in access exclusive mode")
            count: int = await connection.fetchval("select count(*) from recordings")
            await connection.execute("truncate recordings")
        logger.info("recordings.erased count=%d", count)
        return count

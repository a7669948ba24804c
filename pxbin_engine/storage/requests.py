"""The table ``requests``: the log. Batches in by COPY, pages out by keyset, a partition a day."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from pxbin_engine.errors import Conflict, InvalidInput
from pxbin_engine.records import (
    AttemptRecord,
    LossRecord,
    RequestFilter,
    RequestPage,
    RequestRecord,
)
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.log_queries import LogQuery
from pxbin_engine.storage.model_names import ModelNames
from pxbin_engine.storage.request_filters import sql_of

logger = logging.getLogger(__name__)

COLUMNS = RequestRecord.__struct_fields__

COUNTED_UP_TO = 10_000
"""``RequestPage.total`` stops here: counting on would read the whole log for a number that nobody pages to."""

SEARCHED_SECONDS = 5.0
"""What a search by conditions may take: some read every row of their range."""

COUNTED_SECONDS = 2.0

MOST_NAMES = 100
"""Models that a part of a name may mean, to be read one by one."""

# The id's time and the row's are two readings of one clock.
_ID_TOLERANCE = timedelta(seconds=5)

_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) * 1000
"""Milliseconds; a uuid7 can name times that neither Python nor PostgreSQL has."""

# What asyncpg raises for a value that it cannot encode, before anything is sent.
_UNENCODABLE = (InvalidInput, ValueError, TypeError, OverflowError)


class _TookTooLong(Exception):
    """A search was stopped; that the database is away it does not mean."""


class RejectedRow(msgspec.Struct, frozen=True):
    """A row that the database would not take, and why."""

    record: RequestRecord
    reason: str


class RequestStore:
    """Rows of ``requests``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names = ModelNames(database)

    async def insert_batch(
        self, records: Sequence[RequestRecord], *, durable: bool = False
    ) -> tuple[RejectedRow, ...]:
        """Add rows, all that can be; returns those that cannot. A row that is there already is not added again.

        Unless ``durable``, the commit is not waited for on disk: a crash of the server loses at most its last 0.6 s, and
        corrupts nothing.

        Raises:
            StorageError: the database is away or takes no rows at all; it is not known which were added.
        """
        if not records:
            return ()
        try:
            await self._copy(records, durable=durable)
        except Conflict:
            return await self.insert_batch(await self._absent(records), durable=durable)
        except _UNENCODABLE as error:
            return await self._insert_around(records, error, durable=durable)
        return ()

    async def _copy(self, records: Sequence[RequestRecord], *, durable: bool) -> None:
        async with self._database.transaction() as connection:
            if not durable:
                await connection.execute("set local synchronous_commit = off")
            await connection.copy_records_to_table(
                "requests", columns=COLUMNS, records=map(msgspec.structs.astuple, records)
            )

    async def _absent(self, records: Sequence[RequestRecord]) -> list[RequestRecord]:
        rows = await self._database.fetch(
            "select id from unnest($1::timestamptz[], $2::uuid[]) as given (timestamp, id)"
            " join requests using (timestamp, id)",
            [record.timestamp for record in records],
            [record.id for record in records],
        )
        present = {row["id"] for row in rows}
        return list({record.id: record for record in records if record.id not in present}.values())

    async def _insert_around(
        self, records: Sequence[RequestRecord], error: Exception, *, durable: bool
    ) -> tuple[RejectedRow, ...]:
        """Halve the batch until the bad row stands alone. PostgreSQL's text has no NUL and no lone surrogate: replaced."""
        if len(records) > 1:
            middle = len(records) // 2
            first = await self.insert_batch(records[:middle], durable=durable)
            return first + await self.insert_batch(records[middle:], durable=durable)
        storable = _with_storable_texts(records[0])
        if storable != records[0]:
            return await self.insert_batch([storable], durable=durable)
        return (RejectedRow(records[0], str(error)),)

    async def get(self, request_id: UUID) -> RequestRecord | None:
        """One row. Its day is read from the id, a uuid7: without the time every partition would be searched."""
        span = span_of(request_id)
        if span is None:
            return None
        row = await self._database.fetch_one(
            "select * from requests where id = $1 and timestamp between $2 and $3",
            request_id,
            *span,
        )
        return record_of_row(row) if row else None

    async def page(
        self,
        where: RequestFilter,
        *,
        cursor: str | None = None,
        page: int | None = None,
        limit: int = 50,
    ) -> RequestPage:
        """Rows newest first: after ``cursor`` (fast however deep), or the ``page`` of that number, from 1.

        Raises:
            InvalidInput: the cursor is not one of ours, or the search took too long.
        """
        offset = (page - 1) * limit if page else 0
        items, next_cursor = await self.rows(where, cursor=cursor, offset=offset, limit=limit)
        known = offset + len(items) + (next_cursor is not None)
        if cursor is None and next_cursor is None and (items or not offset):
            total: int | None = min(known, COUNTED_UP_TO)  # the last page says it
        else:
            total = await self._count(where)
        return RequestPage(
            items=items, total=known if total is None else total, next_cursor=next_cursor
        )

    async def rows(
        self, where: RequestFilter, *, cursor: str | None = None, offset: int = 0, limit: int
    ) -> tuple[tuple[RequestRecord, ...], str | None]:
        """A page's rows and the cursor of the next one, without a count of all.

        Raises:
            InvalidInput: see ``page``.
        """
        query = await self._query(where)
        if cursor is not None:
            query = query.after(*_key_of(cursor))
        sql, values = query.page(limit=limit + 1, offset=offset)
        try:
            rows = await self._search(where, sql, values, seconds=SEARCHED_SECONDS)
        except _TookTooLong:
            raise InvalidInput(
                f"The search took longer than {SEARCHED_SECONDS:g} s. Narrow it, for example with since:1h.",
                field="q",
            ) from None
        items = tuple(map(record_of_row, rows[:limit]))
        return items, _cursor(items[-1]) if len(rows) > limit else None

    async def _count(self, where: RequestFilter) -> int | None:
        """How many rows fit, as far as is counted; None where that takes too long."""
        sql, values = (await self._query(where)).count(most=COUNTED_UP_TO)
        try:
            return int((await self._search(where, sql, values, seconds=COUNTED_SECONDS))[0]["n"])
        except _TookTooLong:
            return None

    async def _query(self, where: RequestFilter) -> LogQuery:
        names = await self._names.fitting(where, most=MOST_NAMES)
        return LogQuery(*sql_of(where), names)

    async def _search(
        self, where: RequestFilter, sql: str, values: Sequence[Any], *, seconds: float
    ) -> list[asyncpg.Record]:
        """The rows of a query; one that no index may serve has so many seconds.

        Raises:
            _TookTooLong: it needs more.
        """
        if not where.conditions and where.model is None:
            return await self._database.fetch(sql, *values)
        async with self._database.transaction() as connection:
            await connection.execute(f"set local statement_timeout = {int(seconds * 1000)}")
            try:
                return await connection.fetch(sql, *values)
            except asyncpg.QueryCanceledError:
                raise _TookTooLong from None


def time_of(request_id: UUID) -> datetime | None:
    """When a uuid7 was made, in UTC; None for any other id, and for one of a time that cannot be."""
    milliseconds = request_id.int >> 80
    if request_id.version != 7 or milliseconds > _LATEST:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def span_of(request_id: UUID) -> tuple[datetime, datetime] | None:
    """From when to when the row of that id may have arrived; None for an id that is none of pxbin's."""
    at = time_of(request_id)
    return None if at is None else (at - _ID_TOLERANCE, at + _ID_TOLERANCE)


def _cursor(record: RequestRecord) -> str:
    microseconds = (record.timestamp - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    return f"{microseconds}.{record.id.hex}"


def _key_of(cursor: str) -> tuple[datetime, UUID]:
    microseconds, _, request_id = cursor.partition(".")
    try:
        timestamp = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(microseconds))
        return timestamp, UUID(hex=request_id)
    except (ValueError, OverflowError):
        raise InvalidInput("the cursor is not one that this log gave", field="cursor") from None


def record_of_row(row: asyncpg.Record) -> RequestRecord:
    """A row with all of its columns."""
    values: dict[str, Any] = dict(row)
    values["attempts"] = msgspec.convert(values["attempts"], tuple[AttemptRecord, ...])
    values["losses"] = msgspec.convert(values["losses"], tuple[LossRecord, ...])
    return RequestRecord(**values)


def _with_storable_texts(record: RequestRecord) -> RequestRecord:
    clean: RequestRecord = msgspec.convert(
        _storable(msgspec.to_builtins(record, builtin_types=(UUID, datetime))), RequestRecord
    )
    return clean


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return (
            value.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
        )
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value

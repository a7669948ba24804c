"""A table with a partition for each UTC day, and one that takes what falls outside of them."""

import logging
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from pxbin_engine.storage.database import Connection, Database

logger = logging.getLogger(__name__)

DAYS_AHEAD = 7


class DayPartitions:
    """Of one table: ``<table>_20300131``, and ``<table>_default``.

    Args:
        table: partitioned by the range of its column ``timestamp``.
    """

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._table = table

    async def days(self) -> tuple[date, ...]:
        """The days that have a partition."""
        return self._parse(
            row["name"] for row in await self._database.fetch(_CHILDREN, self._table)
        )

    async def make(self, *, now: datetime) -> tuple[date, ...]:
        """Make the partitions from today until a week ahead that are missing; returns their days."""
        first = now.astimezone(UTC).date()
        wanted = [first + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]
        if not set(wanted) - set(await self.days()):
            return ()
        async with self._database.transaction() as connection:
            missing = sorted(set(wanted) - set(await self._locked_days(connection)))
            for day in missing:
                await self._make(connection, day)
        return tuple(missing)

    async def drop(self, connection: Connection, *, before: datetime) -> tuple[date, ...]:
        """Drop the days that ended at ``before`` or earlier, in a transaction of the caller's; returns them."""
        old = [
            day
            for day in await self._locked_days(connection)
            if _start(day + timedelta(days=1)) <= before
        ]
        for day in old:
            await connection.execute(f"drop table {self._name(day)}")
            logger.info("partition.dropped table=%s day=%s", self._table, day)
        await connection.execute(
            f"delete from {self._table}_default where timestamp < $1",  # noqa: S608  # a name of ours
            before,
        )
        return tuple(old)

    async def _locked_days(self, connection: Connection) -> tuple[date, ...]:
        """The days; nobody else makes or drops one until the transaction ends."""
        # Better to try again in an hour than to hold up the log behind someone's long query.
        await connection.execute("set local lock_timeout = '5s'")
        await connection.execute(
            "select pg_advisory_xact_lock($1::text::regclass::integer)", self._table
        )
        return self._parse(row["name"] for row in await connection.fetch(_CHILDREN, self._table))

    async def _make(self, connection: Connection, day: date) -> None:
        """Make one day. Rows that came before it was made wait in the default partition and move along."""
        table, name = self._table, self._name(day)
        start, end = _start(day), _start(day + timedelta(days=1))
        await connection.execute(f"create table {name} (like {table} including all)")
        await connection.execute(
            f"with moved as (delete from {table}_default where timestamp >= $1 and timestamp < $2 returning *)"  # noqa: S608  # a name of ours, and a date
            f" insert into {name} select * from moved",
            start,
            end,
        )
        # Attaching lets the table be read and written meanwhile; "create ... partition of" would not.
        await connection.execute(
            f"alter table {table} attach partition {name} for values from ('{start.isoformat()}') to ('{end.isoformat()}')"
        )

    def _parse(self, names: Iterable[str]) -> tuple[date, ...]:
        matches = (re.fullmatch(rf"{self._table}_(\d{{8}})", name) for name in names)
        return tuple(
            datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=UTC).date()
            for match in matches
            if match
        )

    def _name(self, day: date) -> str:
        return f"{self._table}_{day:%Y%m%d}"


_CHILDREN = """
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = $1::text::regclass order by 1
"""


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

"""The days of the log: partitions of ``requests`` are made ahead, and dropped when they are too old."""

import logging
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from pxbin_engine.storage.database import Connection, Database
from pxbin_engine.storage.totals import Totals

logger = logging.getLogger(__name__)

DAYS_AHEAD = 7
_HISTOGRAMS_KEPT = timedelta(days=90)
SESSIONS_KEPT = timedelta(days=400)
"""After the rows of a session are gone. Clients make sessions up, so unlike hours there is no end of them."""
_NAME = re.compile(r"requests_(\d{8})")


class Partitions:
    """What the log needs once at start and then every hour."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def maintain(self, *, now: datetime, keep_days: int) -> None:
        """Make the days up to a week ahead, and drop the log before ``keep_days`` days ago; totals are kept."""
        await self.make(now=now)
        await Totals(self._database).maintain(now=now)
        await self.prune(before=now - timedelta(days=keep_days))

    async def make(self, *, now: datetime) -> tuple[date, ...]:
        """Make the partitions from today on that are missing; returns their days."""
        first = now.astimezone(UTC).date()
        wanted = [first + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]
        if not set(wanted) - set(await self.days()):
            return ()
        async with self._database.transaction() as connection:
            await _lock(connection)
            missing = sorted(set(wanted) - set(await _days(connection)))
            for day in missing:
                await _make(connection, day)
        return tuple(missing)

    async def prune(self, *, before: datetime) -> tuple[date, ...]:
        """Drop the days that ended at ``before`` or earlier; returns them."""
        async with self._database.transaction() as connection:
            await _lock(connection)
            old = [
                day for day in await _days(connection) if _start(day + timedelta(days=1)) <= before
            ]
            for day in old:
                await connection.execute(f"drop table {_name(day)}")
                logger.info("log.pruned day=%s", day)
            await connection.execute("delete from requests_default where timestamp < $1", before)
            for table in ("latency_hourly", "latency_daily"):
                await connection.execute(
                    f"delete from {table} where bucket < $1",  # noqa: S608  # constants
                    before - _HISTOGRAMS_KEPT,
                )
            await connection.execute(_OLD_SESSIONS, before - SESSIONS_KEPT)
        return tuple(old)

    async def days(self) -> tuple[date, ...]:
        """The days that have a partition."""
        return _parse(row["name"] for row in await self._database.fetch(_CHILDREN))


_CHILDREN = """
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'requests'::regclass order by 1
"""


# A session goes as a whole, with its agents.
_OLD_SESSIONS = """
    delete from session_usage
    where session_id in (select session_id from session_usage where level = 'session' and last_at < $1)
"""


async def _days(connection: Connection) -> tuple[date, ...]:
    return _parse(row["name"] for row in await connection.fetch(_CHILDREN))


def _parse(names: Iterable[str]) -> tuple[date, ...]:
    matches = (_NAME.fullmatch(name) for name in names)
    return tuple(
        datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=UTC).date()
        for match in matches
        if match
    )


async def _lock(connection: Connection) -> None:
    # Better to try again in an hour than to hold up the log behind someone's long query.
    await connection.execute("set local lock_timeout = '5s'")
    await connection.execute("select pg_advisory_xact_lock('requests'::regclass::integer)")


async def _make(connection: Connection, day: date) -> None:
    """Make one day. Rows that came before it was made wait in the default partition and move along."""
    name, start, end = _name(day), _start(day), _start(day + timedelta(days=1))
    await connection.execute(f"create table {name} (like requests including all)")
    await connection.execute(
        "with moved as (delete from requests_default where timestamp >= $1 and timestamp < $2 returning *)"  # noqa: S608  # a date
        f" insert into {name} select * from moved",
        start,
        end,
    )
    # Attaching lets the log be read and written meanwhile; "create ... partition of" would not.
    await connection.execute(
        f"alter table requests attach partition {name} for values from ('{start.isoformat()}') to ('{end.isoformat()}')"
    )


def _name(day: date) -> str:
    return f"requests_{day:%Y%m%d}"


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

"""The totals of the log: days that are over are added up, and what was counted can be counted anew."""

import logging
from datetime import UTC, date, datetime, timedelta

import asyncpg

from pxbin_engine.records import TotalsDifference
from pxbin_engine.storage.database import Connection, Database
from pxbin_engine.storage.model_names import ModelNames
from pxbin_engine.storage.recounting import recount

logger = logging.getLogger(__name__)

_FINE_KEPT = timedelta(days=32)
"""Steps of five minutes: a period reaches back 30 days."""

DAYS = """
    days as (
        select day, day >= $1 and day + interval '1 day' <= $2
                    and exists (select from closed_days c where c.day = d.day) as is_closed
        from generate_series(date_trunc('day', $1::timestamptz, 'UTC'), $2::timestamptz, interval '1 day', 'UTC') d (day)
    )
"""
"""The UTC days from $1 to $2 as a part of a query, and which of them can be read from the totals of days."""

_SUMMED = (
    "requests", "errors", "unpriced", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost",
    "cost_input", "cost_output", "cost_cache_read", "cost_cache_write", "latency_ms", "ttft_ms", "ttft_count", "overhead_us",
)  # fmt: skip
_SUMS = ", ".join(f"sum({column})" for column in _SUMMED)

_LOCK_WAIT_MS = 5000

_UNCLOSED = """
    select distinct date_trunc('day', bucket, 'UTC') as day from usage_hourly u
    where dimension = 'total' and bucket >= $1 and bucket < $2
      and not exists (select from closed_days c where c.day = date_trunc('day', u.bucket, 'UTC'))
    order by day
"""


class Totals:
    """``usage_*`` and ``latency_*``: by five minutes, by the hour, and by the day from these."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def maintain(self, *, now: datetime) -> None:
        """Close the days that are over, and drop what nothing reaches any more: the finest totals, names of models."""
        await self.close_days(now=now)
        await self._database.write("delete from usage_5m where bucket < $1", now - _FINE_KEPT)
        await ModelNames(self._database).forget_unused()

    async def close_days(self, *, now: datetime) -> tuple[date, ...]:
        """Add up the hours of each day that is over and was not, or that rows came late for; returns them.

        Where rows are being added all the time, none: the hours tell the same, and the next call may have more luck.
        """
        today = _midnight(now.astimezone(UTC).date())
        since = today - _FINE_KEPT
        if not await self._database.fetch(_UNCLOSED, since, today):
            return ()
        async with self._database.transaction() as connection:
            if not await _hold_rows_back(connection):
                return ()
            days = [row["day"] for row in await connection.fetch(_UNCLOSED, since, today)]
            for day in days:
                await _close(connection, day)
        return tuple(day.date() for day in days)

    async def recount(self, day: date) -> tuple[TotalsDifference, ...]:
        """Count a day of the log, and the sessions that began on it, anew, by the triggers that count them first.

        Returns what differed, normally nothing. New rows wait meanwhile. Only a day that has a partition still has all of its rows: see ``Partitions.days``.

        Raises:
            DatabaseUnavailable: someone holds the log for too long.
        """
        start = _midnight(day)
        async with self._database.transaction() as connection:
            await connection.execute(f"set local lock_timeout = {_LOCK_WAIT_MS}")
            await connection.execute("lock table requests in share row exclusive mode")
            attempt = connection.transaction()
            await attempt.start()
            is_closed = await connection.fetch(
                "delete from closed_days where day = $1 returning day", start
            )
            differences = await recount(connection, start, close=_close if is_closed else None)
            if not differences:
                await attempt.rollback()
                return ()
            await attempt.commit()
        logger.warning("totals.differed day=%s fields=%d", day, len(differences))
        return differences


async def _hold_rows_back(connection: Connection) -> bool:
    """Wait for rows that are being added now, and let no more in; those that come later open their day again."""
    await connection.execute(f"set local lock_timeout = {_LOCK_WAIT_MS}")
    try:
        async with connection.transaction():
            await connection.execute(
                "lock table usage_hourly, latency_hourly in share row exclusive mode"
            )
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _close(connection: Connection, day: datetime) -> None:
    await connection.execute("delete from usage_daily where bucket = $1", day)
    await connection.execute("delete from latency_daily where bucket = $1", day)
    await connection.execute(
        f"insert into usage_daily (dimension, bucket, dimension_id, label, {', '.join(_SUMMED)})"  # noqa: S608  # constants
        f" select dimension, $1, dimension_id, (array_agg(label order by bucket desc))[1], {_SUMS} from usage_hourly"
        " where bucket >= $1 and bucket < $1 + interval '1 day' group by dimension, dimension_id",
        day,
    )
    await connection.execute(
        "insert into latency_daily select dimension, $1, dimension_id, metric, bin, sum(count) from latency_hourly"
        " where bucket >= $1 and bucket < $1 + interval '1 day' group by dimension, dimension_id, metric, bin",
        day,
    )
    await connection.execute("insert into closed_days values ($1)", day)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

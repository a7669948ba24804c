"""The totals of the log: days that are over are added up, and what was counted can be counted anew."""

import json
import logging
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import asyncpg

from pxbin_engine.records import TotalsDifference
from pxbin_engine.storage.database import Connection, Database

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

_TABLES = {"usage_hourly": (), "usage_5m": (), "latency_hourly": ("metric", "bin")}
"""Where each row of the log is counted, and what their keys have beside dimension, bucket and dimension_id."""

_SUMMED = (
    "requests", "errors", "unpriced", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost",
    "cost_input", "cost_output", "cost_cache_read", "cost_cache_write", "latency_ms", "ttft_ms", "ttft_count", "overhead_us",
)  # fmt: skip
_SUMS = ", ".join(f"sum({column})" for column in _SUMMED)

_FLOATS = {"latency_ms", "ttft_ms"}
"""Sums that depend on their order."""

_TRIGGERS = ("add_usage", "add_usage_5m")
"""What counts it: a trigger and the function of that name."""

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
        """Close the days that are over, and drop the finest totals where no period reaches any more."""
        await self.close_days(now=now)
        await self._database.write("delete from usage_5m where bucket < $1", now - _FINE_KEPT)

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
        """Count a day of the log anew, by the triggers that count it first; returns what differed, normally nothing.

        New rows wait meanwhile. Only a day that has a partition still has all of its rows: see ``Partitions.days``.

        Raises:
            DatabaseUnavailable: someone holds the log for too long.
        """
        start, end = _midnight(day), _midnight(day) + timedelta(days=1)
        async with self._database.transaction() as connection:
            await connection.execute(f"set local lock_timeout = {_LOCK_WAIT_MS}")
            await connection.execute("lock table requests in share row exclusive mode")
            attempt = connection.transaction()
            await attempt.start()
            await _recount(connection, start, end)
            differences = await _differences(connection, day)
            if not differences:
                await attempt.rollback()
                return ()
            await connection.execute("delete from closed_days where day = $1", start)
            await attempt.commit()
        logger.warning("totals.differed day=%s fields=%d", day, len(differences))
        return differences


async def _recount(connection: Connection, start: datetime, end: datetime) -> None:
    """Put the totals of a day aside, and let its rows fire the triggers again, an hour at a time."""
    for table in _TABLES:
        await connection.execute(
            f"create temporary table held_{table} (like {table}) on commit drop"
        )
        await connection.execute(
            f"with held as (delete from {table} where bucket >= $1 and bucket < $2 returning *)"  # noqa: S608  # constants
            f" insert into held_{table} select * from held",
            start,
            end,
        )
    await connection.execute("create temporary table recounted (like requests) on commit drop")
    for trigger in _TRIGGERS:
        await connection.execute(
            f"create trigger {trigger} after insert on recounted referencing new table as added"
            f" for each statement execute function {trigger}()"
        )
    for hour in range(24):
        await connection.execute("truncate recounted")
        await connection.execute(
            "insert into recounted select * from requests where timestamp >= $1 and timestamp < $2",
            start + timedelta(hours=hour),
            start + timedelta(hours=hour + 1),
        )


async def _differences(connection: Connection, day: date) -> tuple[TotalsDifference, ...]:
    """What is not as it was, but for what sums of floats owe to their order."""
    found: list[TotalsDifference] = []
    for table, more in _TABLES.items():
        key = ", ".join(("dimension", "bucket", "dimension_id", *more))
        rows = await connection.fetch(
            f"""
            select bucket, dimension, dimension_id, concat_ws(' ', {", ".join((*more, "''"))}) as part,
                   to_jsonb(h)::text as held, to_jsonb(c)::text as counted
            from held_{table} h full join (select * from {table} where bucket >= $1 and bucket < $2) c using ({key})
            where to_jsonb(h) is distinct from to_jsonb(c) order by {key}
            """,  # noqa: S608  # constants of this file
            _midnight(day),
            _midnight(day) + timedelta(days=1),
        )
        found += [
            TotalsDifference(
                table=table,
                bucket=row["bucket"],
                dimension=row["dimension"],
                dimension_id=row["dimension_id"],
                field=f"{row['part']}{field}",
                held=held,
                counted=counted,
            )
            for row in rows
            for field, held, counted in _fields_that_differ(row["held"], row["counted"])
        ]
    return tuple(found)


def _fields_that_differ(
    held_text: str | None, counted_text: str | None
) -> Iterator[tuple[str, Decimal, Decimal]]:
    held, counted = _figures(held_text), _figures(counted_text)
    for field in sorted(held | counted):
        before, after = held.get(field, Decimal(0)), counted.get(field, Decimal(0))
        same = math.isclose(before, after, rel_tol=1e-9) if field in _FLOATS else before == after
        if not same:
            yield field, before, after


def _figures(row: str | None) -> dict[str, Decimal]:
    values = json.loads(row or "{}", parse_float=Decimal, parse_int=Decimal)
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, Decimal) and name != "bin"
    }


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

"""Counting a day of the log anew: its sums are put aside, its rows fire the triggers again, and what differs is told.

A session belongs to the day of its first row: as long as the log has that one, it has all that follow.
"""

import json
import math
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import asyncpg
from msgspec import Struct

from pxbin_engine.records import TotalsDifference
from pxbin_engine.storage.database import Connection

Close = Callable[[Connection, datetime], Awaitable[None]]

_FLOATS = {"latency_ms", "ttft_ms"}
"""Sums that depend on their order."""

_BY_STEP = ("dimension", "bucket", "dimension_id")
_BY_BIN = (*_BY_STEP, "metric", "bin")


class _Sums(Struct, frozen=True):
    """A table of sums: its key, which of its rows are of a day, and what tells one in a ``TotalsDifference``."""

    table: str
    key: tuple[str, ...]
    of_day: str = "bucket >= '{start}' and bucket < '{end}'"
    told_as: str = "bucket, dimension, dimension_id, '' as part"


_OF_A_BIN = "bucket, dimension, dimension_id, concat_ws(' ', metric, bin, '') as part"
_OF_A_SESSION = (
    "coalesce(h.first_at, c.first_at) as bucket, level as dimension,"
    " concat_ws(' ', session_id, nullif(agent_id, '')) as dimension_id, '' as part"
)
_OF_A_MODEL = (
    "day::timestamp at time zone 'UTC' as bucket, 'served' as dimension,"
    " concat_ws(' ', upstream_id, upstream_model) as dimension_id, '' as part"
)
_COUNTED = (
    _Sums("usage_hourly", _BY_STEP),
    _Sums(
        "served_usage",
        ("upstream_id", "day", "upstream_model"),
        "day = (timestamptz '{start}' at time zone 'UTC')::date",
        _OF_A_MODEL,
    ),
    _Sums("latency_hourly", _BY_BIN, told_as=_OF_A_BIN),
    _Sums(
        "session_usage",
        ("session_id", "level", "agent_id"),
        "session_id in (select session_id from sessions_of_day)",
        _OF_A_SESSION,
    ),
)
_FINE = _Sums("usage_5m", _BY_STEP)
_CLOSED = (
    _Sums("usage_daily", _BY_STEP),
    _Sums("latency_daily", _BY_BIN, told_as=_OF_A_BIN),
)

# Those that were counted for that day, and those that should have been.
_SESSIONS_OF_DAY = """
    insert into sessions_of_day
    select session_id from session_usage where level = 'session' and first_at >= $1 and first_at < $2
    union
    select r.session_id from requests r
    left join session_usage s on s.session_id = r.session_id and s.level = 'session'
    where r.timestamp >= $1 and r.timestamp < $2 and r.session_id is not null and r.llm_key_id is not null
      and coalesce(s.first_at >= $1, not exists (
          select from requests earlier where earlier.session_id = r.session_id and earlier.timestamp < $1))
"""


async def recount(
    connection: Connection, day: datetime, *, close: Close | None
) -> tuple[TotalsDifference, ...]:
    """Count a day anew that begins at ``day``; what was otherwise before.

    Args:
        connection: within a transaction in which nobody else writes to the log.
        day: a midnight, in UTC.
        close: adds up the hours of a day, where this one was added up.
    """
    start, end = day, day + timedelta(days=1)
    fine = await _has_fine_steps(connection, end)
    sums = (*_COUNTED, *((_FINE,) if fine else ()), *(_CLOSED if close else ()))
    await connection.execute(
        "create temporary table sessions_of_day (session_id text) on commit drop"
    )
    await connection.execute(_SESSIONS_OF_DAY, start, end)
    for one in sums:
        await _put_aside(connection, one, start, end)
    await _count_day(connection, start, fine=fine)
    await _count_sessions(connection, start)
    if close is not None:
        await close(connection, day)
    differences: list[TotalsDifference] = []
    for one in sums:
        differences += await _differences(connection, one, start, end)
    return tuple(differences)


async def _has_fine_steps(connection: Connection, end: datetime) -> bool:
    """Whether the steps of five minutes still reach back to a day that ends then: they are not kept for long."""
    oldest = await connection.fetchval(
        "select bucket from usage_5m where dimension = 'total' order by bucket limit 1"
    )
    return oldest is None or oldest < end


async def _put_aside(connection: Connection, sums: _Sums, start: datetime, end: datetime) -> None:
    table, of_day = sums.table, sums.of_day.format(start=start, end=end)
    await connection.execute(f"create temporary table held_{table} (like {table}) on commit drop")
    await connection.execute(
        f"with held as (delete from {table} where {of_day} returning *)"  # noqa: S608  # constants, and a day
        f" insert into held_{table} select * from held"
    )


async def _count_day(connection: Connection, start: datetime, *, fine: bool) -> None:
    """Let the rows of the day fire the triggers, an hour at a time."""
    await _make_log(
        connection, "recounted", "add_served", "add_usage", *(("add_usage_5m",) if fine else ())
    )
    for hour in range(24):
        await connection.execute("truncate recounted")
        await connection.execute(
            "insert into recounted select * from requests where timestamp >= $1 and timestamp < $2",
            start + timedelta(hours=hour),
            start + timedelta(hours=hour + 1),
        )


async def _count_sessions(connection: Connection, start: datetime) -> None:
    """The same for all rows of the day's sessions."""
    await _make_log(connection, "recounted_sessions", "add_sessions")
    await connection.execute("analyze sessions_of_day")
    await connection.execute(
        "insert into recounted_sessions select r.* from sessions_of_day join requests r using (session_id)"
        " where r.timestamp >= $1",
        start,
    )


async def _make_log(connection: Connection, name: str, *triggers: str) -> None:
    """An empty log of this transaction; a trigger and the function that it calls have the same name."""
    await connection.execute(f"create temporary table {name} (like requests) on commit drop")
    for trigger in triggers:
        await connection.execute(
            f"create trigger {trigger} after insert on {name} referencing new table as added"
            f" for each statement execute function {trigger}()"
        )


async def _differences(
    connection: Connection, sums: _Sums, start: datetime, end: datetime
) -> list[TotalsDifference]:
    """What is not as it was, but for what sums of floats owe to their order."""
    table, of_day = sums.table, sums.of_day.format(start=start, end=end)
    rows = await connection.fetch(
        f"""
        select {sums.told_as}, to_jsonb(h)::text as held, to_jsonb(c)::text as counted
        from held_{table} h full join (select * from {table} where {of_day}) c using ({", ".join(sums.key)})
        where to_jsonb(h) is distinct from to_jsonb(c) order by {", ".join(sums.key)}
        """  # noqa: S608  # as above
    )
    return [found for row in rows for found in _differences_of(table, row)]


def _differences_of(table: str, row: asyncpg.Record) -> Iterator[TotalsDifference]:
    held, counted = _figures(row["held"]), _figures(row["counted"])
    for field in sorted(held | counted):
        before, after = held.get(field, Decimal(0)), counted.get(field, Decimal(0))
        same = math.isclose(before, after, rel_tol=1e-9) if field in _FLOATS else before == after
        if not same:
            yield TotalsDifference(
                table=table,
                bucket=row["bucket"],
                dimension=row["dimension"],
                dimension_id=row["dimension_id"],
                field=f"{row['part']}{field}",
                held=before,
                counted=after,
            )


def _figures(row: str | None) -> dict[str, Decimal]:
    values = json.loads(row or "{}", parse_float=Decimal, parse_int=Decimal)
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, Decimal) and name != "bin"
    }

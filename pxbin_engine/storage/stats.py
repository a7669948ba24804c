"""Statistics: read from totals (see migrations/0003_usage.sql), so they outlive the log and stay fast.

A period reaches back from ``now`` to a whole hour: ``24h`` is the current hour and the 24 before it. So the steps of a
time series add up to the overview of the same period, whatever the time zone.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg

from pxbin_engine.records import (
    ClientBucket,
    ClientUsage,
    KeyBucket,
    KeyUsage,
    LatencyStats,
    ModelBucket,
    ModelUsage,
    StatsOverview,
    UpstreamUsage,
    UsageBucket,
)
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.histogram import percentile
from pxbin_engine.storage.latencies import LatencyStore
from pxbin_engine.storage.steps import Interval, hours_within, steps
from pxbin_engine.storage.totals import DAYS

Period = Literal["24h", "7d", "30d"]

PERIODS: dict[Period, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}

_EXACT_UP_TO = 20_000
"""Requests of a day whose percentiles are read from the log itself (about 10 ms)."""

_SUMS = """
    coalesce(sum(requests), 0)::bigint as requests,
    coalesce(sum(errors), 0)::bigint as errors,
    coalesce(sum(unpriced), 0)::bigint as unpriced,
    coalesce(sum(input_tokens), 0)::bigint as input_tokens,
    coalesce(sum(output_tokens), 0)::bigint as output_tokens,
    coalesce(sum(cache_read_tokens), 0)::bigint as cache_read_tokens,
    coalesce(sum(cache_write_tokens), 0)::bigint as cache_write_tokens,
    coalesce(sum(cost), 0) as cost,
    coalesce(sum(latency_ms) / nullif(sum(requests), 0), 0) as avg_latency_ms,
    (sum(ttft_ms) / nullif(sum(ttft_count), 0))::float8 as avg_ttft_ms,
    coalesce(sum(overhead_us)::float8 / nullif(sum(requests), 0), 0) as avg_overhead_us
"""

_COLUMNS = (
    "dimension_id, bucket, requests, errors, unpriced, input_tokens, output_tokens, cache_read_tokens, "
    "cache_write_tokens, cost, latency_ms, ttft_ms, ttft_count, overhead_us"
)

# The totals of each hour; those of five minutes in the hours of $4, which belong to several steps.
_TOTALS = f"""
    select {_COLUMNS} from usage_hourly
    where dimension = $5 and bucket >= $1 and bucket <= $2
      and not exists (select from unnest($4::timestamptz[]) as split (hour) where hour = bucket)
    union all
    select {_COLUMNS} from unnest($4::timestamptz[]) as split (hour)
    cross join unnest('{{0,5,10,15,20,25,30,35,40,45,50,55}}'::integer[]) as fine (minutes)
    join usage_5m on bucket = hour + minutes * interval '1 minute'
    where dimension = $5 and bucket >= $1 and bucket <= $2
"""  # noqa: S608  # constants of this file
# The number of the step, from 1; $3 says when each begins.
_STEP = "width_bucket(bucket, $3::timestamptz[])"


class StatsStore:
    """Sums and percentiles over periods that end at ``now``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._latencies = LatencyStore(database)

    async def overview(self, period: Period, *, now: datetime) -> StatsOverview:
        """All requests of the period."""
        row = await self._database.fetch_one(
            f"select {_SUMS} from usage_hourly where dimension = 'total' and bucket >= $1 and bucket <= $2",  # noqa: S608  # constants
            _since(now, period),
            now,
        )
        return _overview(row) if row else StatsOverview()

    async def by_key(self, period: Period, *, now: datetime) -> tuple[KeyUsage, ...]:
        """What each key used, most expensive first; ``key_id`` None: requests without a valid key."""
        rows = await self._by("key", period, now)
        known = {
            row["id"]: row
            for row in await self._database.fetch("select id, key_prefix, name from keys")
        }
        return tuple(_key_usage(row, known) for row in rows)

    async def by_model(self, period: Period, *, now: datetime) -> tuple[ModelUsage, ...]:
        """What each model was used for, most expensive first; only requests that an upstream was asked for."""
        rows = await self._by("model", period, now)
        return tuple(ModelUsage(model=row["dimension_id"], **_usage(row)) for row in rows)

    async def by_client(self, period: Period, *, now: datetime) -> tuple[ClientUsage, ...]:
        """What each client was used for, most expensive first; only requests that an upstream was asked for."""
        rows = await self._by("client", period, now)
        return tuple(ClientUsage(client=row["dimension_id"], **_usage(row)) for row in rows)

    async def by_upstream(self, period: Period, *, now: datetime) -> tuple[UpstreamUsage, ...]:
        """How each upstream did, the busiest first; deleted ones under their last name."""
        rows = await self._by("upstream", period, now)
        histograms = await self._latencies.histograms(
            "upstream", ["ttft_ms"], _since(now, period), now
        )
        found = (
            UpstreamUsage(
                upstream_id=UUID(row["dimension_id"]),
                upstream_name=row["label"],
                error_count=row["errors"],
                p50_ttft_ms=percentile(histograms[row["dimension_id"], "ttft_ms"], 0.5),
                **_usage(row),
            )
            for row in rows
        )
        return tuple(sorted(found, key=lambda usage: -usage.total_requests))

    async def _by(self, dimension: str, period: Period, now: datetime) -> list[asyncpg.Record]:
        return await self._database.fetch(
            f"""
            with {DAYS}, totals as (
                select label, {_COLUMNS} from days join usage_daily u on u.bucket = days.day
                where days.is_closed and u.dimension = $3
                union all
                select label, {_COLUMNS} from days
                join usage_hourly u on u.bucket >= days.day and u.bucket < days.day + interval '1 day'
                where not days.is_closed and u.dimension = $3 and u.bucket >= $1 and u.bucket <= $2
            )
            select dimension_id, (array_agg(label order by bucket desc))[1] as label, {_SUMS}
            from totals group by dimension_id order by cost desc, requests desc, dimension_id
            """,  # noqa: S608  # constants of this file
            _since(now, period),
            now,
            dimension,
            custom_plan=True,
        )

    async def timeseries(
        self, period: Period, interval: Interval, *, now: datetime, tz: str = "UTC"
    ) -> tuple[UsageBucket, ...]:
        """The period step by step, oldest first, without gaps; ``tz`` says when hours and days start.

        Raises:
            InvalidInput: the time zone is not known.
        """
        since = _since(now, period)
        starts = steps(since, now, interval, tz)
        rows = await self._database.fetch(
            f"""
            with found as (select {_STEP} as step, {_SUMS} from ({_TOTALS}) u group by 1)
            select steps.bucket, found.*
            from unnest($3::timestamptz[]) with ordinality as steps (bucket, step) left join found using (step)
            order by 1
            """,  # noqa: S608  # constants of this file
            since,
            now,
            starts,
            hours_within(starts),
            "total",
            custom_plan=True,
        )
        return tuple(map(_bucket, rows))

    async def by_model_over_time(
        self, period: Period, interval: Interval, *, now: datetime, tz: str = "UTC"
    ) -> tuple[ModelBucket, ...]:
        """Each model step by step, oldest first; only the steps in which it was used.

        Raises:
            InvalidInput: the time zone is not known.
        """
        rows = await self._over_time("model", period, interval, now, tz)
        return tuple(ModelBucket(model=which, **sums) for which, sums in rows)

    async def by_key_over_time(
        self, period: Period, interval: Interval, *, now: datetime, tz: str = "UTC"
    ) -> tuple[KeyBucket, ...]:
        """Each key step by step, as ``by_model_over_time``."""
        rows = await self._over_time("key", period, interval, now, tz)
        return tuple(
            KeyBucket(key_id=UUID(which) if which else None, **sums) for which, sums in rows
        )

    async def by_client_over_time(
        self, period: Period, interval: Interval, *, now: datetime, tz: str = "UTC"
    ) -> tuple[ClientBucket, ...]:
        """Each client step by step, as ``by_model_over_time``."""
        rows = await self._over_time("client", period, interval, now, tz)
        return tuple(ClientBucket(client=which, **sums) for which, sums in rows)

    async def _over_time(
        self, dimension: str, period: Period, interval: Interval, now: datetime, tz: str
    ) -> list[tuple[str, dict[str, Any]]]:
        since = _since(now, period)
        starts = steps(since, now, interval, tz)
        rows = await self._database.fetch(
            f"""
            select dimension_id, ($3::timestamptz[])[{_STEP}] as bucket, sum(requests)::bigint as requests,
                   coalesce(sum(cost), 0) as cost
            from ({_TOTALS}) u group by 2, 1 order by 2, 1
            """,  # noqa: S608  # constants of this file
            since,
            now,
            starts,
            hours_within(starts),
            dimension,
            custom_plan=True,
        )
        sums = ("bucket", "requests", "cost")
        return [(row["dimension_id"], {name: row[name] for name in sums}) for row in rows]

    async def latency(self, period: Period, *, now: datetime) -> LatencyStats:
        """Percentiles of all requests: exact for a day of up to 20,000, else within 5.5 %."""
        since = _since(now, period)
        if period == "24h":
            overview = await self.overview(period, now=now)
            if overview.total_requests <= _EXACT_UP_TO:
                return await self._latencies.exact(since, now)
        return await self._latencies.near(since, now)


def _since(now: datetime, period: Period) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - PERIODS[period]


def _overview(row: asyncpg.Record) -> StatsOverview:
    prompt = row["input_tokens"] + row["cache_read_tokens"] + row["cache_write_tokens"]
    return StatsOverview(
        total_requests=row["requests"],
        total_input_tokens=row["input_tokens"],
        total_output_tokens=row["output_tokens"],
        total_cache_read_tokens=row["cache_read_tokens"],
        total_cache_creation_tokens=row["cache_write_tokens"],
        cache_hit_rate=row["cache_read_tokens"] / prompt if prompt else 0.0,
        total_cost=row["cost"],
        unpriced_requests=row["unpriced"],
        avg_latency_ms=row["avg_latency_ms"],
        avg_ttft_ms=row["avg_ttft_ms"],
        avg_overhead_us=row["avg_overhead_us"],
        error_count=row["errors"],
        error_rate=row["errors"] / row["requests"] if row["requests"] else 0.0,
    )


def _usage(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "total_requests": row["requests"],
        "total_input_tokens": row["input_tokens"],
        "total_output_tokens": row["output_tokens"],
        "total_cost": row["cost"],
        "unpriced_requests": row["unpriced"],
        "avg_latency_ms": row["avg_latency_ms"],
    }


def _key_usage(row: asyncpg.Record, known: dict[UUID, asyncpg.Record]) -> KeyUsage:
    key_id = UUID(row["dimension_id"]) if row["dimension_id"] else None
    key = known.get(key_id) if key_id else None
    return KeyUsage(
        key_id=key_id,
        key_prefix=key["key_prefix"] if key else "",
        key_name=key["name"] if key else row["label"],
        **_usage(row),
    )


def _bucket(row: asyncpg.Record) -> UsageBucket:
    if row["requests"] is None:
        return UsageBucket(bucket=row["bucket"])
    return UsageBucket(
        bucket=row["bucket"],
        requests=row["requests"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cache_read_tokens=row["cache_read_tokens"],
        cost=row["cost"],
        avg_latency_ms=row["avg_latency_ms"],
        avg_ttft_ms=row["avg_ttft_ms"],
        avg_overhead_us=row["avg_overhead_us"],
        errors=row["errors"],
    )

"""Statistics: read from the hourly totals (see migrations/0003_usage.sql), so they outlive the log and stay fast.

A period reaches back from ``now`` to a whole hour: ``24h`` is the current hour and the 24 before it. So the steps of a
time series add up to the overview of the same period. Steps of five minutes are read from the log itself.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg

from pxbin_engine.records import (
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

Period = Literal["24h", "7d", "30d"]
Interval = Literal["5m", "1h", "1d"]

PERIODS: dict[Period, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
_STEPS: dict[Interval, timedelta] = {
    "5m": timedelta(minutes=5),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}

_EXACT_UP_TO = 100_000
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

# The log in the shape of usage_hourly, a row a request: for steps shorter than an hour.
_LOG_AS_USAGE = """
    select timestamp as bucket, model, upstream_id, 1 as requests,
           (outcome not in ('ok', 'cancelled'))::int as errors, 0 as unpriced, input_tokens, output_tokens,
           cache_read_tokens, cache_write_5m_tokens + cache_write_1h_tokens as cache_write_tokens, cost, latency_ms,
           ttft_ms, (ttft_ms is not null)::int as ttft_count, overhead_us
    from requests where timestamp >= $1 and timestamp <= $2
"""
_TOTALS = "select * from usage_hourly where dimension = 'total' and bucket >= $1 and bucket <= $2"
_MODEL_TOTALS = """
    select bucket, dimension_id as model, requests, cost
    from usage_hourly where dimension = 'model' and bucket >= $1 and bucket <= $2
"""
_MODELS_IN_LOG = """
    select timestamp as bucket, model, 1 as requests, cost
    from requests where timestamp >= $1 and timestamp <= $2 and upstream_id is not null
"""

# How a time becomes the start of its step. $3 is the step, $4 the time zone (a day starts at its midnight there).
_STEP_OF: dict[Interval, str] = {
    "5m": "date_bin($3, {}, timestamptz 'epoch')",
    "1h": "date_trunc('hour', {}, $4)",
    "1d": "date_trunc('day', {}, $4)",
}


class StatsStore:
    """Sums and percentiles over periods that end at ``now``."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    async def by_upstream(self, period: Period, *, now: datetime) -> tuple[UpstreamUsage, ...]:
        """How each upstream did, the busiest first; deleted ones under their last name."""
        rows = await self._by("upstream", period, now)
        histograms = await self._histograms("upstream", period, now)
        found = (
            UpstreamUsage(
                upstream_id=UUID(row["dimension_id"]),
                upstream_name=row["label"],
                total_requests=row["requests"],
                error_count=row["errors"],
                p50_ttft_ms=percentile(histograms[row["dimension_id"], "ttft_ms"], 0.5),
            )
            for row in rows
        )
        return tuple(sorted(found, key=lambda usage: -usage.total_requests))

    async def _by(self, dimension: str, period: Period, now: datetime) -> list[asyncpg.Record]:
        return await self._database.fetch(
            f"select dimension_id, (array_agg(label order by bucket desc))[1] as label, {_SUMS}"  # noqa: S608  # constants
            " from usage_hourly where dimension = $1 and bucket >= $2 and bucket <= $3"
            " group by dimension_id order by cost desc, requests desc, dimension_id",
            dimension,
            _since(now, period),
            now,
        )

    async def timeseries(
        self, period: Period, interval: Interval, *, now: datetime, tz: str = "UTC"
    ) -> tuple[UsageBucket, ...]:
        """The period step by step, oldest first, without gaps; ``tz`` says when days start.

        Totals are kept by the UTC hour: in zones that are off by half an hour, so are the edges of their hours and days.

        Raises:
            InvalidInput: the time zone is not known.
        """
        step_of = _STEP_OF[interval]
        source = _LOG_AS_USAGE if interval == "5m" else _TOTALS
        rows = await self._database.fetch(
            f"""
            with found as (select {step_of.format("bucket")} as step, {_SUMS} from ({source}) u group by 1)
            select steps.step as bucket, found.*
            from generate_series({step_of.format("$1::timestamptz")}, $2::timestamptz, $3::interval, $4) as steps (step)
            left join found on found.step = steps.step
            order by 1
            """,  # noqa: S608  # constants of this file
            _since(now, period),
            now,
            _STEPS[interval],
            tz,
        )
        return tuple(map(_bucket, rows))

    async def by_model_over_time(
        self, period: Period, interval: Interval, *, now: datetime, tz: str = "UTC"
    ) -> tuple[ModelBucket, ...]:
        """Each model step by step, oldest first; only the steps in which it was used.

        Raises:
            InvalidInput: the time zone is not known.
        """
        source = _MODELS_IN_LOG if interval == "5m" else _MODEL_TOTALS
        rows = await self._database.fetch(
            f"""
            select {_STEP_OF[interval].format("bucket")} as bucket, model, sum(requests)::bigint as requests,
                   coalesce(sum(cost), 0) as cost
            from ({source}) u
            where $3::interval is not null and $4::text is not null
            group by 1, 2 order by 1, 2
            """,  # noqa: S608  # constants of this file
            _since(now, period),
            now,
            _STEPS[interval],
            tz,
        )
        return tuple(ModelBucket(**row) for row in rows)

    async def latency(self, period: Period, *, now: datetime) -> LatencyStats:
        """Percentiles of all requests: exact for a day of up to 100,000, else within 5.5 %."""
        overview = await self.overview(period, now=now)
        if period == "24h" and overview.total_requests <= _EXACT_UP_TO:
            return await self._exact_latency(period, now)
        histograms = await self._histograms("total", period, now)
        return _latency(
            {
                metric: [percentile(histograms["", metric], share) for share in (0.5, 0.95, 0.99)]
                for metric in ("latency_ms", "overhead_us", "ttft_ms")
            }
        )

    async def _exact_latency(self, period: Period, now: datetime) -> LatencyStats:
        shares = "percentile_cont(array[0.5, 0.95, 0.99]) within group"
        row = await self._database.fetch_one(
            f"select {shares} (order by latency_ms) as latency_ms, {shares} (order by overhead_us) as overhead_us,"  # noqa: S608  # constants
            f" {shares} (order by ttft_ms) as ttft_ms from requests where timestamp >= $1 and timestamp <= $2",
            _since(now, period),
            now,
        )
        return _latency({name: values or [None] * 3 for name, values in (row or {}).items()})

    async def _histograms(
        self, dimension: str, period: Period, now: datetime
    ) -> defaultdict[tuple[str, str], list[tuple[int, int]]]:
        """(dimension_id, metric) -> its (bin, count)."""
        rows = await self._database.fetch(
            "select dimension_id, metric, bin, sum(count)::bigint as count from latency_hourly"
            " where dimension = $1 and bucket >= $2 and bucket <= $3 group by 1, 2, 3",
            dimension,
            _since(now, period),
            now,
        )
        histograms: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for row in rows:
            histograms[row["dimension_id"], row["metric"]].append((row["bin"], row["count"]))
        return histograms


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


def _latency(values: dict[str, list[float | None]]) -> LatencyStats:
    p50, p95, p99 = values["latency_ms"]
    overhead_p50, overhead_p95, overhead_p99 = values["overhead_us"]
    ttft_p50, ttft_p95, ttft_p99 = values["ttft_ms"]
    return LatencyStats(
        p50=p50,
        p95=p95,
        p99=p99,
        overhead_p50_us=overhead_p50,
        overhead_p95_us=overhead_p95,
        overhead_p99_us=overhead_p99,
        ttft_p50=ttft_p50,
        ttft_p95=ttft_p95,
        ttft_p99=ttft_p99,
    )

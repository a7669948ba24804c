"""Percentiles of times: exact from the log, or from the histograms of hours and of whole days."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pxbin_engine.records import LatencyStats
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.histogram import percentile
from pxbin_engine.storage.totals import DAYS

Metric = Literal["latency_ms", "overhead_us", "ttft_ms"]
Histograms = defaultdict[tuple[str, str], list[tuple[int, int]]]
"""(dimension_id, metric) -> its (bin, count)."""

_METRICS: tuple[Metric, ...] = ("latency_ms", "overhead_us", "ttft_ms")
_SHARES = (0.5, 0.95, 0.99)

_BINS = f"""
    with {DAYS}, bins as (
        select l.dimension_id, l.metric, l.bin, l.count
        from days join latency_daily l on l.bucket = days.day
        where days.is_closed and l.dimension = $3 and l.metric = any($4)
        union all
        select l.dimension_id, l.metric, l.bin, l.count
        from days join latency_hourly l on l.bucket >= days.day and l.bucket < days.day + interval '1 day'
        where not days.is_closed and l.dimension = $3 and l.metric = any($4) and l.bucket >= $1 and l.bucket <= $2
    )
    select dimension_id, metric, bin, sum(count)::bigint as count from bins group by 1, 2, 3
"""  # noqa: S608  # constants


class LatencyStore:
    """Times of the requests from ``since``, a whole hour, up to ``until``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def histograms(
        self, dimension: str, metrics: Sequence[Metric], since: datetime, until: datetime
    ) -> Histograms:
        """What was counted of each thing of the ``dimension``."""
        found: Histograms = defaultdict(list)
        for row in await self._database.fetch(
            _BINS, since, until, dimension, list(metrics), custom_plan=True
        ):
            found[row["dimension_id"], row["metric"]].append((row["bin"], row["count"]))
        return found

    async def near(self, since: datetime, until: datetime) -> LatencyStats:
        """Percentiles of all requests, within 5.5 %; fast however many there are."""
        found = await self.histograms("total", _METRICS, since, until)
        return _latency_stats(
            {name: [percentile(found["", name], share) for share in _SHARES] for name in _METRICS}
        )

    async def exact(self, since: datetime, until: datetime) -> LatencyStats:
        """Percentiles of all requests, from every row of the log."""
        shares = f"percentile_cont(array{list(_SHARES)}) within group"
        row = await self._database.fetch_one(
            f"select {', '.join(f'{shares} (order by {name}) as {name}' for name in _METRICS)}"  # noqa: S608  # constants
            " from requests where timestamp >= $1 and timestamp <= $2",
            since,
            until,
        )
        return _latency_stats({name: values or [None] * 3 for name, values in (row or {}).items()})


def _latency_stats(values: dict[str, list[float | None]]) -> LatencyStats:
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

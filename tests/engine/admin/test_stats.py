from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pxbin_engine.admin.stats import StatsAdmin
from pxbin_engine.errors import InvalidInput
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.stats import StatsStore
from tests.support.database import NOW, a_request, an_upstream

UPSTREAM = an_upstream()


@pytest.fixture
async def stats(database: Database) -> StatsAdmin:
    served = {"model": "m", "upstream_id": UPSTREAM.id, "upstream_name": UPSTREAM.name}
    await RequestStore(database).insert_batch(
        [
            a_request(at=NOW, cost=Decimal("0.5"), input_tokens=10, latency_ms=100.0, **served),
            a_request(
                at=NOW - timedelta(days=3), outcome="upstream_error", status_code=502, **served
            ),
        ]
    )
    return StatsAdmin(StatsStore(database), clock=lambda: NOW)


async def test_a_period_ends_now(stats: StatsAdmin) -> None:
    assert (await stats.overview("24h")).total_requests == 1
    week = await stats.overview("7d")
    assert (week.total_requests, week.error_count, week.total_cost) == (2, 1, Decimal("0.5"))


async def test_sums_by_what_they_are_for(stats: StatsAdmin) -> None:
    assert [(usage.key_id, usage.total_requests) for usage in await stats.by_key("7d")] == [
        (None, 2)
    ]
    assert [(usage.model, usage.total_requests) for usage in await stats.by_model("24h")] == [
        ("m", 1)
    ]
    (upstream,) = await stats.by_upstream("7d")
    assert (upstream.upstream_id, upstream.error_count) == (UPSTREAM.id, 1)


async def test_series_fill_their_gaps_and_begin_days_in_the_zone(stats: StatsAdmin) -> None:
    series = await stats.timeseries("7d", "1d", "Europe/Berlin")
    assert len(series) == 8
    assert sum(step.requests for step in series) == 2
    assert series[0].bucket.hour == 23
    assert [step.requests for step in await stats.by_model_over_time("24h", "1h")] == [1]


async def test_percentiles(stats: StatsAdmin) -> None:
    assert (await stats.latency("24h")).p50 == 100.0


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (lambda stats: stats.overview("1h"), "period"),
        (lambda stats: stats.by_key(""), "period"),
        (lambda stats: stats.timeseries("24h", "1m"), "interval"),
        (lambda stats: stats.timeseries("24h", "1h", "Mars/Olympus"), "tz"),
        (lambda stats: stats.by_model_over_time("24h", "1h", "../etc/passwd"), "tz"),
    ],
)
async def test_an_unknown_period_interval_or_zone_is_refused(
    stats: StatsAdmin, ask: Callable[[Any], Awaitable[object]], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await ask(stats)
    assert refused.value.field == field

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pxbin_engine.admin.stats import StatsAdmin
from pxbin_engine.errors import InvalidInput
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.spending import SpendingStore
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
    return StatsAdmin(StatsStore(database), SpendingStore(database), clock=lambda: NOW)


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
    for over_time in (
        stats.by_model_over_time,
        stats.by_key_over_time,
        stats.by_client_over_time,
    ):
        assert [step.requests for step in await over_time("24h", "1h")] == [1]


async def test_the_forecast_is_of_the_month_of_a_zone(stats: StatsAdmin) -> None:
    forecast = await stats.forecast("Europe/Berlin")
    assert forecast is not None
    assert forecast.month_start == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert (forecast.spent, forecast.pace_days) == (Decimal("0.5"), pytest.approx(3, abs=0.01))
    assert forecast.total > forecast.spent


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
        (lambda stats: stats.by_key_over_time("1h", "1h"), "period"),
        (lambda stats: stats.by_client_over_time("24h", "1m"), "interval"),
        (lambda stats: stats.forecast("Mars/Olympus"), "tz"),
    ],
)
async def test_an_unknown_period_interval_or_zone_is_refused(
    stats: StatsAdmin, ask: Callable[[Any], Awaitable[object]], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await ask(stats)
    assert refused.value.field == field

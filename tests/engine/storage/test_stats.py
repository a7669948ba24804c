import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import (
    KeyUsage,
    LatencyStats,
    ModelBucket,
    ModelUsage,
    StatsOverview,
    UpstreamUsage,
)
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.stats import PERIODS, StatsStore
from tests.support.database import NOW, a_key, a_request

HOUR = timedelta(hours=1)
UPSTREAM, OTHER = uuid4(), uuid4()


@pytest.fixture
def stats(database: Database) -> StatsStore:
    return StatsStore(database)


@pytest.fixture
def requests(database: Database) -> RequestStore:
    return RequestStore(database)


async def test_an_empty_log_has_zeros_and_unknowns(stats: StatsStore) -> None:
    assert await stats.overview("30d", now=NOW) == StatsOverview()
    assert await stats.by_key("24h", now=NOW) == ()
    assert await stats.by_model("24h", now=NOW) == ()
    assert await stats.by_upstream("24h", now=NOW) == ()
    assert await stats.latency("24h", now=NOW) == LatencyStats()
    assert await stats.latency("7d", now=NOW) == LatencyStats()


async def test_overview_sums_the_period(stats: StatsStore, requests: RequestStore) -> None:
    await requests.insert_batch(
        [
            a_request(
                input_tokens=100,
                output_tokens=10,
                cache_read_tokens=300,
                cache_write_5m_tokens=40,
                cache_write_1h_tokens=60,
                cost=Decimal("0.25"),
                latency_ms=100,
                ttft_ms=50,
                overhead_us=300,
            ),
            a_request(status_code=500, outcome="upstream_error", latency_ms=300, overhead_us=100),
            a_request(outcome="cancelled", output_tokens=5, latency_ms=200),
            a_request(at=NOW - 25 * HOUR, cost=Decimal(99), input_tokens=1),
        ]
    )
    assert await stats.overview("24h", now=NOW) == StatsOverview(
        total_requests=3,
        total_input_tokens=100,
        total_output_tokens=15,
        total_cache_read_tokens=300,
        total_cache_creation_tokens=100,
        cache_hit_rate=0.6,
        total_cost=Decimal("0.25"),
        unpriced_requests=1,
        avg_latency_ms=200,
        avg_ttft_ms=50,
        avg_overhead_us=400 / 3,
        error_count=1,
        error_rate=1 / 3,
    )
    week = await stats.overview("7d", now=NOW)
    assert (week.total_requests, week.total_cost) == (4, Decimal("99.25"))


async def test_batches_of_one_hour_add_up(stats: StatsStore, requests: RequestStore) -> None:
    for _ in range(3):
        await requests.insert_batch(
            [a_request(input_tokens=1, cost=Decimal("0.1"), latency_ms=10) for _ in range(2)]
        )
    overview = await stats.overview("24h", now=NOW)
    assert (overview.total_requests, overview.total_input_tokens) == (6, 6)
    assert (overview.total_cost, overview.avg_latency_ms) == (Decimal("0.6"), 10)


async def test_by_key_names_the_keys_and_counts_requests_without_one(
    stats: StatsStore, requests: RequestStore, database: Database
) -> None:
    key = await KeyStore(database).insert(a_key(name="now so"))
    await requests.insert_batch(
        [
            a_request(
                llm_key_id=key.id,
                key_name="once so",
                cost=Decimal(2),
                input_tokens=3,
                output_tokens=4,
            ),
            a_request(llm_key_id=key.id, key_name="once so", latency_ms=10),
            a_request(outcome="refused", status_code=401),
        ]
    )
    assert await stats.by_key("24h", now=NOW) == (
        KeyUsage(
            key_id=key.id,
            key_prefix="pxb_0000",
            key_name="now so",
            total_requests=2,
            total_input_tokens=3,
            total_output_tokens=4,
            total_cost=Decimal(2),
            avg_latency_ms=5,
        ),
        KeyUsage(
            key_id=None,
            key_prefix="",
            key_name="",
            total_requests=1,
            total_input_tokens=0,
            total_output_tokens=0,
            total_cost=Decimal(0),
            avg_latency_ms=0,
        ),
    )


async def test_by_model_leaves_names_out_that_no_upstream_was_asked_for(
    stats: StatsStore, requests: RequestStore
) -> None:
    await requests.insert_batch(
        [
            a_request(model="dear", upstream_id=UPSTREAM, cost=Decimal(5)),
            a_request(
                model="cheap",
                upstream_id=UPSTREAM,
                cost=Decimal(1),
                input_tokens=1,
                output_tokens=2,
            ),
            a_request(model="made up", outcome="refused", status_code=404),
        ]
    )
    dear, cheap = await stats.by_model("24h", now=NOW)
    assert dear.model == "dear"
    assert cheap == ModelUsage(
        model="cheap",
        total_requests=1,
        total_input_tokens=1,
        total_output_tokens=2,
        total_cost=Decimal(1),
        avg_latency_ms=0,
    )


async def test_behaviour_27_an_unknown_price_is_counted_as_such_and_not_as_free(
    stats: StatsStore, requests: RequestStore
) -> None:
    await requests.insert_batch(
        [
            a_request(model="m", upstream_id=UPSTREAM, cost=cost, output_tokens=5)
            for cost in (None, Decimal(1))
        ]
    )
    (model,) = await stats.by_model("24h", now=NOW)
    (key,) = await stats.by_key("24h", now=NOW)
    assert (model.total_cost, model.unpriced_requests) == (Decimal(1), 1)
    assert (key.total_cost, key.unpriced_requests) == (Decimal(1), 1)


async def test_by_upstream_keeps_the_last_name_of_a_deleted_one(
    stats: StatsStore, requests: RequestStore
) -> None:
    values = {"upstream_id": UPSTREAM, "upstream_name": "old name"}
    await requests.insert_batch([a_request(at=NOW - 2 * HOUR, **values)])
    values["upstream_name"] = "new name"
    spent = {"cost": Decimal(1), "input_tokens": 20, "output_tokens": 3, "latency_ms": 5.0}
    await requests.insert_batch(
        [a_request(ttft_ms=ttft, **spent, **values) for ttft in (90, 100, 110, 120)]
    )
    await requests.insert_batch(
        [a_request(upstream_id=OTHER, upstream_name="o", outcome="upstream_error")]
    )

    busy, other = await stats.by_upstream("24h", now=NOW)

    assert (busy.upstream_id, busy.upstream_name, busy.total_requests, busy.error_count) == (
        UPSTREAM,
        "new name",
        5,
        0,
    )
    assert busy.p50_ttft_ms == pytest.approx(105, rel=0.11)
    assert (busy.total_cost, busy.total_input_tokens, busy.total_output_tokens) == (4, 80, 12)
    assert (busy.unpriced_requests, busy.avg_latency_ms) == (0, 4.0)
    assert other == UpstreamUsage(
        upstream_id=OTHER, upstream_name="o", total_requests=1, error_count=1, p50_ttft_ms=None
    )


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("interval", ["1h", "1d", "5m"])
async def test_a_time_series_has_no_gaps_and_adds_up_to_the_overview(
    stats: StatsStore, requests: RequestStore, period: str, interval: str
) -> None:
    ages = [timedelta(0), timedelta(minutes=7), 23 * HOUR, timedelta(days=3), timedelta(days=29)]
    await requests.insert_batch(
        [a_request(at=NOW - age, input_tokens=1, cost=Decimal(1)) for age in ages]
    )

    buckets = await stats.timeseries(period, interval, now=NOW)

    step = {"5m": timedelta(minutes=5), "1h": HOUR, "1d": timedelta(days=1)}[interval]
    starts = [bucket.bucket for bucket in buckets]
    assert {later - earlier for earlier, later in pairwise(starts)} <= {step}
    assert starts[-1] <= NOW < starts[-1] + step
    overview = await stats.overview(period, now=NOW)
    assert sum(bucket.requests for bucket in buckets) == overview.total_requests
    assert sum(bucket.cost for bucket in buckets) == overview.total_cost
    assert all(bucket.avg_ttft_ms is None for bucket in buckets)


async def test_days_start_at_midnight_of_the_zone_also_when_the_clock_changes(
    stats: StatsStore, requests: RequestStore
) -> None:
    # In Berlin the 25th of October 2026 has 25 hours.
    now = datetime(2026, 10, 27, 12, tzinfo=UTC)
    at = datetime(2026, 10, 25, 22, 30, tzinfo=UTC)
    await requests.insert_batch([a_request(at=at)])

    buckets = await stats.timeseries("7d", "1d", now=now, tz="Europe/Berlin")

    starts = [bucket.bucket for bucket in buckets]
    assert starts[-3:] == [
        datetime(2026, 10, day, hour, tzinfo=UTC) for day, hour in ((24, 22), (25, 23), (26, 23))
    ]
    assert [bucket.bucket for bucket in buckets if bucket.requests] == [
        datetime(2026, 10, 24, 22, tzinfo=UTC)
    ]


async def test_an_unknown_time_zone_is_refused(stats: StatsStore) -> None:
    with pytest.raises(InvalidInput, match="Mars"):
        await stats.timeseries("24h", "1d", now=NOW, tz="Mars/Olympus")


@pytest.mark.parametrize(("interval", "count"), [("5m", 3), ("1h", 2), ("1d", 2)])
async def test_models_over_time(
    stats: StatsStore, requests: RequestStore, interval: str, count: int
) -> None:
    await requests.insert_batch(
        [
            a_request(model="a", upstream_id=UPSTREAM, cost=Decimal(1)),
            a_request(
                at=NOW - timedelta(minutes=10), model="a", upstream_id=UPSTREAM, cost=Decimal(2)
            ),
            a_request(model="b", upstream_id=UPSTREAM),
            a_request(model="never routed", outcome="refused"),
        ]
    )
    buckets = await stats.by_model_over_time("24h", interval, now=NOW)
    assert len(buckets) == count
    assert sum(bucket.cost for bucket in buckets if bucket.model == "a") == 3
    assert buckets[-1] == ModelBucket(
        bucket=buckets[-1].bucket, model="b", requests=1, cost=Decimal(0)
    )


async def test_keys_and_clients_over_time(stats: StatsStore, requests: RequestStore) -> None:
    key_id = uuid4()
    served = {"upstream_id": UPSTREAM, "cost": Decimal(1)}
    await requests.insert_batch(
        [
            a_request(llm_key_id=key_id, client_name="Claude Code 2.1.330", **served),
            a_request(llm_key_id=key_id, client_name="Claude Code 2.2.0", **served),
            a_request(at=NOW - HOUR, **served),
            a_request(outcome="refused", client_name="nobody"),
        ]
    )
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    keys = await stats.by_key_over_time("24h", "1h", now=NOW)
    assert [(one.bucket, one.key_id, one.requests, one.cost) for one in keys] == [
        (hour - HOUR, None, 1, Decimal(1)),
        (hour, None, 1, Decimal(0)),
        (hour, key_id, 2, Decimal(2)),
    ]
    clients = await stats.by_client_over_time("24h", "1h", now=NOW)
    assert [(one.bucket, one.client, one.requests, one.cost) for one in clients] == [
        (hour - HOUR, "", 1, Decimal(1)),
        (hour, "Claude Code", 2, Decimal(2)),
    ]


async def test_latency_of_a_day_is_exact_and_of_a_week_nearly(
    stats: StatsStore, requests: RequestStore
) -> None:
    await requests.insert_batch(
        [a_request(latency_ms=n, ttft_ms=n / 2, overhead_us=n * 10) for n in range(1, 1001)]
    )
    day = await stats.latency("24h", now=NOW)
    assert (day.p50, day.ttft_p50, day.overhead_p50_us) == (500.5, 250.25, 5005)
    assert day.p99 == pytest.approx(990.01)

    week = await stats.latency("7d", now=NOW)
    for name in week.__struct_fields__:
        assert getattr(week, name) == pytest.approx(getattr(day, name), rel=0.055), name


@pytest.mark.parametrize("seed", range(4))
async def test_days_of_any_zone_add_up_to_the_rows_that_python_and_postgresql_count_there(
    stats: StatsStore, requests: RequestStore, database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    # Clocks of these are changed at midnight, are off by parts of an hour, or are changed by half of one.
    zones = [
        "America/Santiago", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Kolkata",
        "America/St_Johns", "Africa/Cairo", "Europe/Berlin", "Pacific/Chatham", "Asia/Beirut", "UTC",
    ]  # fmt: skip
    now = datetime(
        2026, chance.choice([3, 4, 9, 10, 11]), chance.randrange(6, 29), 12, 34, tzinfo=UTC
    )
    since = now.replace(minute=0) - PERIODS["30d"]
    rows = [
        a_request(
            at=since + chance.random() * (now - since),
            cost=Decimal(chance.randrange(10**9)).scaleb(-9),
            model=chance.choice("ab"),
            llm_key_id=chance.choice([None, OTHER]),
            client_name=chance.choice(["", "Codex 1.0", "Codex 1.1", "Claude Code 2.0"]),
            upstream_id=UPSTREAM,
        )
        for _ in range(300)
    ]
    await requests.insert_batch(rows)
    for tz in zones:
        zone = ZoneInfo(tz)
        by_python: defaultdict[date, Decimal] = defaultdict(Decimal)
        for row in rows:
            by_python[row.timestamp.astimezone(zone).date()] += row.cost or 0
        by_sql = await database.fetch(
            "select (timestamp at time zone $1)::date as day, sum(cost) as cost from requests group by 1",
            tz,
        )

        days = await stats.timeseries("30d", "1d", now=now, tz=tz)

        counted = {day.bucket.astimezone(zone).date(): day.cost for day in days if day.requests}
        assert counted == dict(by_python), tz
        assert counted == {row["day"]: row["cost"] for row in by_sql}, tz
        models = await stats.by_model_over_time("30d", "1d", now=now, tz=tz)
        assert {m.bucket for m in models} <= {day.bucket for day in days}
        keys = await stats.by_key_over_time("30d", "1d", now=now, tz=tz)
        clients = await stats.by_client_over_time("30d", "1d", now=now, tz=tz)
        for day in days:
            for series in (models, keys, clients):
                assert sum(m.cost for m in series if m.bucket == day.bucket) == day.cost, tz
        hours = await stats.timeseries("7d", "1h", now=now, tz=tz)
        assert sum(hour.cost for hour in hours) == (await stats.overview("7d", now=now)).total_cost


async def test_hours_of_a_zone_that_is_off_by_half_of_one_are_its_own(
    stats: StatsStore, requests: RequestStore
) -> None:
    times = [datetime(2026, 11, 23, 12, minute, tzinfo=UTC) for minute in (29, 30)]
    await requests.insert_batch([a_request(at=at) for at in times])
    hours = await stats.timeseries("24h", "1h", now=NOW, tz="Asia/Kolkata")
    assert [(hour.bucket, hour.requests) for hour in hours][-2:] == [
        (datetime(2026, 11, 23, hour, 30, tzinfo=UTC), 1) for hour in (11, 12)
    ]

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pxbin_engine.records import LatencyStats
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.latencies import LatencyStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.totals import Totals
from tests.support.database import NOW, a_request

SINCE = datetime(2026, 11, 20, 5, tzinfo=UTC)


@pytest.fixture
async def latencies(database: Database) -> LatencyStore:
    """A request at each hour from four days ago on, each a millisecond slower; no first token at odd hours."""
    first = SINCE - timedelta(days=1)
    await RequestStore(database).insert_batch(
        [
            a_request(
                at=first + timedelta(hours=n),
                latency_ms=1000 + n,
                ttft_ms=None if n % 2 else 100 + n,
                overhead_us=300,
                upstream_id=UUID(int=n % 2),
            )
            for n in range(100)
        ]
    )
    return LatencyStore(database)


@pytest.mark.parametrize("closed", [False, True])
async def test_only_what_is_in_the_range_is_counted(
    latencies: LatencyStore, database: Database, closed: bool
) -> None:
    if closed:
        await Totals(database).close_days(now=NOW)
    found = await latencies.histograms("upstream", ["ttft_ms"], SINCE, NOW)
    assert {key: sum(count for _, count in bins) for key, bins in found.items()} == {
        (str(UUID(int=0)), "ttft_ms"): 38
    }
    total = await latencies.histograms("total", ["latency_ms", "overhead_us"], SINCE, NOW)
    assert {key[1]: sum(n for _, n in bins) for key, bins in total.items()} == {
        "latency_ms": 76,
        "overhead_us": 76,
    }


async def test_near_is_near_the_exact(latencies: LatencyStore) -> None:
    exact = await latencies.exact(SINCE, NOW)
    near = await latencies.near(SINCE, NOW)
    assert exact.p50 == 1000 + 24 + 37.5
    assert exact.overhead_p99_us == 300
    for name in near.__struct_fields__:
        assert getattr(near, name) == pytest.approx(getattr(exact, name), rel=0.11), name


async def test_without_requests_nothing_is_known(database: Database) -> None:
    store = LatencyStore(database)
    assert await store.exact(SINCE, NOW) == await store.near(SINCE, NOW) == LatencyStats()

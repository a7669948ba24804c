"""What was spent of a month, also where it does not begin with an hour of UTC."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.spending import Spending, SpendingStore
from pxbin_engine.storage.steps import month_around
from tests.support.database import a_request

NOW = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
WEEK = timedelta(days=7)


async def test_nothing_was_spent_of_an_empty_log(database: Database) -> None:
    store = SpendingStore(database)
    spending = await store.since(month_start=NOW - WEEK, recent_start=NOW - WEEK, now=NOW)
    assert spending == Spending()


async def test_a_month_begins_where_its_zone_says(database: Database) -> None:
    # 18:30 of the last day of October, in UTC.
    start, _ = month_around(NOW - WEEK, "Asia/Kolkata")
    minute = timedelta(minutes=1)
    spent = {start - minute: 1, start: 2, NOW - WEEK - 9 * minute: 4, NOW - WEEK: 8, NOW: 16}
    await RequestStore(database).insert_batch(
        [a_request(at=at, cost=Decimal(cost)) for at, cost in spent.items()]
        + [a_request(at=NOW + 9 * minute, cost=Decimal(99)), a_request(at=NOW, output_tokens=1)]
    )
    spending = await SpendingStore(database).since(
        month_start=start, recent_start=NOW - WEEK - 4 * minute, now=NOW
    )
    assert spending == Spending(
        counted_since=start - 5 * minute, of_month=Decimal(30), recent=Decimal(24)
    )

from datetime import UTC, date, timedelta

import pytest

from pxbin_engine.storage.database import Database
from pxbin_engine.storage.day_partitions import DAYS_AHEAD, DayPartitions
from tests.support.database import NOW


@pytest.mark.parametrize("table", ["requests", "recordings"])
async def test_each_table_has_days_of_its_own(database: Database, table: str) -> None:
    own = DayPartitions(database, table)
    other = DayPartitions(database, ({"requests", "recordings"} - {table}).pop())
    days = tuple(NOW.date() + timedelta(days=n) for n in range(DAYS_AHEAD + 1))
    assert await own.make(now=NOW) == days
    assert await own.make(now=NOW) == ()
    assert (await own.days(), await other.days()) == (days, ())


async def test_a_day_is_dropped_once_it_is_over_as_a_whole(database: Database) -> None:
    partitions = DayPartitions(database, "recordings")
    await partitions.make(now=NOW)
    midnight = (NOW + timedelta(days=1)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)  # fmt: skip
    for before, dropped in (
        (midnight - timedelta(microseconds=1), ()),
        (midnight, (date(2026, 11, 23),)),
        (midnight, ()),
    ):
        async with database.transaction() as connection:
            assert await partitions.drop(connection, before=before) == dropped

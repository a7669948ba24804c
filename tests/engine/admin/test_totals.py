from datetime import date, timedelta

from pxbin_engine.admin.totals import RebuildReport, TotalsAdmin
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.stats import StatsStore
from pxbin_engine.storage.totals import Totals
from tests.support.database import NOW, a_request

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


async def test_days_whose_rows_are_there_are_mended_and_others_keep_their_totals(
    database: Database,
) -> None:
    partitions, store = Partitions(database), RequestStore(database)
    totals = TotalsAdmin(Totals(database), partitions, clock=lambda: NOW)
    await partitions.make(now=NOW - 2 * DAY)
    await store.insert_batch([a_request(at=NOW - n * DAY, input_tokens=5) for n in range(4)])
    await partitions.prune(before=NOW - DAY)  # the 21st is dropped; the 20th never had a partition
    await database.write("update usage_hourly set input_tokens = 6")

    report = await totals.rebuild()

    assert report.days == (TODAY - DAY, TODAY)
    assert {(d.bucket.date(), d.field, d.held, d.counted) for d in report.differences} == {
        (day, "input_tokens", 6, 5) for day in report.days
    }
    week = await StatsStore(database).overview("7d", now=NOW)
    assert (week.total_requests, week.total_input_tokens) == (4, 5 + 5 + 6 + 6)
    assert await totals.rebuild(since=TODAY) == RebuildReport(days=(TODAY,))

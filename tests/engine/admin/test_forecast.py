"""What a month will have cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pxbin_engine.admin.forecast import forecast
from pxbin_engine.records import SpendForecast
from pxbin_engine.storage.spending import Spending

NOVEMBER = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def spent(month: str, recent: str, counted: timedelta) -> Spending:
    return Spending(counted_since=NOW - counted, of_month=Decimal(month), recent=Decimal(recent))


def test_it_goes_on_as_in_the_last_week() -> None:
    assert forecast(spent("30", "14", 90 * DAY), NOVEMBER, now=NOW) == SpendForecast(
        month_start=NOVEMBER[0],
        month_end=NOVEMBER[1],
        spent=Decimal(30),
        pace=Decimal(2),
        pace_days=7,
        total=Decimal(49),
    )


@pytest.mark.parametrize(
    ("spending", "now", "pace", "total"),
    [
        (spent("3", "3", 1.5 * DAY), NOW, 2, 22),
        (spent("3", "3", DAY), NOW, 3, Decimal("31.5")),
        (spent("30", "0", 90 * DAY), NOW, 0, 30),
        (spent("0", "0", 90 * DAY), NOW, 0, 0),
        # The pace of a week that began in the month before.
        (spent("0", "70", 90 * DAY), NOVEMBER[0], 10, 300),
    ],
    ids=["counted for less than a week", "a day", "nothing lately", "nothing", "a new month"],
)
def test_the_pace(spending: Spending, now: datetime, pace: int, total: Decimal | int) -> None:
    if now != NOW:
        spending = Spending(
            counted_since=now - 90 * DAY, of_month=spending.of_month, recent=spending.recent
        )
    found = forecast(spending, NOVEMBER, now=now)
    assert found is not None
    assert (found.pace, found.total) == (pace, total)


@pytest.mark.parametrize("counted", [timedelta(0), DAY - timedelta(seconds=1)])
def test_less_than_a_day_says_nothing_of_a_month(counted: timedelta) -> None:
    assert forecast(spent("3", "3", counted), NOVEMBER, now=NOW) is None


def test_nor_does_an_empty_log() -> None:
    assert forecast(Spending(), NOVEMBER, now=NOW) is None

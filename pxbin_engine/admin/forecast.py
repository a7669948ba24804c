"""What a month will have cost at its end, if it goes on as in the last seven days."""

from datetime import datetime, timedelta
from decimal import Decimal

from pxbin_engine.records import SpendForecast
from pxbin_engine.storage.spending import Spending

PACE_OVER = timedelta(days=7)
"""A whole week: work days and others."""
_DAY = timedelta(days=1)


def forecast(
    spending: Spending, month: tuple[datetime, datetime], *, now: datetime
) -> SpendForecast | None:
    """Spent so far, and for what is left of the month the pace of the last ``PACE_OVER``.

    Args:
        spending: since the month began, and in the last ``PACE_OVER``.
        month: when it begins, and when it ends.
        now: within it.

    Returns:
        None where less than a day is counted: a first hour says nothing of a month.
    """
    since = spending.counted_since
    if since is None or now - since < _DAY:
        return None
    start, end = month
    over = min(now - since, PACE_OVER)
    pace = spending.recent / _days(over)
    return SpendForecast(
        month_start=start,
        month_end=end,
        spent=spending.of_month,
        pace=pace,
        pace_days=float(_days(over)),
        total=spending.of_month + pace * _days(end - now),
    )


def _days(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(microseconds=1)) / (_DAY // timedelta(microseconds=1))

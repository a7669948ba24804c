"""When a budget's period begins and ends; the database's ``budget_period_start`` is the same rule."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pxbin_engine.records import BudgetPeriod

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""When ``total`` began."""


class Span(NamedTuple):
    """A period, in UTC; ``ends_at`` None: never."""

    starts_at: datetime
    ends_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether ``at`` is in it."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


def zone_of(time_zone: str) -> tzinfo:
    """The zone of that name; UTC is known also where the system has no list of zones.

    Raises:
        ZoneInfoNotFoundError, ValueError, OSError: this machine does not know it.
    """
    return UTC if time_zone == "UTC" else ZoneInfo(time_zone)


def period_of(period: BudgetPeriod, time_zone: str, at: datetime) -> Span:
    """The period that holds at the moment ``at``.

    Raises:
        ZoneInfoNotFoundError: this machine does not know the zone.
    """
    if period == "total":
        return Span(EPOCH, None)
    zone = zone_of(time_zone)
    first, following = _days(period, at.astimezone(zone).date())
    return Span(_midnight(first, zone), _midnight(following, zone))


def _days(period: BudgetPeriod, today: date) -> tuple[date, date]:
    if period == "day":
        return today, today + timedelta(days=1)
    if period == "week":
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=7)
    first = today.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    """The start of a day as PostgreSQL takes it: of two midnights the later, of none the moment that would have been it."""
    first = datetime.combine(day, time(), zone)
    second = first.replace(fold=1)
    is_twice = (first.utcoffset() or timedelta()) > (second.utcoffset() or timedelta())
    return (second if is_twice else first).astimezone(UTC)

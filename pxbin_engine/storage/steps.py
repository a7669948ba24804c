"""The steps of a time series: where five minutes, hours and days begin by the clocks of a time zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pxbin_engine.errors import InvalidInput

Interval = Literal["5m", "1h", "1d"]

_FIVE_MINUTES = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def steps(since: datetime, until: datetime, interval: Interval, tz: str) -> list[datetime]:
    """The starts, in UTC and ascending, of the steps that hold ``since``, ``until`` and what is between them.

    A day begins at its first midnight, or where the clock skips midnight, at the moment it does.

    Raises:
        InvalidInput: the time zone is not known.
    """
    start, following = _RULES[interval]
    zone = _zone(tz)
    found = [start(since, zone)]
    while (later := following(found[-1], zone)) <= until:
        found.append(later)
    return found


def month_around(at: datetime, tz: str) -> tuple[datetime, datetime]:
    """When the month that holds ``at`` begins, and when it ends, by the clocks of ``tz``; in UTC.

    Raises:
        InvalidInput: the time zone is not known.
    """
    zone = _zone(tz)
    first = at.astimezone(zone).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return _midnight(first, zone), _midnight(following, zone)


def hours_within(starts: list[datetime]) -> list[datetime]:
    """The UTC hours in which a step begins, but not with the hour: their totals belong to several steps."""
    hours = {start.replace(minute=0, second=0, microsecond=0): start for start in starts}
    return [hour for hour, start in hours.items() if start != hour]


def _zone(tz: str) -> tzinfo:
    try:
        return UTC if tz == "UTC" else ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"tz: there is no time zone {tz!r}.", field="tz") from None


def _five_minutes(at: datetime, _: tzinfo) -> datetime:
    return at - (at - _EPOCH) % _FIVE_MINUTES


def _next_five_minutes(start: datetime, _: tzinfo) -> datetime:
    return start + _FIVE_MINUTES


def _hour(at: datetime, zone: tzinfo) -> datetime:
    local = at.astimezone(zone)
    return at - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )


def _next_hour(start: datetime, zone: tzinfo) -> datetime:
    # A clock that is changed by half an hour makes one step shorter; no step begins twice.
    full = _hour(start + _HOUR, zone)
    return full if full > start and full.astimezone(zone).minute == 0 else start + _HOUR


def _day(at: datetime, zone: tzinfo) -> datetime:
    return _midnight(at.astimezone(zone).date(), zone)


def _next_day(start: datetime, zone: tzinfo) -> datetime:
    return _midnight(start.astimezone(zone).date() + _DAY, zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


_Rule = Callable[[datetime, tzinfo], datetime]
_RULES: dict[Interval, tuple[_Rule, _Rule]] = {
    "5m": (_five_minutes, _next_five_minutes),
    "1h": (_hour, _next_hour),
    "1d": (_day, _next_day),
}
"""How a moment becomes the start of its step, and a start that of the next."""

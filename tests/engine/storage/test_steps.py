from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.errors import InvalidInput
from pxbin_engine.storage.steps import hours_within, month_around, steps

HOUR = timedelta(hours=1)
# Names of the system's own that are no places, and a copy of the list under "right/".
ZONES = sorted(name for name in available_timezones() if "/" in name and "right/" not in name)

# Until 1972 some zones were off by seconds.
moments = st.integers(0, 37 * 366 * 24 * 60).map(
    lambda minutes: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(moments, st.sampled_from(ZONES), st.integers(1, 31 * 24 * 60), st.floats(0, 1))
def test_a_moment_is_in_the_day_that_the_zone_s_calendar_says(
    since: datetime, tz: str, minutes: int, share: float
) -> None:
    until = since + timedelta(minutes=minutes)
    starts = steps(since, until, "1d", tz)

    assert starts == sorted(set(starts))
    assert starts[0] <= since
    at = since + share * (until - since)
    zone = ZoneInfo(tz)
    day = starts[bisect_right(starts, at) - 1]
    assert day.astimezone(zone).date() == at.astimezone(zone).date()
    assert len(starts) == len({start.astimezone(zone).date() for start in starts})


@given(moments, st.sampled_from(ZONES), st.integers(1, 14 * 24), st.floats(0, 1))
def test_a_moment_is_in_the_hour_that_the_zone_s_clocks_show(
    since: datetime, tz: str, hours: int, share: float
) -> None:
    until = since + hours * HOUR
    starts = steps(since, until, "1h", tz)

    assert all(timedelta(0) < later - earlier <= HOUR for earlier, later in pairwise(starts))
    at = since + share * (until - since)
    zone = ZoneInfo(tz)
    hour = starts[bisect_right(starts, at) - 1]
    assert starts[0] <= since
    assert at - hour < HOUR
    if len(starts) == 1 or {later - earlier for earlier, later in pairwise(starts)} == {HOUR}:
        assert hour.astimezone(zone).minute == 0


@given(moments, st.sampled_from(ZONES), st.sampled_from(["5m", "1h", "1d"]))
def test_only_hours_in_which_no_step_begins_belong_to_one(
    since: datetime, tz: str, interval: str
) -> None:
    starts = steps(since, since + timedelta(days=2), interval, tz)
    split = set(hours_within(starts))
    for start in starts:
        hour = start.replace(minute=0, second=0, microsecond=0)
        assert start == hour or hour in split
        assert start == start.replace(second=0, microsecond=0)
        assert start.minute % 5 == 0
    assert split <= {start.replace(minute=0) for start in starts if start.minute}


@pytest.mark.parametrize(
    ("tz", "now", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 10, 26, 12, tzinfo=UTC), [24, 25]),
        ("Europe/Berlin", datetime(2026, 3, 30, 12, tzinfo=UTC), [24, 23]),
        # The clock skips midnight ...
        ("America/Santiago", datetime(2026, 9, 7, 12, tzinfo=UTC), [24, 23]),
        # ... and has it twice.
        ("America/Havana", datetime(2026, 11, 2, 12, tzinfo=UTC), [24, 25]),
        ("Australia/Lord_Howe", datetime(2026, 10, 5, 6, tzinfo=UTC), [24, 23.5]),
        # This day was not.
        ("Pacific/Apia", datetime(2011, 12, 31, 6, tzinfo=UTC), [24, 24]),
        ("Asia/Kathmandu", datetime(2026, 11, 23, 12, tzinfo=UTC), [24, 24]),
    ],
)
def test_days_are_as_long_as_they_are(tz: str, now: datetime, hours: list[float]) -> None:
    starts = steps(now - timedelta(days=2), now, "1d", tz)
    assert [(b - a) / HOUR for a, b in pairwise(starts)][-2:] == hours


def test_hours_of_a_zone_that_is_off_by_part_of_one_are_its_own() -> None:
    since = datetime(2026, 11, 23, 12, tzinfo=UTC)
    starts = steps(since, since + HOUR, "1h", "Asia/Kathmandu")
    assert [start.strftime("%H:%M") for start in starts] == ["11:15", "12:15"]
    assert hours_within(starts) == [since - HOUR, since]
    assert hours_within(steps(since, since + HOUR, "1h", "Europe/Berlin")) == []


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Mars"):
        steps(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "1d", "Mars/X")


@pytest.mark.parametrize(
    ("at", "tz", "first", "end"),
    [
        ("2026-11-23T12:00", "UTC", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("2026-10-31T23:30", "Europe/Berlin", "2026-10-31T23:00", "2026-11-30T23:00"),
        ("2026-10-31T18:29", "Asia/Kolkata", "2026-09-30T18:30", "2026-10-31T18:30"),
        ("2026-12-31T23:59", "UTC", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("2028-02-29T12:00", "UTC", "2028-02-01T00:00", "2028-03-01T00:00"),
        ("2026-03-31T12:00", "America/New_York", "2026-03-01T05:00", "2026-04-01T04:00"),
    ],
)
def test_a_month_begins_and_ends_by_the_clocks_of_its_zone(
    at: str, tz: str, first: str, end: str
) -> None:
    moments = [datetime.fromisoformat(f"{text}Z") for text in (first, end)]
    assert month_around(datetime.fromisoformat(f"{at}Z"), tz) == tuple(moments)

"""When a period begins and ends; that the database says the same is tested beside its store."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest

from pxbin_engine.gateway.budgets.period import EPOCH, period_of, zone_of
from pxbin_engine.records import BudgetPeriod

AT = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("period", "zone", "starts_at", "ends_at"),
    [
        ("day", "UTC", "2026-11-25T00:00", "2026-11-26T00:00"),
        ("week", "UTC", "2026-11-23T00:00", "2026-11-30T00:00"),
        ("month", "UTC", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("day", "Asia/Tokyo", "2026-11-24T15:00", "2026-11-25T15:00"),
        ("month", "Europe/Berlin", "2026-10-31T23:00", "2026-11-30T23:00"),
        # The clocks went back on 1 November.
        ("month", "America/New_York", "2026-11-01T04:00", "2026-12-01T05:00"),
    ],
)
def test_a_period(period: BudgetPeriod, zone: str, starts_at: str, ends_at: str) -> None:
    span = period_of(period, zone, AT)
    assert span == tuple(
        datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (starts_at, ends_at)
    )
    assert span.holds(AT)
    assert span.holds(span.starts_at)
    assert span.ends_at is not None
    assert not span.holds(span.ends_at)


def test_a_year_ends() -> None:
    assert period_of("month", "UTC", datetime(2026, 12, 31, tzinfo=UTC)).ends_at == datetime(
        2027, 1, 1, tzinfo=UTC
    )


def test_total_never_ends() -> None:
    span = period_of("total", "Nowhere/AtAll", AT)
    assert span == (EPOCH, None)
    assert span.holds(AT + timedelta(days=10_000))


@pytest.mark.parametrize(
    "zone", ["America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Europe/Berlin"]
)
def test_days_follow_on_each_other_whatever_the_clocks_do(zone: str) -> None:
    at = datetime(2023, 1, 1, 12, tzinfo=UTC)
    for _ in range(730):
        span = period_of("day", zone, at)
        assert span.ends_at is not None
        assert period_of("day", zone, span.ends_at).starts_at == span.ends_at
        at += timedelta(days=1)


def test_utc_is_known_everywhere_and_nonsense_nowhere() -> None:
    assert zone_of("UTC") is UTC
    with pytest.raises(ZoneInfoNotFoundError):
        zone_of("Mars/Olympus")

"""Figures for people: each case is what a person reads."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from pxbin_app.widgets import format as figures

NOW = datetime(2026, 11, 23, 14, 32, 41, tzinfo=UTC)
BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "—"),
        ("0", "$0.00"),
        ("0.00001", "<$0.0001"),
        ("0.00005", "$0.0001"),
        ("0.005", "$0.0050"),
        ("0.0635", "$0.0635"),
        ("0.99995", "$1.00"),
        ("6.894", "$6.89"),
        ("6.895", "$6.90"),
        ("1284.5", "$1,284.50"),
        ("-6.89", "−$6.89"),
    ],
)
def test_money(amount: str | None, shown: str) -> None:
    assert figures.money(None if amount is None else Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "—"),
        ("0", "$0.00"),
        ("0.004", "$0.0040"),
        ("0.07", "$0.07"),
        ("6.891", "$6.89"),
        ("-12345.678", "−$12,345.68"),
    ],
)
def test_dollars(amount: str | None, shown: str) -> None:
    assert figures.dollars(None if amount is None else Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("per_million", "shown"),
    [
        (None, "—"),
        ("0", "$0.00"),
        ("3", "$3.00"),
        ("0.075", "$0.075"),
        ("3.7500", "$3.75"),
        ("1E+1", "$10.00"),
    ],
)
def test_price(per_million: str | None, shown: str) -> None:
    assert figures.price(None if per_million is None else Decimal(per_million)) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (1284, "1,284"), (-1284, "−1,284")])
def test_count(number: int, shown: str) -> None:
    assert figures.count(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, "—"),
        (0, "0"),
        (656, "656"),
        (999, "999"),
        (1000, "1.0k"),
        (19_012, "19.0k"),
        (999_949, "999.9k"),
        (999_950, "1.0M"),
        (18_400_000, "18.4M"),
        (2_000_000_000, "2.0B"),
    ],
)
def test_tokens(number: int | None, shown: str) -> None:
    assert figures.tokens(number) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "—"),
        (0.0, "0%"),
        (0.0001, "<0.1%"),
        (0.012, "1.2%"),
        (0.0996, "10%"),
        (0.71, "71%"),
        (1.0, "100%"),
    ],
)
def test_percent(share: float | None, shown: str) -> None:
    assert figures.percent(share) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (None, "—"),
        (0.42, "420 µs"),
        (4, "4 ms"),
        (830, "830 ms"),
        (999.6, "1.00 s"),
        (4370, "4.37 s"),
        (9996, "10.0 s"),
        (59_960, "1 min 00 s"),
        (125_000, "2 min 05 s"),
        (3_720_000, "1 h 02 min"),
    ],
)
def test_duration(milliseconds: float | None, shown: str) -> None:
    assert figures.duration(milliseconds) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"), [(None, "—"), (0, "0.00 s"), (830, "0.83 s"), (11_100, "11.1 s")]
)
def test_seconds(milliseconds: float | None, shown: str) -> None:
    assert figures.seconds(milliseconds) == shown


@pytest.mark.parametrize(("value", "shown"), [(None, "—"), (420, "420 µs"), (1234, "1.2 ms")])
def test_microseconds(value: float | None, shown: str) -> None:
    assert figures.microseconds(value) == shown


@pytest.mark.parametrize(
    ("octets", "shown"),
    [(0, "0 B"), (512, "512 B"), (256_000, "256 kB"), (999_600, "1.0 MB"), (1_200_000, "1.2 MB")],
)
def test_size(octets: int, shown: str) -> None:
    assert figures.size(octets) == shown


def test_times_are_told_in_the_zone_of_the_person() -> None:
    assert figures.clock(NOW, BERLIN) == "15:32:41"
    assert figures.date_and_clock(NOW, BERLIN) == "23 Nov 2026, 15:32:41"


@pytest.mark.parametrize(
    ("hours_before", "shown"), [(1, "13:32:41"), (24, "22 Nov 14:32:41"), (15, "22 Nov 23:32:41")]
)
def test_log_time_names_the_day_unless_it_is_today(hours_before: int, shown: str) -> None:
    assert figures.log_time(NOW - timedelta(hours=hours_before), NOW, UTC) == shown


@pytest.mark.parametrize(
    ("seconds_before", "shown"),
    [
        (None, "never"),
        (-3, "just now"),
        (4, "just now"),
        (12, "12 s ago"),
        (185, "3 min ago"),
        (7_300, "2 h ago"),
        (90_000, "1 day ago"),
        (400_000, "4 days ago"),
    ],
)
def test_ago(seconds_before: int | None, shown: str) -> None:
    moment = None if seconds_before is None else NOW - timedelta(seconds=seconds_before)
    assert figures.ago(moment, NOW) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 requests"), (1, "1 request"), (1284, "1,284 requests")]
)
def test_counted(number: int, shown: str) -> None:
    assert figures.counted(number, "request", "requests") == shown

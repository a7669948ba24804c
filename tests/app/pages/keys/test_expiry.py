"""When a key expires, as a person writes and reads it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_app.pages.keys.expiry import as_typed, in_days, read, until
from pxbin_engine.errors import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("  ", None),
        ("2026-12-01", datetime(2026, 12, 2, tzinfo=BERLIN)),
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=BERLIN)),
        ("2026-12-01 15:30", datetime(2026, 12, 1, 15, 30, tzinfo=BERLIN)),
        ("2026-12-01T15:30", datetime(2026, 12, 1, 15, 30, tzinfo=BERLIN)),
        ("2026-03-28", datetime(2026, 3, 29, tzinfo=BERLIN)),  # summer time begins that night
    ],
)
def test_a_day_holds_to_its_end_and_a_moment_is_a_moment(
    text: str, moment: datetime | None
) -> None:
    assert read(text, BERLIN) == moment


@pytest.mark.parametrize("text", ["soon", "1.12.2026", "2026-13-01", "2026-12-01 25:00"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text, BERLIN)
    assert refused.value.field == "expires_at"


@given(day=st.dates(min_value=date(2020, 1, 1), max_value=date(2090, 1, 1)))
def test_a_day_is_read_as_it_is_written(day: object) -> None:
    for zone in (BERLIN, NEW_YORK, UTC):
        assert as_typed(read(str(day), zone), zone) == str(day)


def test_without_a_zone_it_is_the_persons_own() -> None:
    moment = read("2026-12-01")
    assert moment is not None
    assert moment.astimezone().strftime("%Y-%m-%d %H:%M") == "2026-12-02 00:00"
    assert as_typed(moment) == "2026-12-01"
    assert as_typed(None) == ""


def test_days_from_now_are_counted_where_the_person_is() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert in_days(7, late, UTC) == "2026-11-30"
    assert in_days(7, late, BERLIN) == "2026-12-01"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 12, 2, tzinfo=BERLIN), "until 1 Dec"),
        (datetime(2027, 1, 1, tzinfo=BERLIN), "until 31 Dec"),
        (datetime(2027, 12, 2, tzinfo=BERLIN), "until 1 Dec 2027"),
        (NOW + timedelta(hours=1), "until 16:32"),
        (NOW + timedelta(days=1), "until 24 Nov"),
    ],
)
def test_it_is_told_shortly(moment: datetime, said: str) -> None:
    assert until(moment, NOW, BERLIN) == said

"""How long to wait, by headers alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.retry_after import limit_resets_after, retry_after, retry_after_header


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0, "0"), (0.2, "1"), (30.0, "30"), (8.64e7, "86400000")]
)
def test_a_client_is_told_whole_seconds(seconds: float, told: str) -> None:
    assert retry_after_header(seconds) == told


MADE = {"date": "Wed, 21 Oct 2026 07:28:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "1"}, 1.0),
        (MADE | {"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, 30.0),
        (MADE | {"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_what_is_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-ratelimit-reset-requests": "1s"}, 1.0),
        ({"x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-reset-tokens": "12ms"}, 0.012),
        ({"x-ratelimit-reset-tokens": "59"}, 59.0),
        ({"ratelimit-reset": "30"}, 30.0),
        (MADE | {"x-ratelimit-reset": "1792567710"}, 30.0),
        (MADE | {"x-ratelimit-reset": "1792567710000"}, 30.0),
        ({"x-ratelimit-reset": "1792567710"}, None),
        (MADE | {"anthropic-ratelimit-tokens-reset": "2026-10-21T07:28:45Z"}, 45.0),
        ({"anthropic-ratelimit-tokens-reset": "2026-10-21T07:28:45Z"}, None),
        (
            {
                "x-ratelimit-reset-requests": "5m", "x-ratelimit-remaining-requests": "9",
                "x-ratelimit-reset-tokens": "2s", "x-ratelimit-remaining-tokens": "0",
            },
            2.0,
        ),
        ({"x-ratelimit-reset-requests": "5m", "x-ratelimit-remaining-requests": "9"}, None),
        ({"x-ratelimit-reset-requests": "3s", "x-ratelimit-reset-tokens": "8s"}, 8.0),
        ({"x-ratelimit-reset-requests": "tomorrow"}, None),
        ({"x-ratelimit-reset-requests": ""}, None),
        ({"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0"}, None),
    ],
)  # fmt: skip
def test_when_a_limit_that_is_used_up_begins_anew(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert limit_resets_after(headers) == (None if seconds is None else pytest.approx(seconds))


@given(st.text(max_size=30), st.text(max_size=30))
def test_nothing_raises(value: str, date: str) -> None:
    for made in (date, MADE["date"]):
        headers = {
            "date": made, "retry-after": value, "x-ratelimit-reset": value, "ratelimit-x-reset": value,
        }  # fmt: skip
        for wait in (retry_after(headers), limit_resets_after(headers)):
            assert wait is None or 0 <= wait < 1e12


@given(st.floats())
def test_no_number_raises(number: float) -> None:
    limit_resets_after(MADE | {"x-ratelimit-reset": str(number)})
    retry_after(MADE | {"retry-after": str(number)})

"""Limits as headers, in the words of each vendor."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pxbin_engine.gateway.limits import Standing
from pxbin_engine.gateway.rate_headers import duration, rate_headers, without_rate_headers

NOW = datetime(2026, 1, 1, 23, 59, 58, 250_000, tzinfo=UTC)
STANDINGS = (Standing("requests", 60, 59, 1.0), Standing("tokens", 5000, 0, 61.5))


def test_anthropic_says_when_in_rfc_3339() -> None:
    headers = {
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "59",
        "anthropic-ratelimit-requests-reset": "2026-01-01T23:59:59Z",
        "anthropic-ratelimit-tokens-limit": "5000",
        "anthropic-ratelimit-tokens-remaining": "0",
        "anthropic-ratelimit-tokens-reset": "2026-01-02T00:01:00Z",
    }
    assert rate_headers("anthropic", STANDINGS, NOW) == headers
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert rate_headers("anthropic", STANDINGS, elsewhere) == headers


@pytest.mark.parametrize("spoken", ["openai", "openai-responses"])
def test_openai_says_how_long(spoken: str) -> None:
    assert rate_headers(spoken, STANDINGS, NOW) == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-limit-tokens": "5000",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1m1.5s",
    }


@pytest.mark.parametrize("spoken", ["gemini", ""])
def test_others_say_nothing(spoken: str) -> None:
    assert rate_headers(spoken, STANDINGS, NOW) == {}


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0s"),
        (0.0001, "1ms"),
        (0.12, "120ms"),
        (1.0, "1s"),
        (59.9994, "1m0s"),
        (360.0, "6m0s"),
        (3603.5, "1h0m3.5s"),
    ],
)
def test_durations_are_as_go_writes_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_somebody_elses_limits_are_taken_out() -> None:
    headers = {
        "anthropic-ratelimit-unified-status": "allowed",
        "x-ratelimit-limit-requests": "9",
        "retry-after": "3",
        "x-should-retry": "true",
    }
    assert without_rate_headers(headers) == {"retry-after": "3", "x-should-retry": "true"}

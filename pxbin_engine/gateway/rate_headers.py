"""How a key's limits stand, in the headers of its client's dialect.

Source: Anthropic's API reference, "Rate limits", "Response headers" (``anthropic-ratelimit-*``, resets in RFC 3339);
OpenAI's guide "Rate limits", "Rate limits in headers" (``x-ratelimit-*``, resets as Go writes durations: ``1s``, ``6m0s``).
Google's API says nothing of limits in headers; what its 429 says in the body is the dialect's (``QuotaFailure``).
"""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from pxbin_engine.gateway.limits import Standing

PREFIXES = ("anthropic-ratelimit-", "x-ratelimit-")
"""What such headers begin with, also those of an upstream."""


def rate_headers(
    format: str,  # noqa: A002  # the record's own word
    standings: Iterable[Standing],
    now: datetime,
) -> dict[str, str]:
    """The headers for a client of this dialect; ``now`` by the wall clock."""
    headers: dict[str, str] = {}
    for standing in standings:
        if format == "anthropic":
            headers |= _as_anthropic(standing, now)
        elif format in {"openai", "openai-responses"}:
            headers |= _as_openai(standing)
    return headers


def without_rate_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """``headers`` without those that tell of somebody else's limits."""
    return {name: value for name, value in headers.items() if not name.startswith(PREFIXES)}


def _as_anthropic(standing: Standing, now: datetime) -> dict[str, str]:
    # Rounded up: at the moment told it is full.
    full_at = now.astimezone(UTC) + timedelta(seconds=math.ceil(standing.full_in))
    name = f"anthropic-ratelimit-{standing.what}"
    return {
        f"{name}-limit": str(standing.limit),
        f"{name}-remaining": str(standing.remaining),
        f"{name}-reset": f"{full_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _as_openai(standing: Standing) -> dict[str, str]:
    what = standing.what
    return {
        f"x-ratelimit-limit-{what}": str(standing.limit),
        f"x-ratelimit-remaining-{what}": str(standing.remaining),
        f"x-ratelimit-reset-{what}": duration(standing.full_in),
    }


def duration(seconds: float) -> str:
    """Seconds as Go writes them: ``120ms``, ``1.5s``, ``6m0s``, ``1h0m3s``."""
    milliseconds = math.ceil(seconds * 1000.0)
    if milliseconds < 1000:
        return f"{milliseconds}ms" if milliseconds else "0s"
    whole, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(whole, 60)
    told = f"{rest / 1000:g}s"
    if hours:
        return f"{hours}h{minutes}m{told}"
    return f"{minutes}m{told}" if minutes else told

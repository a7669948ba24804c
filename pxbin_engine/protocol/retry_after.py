"""How long an upstream asks to be left alone: read out of its answer's headers, and told to clients; no clock is needed but its own."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from pxbin_engine.protocol.error_shapes import seconds_of

_DURATION = re.compile(
    r"(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?"
)
_IN_SECONDS = (3600.0, 60.0, 1.0, 0.001)
_RESET = re.compile(r"(?:x-|anthropic-)?ratelimit-(?:.*-)?reset(?:-.*)?")
_EARLIEST_EPOCH = 1e9
"""A larger number of seconds is a moment since 1970, not a span; one of milliseconds is a thousand times that."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds by ``retry-after-ms``, or by ``retry-after`` in seconds or as a date; names are lower case."""
    milliseconds = seconds_of(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = seconds_of(value)
    return seconds if seconds is not None or not value else _until(_http_date(value), headers)


def retry_after_header(seconds: float) -> str:
    """The header's value: whole seconds, rounded up (RFC 9110, 10.2.3); some clients fail at a fraction."""
    return str(math.ceil(seconds))


def limit_resets_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limits that are used up begin anew, where nothing says better how long to wait.

    ``x-ratelimit-reset-tokens: 6m0s`` (https://platform.openai.com/docs/guides/rate-limits), in seconds or as a moment
    since 1970 (OpenRouter), ``anthropic-ratelimit-tokens-reset`` in RFC 3339 (https://docs.claude.com/en/api/rate-limits),
    ``ratelimit-reset`` in seconds (draft-ietf-httpapi-ratelimit-headers). A limit of which something is left was not what
    was met.
    """
    waits = [
        wait
        for name, value in headers.items()
        if _RESET.fullmatch(name)
        and headers.get(name.replace("reset", "remaining"), "0").strip() == "0"
        and (wait := _span(value.strip(), headers)) is not None
    ]
    return max(waits, default=None)


def _span(value: str, headers: Mapping[str, str]) -> float | None:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if number >= _EARLIEST_EPOCH * 1000:
        number /= 1000
    if number >= _EARLIEST_EPOCH:
        return _until(_epoch(number), headers)
    if number >= 0:
        return number
    if (found := _DURATION.fullmatch(value)) and value:
        return sum(
            float(part) * unit
            for part, unit in zip(found.groups(), _IN_SECONDS, strict=True)
            if part
        )
    return _until(_rfc3339(value), headers)


def _until(moment: datetime | None, headers: Mapping[str, str]) -> float | None:
    """Seconds from when the answer was made; None where it does not say when that was."""
    made = _http_date(headers.get("date", ""))
    if moment is None or made is None:
        return None
    return max(0.0, moment.timestamp() - made.timestamp())


def _http_date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None


def _rfc3339(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds).astimezone()
    except (ValueError, OverflowError, OSError):
        return None

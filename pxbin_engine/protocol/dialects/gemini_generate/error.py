"""Errors of Google's APIs: ``google.rpc.Status`` with its details, also in an array of one, and whatever else comes.

Source: google.aip.dev/193 (the shape), ai.google.dev/gemini-api/docs/troubleshooting and docs/rate-limits (what they mean).
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import structs

from pxbin_engine.protocol import upstream_error
from pxbin_engine.protocol.dialects.gemini_generate.wire import UNREADABLE
from pxbin_engine.protocol.error import ApiError, ErrorKind

_KIND_OF_TEXT: tuple[tuple[str, ErrorKind], ...] = (
    # 400 FAILED_PRECONDITION and 403, without a reason in the details
    (r"api key (?:not valid|not found|expired|was reported as leaked)", "authentication"),
    (r"user location is not supported", "permission"),
    # No wait helps: the money is spent, or the account's tier has none of this model.
    (r"prepay\w* [^.]*(?:depleted|exhausted)|(?:enable|set ?up) billing", "billing"),
    (r"quota exceeded for metric: [^\n]*\blimit: 0\b", "billing"),
)
"""Where neither the status nor Google's code tells enough."""

_STATUS_OF_KIND: dict[ErrorKind, int] = {"authentication": 401, "permission": 403, "billing": 402}
"""Clients wait and come again at a 429, and blame the request at a 400."""

_RETRY_IN = re.compile(
    r"retry in (?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,6}(?:\.\d+)?)(m?s))?", re.IGNORECASE
)


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """Whatever an upstream answered with a status of 400 and up; never raises."""
    error = upstream_error.decode_error(status, headers, body)
    return _read_closely(error, _json(body))


def decode_stream_error(value: Any) -> ApiError:
    """An error object in the middle of a stream; its status is the one it names, or its kind's usual one."""
    return _read_closely(upstream_error.decode_stream_error(value), value)


def _read_closely(error: ApiError, value: Any) -> ApiError:
    """What Google says in its texts and details beyond what others do."""
    error = structs.replace(error, param=error.param or _violated_field(value))
    text = error.message.lower()
    told = next((kind for pattern, kind in _KIND_OF_TEXT if re.search(pattern, text)), None)
    if told is not None and error.kind != "context_overflow":
        error = structs.replace(error, kind=told, status=_STATUS_OF_KIND[told])
    if error.kind == "billing":
        return structs.replace(error, retry_after=None)
    return structs.replace(error, retry_after=error.retry_after or _told_delay(error.message))


def _told_delay(message: str) -> float | None:
    """Seconds of "Please retry in 10h17m5.72s", which stands also where there is no ``RetryInfo``."""
    found = _RETRY_IN.search(message)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, rest, unit = found.groups()
    seconds = float(rest or 0) / (1000 if unit == "ms" else 1)
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds


def _violated_field(value: Any) -> str | None:
    """``google.rpc.BadRequest``: the first field that was wrong."""
    match value:
        case [first, *_]:
            return _violated_field(first)
        case {"error": {"details": [*details]}}:
            fields = (_first_field(detail) for detail in details)
            return next((field for field in fields if field), None)
        case _:
            return None


def _first_field(detail: Any) -> str | None:
    match detail:
        case {"fieldViolations": [{"field": str(field)}, *_]}:
            return field
        case _:
            return None


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except UNREADABLE:
        return None

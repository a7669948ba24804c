"""Errors of upstreams that follow OpenAI, or nobody: whatever they answered, as the canonical error."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.error_shapes import (
    ErrorShape,
    read_error,
    read_error_body,
)
from pxbin_engine.protocol.overflow import Overflow, find_overflow
from pxbin_engine.protocol.retry_after import limit_resets_after, retry_after

_KIND_OF_STATUS: dict[int, ErrorKind] = {
    401: "authentication",
    402: "billing",
    403: "permission",
    404: "not_found",
    405: "unsupported",
    408: "timeout",
    413: "request_too_large",
    429: "rate_limit",
    501: "unsupported",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}

_KIND_OF_CODE: dict[str, ErrorKind] = {
    # OpenAI and those that follow it
    "insufficient_quota": "billing",
    "billing_hard_limit_reached": "billing",
    "billing_not_active": "billing",
    "insufficient_balance": "billing",
    "billing_error": "billing",
    "invalid_api_key": "authentication",
    "authentication_error": "authentication",
    "permission_error": "permission",
    "model_not_found": "not_found",
    "not_found_error": "not_found",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "rate_limit_reached_error": "rate_limit",
    "engine_overloaded_error": "overloaded",
    "overloaded_error": "overloaded",
    "timeout_error": "timeout",
    "server_error": "api",
    "api_error": "api",
    "invalid_request_error": "invalid_request",
    # OpenAI's Responses (`error.code` of a response that failed); the first two as Codex CLI knows them
    "server_is_overloaded": "overloaded",
    "slow_down": "overloaded",
    "vector_store_timeout": "timeout",
    "invalid_prompt": "invalid_request",
    "data_residency_mismatch": "invalid_request",
    "bio_policy": "invalid_request",
    "cyber_policy": "invalid_request",
    "misalignment_policy_violation": "invalid_request",
    "invalid_image": "invalid_request",
    "invalid_image_format": "invalid_request",
    "invalid_image_mode": "invalid_request",
    "invalid_image_url": "invalid_request",
    "invalid_base64_image": "invalid_request",
    "image_too_large": "invalid_request",
    "image_too_small": "invalid_request",
    "image_parse_error": "invalid_request",
    "image_content_policy_violation": "invalid_request",
    "image_file_too_large": "invalid_request",
    "image_file_not_found": "invalid_request",
    "unsupported_image_media_type": "invalid_request",
    "empty_image_file": "invalid_request",
    "failed_to_download_image": "invalid_request",
    # Google's canonical statuses
    "API_KEY_INVALID": "authentication",
    "UNAUTHENTICATED": "authentication",
    "PERMISSION_DENIED": "permission",
    "NOT_FOUND": "not_found",
    "RESOURCE_EXHAUSTED": "rate_limit",
    "UNAVAILABLE": "overloaded",
    "DEADLINE_EXCEEDED": "timeout",
    "INTERNAL": "api",
    "INVALID_ARGUMENT": "invalid_request",
}
"""By ``code``, ``type`` or Google's ``status``; it decides where the HTTP status says less."""

_STATUS_OF_KIND: dict[ErrorKind, int] = {
    "invalid_request": 400,
    "authentication": 401,
    "permission": 403,
    "not_found": 404,
    "request_too_large": 413,
    "context_overflow": 400,
    "rate_limit": 429,
    "billing": 402,
    "overloaded": 503,
    "timeout": 504,
    "api": 502,
    "unsupported": 400,
}

_TRY_AGAIN = re.compile(
    r"try again in (?:(?P<minutes>\d{1,4})m(?!s))?(?P<amount>\d{1,6}(?:\.\d{1,6})?)(?P<unit>ms|s)"
)

_NEVER_OVERFLOW = frozenset({401, 402, 403, 404, 429})
"""Bedrock's "too many tokens, please wait" and the like are limits of rate, not of length."""


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """Whatever an upstream answered with a status of 400 and up; never raises."""
    lowered = {name.lower(): value for name, value in headers.items()}
    said = read_error_body(body)
    said.message = said.message or f"The upstream answered {_phrase(status)} without a text."
    return _error(
        said,
        status,
        retry_after=retry_after(lowered) or said.retry_after,
        resets_after=limit_resets_after(lowered) if status == 429 else None,
        request_id=lowered.get("x-request-id") or lowered.get("request-id"),
    )


def decode_stream_error(value: Any) -> ApiError:
    """An error object in the middle of a stream; its status is the one it names, or its kind's usual one."""
    said = read_error(value)
    said.message = said.message or "The upstream reported an error without a text."
    return _error(said, said.status, retry_after=said.retry_after)


def _error(
    said: ErrorShape,
    status: int | None,
    *,
    retry_after: float | None,
    resets_after: float | None = None,
    request_id: str | None = None,
) -> ApiError:
    overflow = None if status in _NEVER_OVERFLOW else _find_overflow(said)
    # Some answer 500 or 413 to it; clients know an overflow only by 400.
    kind = "context_overflow" if overflow else _kind(said, status)
    if kind == "rate_limit" and retry_after is None:
        retry_after = _told_wait(said.message) or resets_after
    return ApiError(
        kind=kind,
        status=_STATUS_OF_KIND[kind] if overflow or status is None else status,
        message=said.message,
        retry_after=retry_after,
        code=said.codes[0] if said.codes else None,
        param=said.param,
        request_id=request_id,
        tokens=overflow.tokens if overflow else None,
        maximum=overflow.maximum if overflow else None,
        output=overflow.output if overflow else None,
    )


def _find_overflow(said: ErrorShape) -> Overflow | None:
    told = [find_overflow(said.message), *(find_overflow("", code) for code in said.codes)]
    found = next((overflow for overflow in told if overflow is not None), None)
    if found is None or said.counts is None:
        return found
    tokens, maximum = found.tokens or said.counts.tokens, found.maximum or said.counts.maximum
    return Overflow(tokens, maximum, found.output)


def refuses_payment(codes: Iterable[str]) -> bool:
    """Whether a vendor's codes say that the account is out of money or quota, whatever the status says (OpenAI's is 429)."""
    return any(_KIND_OF_CODE.get(code) == "billing" for code in codes)


def _kind(said: ErrorShape, status: int | None) -> ErrorKind:
    if refuses_payment(said.codes):
        return "billing"
    known = [_KIND_OF_CODE[code] for code in said.codes if code in _KIND_OF_CODE]
    if status is None or status == 400:
        usual: ErrorKind = "invalid_request" if status == 400 else "api"
        specific = [kind for kind in known if kind != "invalid_request"]
        return next(iter(specific or known), usual)
    if status in _KIND_OF_STATUS:
        return _KIND_OF_STATUS[status]
    return "api" if status >= 500 else "invalid_request"


def _told_wait(message: str) -> float | None:
    """Seconds, where only OpenAI's words say how long: "Please try again in 1m2.5s."."""
    found = _TRY_AGAIN.search(message)
    if found is None:
        return None
    amount = float(found["amount"]) / (1000 if found["unit"] == "ms" else 1)
    return 60 * int(found["minutes"] or 0) + amount


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)

"""Errors of the Messages API, in both directions.

Source: Anthropic's "Errors" page (types and statuses), and what Claude Code was seen to do with each.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from pxbin_engine.protocol.dialect import EncodedError
from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.overflow import find_overflow
from pxbin_engine.protocol.retry_after import limit_resets_after, retry_after, retry_after_header
from pxbin_engine.protocol.sse import encode_sse
from pxbin_engine.protocol.upstream_error import refuses_payment

_TYPES: dict[ErrorKind, tuple[str, int]] = {
    "invalid_request": ("invalid_request_error", 400),
    "context_overflow": ("invalid_request_error", 400),
    "unsupported": ("invalid_request_error", 400),
    "authentication": ("authentication_error", 401),
    "billing": ("billing_error", 402),
    "permission": ("permission_error", 403),
    "not_found": ("not_found_error", 404),
    "request_too_large": ("request_too_large", 413),
    "rate_limit": ("rate_limit_error", 429),
    "api": ("api_error", 500),
    "timeout": ("timeout_error", 504),
    "overloaded": ("overloaded_error", 529),
}
_KINDS: dict[str, ErrorKind] = {
    kind_type: kind
    for kind, (kind_type, _) in _TYPES.items()
    if kind not in ("context_overflow", "unsupported")
}
_KINDS_OF_STATUS: dict[int, ErrorKind] = {
    **{status: kind for kind, (_, status) in _TYPES.items() if status != 400},
    405: "unsupported",
    408: "timeout",
    501: "unsupported",
    503: "overloaded",
}
_TITLE = re.compile(rb"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")
_LONGEST_TEXT = 2000


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """Whatever an upstream answered with a status of 400 and up; never raises."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return _decode(
        _json_or_none(body)
        or _text(body)
        or f"The upstream answered {_phrase(status)} without a text.",
        status,
        retry_after=_how_long(status, lowered),
        request_id=lowered.get("request-id") or lowered.get("x-request-id"),
    )


def _how_long(status: int, headers: Mapping[str, str]) -> float | None:
    wait = retry_after(headers)
    return limit_resets_after(headers) if wait is None and status == 429 else wait


def decode_stream_error(data: bytes) -> ApiError:
    """The data of an ``error`` event; its status is that of its type."""
    said = _json_or_none(data) or _text(data) or "The upstream reported an error without a text."
    return _decode(said, None)


def encode_error(error: ApiError, *, request_id: str) -> EncodedError:
    """The error as an HTTP answer."""
    headers = {"content-type": "application/json"}
    if error.retry_after is not None:
        headers["retry-after"] = retry_after_header(error.retry_after)
    return EncodedError(_status(error), headers, _encode_body(error, request_id))


def encode_stream_error(error: ApiError, *, request_id: str) -> bytes:
    """The error as the last event of a stream."""
    return encode_sse(_encode_body(error, request_id), "error")


def _encode_body(error: ApiError, request_id: str) -> bytes:
    said: dict[str, Any] = {
        "type": "error",
        "error": {"type": _TYPES[error.kind][0], "message": _message(error)},
    }
    if request_id:
        said["request_id"] = request_id
    return msgspec.json.encode(said)


def _status(error: ApiError) -> int:
    """The kind's own status; only where that says nothing special, the one it came with."""
    if error.kind == "api" and error.status >= 500:
        return error.status
    if error.kind == "unsupported" and error.status >= 400:
        return error.status
    return _TYPES[error.kind][1]


def _message(error: ApiError) -> str:
    """An overflow in the words by which Claude Code knows that it must compact, or ask for a shorter answer."""
    if error.kind != "context_overflow":
        return error.message
    if error.output is not None and error.tokens is not None:
        return (
            f"input length and `max_tokens` exceed context limit: {error.tokens - error.output} + {error.output}"
            f" > {error.maximum}, decrease input length or `max_tokens` and try again"
        )
    if error.tokens is not None and error.maximum is not None:
        return f"prompt is too long: {error.tokens} tokens > {error.maximum} maximum"
    if "prompt is too long" in error.message.lower():
        return error.message
    return f"prompt is too long: {error.message}"


def _decode(
    said: Any,
    status: int | None,
    *,
    retry_after: float | None = None,
    request_id: str | None = None,
) -> ApiError:
    error_type, message = _type_and_message(said)
    kind = _kind(said, error_type, status)
    overflow = (
        find_overflow(message) if kind in ("invalid_request", "api", "request_too_large") else None
    )
    if isinstance(said, dict) and isinstance(said.get("request_id"), str):
        request_id = request_id or said["request_id"]
    return ApiError(
        "context_overflow" if overflow else kind,
        400 if overflow else status or _TYPES[kind][1],
        message,
        retry_after=retry_after,
        code=error_type,
        request_id=request_id,
        tokens=overflow.tokens if overflow else None,
        maximum=overflow.maximum if overflow else None,
        output=overflow.output if overflow else None,
    )


def _kind(said: Any, error_type: str | None, status: int | None) -> ErrorKind:
    """By the type, else by the status; but a quota that is used up is one also in the words of OpenAI's."""
    inner = said.get("error") if isinstance(said, dict) else None
    code = inner.get("code") if isinstance(inner, dict) else None
    if refuses_payment(str(name) for name in (error_type, code)):
        return "billing"
    kind = _KINDS.get(error_type or "") or _KINDS_OF_STATUS.get(status or 0)
    return kind or ("invalid_request" if status and status < 500 else "api")


def _type_and_message(said: Any) -> tuple[str | None, str]:
    """From Anthropic's shape, OpenAI's, or whatever a proxy in between made of it."""
    if isinstance(said, dict):
        inner = said.get("error")
        if isinstance(inner, dict):
            said = inner
        elif isinstance(inner, str):
            said = {**said, "message": inner}
        error_type = said.get("type")
        message = said.get("message") or said.get("detail") or msgspec.json.encode(said).decode()
        return (error_type if isinstance(error_type, str) else None), str(message)
    return None, str(said)


def _json_or_none(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _text(body: bytes) -> str:
    """A page's title, or the text without its markup."""
    title = _TITLE.search(body)
    text = (title[1] if title else body[: 10 * _LONGEST_TEXT]).decode(errors="replace")
    return " ".join(_MARKUP.sub(" ", text).split())[:_LONGEST_TEXT]


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)

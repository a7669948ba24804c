"""Canonical errors -> ``google.rpc.Status``, as Google's APIs answer them.

Source: google.aip.dev/193 (the shape), google/rpc/code.proto (names and HTTP statuses), google/rpc/error_details.proto;
googleapis/js-genai and google-gemini/gemini-cli ``googleErrors.ts``, ``googleQuotaErrors.ts`` (what clients read of it).
"""

import msgspec

from pxbin_engine.protocol.dialect import EncodedError
from pxbin_engine.protocol.dialects.gemini_generate.wire import Json
from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.retry_after import retry_after_header

_STATUS_OF_KIND: dict[ErrorKind, str] = {
    "invalid_request": "INVALID_ARGUMENT",
    "authentication": "UNAUTHENTICATED",
    "permission": "PERMISSION_DENIED",
    "not_found": "NOT_FOUND",
    "request_too_large": "INVALID_ARGUMENT",
    "context_overflow": "INVALID_ARGUMENT",
    "rate_limit": "RESOURCE_EXHAUSTED",
    "billing": "FAILED_PRECONDITION",
    "overloaded": "UNAVAILABLE",
    "timeout": "DEADLINE_EXCEEDED",
    "api": "INTERNAL",
    "unsupported": "UNIMPLEMENTED",
}

_UNKNOWN_TO_GOOGLE = {529: 503}
"""HTTP statuses that only another vendor has; Google's SDKs repeat after the second."""

_DETAIL = "type.googleapis.com/google.rpc."
_OVERFLOW = "The input token count ({}) exceeds the maximum number of tokens allowed ({})."


def encode_error(error: ApiError, *, request_id: str) -> EncodedError:
    """The error as an HTTP answer."""
    headers = {"content-type": "application/json; charset=UTF-8", "x-request-id": request_id}
    if error.retry_after is not None:
        headers["retry-after"] = retry_after_header(error.retry_after)
    return EncodedError(_http_status(error), headers, _encode_body(error))


def encode_stream_error(error: ApiError) -> bytes:
    """The error as the last bytes of a stream that has begun: bare, as Google sends it, not as an event.

    Google's SDKs for JavaScript and Go see in an event's data an empty chunk; what stands bare at the end they raise.
    """
    return _encode_body(error) + b"\n"


def _encode_body(error: ApiError) -> bytes:
    status: Json = {
        "code": _http_status(error),
        "message": _message(error),
        "status": _STATUS_OF_KIND[error.kind],
    }
    if details := _details(error):
        status["details"] = details
    return msgspec.json.encode({"error": status})


def _http_status(error: ApiError) -> int:
    return _UNKNOWN_TO_GOOGLE.get(error.status, error.status)


def _message(error: ApiError) -> str:
    """Google's words for an overflow where the counts are known, else what was said."""
    if error.kind != "context_overflow" or error.tokens is None or error.maximum is None:
        return error.message
    return _OVERFLOW.format(error.tokens, error.maximum)


def _details(error: ApiError) -> list[Json]:
    details: list[Json] = []
    if error.code is not None:
        details.append({"@type": f"{_DETAIL}ErrorInfo", "reason": error.code})
    if error.param is not None:
        violation = {"field": error.param, "description": error.message}
        details.append({"@type": f"{_DETAIL}BadRequest", "fieldViolations": [violation]})
    if error.quota is not None:
        violation = {"description": error.message, "quotaId": error.quota}
        details.append({"@type": f"{_DETAIL}QuotaFailure", "violations": [violation]})
    if error.retry_after is not None:
        delay = f"{error.retry_after:.3f}".rstrip("0").rstrip(".") + "s"
        details.append({"@type": f"{_DETAIL}RetryInfo", "retryDelay": delay})
    return details

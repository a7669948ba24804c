"""The canonical error -> errors of the Responses API: as an HTTP answer, in a failed response, as a stream's last event.

Source: OpenAI's "Error codes" page, and what Codex does with each code of a ``response.failed``
(codex-rs/codex-api/src/sse/responses.rs): ``context_length_exceeded``, ``insufficient_quota``, ``invalid_prompt`` and
``server_is_overloaded`` end the turn, the last without a word of the message; ``rate_limit_exceeded`` is waited for (it reads
"try again in 5s"); anything else is tried again, and the message shown. So an overload is told as any other failure.
"""

from typing import Any

import msgspec

from pxbin_engine.protocol.dialect import EncodedError
from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.retry_after import retry_after_header
from pxbin_engine.protocol.sse import encode_sse

_TYPES: dict[ErrorKind, tuple[str, str | None]] = {
    "invalid_request": ("invalid_request_error", None),
    "authentication": ("authentication_error", "invalid_api_key"),
    "permission": ("permission_error", None),
    "not_found": ("not_found_error", None),
    "request_too_large": ("invalid_request_error", "request_too_large"),
    "context_overflow": ("invalid_request_error", "context_length_exceeded"),
    "rate_limit": ("rate_limit_error", "rate_limit_exceeded"),
    "billing": ("insufficient_quota", "insufficient_quota"),
    "overloaded": ("server_error", "overloaded"),
    "timeout": ("server_error", "timeout"),
    "api": ("server_error", None),
    "unsupported": ("invalid_request_error", "unsupported"),
}
"""Kind -> ``type`` and, where the vendor gave no code, ``code``."""

_FAILURES: dict[ErrorKind, str] = {
    "context_overflow": "context_length_exceeded",
    "billing": "insufficient_quota",
    "rate_limit": "rate_limit_exceeded",
    "overloaded": "server_error",
    "api": "server_error",
    "timeout": "server_error",
}
"""Kind -> code of a failed response; of the rest, that asking again is of no use."""


def encode_error(error: ApiError, *, request_id: str) -> EncodedError:
    """The error as an HTTP answer."""
    headers = {"content-type": "application/json", "x-request-id": request_id}
    if error.retry_after is not None:
        headers["retry-after"] = retry_after_header(error.retry_after)
    kind, code = _TYPES[error.kind]
    said = {
        "message": _message(error),
        "type": kind,
        "param": error.param,
        "code": code if error.kind == "context_overflow" else error.code_for_openai or code,
    }
    return EncodedError(error.status, headers, msgspec.json.encode({"error": said}))


def encode_failure(error: ApiError) -> dict[str, str]:
    """The ``error`` of a failed response."""
    message = _message(error)
    if error.kind == "rate_limit" and error.retry_after and "try again in" not in message:
        message = f"{message.rstrip('. ')}. Please try again in {error.retry_after:g}s."
    return {"code": _FAILURES.get(error.kind, "invalid_prompt"), "message": message}


def encode_stream_error(error: ApiError, *, request_id: str) -> bytes:
    """The error as the last event of a stream whose response and number of events are not known here."""
    response: dict[str, Any] = {
        "id": f"resp_{request_id}",
        "object": "response",
        "created_at": 0,
        "status": "failed",
        "error": encode_failure(error),
        "incomplete_details": None,
        "model": "",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None,
    }
    event = {"type": "response.failed", "sequence_number": 0, "response": response}
    return encode_sse(msgspec.json.encode(event), "response.failed")


def _message(error: ApiError) -> str:
    """An overflow in OpenAI's words, with the counts where they are known."""
    if error.kind != "context_overflow" or error.tokens is None or error.maximum is None:
        return error.message
    return (
        "Your input exceeds the context window of this model (prompt is too long: "
        f"{error.tokens} tokens > {error.maximum} maximum). Please adjust your input and try again."
    )

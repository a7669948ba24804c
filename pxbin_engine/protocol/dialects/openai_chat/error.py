"""Errors of Chat Completions to its clients (``protocol.upstream_error`` is the way in)."""

import msgspec

from pxbin_engine.protocol.dialect import EncodedError
from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.retry_after import retry_after_header
from pxbin_engine.protocol.sse import encode_sse

_TYPE_OF_KIND: dict[ErrorKind, tuple[str, str | None]] = {
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
"""Kind -> OpenAI ``type`` and, where the vendor gave no code, ``code``."""


def encode_error(error: ApiError, *, request_id: str) -> EncodedError:
    """The error as an HTTP answer in OpenAI's shape."""
    headers = {"content-type": "application/json", "x-request-id": request_id}
    if error.retry_after is not None:
        headers["retry-after"] = retry_after_header(error.retry_after)
    return EncodedError(error.status, headers, _encode_body(error))


def encode_stream_error(error: ApiError, *, request_id: str) -> bytes:
    """The error as the last event of a stream that has begun; OpenAI's SDKs raise on ``error`` in the data."""
    del request_id  # OpenAI's error object has no place for it
    return encode_sse(_encode_body(error))


def _encode_body(error: ApiError) -> bytes:
    kind, code = _TYPE_OF_KIND[error.kind]
    return msgspec.json.encode(
        {
            "error": {
                "message": _message_out(error),
                "type": kind,
                "param": error.param,
                "code": code if error.kind == "context_overflow" else error.code_for_openai or code,
            }
        }
    )


def _message_out(error: ApiError) -> str:
    """The words that OpenAI's clients know for an overflow, where the counts are known and the text lacks them."""
    if error.kind != "context_overflow" or error.maximum is None or error.tokens is None:
        return error.message
    if "maximum context length" in error.message:
        return error.message
    return (
        f"This model's maximum context length is {error.maximum} tokens. However, your messages resulted in "
        f"{error.tokens} tokens. Please reduce the length of the messages."
    )

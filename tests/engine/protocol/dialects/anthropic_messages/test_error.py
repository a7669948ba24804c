import json
from typing import Any

import pytest

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.error import ApiError

OPENAI_CHAT = OpenAIChat()

TABLE = [
    ("invalid_request", "invalid_request_error", 400),
    ("authentication", "authentication_error", 401),
    ("billing", "billing_error", 402),
    ("permission", "permission_error", 403),
    ("not_found", "not_found_error", 404),
    ("request_too_large", "request_too_large", 413),
    ("rate_limit", "rate_limit_error", 429),
    ("api", "api_error", 500),
    ("timeout", "timeout_error", 504),
    ("overloaded", "overloaded_error", 529),
]


def decode(status: int, body: Any, headers: dict[str, str] | None = None) -> ApiError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ANTHROPIC_MESSAGES.decode_error(status, headers or {}, raw)


@pytest.mark.parametrize(("kind", "error_type", "status"), TABLE)
def test_behaviour_21_each_kind_has_its_type_and_status_both_ways(
    kind: Any, error_type: str, status: int
) -> None:
    encoded = ANTHROPIC_MESSAGES.encode_error(ApiError(kind, 418, "Why."), request_id="req_1")
    assert encoded.status == status
    assert json.loads(encoded.body) == {
        "type": "error",
        "error": {"type": error_type, "message": "Why."},
        "request_id": "req_1",
    }
    assert decode(status, encoded.body) == ApiError(
        kind, status, "Why.", code=error_type, request_id="req_1"
    )
    assert decode(status, b"").kind == kind


@pytest.mark.parametrize(("kind", "status"), [("api", 503), ("unsupported", 426)])
def test_a_status_that_says_more_than_its_kind_is_kept(kind: Any, status: int) -> None:
    assert (
        ANTHROPIC_MESSAGES.encode_error(ApiError(kind, status, "Why."), request_id="").status
        == status
    )


def test_behaviour_21_retry_after_both_ways() -> None:
    error = decode(429, b"", {"Retry-After": "1.5", "request-id": "req_1"})
    assert (error.retry_after, error.request_id) == (1.5, "req_1")
    assert ANTHROPIC_MESSAGES.encode_error(error, request_id="r").headers["retry-after"] == "2"
    assert decode(429, b"", {"retry-after": "soon"}).retry_after is None


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "prompt is too long: 210000 tokens > 200000 maximum",
            "prompt is too long: 210000 tokens > 200000 maximum",
        ),
        (
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
            (
                "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or"
                " `max_tokens` and try again"
            ),
        ),
        (
            "Input is too long for requested model.",
            "prompt is too long: Input is too long for requested model.",
        ),
    ],
)
@pytest.mark.parametrize("status", [400, 413, 500])
def test_behaviour_21_every_overflow_reads_alike(message: str, told: str, status: int) -> None:
    """A 400 for every client: what an overflow is must not depend on the upstream's choice of a status."""
    error = decode(
        status, {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
    )
    assert (error.kind, error.status) == ("context_overflow", 400)
    encoded = ANTHROPIC_MESSAGES.encode_error(error, request_id="")
    assert encoded.status == 400
    assert json.loads(encoded.body)["error"] == {"type": "invalid_request_error", "message": told}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
            "502 Bad Gateway",
        ),
        (b"<p>no <b>title</b></p>", "no title"),
        (b"plain words", "plain words"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", "The upstream answered 502 Bad Gateway without a text."),
        (b'{"error":{"message":"in OpenAI\'s shape","type":"server_error"}}', "in OpenAI's shape"),
        (b'{"error":"a string"}', "a string"),
        (b'{"detail":"FastAPI"}', "FastAPI"),
        (b'["odd"]', "['odd']"),
        (b"[" * 100_000, "[" * 2000),
    ],
)
def test_whatever_the_upstream_answers_is_an_error(body: bytes, message: str) -> None:
    error = decode(502, body)
    assert (error.kind, error.status, error.message) == ("api", 502, message)


@pytest.mark.parametrize(
    "said",
    [
        {"type": "insufficient_quota", "code": None},
        {"type": "rate_limit_error", "code": "insufficient_quota"},
        {"type": "billing_error"},
    ],
)
def test_behaviour_21_a_used_up_quota_is_one_in_every_dialect(said: dict[str, Any]) -> None:
    body = json.dumps({"error": {"message": "You exceeded your current quota.", **said}}).encode()
    for error in (decode(429, body), OPENAI_CHAT.decode_error(429, {}, body)):
        assert (error.kind, error.status) == ("billing", 429)


def test_an_error_in_a_stream() -> None:
    data = ANTHROPIC_MESSAGES.encode_stream_error(
        ApiError("overloaded", 529, "Busy."), request_id=""
    )
    assert data == (
        b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Busy."}}\n\n'
    )

"""Errors of every shape that upstreams were seen to answer with."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.upstream_error import decode_error, decode_stream_error


def decode(status: int, body: bytes, **headers: str) -> ApiError:
    return decode_error(
        status, {name.replace("_", "-"): text for name, text in headers.items()}, body
    )


SHAPES: list[tuple[int, bytes, str, str]] = [
    (
        401,
        b'{"error":{"message":"Bad key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}',
        "authentication",
        "Bad key",
    ),
    (
        429,
        b'{"error":{"message":"Quota","type":"insufficient_quota","code":"insufficient_quota"}}',
        "billing",
        "Quota",
    ),
    (
        404,
        b'{"error":{"message":"No such model","code":"model_not_found"}}',
        "not_found",
        "No such model",
    ),
    (400, b'{"error":"model \\"x\\" not found"}', "invalid_request", 'model "x" not found'),
    (
        422,
        b'{"detail":[{"loc":["body","messages",0,"role"],"msg":"Input should be user"}]}',
        "invalid_request",
        "body.messages.0.role: Input should be user",
    ),
    (
        422,
        b'{"object":"error","message":{"detail":[{"loc":["body","user"],"msg":"Extra inputs"}]},"type":"invalid_request_error"}',
        "invalid_request",
        "body.user: Extra inputs",
    ),
    (404, b'{"detail":"Not Found"}', "not_found", "Not Found"),
    (
        400,
        b'{"object":"error","message":"bad","type":"BadRequestError","param":null,"code":400}',
        "invalid_request",
        "bad",
    ),
    (
        400,
        b'[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]',
        "authentication",
        "API key not valid.",
    ),
    (
        503,
        b'[{"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}]',
        "overloaded",
        "Overloaded",
    ),
    (
        400,
        b'{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"tool ids must be short"}}}',
        "invalid_request",
        "Provider returned error: tool ids must be short",
    ),
    (
        402,
        b'{"error":{"message":"Insufficient Balance","type":"unknown_error"}}',
        "billing",
        "Insufficient Balance",
    ),
    (
        400,
        b'{"code":"invalid-argument","error":"Model grok does not support reasoningEffort"}',
        "invalid_request",
        "Model grok does not support reasoningEffort",
    ),
    (500, b'{"error":{"message":"boom","type":"server_error"}}', "api", "boom"),
    (
        503,
        b"<html><head><title>503 Service\n Temporarily Unavailable</title></head></html>",
        "overloaded",
        "503 Service Temporarily Unavailable",
    ),
    (
        502,
        b"<html><body>no title</body></html>",
        "api",
        "The upstream answered 502 Bad Gateway without a text.",
    ),
    (
        413,
        b"",
        "request_too_large",
        "The upstream answered 413 Request Entity Too Large without a text.",
    ),
    (529, b"{}", "overloaded", "The upstream answered 529 without a text."),
    (504, b"upstream request timeout", "timeout", "upstream request timeout"),
    (405, b'"Method Not Allowed"', "unsupported", "Method Not Allowed"),
    (418, b"null", "invalid_request", "The upstream answered 418 I'm a Teapot without a text."),
]


@pytest.mark.parametrize(("status", "body", "kind", "message"), SHAPES)
def test_behaviour_21_any_shape_is_understood(
    status: int, body: bytes, kind: str, message: str
) -> None:
    error = decode(status, body)
    assert (error.kind, error.message, error.status) == (kind, message, status)


def test_behaviour_21_an_overflow_is_known_with_its_counts() -> None:
    body = {
        "error": {
            "code": 400,
            "message": "the request exceeds the available context size, try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 30000,
            "n_ctx": 24576,
        }
    }
    error = decode(400, msgspec.json.encode(body))
    assert (error.kind, error.tokens, error.maximum) == ("context_overflow", 30000, 24576)
    assert error.code == "exceed_context_size_error"


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_behaviour_21_an_overflow_is_a_400_whatever_status_it_came_with(status: int) -> None:
    error = decode(status, b'{"error":{"message":"prompt is too long: 9 tokens > 8 maximum"}}')
    assert (error.kind, error.status, error.tokens, error.maximum) == (
        "context_overflow",
        400,
        9,
        8,
    )


def test_behaviour_21_a_code_alone_tells_an_overflow() -> None:
    assert (
        decode(400, b'{"error":{"message":"No.","code":"context_length_exceeded"}}').kind
        == "context_overflow"
    )


def test_a_limit_of_rate_is_no_overflow() -> None:
    body = b'{"error":{"message":"Please reduce the length of the messages: tokens per minute","code":"rate_limit_exceeded"}}'
    assert decode(429, body).kind == "rate_limit"


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry_after": "7"}, b"{}", 7.0),
        ({"Retry_After": "0.5"}, b"{}", 0.5),
        ({"retry_after_ms": "250", "retry_after": "1"}, b"{}", 0.25),
        (
            {
                "retry_after": "Wed, 21 Oct 2026 07:28:30 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            b"{}",
            30.0,
        ),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:30 GMT"}, b"{}", None),
        ({"retry_after": "soon", "date": "now"}, b"{}", None),
        ({}, b'{"error":{"code":429,"message":"m","details":[{"retryDelay":"34.5s"}]}}', 34.5),
        ({}, b"{}", None),
        ({"x_ratelimit_reset_tokens": "6m0s", "x_ratelimit_remaining_tokens": "0"}, b"{}", 360.0),
        ({"x_ratelimit_reset_tokens": "6m0s", "retry_after": "7"}, b"{}", 7.0),
    ],
)
def test_behaviour_21_how_long_to_wait(
    headers: dict[str, str], body: bytes, seconds: float | None
) -> None:
    assert decode(429, body, **headers).retry_after == seconds


def test_behaviour_21_the_vendors_request_id_is_kept() -> None:
    assert decode(500, b"", x_request_id="req_1").request_id == "req_1"


@given(st.integers(400, 599), st.binary(max_size=80))
def test_nothing_raises(status: int, body: bytes) -> None:
    assert decode(status, body).message


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 11.054s.", 11.054),
        ("Please try again in 28ms. Visit ...", 0.028),
        ("Please try again in 1m26.4s.", 86.4),
        ("Please try again later.", None),
    ],
)
def test_behaviour_21_how_long_to_wait_where_only_the_words_say_so(
    text: str, seconds: float | None
) -> None:
    error = {"error": {"code": "rate_limit_exceeded", "message": text}}
    assert decode_stream_error(error).retry_after == seconds
    assert decode(429, msgspec.json.encode(error)).retry_after == seconds
    assert decode(429, msgspec.json.encode(error), retry_after="7").retry_after == 7


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("rate_limit_exceeded", "rate_limit", 429),
        ("insufficient_quota", "billing", 402),
        ("server_is_overloaded", "overloaded", 503),
        ("invalid_prompt", "invalid_request", 400),
        ("image_parse_error", "invalid_request", 400),
        ("context_length_exceeded", "context_overflow", 400),
        ("server_error", "api", 502),
        ("something_new", "api", 502),
    ],
)
def test_behaviour_21_a_code_in_a_stream_is_enough(code: str, kind: str, status: int) -> None:
    error = decode_stream_error({"error": {"code": code, "message": "No."}})
    assert (error.kind, error.status, error.code) == (kind, status, code)

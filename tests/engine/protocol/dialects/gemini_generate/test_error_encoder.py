"""Errors as a Gemini client is told them."""

import json
import math
from typing import Any, get_args

import pytest
from google.genai import errors

from pxbin_engine.protocol.dialects.gemini_generate import GeminiGenerate
from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.overflow import find_overflow
from tests.support.gemini_client import Answering, client_of
from tests.support.validators.gemini_generate import check_error

DIALECT = GeminiGenerate()
DETAIL = "type.googleapis.com/google.rpc."


def encode(error: ApiError) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(DIALECT.encode_error(error, request_id="req_1").body)
    check_error(body)
    return dict(body["error"])


@pytest.mark.parametrize("kind", get_args(ErrorKind))
def test_behaviour_21_every_kind_has_googles_name_and_keeps_its_status(kind: ErrorKind) -> None:
    told = encode(ApiError(kind, 418, "It failed."))
    assert (told["code"], told["message"]) == (418, "It failed.")
    back = DIALECT.decode_error(418, {}, json.dumps({"error": told}).encode())
    assert back.message == "It failed."


@pytest.mark.parametrize(
    ("kind", "status", "name"),
    [
        ("invalid_request", 400, "INVALID_ARGUMENT"),
        ("authentication", 401, "UNAUTHENTICATED"),
        ("permission", 403, "PERMISSION_DENIED"),
        ("not_found", 404, "NOT_FOUND"),
        ("rate_limit", 429, "RESOURCE_EXHAUSTED"),
        ("overloaded", 503, "UNAVAILABLE"),
        ("timeout", 504, "DEADLINE_EXCEEDED"),
        ("api", 500, "INTERNAL"),
    ],
)
def test_behaviour_21_googles_own_reader_understands_each(
    kind: ErrorKind, status: int, name: str
) -> None:
    encoded = DIALECT.encode_error(ApiError(kind, status, "It failed."), request_id="req_1")
    assert encode(ApiError(kind, status, "It failed."))["status"] == name
    assert DIALECT.decode_error(status, encoded.headers, encoded.body).kind == kind


def test_a_status_that_google_does_not_have_is_told_as_its_own() -> None:
    encoded = DIALECT.encode_error(ApiError("overloaded", 529, "Busy."), request_id="req_1")
    assert encoded.status == 503
    assert json.loads(encoded.body)["error"]["code"] == 503


def test_behaviour_21_an_overflow_has_googles_words_where_the_counts_are_known() -> None:
    error = ApiError("context_overflow", 400, "prompt is too long", tokens=1048577, maximum=1048576)
    told = encode(error)
    assert told["message"] == (
        "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)."
    )
    assert told["status"] == "INVALID_ARGUMENT"
    found = find_overflow(told["message"])
    assert found is not None
    assert (found.tokens, found.maximum) == (1048577, 1048576)
    assert encode(ApiError("context_overflow", 400, "too long"))["message"] == "too long"


@pytest.mark.parametrize(("seconds", "delay"), [(34.5, "34.5s"), (60, "60s"), (0.0004, "0s")])
def test_how_long_to_wait_is_told_twice(seconds: float, delay: str) -> None:
    error = ApiError("rate_limit", 429, "Slow down.", retry_after=seconds)
    encoded = DIALECT.encode_error(error, request_id="req_1")
    assert encoded.headers["retry-after"] == str(math.ceil(seconds))
    assert encode(error)["details"] == [{"@type": f"{DETAIL}RetryInfo", "retryDelay": delay}]


def test_a_limit_of_ours_is_named_as_google_names_its_own() -> None:
    error = ApiError("rate_limit", 429, "Slow down.", quota="RequestsPerMinute")
    violation = {"description": "Slow down.", "quotaId": "RequestsPerMinute"}
    assert encode(error)["details"] == [
        {"@type": f"{DETAIL}QuotaFailure", "violations": [violation]}
    ]


def test_the_vendors_code_and_the_field_are_details() -> None:
    error = ApiError("invalid_request", 400, "Too hot.", code="too_hot", param="temperature")
    assert encode(error)["details"] == [
        {"@type": f"{DETAIL}ErrorInfo", "reason": "too_hot"},
        {
            "@type": f"{DETAIL}BadRequest",
            "fieldViolations": [{"field": "temperature", "description": "Too hot."}],
        },
    ]


def test_an_error_as_googles_sdk_raises_it() -> None:
    error = ApiError("rate_limit", 429, "Slow down.", retry_after=1)
    encoded = DIALECT.encode_error(error, request_id="req_1")
    client = client_of(Answering(encoded.body, encoded.status))
    with pytest.raises(errors.ClientError, match=r"429 RESOURCE_EXHAUSTED.*Slow down\."):
        client.models.generate_content(model="m", contents="Hi")


def test_an_error_in_a_stream_is_bare_and_in_one_line() -> None:
    told = DIALECT.encode_stream_error(ApiError("api", 502, "a\n\nb"), request_id="req_1")
    assert told.startswith(b'{"error":')
    assert told.count(b"\n") == 1
    assert told.endswith(b"}\n")

"""Errors in the words of the Responses API: OpenAI's SDK raises the right class, Codex does the right thing."""

import json
from typing import Any

import pytest

from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.dialects.openai_responses.error_encoder import encode_failure
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.overflow import Overflow, find_overflow

DIALECT = OpenAIResponses()


@pytest.mark.parametrize(
    ("kind", "kind_type", "code", "failure"),
    [
        ("invalid_request", "invalid_request_error", None, "invalid_prompt"),
        ("authentication", "authentication_error", "invalid_api_key", "invalid_prompt"),
        ("permission", "permission_error", None, "invalid_prompt"),
        ("not_found", "not_found_error", None, "invalid_prompt"),
        ("request_too_large", "invalid_request_error", "request_too_large", "invalid_prompt"),
        ("context_overflow", "invalid_request_error", "context_length_exceeded", "context_length_exceeded"),
        ("rate_limit", "rate_limit_error", "rate_limit_exceeded", "rate_limit_exceeded"),
        ("billing", "insufficient_quota", "insufficient_quota", "insufficient_quota"),
        ("overloaded", "server_error", "overloaded", "server_error"),
        ("timeout", "server_error", "timeout", "server_error"),
        ("api", "server_error", None, "server_error"),
        ("unsupported", "invalid_request_error", "unsupported", "invalid_prompt"),
    ],
)  # fmt: skip
def test_behaviour_21_every_kind_has_its_words(
    kind: Any, kind_type: str, code: str | None, failure: str
) -> None:
    error = ApiError(kind, 418, "Why.")
    encoded = DIALECT.encode_error(error, request_id="req_1")
    said = {"message": "Why.", "type": kind_type, "param": None, "code": code}
    assert json.loads(encoded.body) == {"error": said}
    assert encoded.status == 418
    assert encoded.headers == {"content-type": "application/json", "x-request-id": "req_1"}
    assert encode_failure(error) == {"code": failure, "message": "Why."}


def test_behaviour_21_the_vendors_own_code_and_wait_are_told() -> None:
    error = ApiError("rate_limit", 429, "Slow.", retry_after=2.5, code="slow_down", param="model")
    encoded = DIALECT.encode_error(error, request_id="r")
    assert encoded.headers["retry-after"] == "3"
    assert json.loads(encoded.body)["error"]["code"] == "slow_down"
    assert json.loads(encoded.body)["error"]["param"] == "model"


def test_behaviour_21_a_status_of_googles_is_no_code_of_openais() -> None:
    error = ApiError("rate_limit", 429, "Slow.", code="RESOURCE_EXHAUSTED")
    encoded = DIALECT.encode_error(error, request_id="r")
    assert json.loads(encoded.body)["error"]["code"] == "rate_limit_exceeded"


def test_behaviour_21_codex_reads_how_long_to_wait_in_the_text() -> None:
    error = ApiError("rate_limit", 429, "Too many requests.", retry_after=5)
    assert encode_failure(error)["message"] == "Too many requests. Please try again in 5s."
    told = ApiError("rate_limit", 429, "Please try again in 7s.", retry_after=5)
    assert encode_failure(told)["message"] == "Please try again in 7s."


def test_behaviour_21_an_overflow_keeps_its_numbers() -> None:
    error = ApiError("context_overflow", 400, "too long", code="x", tokens=120, maximum=100)
    said = json.loads(DIALECT.encode_error(error, request_id="r").body)["error"]
    assert said["code"] == "context_length_exceeded"
    assert "exceeds the context window" in said["message"]
    assert find_overflow(said["message"]) == Overflow(120, 100)


def test_a_stream_that_breaks_ends_with_a_failed_response() -> None:
    event = DIALECT.encode_stream_error(ApiError("api", 502, "Gone."), request_id="1").decode()
    name, data = event.removesuffix("\n\n").split("\n")
    said = json.loads(data.removeprefix("data: "))
    assert name == "event: response.failed"
    assert said["type"] == "response.failed"
    assert (said["response"]["id"], said["response"]["status"]) == ("resp_1", "failed")
    assert said["response"]["error"] == {"code": "server_error", "message": "Gone."}

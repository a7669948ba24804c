"""The errors that clients get; ``protocol/test_upstream_error`` has what upstreams say."""

import httpx2  # what OpenAI's SDK stands on
import msgspec
import openai
import pytest

from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.error import ApiError

DIALECT = OpenAIChat()


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ApiError("authentication", 401, "Bad key"), openai.AuthenticationError),
        (ApiError("permission", 403, "No"), openai.PermissionDeniedError),
        (ApiError("not_found", 404, "No"), openai.NotFoundError),
        (ApiError("rate_limit", 429, "Slow", retry_after=1.5), openai.RateLimitError),
        (ApiError("api", 502, "Broken"), openai.InternalServerError),
    ],
)
def test_behaviour_21_the_clients_sdk_raises_what_it_should(
    error: ApiError, raised: type[openai.APIStatusError]
) -> None:
    encoded = DIALECT.encode_error(error, request_id="req_9")
    response = httpx2.Response(
        encoded.status,
        headers=encoded.headers,
        content=encoded.body,
        request=httpx2.Request("POST", "http://x"),
    )
    found = openai.OpenAI(api_key="k")._make_status_error_from_response(response)
    assert type(found) is raised
    assert found.request_id == "req_9"
    assert error.message in found.message
    assert response.headers.get("retry-after") == ("2" if error.retry_after else None)


def test_behaviour_21_an_overflow_is_said_in_openais_words() -> None:
    error = ApiError("context_overflow", 400, "too big", code="x", tokens=9000, maximum=8192)
    said = msgspec.json.decode(DIALECT.encode_error(error, request_id="r").body)["error"]
    assert said["code"] == "context_length_exceeded"
    assert "maximum context length is 8192 tokens" in said["message"]
    again = DIALECT.decode_error(400, {}, msgspec.json.encode({"error": said}))
    assert again.tokens == 9000


def test_an_error_in_a_stream_raises_in_the_clients_sdk() -> None:
    data = DIALECT.encode_stream_error(ApiError("overloaded", 529, "Busy"), request_id="r")
    assert data.startswith(b'data: {"error":{"message":"Busy"')
    assert data.endswith(b"\n\n")


def test_behaviour_21_a_status_of_googles_is_no_code_of_openais() -> None:
    error = ApiError("rate_limit", 429, "Slow.", code="RESOURCE_EXHAUSTED")
    encoded = DIALECT.encode_error(error, request_id="r")
    assert msgspec.json.decode(encoded.body)["error"]["code"] == "rate_limit_exceeded"

"""The fields of a request around its messages and tools, both ways, and the patched bytes of the verbatim way."""

from typing import Any

import msgspec
import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks, quirks_for
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Text,
    ToolChoice,
)
from tests.support.validators.openai_chat import check_request

HI = (Message("user", (Text("Hi"),)),)
DIALECT = OpenAIChat()


def encode(quirks: Quirks = DEFAULT_QUIRKS, **fields: Any) -> tuple[dict[str, Any], Losses]:
    losses = Losses()
    body = DIALECT.encode_request(
        Request("m", HI, **fields), model="m", quirks=quirks, losses=losses
    )
    return check_request(body), losses


def decode(**fields: Any) -> Request:
    return DIALECT.decode_request(msgspec.json.encode({"model": "m", "messages": [], **fields}))


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("gpt-4o", "max_tokens"),
        ("o3-mini", "max_completion_tokens"),
        ("gpt-5.2", "max_completion_tokens"),
        ("openai/gpt-5", "max_completion_tokens"),
    ],
)
def test_behaviour_17_the_limit_goes_into_the_field_that_the_model_takes(
    model: str, field: str
) -> None:
    body, _ = encode(quirks_for("https://api.openai.com/v1", model), max_output_tokens=100)
    assert body[field] == 100


def test_behaviour_17_the_budget_itself_is_never_sent() -> None:
    quirks = Quirks(efforts=("low", "high"))
    body, losses = encode(
        quirks, reasoning=Reasoning(enabled=True, budget_tokens=31999), max_output_tokens=64000
    )
    assert body["reasoning_effort"] == "high"
    assert b"31999" not in msgspec.json.encode(body)
    assert not losses


def test_behaviour_14_one_tool_at_a_time() -> None:
    tools = (FunctionTool("read"),)
    body, _ = encode(tools=tools, tool_choice=ToolChoice("any"), parallel_tools=False)
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)
    body, losses = encode(Quirks(parallel_tool_calls=False), tools=tools, parallel_tools=False)
    assert "parallel_tool_calls" not in body
    assert [loss.path for loss in losses] == ["tool_choice.disable_parallel_tool_use"]


def test_behaviour_10_usage_is_always_asked_of_a_stream() -> None:
    assert encode(stream=True)[0]["stream_options"] == {"include_usage": True}
    assert "stream_options" not in encode(Quirks(stream_options=False), stream=True)[0]
    assert "stream_options" not in encode()[0]


def test_behaviour_19_caller_and_cache_keys_are_sent_only_where_they_are_taken() -> None:
    said: dict[str, Any] = {"user_id": "u", "cache_key": "k" * 65, "service_tier": "standard_only"}
    body, losses = encode(quirks_for("https://api.openai.com/v1", "gpt-4o"), **said)
    assert (body["user"], len(body["prompt_cache_key"]), body["service_tier"]) == (
        "u",
        64,
        "default",
    )
    assert not losses
    body, losses = encode(Quirks(user=False), **said)
    assert not {"user", "prompt_cache_key", "service_tier"} & body.keys()
    assert len(losses) == 3


def test_a_client_of_this_dialect_keeps_the_fields_that_only_it_knows() -> None:
    request = decode(
        messages=[{"role": "user", "content": "Hi"}], seed=7, logit_bias={"1": 2}, n=None
    )
    assert request.seed == 7
    assert request.extensions == {"openai_chat": {"logit_bias": {"1": 2}}}
    body = DIALECT.encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses())
    assert check_request(body)["seed"] == 7


def test_a_clients_request_is_read_in_full() -> None:
    request = decode(
        stream=True,
        stream_options={"include_usage": True},
        max_tokens=5,
        max_completion_tokens=7,
        temperature=1,
        top_p=0.5,
        stop="END",
        reasoning_effort="low",
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": {"a": 1}, "strict": True},
        },
        safety_identifier="u",
        prompt_cache_key="k",
        service_tier="flex",
        parallel_tool_calls=False,
    )
    assert request.max_output_tokens == 7
    assert request.stop == ("END",)
    assert request.reasoning == Reasoning(enabled=True, effort="low")
    assert isinstance(request.output_format, OutputFormat)
    assert bytes(request.output_format.schema or b"") == b'{"a":1}'
    assert (request.user_id, request.cache_key, request.service_tier) == ("u", "k", "flex")
    assert (request.stream, request.parallel_tools) == (True, False)
    assert request.tell_usage is True
    assert request.extensions is None


def test_no_thinking_is_a_wish_too() -> None:
    assert decode(reasoning_effort="none").reasoning == Reasoning(enabled=False, effort="none")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"not json", "not a chat completion request"),
        (b"[]", "array"),
        (b'{"model":"m"}', "messages"),
        (b'{"model":1,"messages":[]}', "model"),
        (b'{"model":"m","messages":[{"content":"x"}]}', r"messages\[0\]"),
        (b'{"model":"m","messages":[],"reasoning_effort":"huge"}', "reasoning_effort"),
        (
            b'{"model":"m","messages":[],"response_format":{"type":"json_schema"}}',
            "response_format",
        ),
        (b'{"model":"m","messages":[],"tool_choice":7}', "tool_choice"),
        (b"\xff\xfe", "not a chat completion request"),
        (b'{"model":"m","messages":[],"seed":"\xff"}', "not a chat completion request"),
        (b'{"model":"m","messages":' + b"[" * 5000, "not a chat completion request|messages"),
    ],
)
def test_a_bad_body_is_refused_with_the_field_that_is_wrong(body: bytes, named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        DIALECT.decode_request(body)


def test_usage_at_the_end_of_a_stream_is_a_wish_every_dialect_fulfils() -> None:
    """Only what else was asked of the stream is OpenAI's own, and said to another dialect it is a loss."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True,
            "stream_options": {"include_usage": True, "include_obfuscation": False}}  # fmt: skip
    request = DIALECT.decode_request(msgspec.json.encode(body))
    assert request.tell_usage is True
    assert request.extensions == {"openai_chat": {"stream_options": {"include_obfuscation": False}}}
    sent = DIALECT.encode_request(request, model="m", quirks=Quirks(), losses=Losses())
    assert msgspec.json.decode(sent)["stream_options"] == body["stream_options"]


def test_behaviour_14_a_call_is_not_demanded_of_a_model_that_cannot_be_made_to() -> None:
    tools = (FunctionTool("f"),)
    body, losses = encode(Quirks(forced_tools=False), tools=tools, tool_choice=ToolChoice("any"))
    assert "tool_choice" not in body
    assert [loss.path for loss in losses] == ["tool_choice"]
    body, losses = encode(Quirks(forced_tools=False), tools=tools, tool_choice=ToolChoice("none"))
    assert body["tool_choice"] == "none"
    assert losses == []

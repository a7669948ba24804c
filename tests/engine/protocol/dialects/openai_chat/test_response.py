"""Whole answers, both ways, and the counts and reasons that streams share with them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.dialects.openai_chat.response import decode_usage
from pxbin_engine.protocol.dialects.openai_chat.response_encoder import encode_usage
from pxbin_engine.protocol.dialects.openai_chat.wire import CompletionUsage
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import FunctionTool, Part, Request, Text, Thinking, ToolCall
from pxbin_engine.protocol.response import Response, StopReason, Usage
from tests.support.validators.openai_chat import check_response

ASKED = Request("m", ())


def decode(
    message: dict[str, Any],
    finish: str = "stop",
    *,
    quirks: Quirks = DEFAULT_QUIRKS,
    request: Request = ASKED,
    **more: Any,
) -> Response:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "m",
        "choices": [choice],
        **more,
    }
    return OpenAIChat().decode_response(msgspec.json.encode(body), quirks=quirks, request=request)


def call(name: str, arguments: Any, **header: str) -> dict[str, Any]:
    return {**header, "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ({"content": "Hi"}, (Text("Hi"),)),
        ({"content": None, "reasoning_content": "Hm."}, (Thinking("Hm."),)),
        (
            {
                "content": None,
                "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}],
            },
            (Thinking("Hm."),),
        ),
        ({"content": "So.", "reasoning": "Hm."}, (Thinking("Hm."), Text("So."))),
        (
            {"content": "", "tool_calls": [call("f", '{"a":1}', id="c")]},
            (ToolCall("c", "f", '{"a":1}'),),
        ),
        (
            {"content": "", "tool_calls": [call("f", {"a": 1}, id="c")]},
            (ToolCall("c", "f", '{"a":1}'),),
        ),
        ({"content": None, "refusal": "No."}, (Text("No."),)),
        ({"content": [{"type": "text", "text": "So."}]}, (Text("So."),)),
    ],
)
def test_parts_of_an_answer(message: dict[str, Any], parts: tuple[Part, ...]) -> None:
    assert decode(message).parts == parts


def test_behaviour_18_think_tags_where_the_model_writes_them() -> None:
    message = {"content": "<think>Hm.</think>So."}
    assert decode(message, quirks=Quirks(think_tags=True)).parts == (Thinking("Hm."), Text("So."))
    assert decode(message).parts == (Text("<think>Hm.</think>So."),)


@pytest.mark.parametrize(
    ("arguments", "finish", "unified"),
    [("{}", "stop", "tool_use"), ('{"a":', "length", "max_tokens"), ("{}", "length", "tool_use")],
)
def test_behaviour_05_a_call_is_tool_use_but_where_it_was_cut(
    arguments: str, finish: str, unified: str
) -> None:
    assert decode({"tool_calls": [call("f", arguments, id="c")]}, finish).stop == StopReason(
        unified, finish
    )  # type: ignore[arg-type]  # given as text


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("pause_turn", "stop"),
        ("context_window", "length"),
    ],
)
def test_behaviour_05_every_stop_reason_is_told_in_openais_words(stop: Any, finish: str) -> None:
    response = Response("chatcmpl-1", "m", (Text("So."),), StopReason(stop))
    answer = check_response(OpenAIChat().encode_response(response, ASKED, losses=Losses(), now=1))
    assert answer.choices[0].finish_reason == finish


def test_behaviour_05_a_refusal_is_one_whatever_the_finish_says() -> None:
    assert decode({"refusal": "No."}).stop.unified == "refusal"


def test_behaviour_02_a_missing_id_is_made_up() -> None:
    (made,) = decode({"tool_calls": [call("f", "{}")]}).parts
    assert isinstance(made, ToolCall)
    assert made.id.startswith("toolu_")


def test_behaviour_15_a_shortened_name_is_undone() -> None:
    from pxbin_engine.protocol.dialects.openai_chat.tools import wire_name

    name = "mcp." + "x" * 70
    request = Request("m", (), tools=(FunctionTool(name),))
    (found,) = decode({"tool_calls": [call(wire_name(name), "{}", id="c")]}, request=request).parts
    assert found == ToolCall("c", name, "{}")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"<html>", "no chat completion"),
        (b"", "no chat completion"),
        (b'{"choices":[]}', "no choices"),
        (b'{"id":"x"}', "no choices"),
        (b'{"error":{"message":"Out of money","code":402}}', "Out of money"),
        (
            b'{"choices":[{"message":{"content":""},"finish_reason":"error"}]}',
            "ended the answer with an error",
        ),
        (b'{"choices":[{"message":{"tool_calls":[{"id":"a"}]}}]}', "without a name"),
    ],
)
def test_behaviour_08_what_is_no_answer_is_refused_in_words(body: bytes, named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        OpenAIChat().decode_response(body, quirks=DEFAULT_QUIRKS)


def test_the_client_gets_an_answer_that_its_sdk_takes() -> None:
    parts = (Thinking("Hm."), Text("So."), Text("Yes."), ToolCall("c", "f", ""))
    usage = Usage(
        input_tokens=5,
        cache_read_tokens=10,
        cache_write_5m_tokens=3,
        output_tokens=7,
        reasoning_tokens=2,
    )
    response = Response("chatcmpl-1", "m", parts, StopReason("tool_use"), usage)
    answer = check_response(OpenAIChat().encode_response(response, ASKED, losses=Losses(), now=1))
    message = answer.choices[0].message
    assert (answer.created, answer.choices[0].finish_reason) == (1, "tool_calls")
    assert message.content == "So.Yes."
    assert message.model_extra == {"reasoning_content": "Hm."}
    assert message.tool_calls is not None
    assert message.tool_calls[0].model_dump()["function"] == {"name": "f", "arguments": "{}"}
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (18, 25)


COUNTS = st.integers(0, 1000)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_behaviour_10_counts_survive_the_way_out_and_back(
    fresh: int, read: int, written: int, output: int
) -> None:
    usage = Usage(fresh, read, written, output_tokens=output)
    back = msgspec.convert(encode_usage(usage), CompletionUsage)
    assert decode_usage(back) == usage


def test_behaviour_10_cached_tokens_that_are_not_inside_are_not_subtracted() -> None:
    usage = CompletionUsage(prompt_tokens=10, completion_tokens=5, cache_read_input_tokens=100)
    assert decode_usage(usage) == Usage(input_tokens=10, cache_read_tokens=100, output_tokens=5)


def test_sound_is_a_part_of_what_was_not_cached() -> None:
    told = {
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "prompt_tokens_details": {"cached_tokens": 40, "audio_tokens": 90},
        "completion_tokens_details": {"audio_tokens": 20, "image_tokens": 5},
    }
    assert decode_usage(msgspec.convert(told, CompletionUsage), "flex") == Usage(
        input_tokens=60,
        cache_read_tokens=40,
        output_tokens=30,
        input_audio_tokens=60,
        output_audio_tokens=20,
        output_image_tokens=5,
        service_tier="flex",
    )

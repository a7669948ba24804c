import json
from typing import Any

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import Part, Request, Text, Thinking, ToolCall
from pxbin_engine.protocol.response import Response, StopReason, Usage

ASKED = Request("m", ())
ANSWER: dict[str, Any] = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-opus-5",
    "content": [
        {"type": "thinking", "thinking": "hm", "signature": "EqQB"},
        {"type": "redacted_thinking", "data": "EmwK"},
        {"type": "text", "text": "Hi", "citations": [{"type": "char_location"}]},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": 1.0}},
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": [1, None]}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 5,
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 7,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        "output_tokens": 9,
    },
}


def decode(answer: Any) -> Response:
    return ANTHROPIC_MESSAGES.decode_response(json.dumps(answer).encode(), quirks=DEFAULT_QUIRKS)


def encode(*parts: Part, stop: StopReason | None = None, message_id: str = "msg_1") -> Any:
    response = Response(message_id, "m", parts, stop or StopReason("end_turn"))
    return json.loads(ANTHROPIC_MESSAGES.encode_response(response, ASKED, losses=Losses()))


def test_an_answer_comes_back_as_it_was() -> None:
    assert (
        json.loads(ANTHROPIC_MESSAGES.encode_response(decode(ANSWER), ASKED, losses=Losses()))
        == ANSWER
    )


def test_behaviour_10_usage_in_disjoint_classes() -> None:
    assert decode(ANSWER).usage == Usage(5, 7, 10, 20, 9)
    plain = {
        **ANSWER,
        "usage": {"input_tokens": 5, "cache_creation_input_tokens": 30, "output_tokens": None},
    }
    assert decode(plain).usage == Usage(input_tokens=5, cache_write_5m_tokens=30)
    assert decode({**ANSWER, "usage": None}).usage is None


@pytest.mark.parametrize(
    ("raw", "unified"),
    [
        ("end_turn", "end_turn"),
        ("refusal", "refusal"),
        ("pause_turn", "pause_turn"),
        ("model_context_window_exceeded", "context_window"),
        (None, "end_turn"),
        ("of_next_year", "end_turn"),
    ],
)
def test_behaviour_05_the_raw_stop_reason_is_kept_beside_the_unified_one(
    raw: Any, unified: Any
) -> None:
    assert decode({**ANSWER, "stop_reason": raw}).stop == StopReason(unified, raw)


def test_behaviour_05_a_call_makes_it_tool_use_and_a_sequence_is_named() -> None:
    assert encode(ToolCall("a", "f", "{}"))["stop_reason"] == "tool_use"
    assert (
        encode(ToolCall("a", "f", "{"), stop=StopReason("max_tokens"))["stop_reason"]
        == "max_tokens"
    )
    met = encode(Text("a"), stop=StopReason("stop_sequence", "stop", "END"))
    assert (met["stop_reason"], met["stop_sequence"]) == ("stop_sequence", "END")


def test_behaviour_18_unsigned_thinking_is_marked_as_ours() -> None:
    (block,) = encode(Thinking("hm"))["content"]
    assert block["signature"].startswith("pxbin-synthetic:")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("msg_1", "msg_1"), ("chatcmpl-1", "msg_chatcmpl-1"), ("a b", "msg_a_b")],
)
def test_an_id_in_anthropics_form(given: str, expected: str) -> None:
    assert encode(message_id=given)["id"] == expected
    assert encode(message_id="")["id"].startswith("msg_")


@pytest.mark.parametrize(
    "answer", [{}, [], {"type": "error"}, {"content": [{"type": "text"}]}, {"content": 7}]
)
def test_what_is_no_message_is_refused(answer: Any) -> None:
    with pytest.raises(ProtocolError):
        decode(answer)


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        ({"service_tier": "batch"}, "batch"),
        ({"service_tier": "priority", "speed": "standard"}, "priority"),
        ({"service_tier": "standard", "speed": "fast"}, "fast"),
        ({"service_tier": "standard"}, ""),
    ],
)
def test_as_what_it_was_sold_is_told(said: dict[str, str], tier: str) -> None:
    usage = decode({**ANSWER, "usage": {"input_tokens": 5, "output_tokens": 1, **said}}).usage
    assert usage is not None
    assert usage.service_tier == tier

from typing import Any

import pytest

from pxbin_engine.protocol.dialects.anthropic_messages.thinking import encode_thinking
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Message, Reasoning, Request, Text, Thinking, ToolCall

HELLO = Message("user", (Text("hi"),))


def encode(
    model: str, reasoning: Reasoning, *turns: Message, max_tokens: int = 32000
) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    request = Request("gpt", (HELLO, *turns), reasoning=reasoning)
    return encode_thinking(request, model, max_tokens, losses), [loss.path for loss in losses]


@pytest.mark.parametrize(
    ("model", "reasoning", "expected"),
    [
        (
            "claude-opus-5",
            Reasoning(effort="minimal"),
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
        ),
        (
            "claude-opus-4-6",
            Reasoning(effort="high"),
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
        ),
        (
            "claude-sonnet-4-5-20250929",
            Reasoning(effort="high"),
            {"thinking": {"type": "enabled", "budget_tokens": 16384}},
        ),
        (
            "claude-sonnet-4-20250514",
            Reasoning(effort="low"),
            {"thinking": {"type": "enabled", "budget_tokens": 2048}},
        ),
        (
            "glm-5",
            Reasoning(effort="medium"),
            {"thinking": {"type": "enabled", "budget_tokens": 8192}},
        ),
        ("claude-opus-5", Reasoning(effort="none"), {"thinking": {"type": "disabled"}}),
        ("claude-3-5-haiku", Reasoning(effort="high"), {}),
    ],
)
def test_behaviour_17_effort_in_the_words_of_the_model(
    model: str, reasoning: Reasoning, expected: Any
) -> None:
    assert encode(model, reasoning)[0] == expected


def test_behaviour_17_the_budget_leaves_room_for_the_answer() -> None:
    high = Reasoning(effort="high")
    body, _ = encode("claude-haiku-4-5", high, max_tokens=2000)
    assert body["thinking"]["budget_tokens"] == 1999
    assert encode("claude-haiku-4-5", high, max_tokens=500) == ({}, ["reasoning"])


def test_thinking_by_budget_waits_for_the_end_of_calls_that_came_without_it() -> None:
    call = ToolCall("a", "f", "{}")
    high = Reasoning(effort="high")
    assert encode("claude-sonnet-4-5", high, Message("assistant", (call,))) == ({}, ["reasoning"])
    signed = Message("assistant", (Thinking("hm", "EqQB"), call))
    assert encode("claude-sonnet-4-5", high, signed)[0]["thinking"]["type"] == "enabled"


def test_what_an_anthropic_client_said_goes_through() -> None:
    request = Request(
        "m", (), reasoning=Reasoning(effort="high"), extensions={"anthropic_messages": {}}
    )
    assert encode_thinking(request, "claude-3-5-haiku", 10, Losses()) == {
        "output_config": {"effort": "high"}
    }

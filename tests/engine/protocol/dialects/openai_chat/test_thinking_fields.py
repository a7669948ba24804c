"""How much to think, as each kind of upstream is told it."""

from typing import Any

import pytest

from pxbin_engine.protocol.dialects.openai_chat.thinking_fields import thinking_fields
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import Reasoning

HIGH = Reasoning(enabled=True, effort="high")
BUDGET = Reasoning(enabled=True, budget_tokens=8000)
OFF = Reasoning(enabled=False)
ON = Reasoning(enabled=True, adaptive=True)

LEVELS = Quirks(efforts=("none", "low", "medium", "high"))
DEEPSEEK = Quirks(thinking_switch="thinking", efforts=("low", "medium", "high"))
QWEN = Quirks(thinking_switch="enable_thinking")
OPENROUTER = Quirks(thinking_switch="reasoning", efforts=("none", "low", "medium", "high"))
VLLM = Quirks(thinking_switch="chat_template_kwargs")


@pytest.mark.parametrize(
    ("quirks", "reasoning", "fields"),
    [
        (DEFAULT_QUIRKS, ON, {}),
        (LEVELS, HIGH, {"reasoning_effort": "high"}),
        (LEVELS, BUDGET, {"reasoning_effort": "medium"}),
        (LEVELS, OFF, {"reasoning_effort": "none"}),
        (DEEPSEEK, HIGH, {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        (DEEPSEEK, OFF, {"thinking": {"type": "disabled"}}),
        (DEEPSEEK, Reasoning(effort="low"), {"reasoning_effort": "low"}),
        (QWEN, ON, {"enable_thinking": True}),
        (QWEN, BUDGET, {"enable_thinking": True, "thinking_budget": 8000}),
        (QWEN, OFF, {"enable_thinking": False}),
        (OPENROUTER, HIGH, {"reasoning": {"effort": "high"}}),
        (OPENROUTER, BUDGET, {"reasoning": {"max_tokens": 8000}}),
        (OPENROUTER, OFF, {"reasoning": {"effort": "none"}}),
        (OPENROUTER, ON, {"reasoning": {"enabled": True}}),
        (VLLM, ON, {"chat_template_kwargs": {"enable_thinking": True}}),
        (VLLM, OFF, {"chat_template_kwargs": {"enable_thinking": False}}),
    ],
)
def test_behaviour_17_each_upstream_is_told_in_its_own_words(
    quirks: Quirks, reasoning: Reasoning, fields: dict[str, Any]
) -> None:
    losses = Losses()
    assert thinking_fields(reasoning, quirks, losses) == fields
    assert losses == []


@pytest.mark.parametrize(
    ("quirks", "reasoning", "fields", "reason"),
    [
        (DEFAULT_QUIRKS, HIGH, {}, "not known to take"),
        (QWEN, HIGH, {"enable_thinking": True}, "not known to take"),
        (DEEPSEEK, Reasoning(effort="max"), {"reasoning_effort": "high"}, "'high' was sent"),
        # Who asks for a little thinking is not answered with none at all.
        (Quirks(efforts=("none", "high")), BUDGET, {"reasoning_effort": "high"}, "'high' was sent"),
    ],
)
def test_behaviour_17_what_a_model_cannot_be_told_is_a_loss(
    quirks: Quirks, reasoning: Reasoning, fields: dict[str, Any], reason: str
) -> None:
    losses = Losses()
    assert thinking_fields(reasoning, quirks, losses) == fields
    assert [loss.path for loss in losses] == ["reasoning.effort"]
    assert reason in losses[0].reason

"""How much to think, in the words that the model at hand understands.

Three generations of Claude differ: those that do not think, those that think by a budget of tokens (up to 4.5), and
those that decide themselves by an effort. What an Anthropic client said goes through as it said it.
"""

import re

from pxbin_engine.protocol.dialects.anthropic_messages.part_encoder import (
    Json,
    is_anthropics_thinking,
)
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Effort, Reasoning, Request, Thinking, ToolCall

_DOES_NOT_THINK = re.compile(r"claude-(?:2|instant|3-(?:opus|sonnet|haiku)|3[-.]5)")
_THINKS_BY_BUDGET = re.compile(
    r"claude-(?:3[-.]7|(?:opus|sonnet|haiku)-4(?:[-.][015])?(?:-20\d{6})?(?![-.]?\d))|^(?!.*claude)"
)
"""Claude up to 4.5, and the models of other vendors behind this dialect; newer ones think adaptively."""

_BUDGETS: dict[Effort, int] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 24576,
    "max": 31999,
}
_EFFORTS: dict[Effort, Effort] = {"minimal": "low"}
"""Efforts that Anthropic does not have -> the nearest it has."""

_LEAST_BUDGET = 1024


def encode_thinking(request: Request, model: str, max_tokens: int, losses: Losses) -> Json:
    """``thinking`` and ``output_config.effort``; empty where nothing is to be said."""
    reasoning = request.reasoning
    if reasoning is None:
        return {}
    if NAME in (request.extensions or {}):
        return _said_thinking(reasoning)
    if _DOES_NOT_THINK.search(model):
        losses.add("reasoning", f"{model} does not think.")
        return {}
    if reasoning.enabled is False or reasoning.effort == "none":
        return {"thinking": {"type": "disabled"}}
    if _THINKS_BY_BUDGET.search(model):
        return _thinking_by_budget(request, reasoning, max_tokens, losses)
    adaptive: Json = {"thinking": {"type": "adaptive"}}
    if reasoning.effort is not None:
        adaptive["output_config"] = {"effort": _EFFORTS.get(reasoning.effort, reasoning.effort)}
    return adaptive


def _said_thinking(reasoning: Reasoning) -> Json:
    """As an Anthropic client said it."""
    said: Json = {}
    if reasoning.adaptive:
        said["thinking"] = {"type": "adaptive"}
    elif reasoning.enabled:
        said["thinking"] = {"type": "enabled", "budget_tokens": reasoning.budget_tokens}
    elif reasoning.enabled is False:
        said["thinking"] = {"type": "disabled"}
    if reasoning.effort is not None:
        said["output_config"] = {"effort": reasoning.effort}
    return said


def _thinking_by_budget(
    request: Request, reasoning: Reasoning, max_tokens: int, losses: Losses
) -> Json:
    budget = reasoning.budget_tokens or _BUDGETS[reasoning.effort or "medium"]
    budget = min(budget, max_tokens - 1)  # the answer's max_tokens count the thinking in
    if budget < _LEAST_BUDGET:
        losses.add("reasoning", f"A limit of {max_tokens} tokens leaves no room to think.")
        return {}
    if _is_amid_calls(request):
        losses.add(
            "reasoning",
            "The calls so far came without Anthropic's thinking, so it is off until the next turn.",
        )
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _is_amid_calls(request: Request) -> bool:
    """Whether the last assistant's turn called tools without signed thinking: Anthropic then refuses to think."""
    for message in reversed(request.messages):
        if message.role == "assistant":
            signed = any(
                isinstance(part, Thinking) and is_anthropics_thinking(part)
                for part in message.parts
            )
            return not signed and any(isinstance(part, ToolCall) for part in message.parts)
    return False

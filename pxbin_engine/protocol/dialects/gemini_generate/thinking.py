"""Which Gemini a model is, and how much it is to think, in the words that it understands.

Source: ai.google.dev/gemini-api/docs/thinking and the table of levels on
docs.cloud.google.com/gemini-enterprise-agent-platform/models/thinking. Gemini 2.5 thinks by a budget of tokens
(``thinkingBudget``: 0 is off, -1 as it sees fit), Gemini 3 and later by a level (``thinkingLevel``), and each refuses the
other's word ("Thinking level is not supported for this model."). Thoughts count inside ``maxOutputTokens``.
"""

import re
from typing import Any

from pxbin_engine.protocol.effort import nearest_effort, wished_effort
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Effort, Reasoning, Request

_VERSION = re.compile(r"gemini-(?:[a-z]+-)?(\d{1,2})(?:\.(\d{1,2}))?(?!\d)")
_LATEST = re.compile(r"gemini-(?:pro|flash|flash-lite)-latest")

GEMINI_3 = (3, 0)
_FIRST_THINKING = (2, 5)

_LEVELS: tuple[tuple[str, tuple[Effort, ...]], ...] = (
    (r"gemini-3-pro", ("low", "high")),
    (r"gemini-3(?:\.[156])?-flash", ("minimal", "low", "medium", "high")),
    (r"", ("low", "medium", "high")),
)
"""Model -> its levels; those of the newest (3.7, 3.8, 4) have no MINIMAL: "Thinking level MINIMAL is not supported"."""

_BUDGETS: tuple[tuple[str, int, int, bool], ...] = (
    ("flash-lite", 512, 24576, True),
    ("flash", 1, 24576, True),
    ("", 128, 32768, False),
)
"""In the model's name, the least and the largest budget, and whether thinking can be switched off."""

_BUDGET_OF_EFFORT: dict[Effort, int] = {
    "minimal": 1024,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "xhigh": 32768,
    "max": 32768,
}
"""As Google's own OpenAI endpoint has it (ai.google.dev/gemini-api/docs/openai, "Thinking")."""

_AS_IT_SEES_FIT = -1

_TIGHT_LIMIT = 2048
"""An answer's limit that thinking nobody asked for would use up (Claude Code's titles and probes)."""


def version_of(model: str) -> tuple[int, int] | None:
    """``gemini-2.5-pro`` -> (2, 5); None for what is no Gemini, or does not say which."""
    name = model.rsplit("/", 1)[-1]
    if _LATEST.match(name):
        return GEMINI_3
    found = _VERSION.match(name)
    return (int(found[1]), int(found[2] or 0)) if found else None


def is_gemini_3(model: str) -> bool:
    """Whether the model is of the third generation or later."""
    version = version_of(model)
    return version is not None and version >= GEMINI_3


def encode_thinking(request: Request, model: str, losses: Losses) -> dict[str, Any]:
    """``thinkingConfig``; empty where nothing is to be said."""
    reasoning = request.reasoning or _unasked(request)
    if reasoning is None:
        return {}
    version = version_of(model)
    name = model.rsplit("/", 1)[-1]
    if version is None or version < _FIRST_THINKING:
        if request.reasoning is not None and wished_effort(reasoning) != "none":
            losses.add("reasoning", f"{model} is not known to think.")
        return {}
    quiet = Losses() if request.reasoning is None else losses
    said = (
        _encode_level(reasoning, name, quiet)
        if version >= GEMINI_3
        else _encode_budget(reasoning, name, quiet)
    )
    return {**said, "includeThoughts": True} if _wants_thoughts(reasoning) else said


def _unasked(request: Request) -> Reasoning | None:
    """As little thinking as may be, where the limit leaves no room for it and the client did not ask."""
    limit = request.max_output_tokens
    return Reasoning(enabled=False) if limit is not None and limit <= _TIGHT_LIMIT else None


def _wants_thoughts(reasoning: Reasoning) -> bool:
    if reasoning.enabled is not None:
        return reasoning.enabled
    return reasoning.effort not in (None, "none") or reasoning.budget_tokens is not None


def _encode_level(reasoning: Reasoning, name: str, losses: Losses) -> dict[str, Any]:
    wish = wished_effort(reasoning)
    if wish is None:
        return {}
    known = next(levels for pattern, levels in _LEVELS if re.match(pattern, name))
    level = nearest_effort(wish, known) or known[0]
    if level != wish and (wish, level) != ("none", "minimal"):  # which is next to none
        losses.add(
            "reasoning.effort", f"The model has no thinking level {wish!r}; {level!r} was sent."
        )
    return {"thinkingLevel": level.upper()}


def _encode_budget(reasoning: Reasoning, name: str, losses: Losses) -> dict[str, Any]:
    least, largest, can_stop = next(rest for part, *rest in _BUDGETS if part in name)
    effort = wished_effort(reasoning)
    if effort == "none":
        if can_stop:
            return {"thinkingBudget": 0}
        losses.add("reasoning", "The model cannot stop thinking; it was told to think the least.")
        return {"thinkingBudget": least}
    wished = reasoning.budget_tokens or _BUDGET_OF_EFFORT.get(effort or "none")
    if wished is None:
        return {"thinkingBudget": _AS_IT_SEES_FIT}
    budget = min(max(wished, least), largest)
    if budget != wished and reasoning.budget_tokens:
        losses.add("reasoning.budget_tokens", f"The model thinks with {least} to {largest} tokens.")
    return {"thinkingBudget": budget}

"""How much to think, between dialects that say it in levels and those that say it in tokens."""

from typing import get_args

from pxbin_engine.protocol.request import Effort, Reasoning

EFFORTS: tuple[Effort, ...] = get_args(Effort)
"""Weakest first."""

_SMALL_BUDGET = 4096
_LARGE_BUDGET = 16384


def wished_effort(reasoning: Reasoning) -> Effort | None:
    """The effort that was asked for, in whichever words: a level, a budget, or none at all."""
    if reasoning.enabled is False:
        return "none"
    if reasoning.effort is not None or reasoning.budget_tokens is None:
        return reasoning.effort
    if reasoning.budget_tokens < _SMALL_BUDGET:
        return "low"
    return "medium" if reasoning.budget_tokens < _LARGE_BUDGET else "high"


def nearest_effort(wish: Effort, known: tuple[Effort, ...]) -> Effort | None:
    """The strongest known effort that is not above the wish, else the weakest; None where none is known."""
    if not known:
        return None
    rank = EFFORTS.index(wish)
    return max(
        (effort for effort in known if EFFORTS.index(effort) <= rank),
        key=EFFORTS.index,
        default=known[0],
    )

"""How an upstream of Chat Completions is told how much to think: a switch, a level, a budget, by its quirks."""

from typing import Any

from pxbin_engine.protocol.effort import nearest_effort, wished_effort
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Effort, Reasoning


def thinking_fields(reasoning: Reasoning, quirks: Quirks, losses: Losses) -> dict[str, Any]:
    """The fields of the body that say it; what the model cannot be told goes to ``losses``."""
    wish = wished_effort(reasoning)
    if quirks.thinking_switch == "reasoning":
        return _reasoning_object(reasoning, wish, quirks, losses)
    fields = _switch(reasoning.enabled, quirks)
    if wish is None or (wish == "none" and fields):
        return fields
    if quirks.thinking_switch == "enable_thinking" and reasoning.budget_tokens is not None:
        return fields | {"thinking_budget": reasoning.budget_tokens}
    effort = _known_effort(wish, quirks, losses)
    return fields if effort is None else fields | {"reasoning_effort": effort}


def _switch(enabled: bool | None, quirks: Quirks) -> dict[str, Any]:
    if enabled is None:
        return {}
    match quirks.thinking_switch:
        case "thinking":
            return {"thinking": {"type": "enabled" if enabled else "disabled"}}
        case "enable_thinking":
            return {"enable_thinking": enabled}
        case "chat_template_kwargs":
            return {"chat_template_kwargs": {"enable_thinking": enabled}}
        case _:
            return {}


def _reasoning_object(
    reasoning: Reasoning, wish: Effort | None, quirks: Quirks, losses: Losses
) -> dict[str, Any]:
    """OpenRouter's: a budget or a level, never both, or that there is to be thinking at all."""
    if reasoning.budget_tokens is not None and reasoning.enabled is not False:
        return {"reasoning": {"max_tokens": reasoning.budget_tokens}}
    if wish is not None:
        effort = _known_effort(wish, quirks, losses)
        return {} if effort is None else {"reasoning": {"effort": effort}}
    return {} if reasoning.enabled is None else {"reasoning": {"enabled": reasoning.enabled}}


def _known_effort(wish: Effort, quirks: Quirks, losses: Losses) -> Effort | None:
    # Who asks for a little thinking is not answered with none at all.
    known = quirks.efforts
    if wish != "none":
        known = tuple(effort for effort in known if effort != "none")
    effort = nearest_effort(wish, known)
    if effort is None:
        losses.add(
            "reasoning.effort",
            "The model is not known to take a reasoning effort; it was left out.",
        )
    elif effort != wish:
        losses.add("reasoning.effort", f"The model knows no effort {wish!r}; {effort!r} was sent.")
    return effort

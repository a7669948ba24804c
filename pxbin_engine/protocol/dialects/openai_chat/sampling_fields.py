"""How an upstream of Chat Completions is told how to choose its words, and where to stop, by its quirks."""

from typing import Any

from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request


def sampling_fields(request: Request, quirks: Quirks, losses: Losses) -> dict[str, Any]:
    """The fields of the body that say it; what the model cannot be told goes to ``losses``."""
    return {
        **_sampling(request, quirks, losses),
        **_penalties(request, quirks, losses),
        **_top_k(request, quirks, losses),
        **({} if request.seed is None else {quirks.seed_field: request.seed}),
        **_stop(request, quirks, losses),
    }


def _sampling(request: Request, quirks: Quirks, losses: Losses) -> dict[str, Any]:
    temperature, highest = request.temperature, quirks.highest_temperature
    if quirks.sampling and temperature is not None and temperature > highest:
        losses.add("temperature", f"The upstream's temperatures end at {highest:g}.")
        temperature = highest
    wishes = {"temperature": temperature, "top_p": request.top_p}
    wanted = {name: value for name, value in wishes.items() if value is not None}
    if quirks.sampling:
        return wanted
    for name, value in wanted.items():
        if value != 1:
            losses.add(name, f"The model takes no {name} but its own.")
    return {}


def _penalties(request: Request, quirks: Quirks, losses: Losses) -> dict[str, Any]:
    wishes = {
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
    }
    wanted = {name: value for name, value in wishes.items() if value is not None}
    if quirks.penalties:
        return wanted
    for name, value in wanted.items():
        if value:
            losses.add(name, f"The model takes no {name}; it was left out.")
    return {}


def _top_k(request: Request, quirks: Quirks, losses: Losses) -> dict[str, Any]:
    if request.top_k is None:
        return {}
    if quirks.top_k:
        return {"top_k": request.top_k}
    losses.add("top_k", "The upstream has no top_k; it was left out.")
    return {}


def _stop(request: Request, quirks: Quirks, losses: Losses) -> dict[str, Any]:
    fit = quirks.max_stop_sequences
    if len(request.stop) > fit:
        losses.add(
            "stop_sequences", f"The upstream takes {fit} stop sequences; the rest were left out."
        )
    stop = request.stop[:fit]
    return {"stop": stop} if stop else {}

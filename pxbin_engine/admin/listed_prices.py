"""Reads what an upstream's model list says of a model's price, in the shapes that are known. Pure.

OpenRouter (openrouter.ai/docs/api-reference/list-available-models) and Vercel's AI Gateway (vercel.com/docs/ai-gateway) tell
texts of dollars for a token, Together (docs.together.ai/reference/models-1) numbers of dollars for a million.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec.structs import replace

from pxbin_engine.admin.model_fields import HIGHEST_PRICE
from pxbin_engine.records import ModelPrice

_FOR_A_TOKEN = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write_5m",
    "audio": "input_audio",
}
"""OpenRouter's; Vercel's says input and output."""

_FOR_A_MILLION = {"input": "input", "output": "output", "cached_input": "cache_read"}

_MILLION = 1_000_000


def listed_price(pricing: object) -> ModelPrice | None:
    """The price that ``pricing`` tells; None where it tells none that can be used.

    A price below zero is OpenRouter's word for "it depends" (openrouter/auto).
    """
    if not isinstance(pricing, Mapping):
        return None
    if isinstance(pricing.get("prompt"), str):
        return _price(pricing, _FOR_A_TOKEN, _MILLION)
    if isinstance(pricing.get("input"), str):
        names = {**_FOR_A_TOKEN, "input": "input", "output": "output"}
        return _price(pricing, names, _MILLION)
    return _price(pricing, _FOR_A_MILLION, 1)


def _price(pricing: Mapping[str, Any], names: Mapping[str, str], factor: int) -> ModelPrice | None:
    figures: dict[str, Decimal] = {}
    for said, name in names.items():
        figure = _number(pricing.get(said))
        if figure is None:
            continue
        figure *= factor
        if not 0 <= figure <= HIGHEST_PRICE:
            return None
        figures[name] = figure.normalize()
    if not {"input", "output"} <= figures.keys():
        return None
    if figures.get("cache_read") == 0 != figures["input"]:
        del figures["cache_read"]  # some say 0 where they say nothing
    return replace(ModelPrice(source="upstream"), **figures)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

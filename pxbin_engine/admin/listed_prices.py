"""Reads what an upstream's model list says of a model's price, in the shapes that are known. Pure.

OpenRouter (openrouter.ai/docs/api-reference/list-available-models) and Vercel's AI Gateway (vercel.com/docs/ai-gateway) tell
texts of dollars for a token, Together (docs.together.ai/reference/models-1) numbers of dollars for a million.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec.structs import replace

from pxbin_engine.admin.model_fields import HIGHEST_PRICE, MOST_TIERS
from pxbin_engine.records import ModelPrice, PriceTier

_FOR_A_TOKEN = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write_5m",
    "input_cache_write_1h": "cache_write_1h",
    "audio": "input_audio",
    "input_audio_cache": "cache_read_audio",
    "audio_output": "output_audio",
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
    """The base price with its tiers; None where one of them cannot be used."""
    base = _figures(pricing, names, factor)
    if base is None:
        return None
    tiers: list[PriceTier] = []
    for start, said in _for_longer_prompts(pricing):
        figures = _figures(said, names, factor)
        if figures is None or len(tiers) == MOST_TIERS:
            return None
        tiers.append(replace(PriceTier(above_prompt_tokens=start), **figures))
    return replace(ModelPrice(source="upstream", tiers=tuple(tiers)), **base)


def _figures(
    pricing: Mapping[str, Any], names: Mapping[str, str], factor: int
) -> dict[str, Decimal] | None:
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
    return figures


def _for_longer_prompts(pricing: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each length of prompt beyond which another price holds, and all of that price.

    Of OpenRouter's ``overrides`` that apply, a later one wins, and what none says is as in the base price
    (openrouter.ai/docs/client-sdks/python/components/pricingoverride). Those of hours of the day are no tiers of ours.
    """
    overrides = pricing.get("overrides")
    given = overrides if isinstance(overrides, list) else []
    longer = [entry for entry in given if _is_for_longer_prompts(entry)]
    for start in sorted({entry["min_prompt_tokens"] for entry in longer}):
        said = dict(pricing)
        for entry in longer:
            if entry["min_prompt_tokens"] <= start:
                said |= entry
        yield start, said


def _is_for_longer_prompts(override: object) -> bool:
    """Whether the length of the prompt is its only condition: all else in it are prices, which are texts."""
    if not isinstance(override, Mapping):
        return False
    start = override.get("min_prompt_tokens")
    prices = [value for name, value in override.items() if name != "min_prompt_tokens"]
    return (
        type(start) is int
        and start > 0
        and all(isinstance(price, str) and _number(price) is not None for price in prices)
    )


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

from decimal import Decimal

import pytest

from pxbin_engine.admin.listed_prices import listed_price
from pxbin_engine.records import TokenPrices

OPENROUTER = {
    "prompt": "0.000003", "completion": "0.000015", "request": "0", "image": "0.0048", "web_search": "0",
    "internal_reasoning": "0", "input_cache_read": "0.0000003", "input_cache_write": "0.00000375",
}  # fmt: skip
"""In the form of https://openrouter.ai/api/v1/models; the figures are examples."""
VERCEL = {"input": "0.00000125", "output": "0.00001", "input_cache_read": "0.000000125"}
"""In the form of https://ai-gateway.vercel.sh/v1/models."""
TOGETHER = {"hourly": 0, "input": 0.88, "output": 0.88, "base": 0, "finetune": 0}
"""In the form of https://api.together.xyz/v1/models."""

LISTS: dict[str, tuple[object, dict[str, str] | None]] = {
    "OpenRouter, for a token": (
        OPENROUTER, {"input": "3", "output": "15", "cache_read": "0.3", "cache_write_5m": "3.75"},
    ),
    "Vercel, for a token": (VERCEL, {"input": "1.25", "output": "10", "cache_read": "0.125"}),
    "caches of an hour and of sound, and sound that was made": (
        {"prompt": "0.000001", "completion": "0.000002", "input_cache_write_1h": "0.000004", "input_audio_cache": "0.0000005", "audio_output": "0.00003"},
        {"input": "1", "output": "2", "cache_write_1h": "4", "cache_read_audio": "0.5", "output_audio": "30"},
    ),
    "Together, for a million": (TOGETHER, {"input": "0.88", "output": "0.88"}),
    "free is a price": ({"prompt": "0", "completion": "0"}, {"input": "0", "output": "0"}),
    "a cache that is said to be free is not believed": (
        {"prompt": "0.000001", "completion": "0.000002", "input_cache_read": "0"}, {"input": "1", "output": "2"},
    ),
    "below zero: it depends on the model that is chosen": ({"prompt": "-1", "completion": "-1"}, None),
    "no numbers": ({"prompt": "cheap", "completion": "NaN"}, None),
    "input alone": ({"input": 0.02}, None),
    "truth is no number": ({"input": True, "output": True}, None),
    "dearer than anything": ({"prompt": "5", "completion": "5"}, None),
    "no object": ("0.5", None),
    "nothing": (None, None),
}  # fmt: skip

LONG = {"min_prompt_tokens": 200_000, "prompt": "0.000006", "completion": "0.0000225"}
LONGER = {"min_prompt_tokens": 500_000, "prompt": "0.000009"}
AT_NIGHT = {"utc_start": 1630, "utc_end": 30, "prompt": "0.0000015"}
BASE = {"input": "3", "output": "15", "cache_read": "0.3", "cache_write_5m": "3.75"}
BEYOND = {**BASE, "input": "6", "output": "22.5"}

OVERRIDES: dict[str, tuple[object, dict[int, dict[str, str]]]] = {
    "a longer prompt; the rest is as ever": ([LONG], {200_000: BEYOND}),
    "steps, in whatever order": ([LONGER, LONG], {200_000: BEYOND, 500_000: BEYOND}),
    "a later one wins": ([LONG, LONGER], {200_000: BEYOND, 500_000: {**BEYOND, "input": "9"}}),
    "hours of the day are no tier": ([AT_NIGHT, LONG], {200_000: BEYOND}),
    "nor are they with a length": ([AT_NIGHT | LONG], {}),
    "a condition that nobody knows": ([LONG | {"region": "moon"}], {}),
    "a length that is none": ([{**LONG, "min_prompt_tokens": True}, LONG | {"min_prompt_tokens": 0}], {}),
    "no objects": ([5, None, "x"], {}),
    "no list": ({"min_prompt_tokens": 5}, {}),
    "nothing": (None, {}),
}  # fmt: skip


def figures(price: TokenPrices) -> dict[str, Decimal]:
    told = {name: getattr(price, name) for name in TokenPrices.__struct_fields__}
    return {name: figure for name, figure in told.items() if figure is not None}


@pytest.mark.parametrize(("overrides", "expected"), OVERRIDES.values(), ids=OVERRIDES.keys())
def test_what_a_list_says_of_longer_prompts(
    overrides: object, expected: dict[int, dict[str, str]]
) -> None:
    found = listed_price(OPENROUTER | {"overrides": overrides})
    assert found is not None
    assert {tier.above_prompt_tokens: figures(tier) for tier in found.tiers} == {
        start: {name: Decimal(figure) for name, figure in prices.items()}
        for start, prices in expected.items()
    }
    assert figures(found) == {name: Decimal(figure) for name, figure in BASE.items()}


CANNOT_BE: dict[str, object] = {
    "dearer than anything": [LONG | {"prompt": "5"}],
    "more steps than a price can have": [LONG | {"min_prompt_tokens": at} for at in range(1, 52)],
}


@pytest.mark.parametrize("overrides", CANNOT_BE.values(), ids=CANNOT_BE.keys())
def test_a_price_whose_tiers_cannot_be_is_none(overrides: object) -> None:
    assert listed_price(OPENROUTER | {"overrides": overrides}) is None


@pytest.mark.parametrize(("pricing", "expected"), LISTS.values(), ids=LISTS.keys())
def test_what_a_list_says_of_a_price(pricing: object, expected: dict[str, str] | None) -> None:
    found = listed_price(pricing)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.source == "upstream"
    assert figures(found) == {name: Decimal(figure) for name, figure in expected.items()}

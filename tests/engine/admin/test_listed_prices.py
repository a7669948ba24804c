from decimal import Decimal
from typing import Any

import pytest

from pxbin_engine.admin.listed_prices import listed_price

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


@pytest.mark.parametrize(("pricing", "expected"), LISTS.values(), ids=LISTS.keys())
def test_what_a_list_says_of_a_price(pricing: object, expected: dict[str, str] | None) -> None:
    found = listed_price(pricing)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.source == "upstream"
    known: dict[str, Any] = {
        name: getattr(found, name)
        for name in found.__struct_fields__
        if isinstance(getattr(found, name), Decimal)
    }
    assert known == {name: Decimal(figure) for name, figure in expected.items()}

import io
import json
from typing import Any

import pytest

from pxbin_engine.accounting import price_worker
from pxbin_engine.accounting.price_worker import find

GPT_4O = {
    "input": "2.5",
    "output": "10",
    "cache_read": "1.25",
    "tiers": [
        {"service_tier": "batch", "input": "1.25", "output": "5", "cache_read": "1.25"},
        {"service_tier": "fast", "input": "4.25", "output": "17", "cache_read": "2.125"},
        {"service_tier": "priority", "input": "4.25", "output": "17", "cache_read": "2.125"},
    ],
}
SONNET = {
    "input": "3",
    "output": "15",
    "cache_read": "0.3",
    "cache_write_5m": "3.75",
    "cache_write_1h": "6",
    "tiers": [
        {
            "above_prompt_tokens": 200000,
            "input": "6",
            "output": "22.5",
            "cache_read": "0.6",
            "cache_write_5m": "7.5",
            "cache_write_1h": "12",
        },
        {
            "service_tier": "batch",
            "input": "1.5",
            "output": "7.5",
            "cache_read": "0.15",
            "cache_write_5m": "1.875",
            "cache_write_1h": "3",
        },
        {
            "above_prompt_tokens": 200000,
            "service_tier": "batch",
            "input": "3",
            "output": "11.25",
            "cache_read": "0.3",
            "cache_write_5m": "3.75",
            "cache_write_1h": "6",
        },
    ],
}

QUESTIONS = {
    "by name": (("gpt-4o",), GPT_4O),
    "behaviour 27: a dated name finds its model": (("gpt-4o-2024-08-06",), GPT_4O),
    "longer prompts and batches have prices of their own": (
        ("claude-sonnet-4-5-20250929",),
        SONNET,
    ),
    "by provider": (("gpt-4o", "openai"), GPT_4O),
    "an unknown provider is no obstacle": (("gpt-4o", "my own"), GPT_4O),
    "an unknown address is no obstacle": (("gpt-4o", "", "http://127.0.0.1:8000/v1"), GPT_4O),
    "vendor and model": (("openai/gpt-4o",), GPT_4O),
    "nobody knows it": (("no-such-model-at-all",), None),
    "nobody knows it, with hints": (("no/such", "openai", "https://api.openai.com/v1"), None),
}


@pytest.mark.parametrize(("question", "expected"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_find(question: tuple[str, ...], expected: dict[str, Any] | None) -> None:
    assert find(*question) == expected


def test_the_address_says_whose_price_it_is() -> None:
    # The seller counts, not the maker: one model, three sellers, three prices.
    addresses = ("", "https://openrouter.ai/api/v1", "https://api.groq.com/openai/v1")
    sold = [find("openai/gpt-oss-120b", "", address) for address in addresses]
    assert all(sold)
    assert len({price["input"] for price in sold if price}) == 3


def test_a_question_a_line_gets_an_answer_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = [{"model": "gpt-4o"}, {"model": "none such", "provider": "x", "base_url": ""}]
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("".join(json.dumps(question) + "\n" for question in questions))
    )
    price_worker.main()
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [GPT_4O, None]

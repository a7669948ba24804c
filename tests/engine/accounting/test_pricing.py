from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from pxbin_engine.accounting.pricing import Cost, cost
from pxbin_engine.protocol.response import Usage
from pxbin_engine.records import ModelPrice, PriceTier, ServiceTier

FULL = ModelPrice(
    input=Decimal(3),
    output=Decimal(15),
    cache_read=Decimal("0.3"),
    cache_write_5m=Decimal("3.75"),
    cache_write_1h=Decimal(6),
)
IN_AND_OUT = ModelPrice(input=Decimal(3), output=Decimal(15))
UNKNOWN = ModelPrice()


def dollars(*amounts: str | None) -> Cost:
    values = [None if amount is None else Decimal(amount) for amount in amounts]
    return Cost(input=values[0], output=values[1], cache_read=values[2], cache_write=values[3])


CASES = {
    "each class at its own price": (
        Usage(
            input_tokens=1000,
            output_tokens=100,
            cache_read_tokens=10_000,
            cache_write_5m_tokens=2000,
            cache_write_1h_tokens=500,
        ),
        FULL,
        dollars("0.003", "0.0015", "0.003", "0.0105"),
        "0.018",
    ),
    "thinking is output already": (Usage(output_tokens=100, reasoning_tokens=90), FULL, dollars("0", "0.0015", "0", "0"), "0.0015"),
    "behaviour 27: an unknown price is unknown": (Usage(input_tokens=1, output_tokens=1), UNKNOWN, dollars(None, None, "0", "0"), None),
    "one unknown class makes the total unknown": (
        Usage(input_tokens=1_000_000, output_tokens=1),
        ModelPrice(input=Decimal(2)),
        dollars("2", None, "0", "0"),
        None,
    ),
    "nothing used costs nothing": (Usage(), UNKNOWN, dollars("0", "0", "0", "0"), "0"),
    "free is not unknown": (
        Usage(input_tokens=5, output_tokens=5),
        ModelPrice(input=Decimal(0), output=Decimal(0)),
        dollars("0", "0", "0", "0"),
        "0",
    ),
    "cache reads without a price cost what input costs": (
        Usage(cache_read_tokens=1_000_000),
        IN_AND_OUT,
        dollars("0", "0", "3", "0"),
        "3",
    ),
    "cache reads are unknown where input is": (Usage(cache_read_tokens=1), UNKNOWN, dollars("0", "0", None, "0"), None),
    "cache writes are not guessed": (Usage(cache_write_5m_tokens=1), IN_AND_OUT, dollars("0", "0", "0", None), None),
    "nor are those for an hour": (
        Usage(cache_write_5m_tokens=1, cache_write_1h_tokens=1),
        ModelPrice(input=Decimal(3), output=Decimal(15), cache_write_5m=Decimal(4)),
        dollars("0", "0", "0", None),
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("usage", "price", "expected", "total"), CASES.values(), ids=CASES.keys())
def test_cost(usage: Usage, price: ModelPrice, expected: Cost, total: str | None) -> None:
    found = cost(usage, price)
    assert found == expected
    assert found.total == (None if total is None else Decimal(total))


def test_a_single_token_is_not_rounded_away() -> None:
    found = cost(Usage(input_tokens=1), ModelPrice(input=Decimal("0.035"), output=Decimal(1)))
    assert found.total == Decimal("0.000000035")


# --- published prices -------------------------------------------------------------------------------------------------
# The figures stand on the vendors' price pages (dollars per million tokens, as of 2026-11-23; those of Anthropic, OpenAI,
# Google and OpenRouter as genai-prices 0.2.3 records these pages). What each example costs was worked out by hand.

ANTHROPIC = "https://platform.claude.com/docs/en/about-claude/pricing"
OPENAI = "https://developers.openai.com/api/docs/pricing"
GOOGLE = "https://ai.google.dev/gemini-api/docs/pricing"
OPENROUTER = "https://openrouter.ai/models"
ALIBABA = "https://www.alibabacloud.com/help/en/model-studio/models"


def price(*tiers: PriceTier, **figures: str | float) -> ModelPrice:
    known = {name: Decimal(str(figure)) for name, figure in figures.items()}
    return replace(ModelPrice(tiers=tiers), **known)


def tier(service: ServiceTier = "", above: int = 0, **figures: str | float) -> PriceTier:
    known = {name: Decimal(str(figure)) for name, figure in figures.items()}
    return replace(PriceTier(service_tier=service, above_prompt_tokens=above), **known)


PAGES: dict[str, tuple[str, ModelPrice]] = {
    "claude-sonnet-4-5": (ANTHROPIC, price(
        tier(above=200_000, input=6, output=22.5, cache_read=0.6, cache_write_5m=7.5, cache_write_1h=12),
        tier("batch", input=1.5, output=7.5, cache_read=0.15, cache_write_5m=1.875, cache_write_1h=3),
        tier("batch", above=200_000, input=3, output=11.25, cache_read=0.3, cache_write_5m=3.75, cache_write_1h=6),
        input=3, output=15, cache_read=0.3, cache_write_5m=3.75, cache_write_1h=6)),
    "claude-opus-4-8": (ANTHROPIC, price(
        tier("batch", input=2.5, output=12.5, cache_read=0.25, cache_write_5m=3.125, cache_write_1h=5),
        tier("fast", input=10, output=50, cache_read=1, cache_write_5m=12.5, cache_write_1h=20),
        input=5, output=25, cache_read=0.5, cache_write_5m=6.25, cache_write_1h=10)),
    "claude-opus-5-5": (ANTHROPIC, price(
        tier("batch", input=2, output=10, cache_read=0.1, cache_write_5m=2.5, cache_write_1h=4),
        input=4, output=20, cache_read=0.2, cache_write_5m=5, cache_write_1h=8)),
    "claude-haiku-5-5": (ANTHROPIC, price(
        tier(above=100_000, input=0.5, output=2.5, cache_read=0.05, cache_write_5m=0.625, cache_write_1h=1),
        input=0.1, output=0.5, cache_read=0.01, cache_write_5m=0.125, cache_write_1h=0.2)),
    "claude-haiku-4-5": (ANTHROPIC, price(
        input=1, output=5, cache_read=0.1, cache_write_5m=1.25, cache_write_1h=2)),
    "gpt-5": (OPENAI, price(
        tier("batch", input=0.625, output=5, cache_read=0.0625), tier("flex", input=0.625, output=5, cache_read=0.0625),
        tier("priority", input=2.5, output=20, cache_read=0.25), input=1.25, output=10, cache_read=0.125)),
    "gpt-5.5": (OPENAI, price(
        tier(above=272_000, input=10, output=45, cache_read=1), tier("flex", input=2.5, output=15, cache_read=0.25),
        tier("flex", above=272_000, input=5, output=22.5, cache_read=0.5),
        tier("priority", input=12.5, output=75, cache_read=1.25), input=5, output=30, cache_read=0.5)),
    "gpt-4.1": (OPENAI, price(
        tier("priority", input=3.5, output=14, cache_read=0.875), input=2, output=8, cache_read=0.5)),
    "gpt-4o": (OPENAI, price(
        tier("batch", input=1.25, output=5), tier("priority", input=4.25, output=17, cache_read=2.125),
        input=2.5, output=10, cache_read=1.25)),
    "o4-mini": (OPENAI, price(
        tier("flex", input=0.55, output=2.2, cache_read=0.138), input=1.1, output=4.4, cache_read=0.275)),
    "gpt-audio": (OPENAI, price(input=2.5, output=10, input_audio=32, output_audio=64)),
    "gemini-2.5-pro": (GOOGLE, price(
        tier(above=200_000, input=2.5, output=15, cache_read=0.25), tier("batch", input=0.625, output=5, cache_read=0.125),
        tier("batch", above=200_000, input=1.25, output=7.5, cache_read=0.25), input=1.25, output=10, cache_read=0.125)),
    "gemini-2.5-flash": (GOOGLE, price(
        tier("batch", input=0.15, output=1.25, cache_read=0.03, input_audio=0.5, cache_read_audio=0.1),
        input=0.3, output=2.5, cache_read=0.03, input_audio=1, cache_read_audio=0.1)),
    "gemini-3-pro-preview": (GOOGLE, price(
        tier(above=200_000, input=4, output=18, cache_read=0.4), input=2, output=12, cache_read=0.2)),
    "gemini-2.5-flash-image": (GOOGLE, price(input=0.3, output=2.5, output_image=30)),
    "gemini-3-pro-image-preview": (GOOGLE, price(
        tier("batch", input=1, output=6, output_image=60), input=2, output=12, output_image=120)),
    "anthropic/claude-sonnet-4.5": (OPENROUTER, price(
        tier(above=200_000, input=6, output=22.5, cache_read=0.6, cache_write_5m=7.5),
        input=3, output=15, cache_read=0.3, cache_write_5m=3.75)),
    "google/gemini-2.5-pro": (OPENROUTER, price(
        tier(above=200_000, input=2.5, output=15, cache_read=0.25, cache_write_5m=0.375),
        input=1.25, output=10, cache_read=0.125, cache_write_5m=0.375)),
    "deepseek/deepseek-chat-v3.1": (OPENROUTER, price(input=0.27, output=1)),
    "x-ai/grok-4": (OPENROUTER, price(input=3, output=15, cache_read=0.75)),
    "qwen/qwen3-coder": (OPENROUTER, price(input=0.3, output=1, cache_read=0.1)),
    "qwen3-coder-plus": (ALIBABA, price(
        tier(above=32_000, input=1.8, output=9), tier(above=128_000, input=3, output=15),
        tier(above=256_000, input=6, output=60), input=1, output=5)),
}  # fmt: skip


def used(fresh: int = 0, out: int = 0, **more: Any) -> Usage:
    """Tokens: uncached, written, read from a cache, put into one for 5 minutes and for an hour; and the service tier."""
    names = {"read": "cache_read_tokens", "w5": "cache_write_5m_tokens", "w1h": "cache_write_1h_tokens", "service": "service_tier"}  # fmt: skip
    given = {names.get(name, name): value for name, value in more.items()}
    return Usage(input_tokens=fresh, output_tokens=out, **given)


EXAMPLES = (
    # Anthropic
    ("claude-sonnet-4-5", used(1_000_000, 0, service="batch"), "3"),  # beyond 200K, and half of 6
    ("claude-sonnet-4-5", used(200_000, 1_000), "0.615"),  # 0.6 + 0.015: exactly 200K is not beyond
    ("claude-sonnet-4-5", used(200_001, 1_000), "1.222506"),  # 1.200006 + 0.0225
    ("claude-sonnet-4-5", used(1, 1_000, read=200_000), "0.142506"),  # 0.000006 + 0.0225 + 0.12: caches count
    ("claude-sonnet-4-5", used(50, 500, w5=10_000), "0.04515"),  # 0.00015 + 0.0075 + 0.0375
    ("claude-sonnet-4-5", used(50, 500, w1h=10_000), "0.06765"),  # 0.00015 + 0.0075 + 0.06
    ("claude-sonnet-4-5", used(50, 500, read=10_000), "0.01065"),  # 0.00015 + 0.0075 + 0.003
    ("claude-sonnet-4-5", used(21, 393, read=188_086, w5=3_000, w1h=400), "0.0760338"),  # .000063+.005895+.0564258+.01125+.0024
    ("claude-sonnet-4-5", used(10_000, 2_000, service="batch"), "0.03"),  # 0.015 + 0.015
    ("claude-opus-4-8", used(10_000, 2_000), "0.1"),  # 0.05 + 0.05
    ("claude-opus-4-8", used(10_000, 2_000, service="fast"), "0.2"),  # 0.1 + 0.1
    ("claude-opus-4-8", used(0, 1, read=1, w5=1, w1h=1, service="fast"), "0.0000835"),  # 50 + 1 + 12.5 + 20
    ("claude-opus-4-8", used(1_000_000, 1_000_000, service="batch"), "15"),  # 2.5 + 12.5; long prompts cost no more
    ("claude-opus-5-5", used(5_000, 800), "0.036"),  # (5,000 x 4 + 800 x 20) / 1,000,000
    ("claude-opus-5-5", used(5_000, 800, service="batch"), "0.018"),
    ("claude-haiku-5-5", used(100_000, 1_000), "0.0105"),  # 0.01 + 0.0005
    ("claude-haiku-5-5", used(100_001, 1_000), "0.0525005"),  # 0.0500005 + 0.0025
    ("claude-haiku-4-5", used(2_000_000, 400_000), "4"),  # 2 + 2
    # OpenAI
    ("gpt-5", used(1_000, 500), "0.00625"),  # 0.00125 + 0.005
    ("gpt-5", used(976, 1_024, read=3_072), "0.011844"),  # 0.00122 + 0.01024 + 0.000384
    ("gpt-5", used(976, 1_024, read=3_072, service="flex"), "0.005922"),  # half
    ("gpt-5", used(976, 1_024, read=3_072, service="priority"), "0.023688"),  # twice
    ("gpt-5", used(1_000_000, 1_000_000, service="batch"), "5.625"),
    ("gpt-5", used(100, 2_000, reasoning_tokens=1_984), "0.020125"),  # thinking is output: 0.000125 + 0.02
    ("gpt-5.5", used(272_000, 100), "1.363"),  # 1.36 + 0.003
    ("gpt-5.5", used(272_001, 100), "2.72451"),  # 2.72001 + 0.0045
    ("gpt-5.5", used(2_000, 100, read=300_000), "0.3245"),  # 0.02 + 0.0045 + 0.3
    ("gpt-5.5", used(300_000, 1_000, service="flex"), "1.5225"),  # 1.5 + 0.0225
    ("gpt-5.5", used(4_000, 1_000, service="priority"), "0.125"),  # 0.05 + 0.075
    ("gpt-4.1", used(10_000, 1_000, read=90_000), "0.073"),  # 0.02 + 0.008 + 0.045
    ("gpt-4.1", used(10_000, 1_000, read=90_000, service="priority"), "0.12775"),  # 0.035 + 0.014 + 0.07875
    ("gpt-4o", used(1_117, 46), "0.0032525"),  # 0.0027925 + 0.00046
    ("gpt-4o", used(0, 300, read=2_006), "0.0055075"),  # 0.003 + 0.0025075
    ("gpt-4o", used(0, 0, read=1_000_000, service="batch"), "1.25"),  # a batch gives nothing off for caches: as input
    ("o4-mini", used(1_000, 1_000, read=1_000, service="flex"), "0.002888"),  # 0.00055 + 0.0022 + 0.000138
    ("gpt-audio", used(1_000, 500, input_audio_tokens=600, output_audio_tokens=400), "0.0468"),  # .001 + .0192 + .001 + .0256
    # Google
    ("gemini-2.5-pro", used(50_000, 2_000), "0.0825"),  # 0.0625 + 0.02
    ("gemini-2.5-pro", used(200_000, 0), "0.25"),
    ("gemini-2.5-pro", used(200_001, 1_000), "0.5150025"),  # 0.5000025 + 0.015
    ("gemini-2.5-pro", used(100_000, 1_000, read=150_000), "0.3025"),  # 0.25 + 0.015 + 0.0375
    ("gemini-2.5-pro", used(300_000, 1_000, service="batch"), "0.3825"),  # 0.375 + 0.0075
    ("gemini-2.5-flash", used(50_000, 2_000), "0.02"),  # 0.015 + 0.005
    ("gemini-2.5-flash", used(2_000, 100, input_audio_tokens=1_920), "0.002194"),  # 0.000024 + 0.00192 + 0.00025
    ("gemini-2.5-flash", used(80, 0, read=2_000, cache_read_audio_tokens=1_920), "0.0002184"),  # .000024 + .0000024 + .000192
    ("gemini-2.5-flash", used(2_000, 0, service="batch", input_audio_tokens=1_000), "0.00065"),  # 0.00015 + 0.0005
    ("gemini-3-pro-preview", used(200_001, 1_000, read=0), "0.818004"),  # 0.800004 + 0.018
    ("gemini-2.5-flash-image", used(0, 1_290, output_image_tokens=1_290), "0.0387"),  # a picture: "0.039"
    ("gemini-3-pro-image-preview", used(560, 1_220, output_image_tokens=1_120), "0.13672"),  # .00112 + .0012 + .1344
    ("gemini-3-pro-image-preview", used(560, 1_120, service="batch", output_image_tokens=1_120), "0.06776"),  # .00056 + .0672
    # OpenRouter
    ("anthropic/claude-sonnet-4.5", used(1_000, 1_000, read=10_000, w5=2_000), "0.0285"),  # .003 + .015 + .003 + .0075
    ("anthropic/claude-sonnet-4.5", used(250_000, 1_000), "1.5225"),  # 1.5 + 0.0225
    ("google/gemini-2.5-pro", used(1_000, 100, w5=8_000), "0.00525"),  # 0.00125 + 0.001 + 0.003
    ("deepseek/deepseek-chat-v3.1", used(10_000, 1_000, read=5_000), "0.00505"),  # .0027 + .001 + .00135: as input
    ("x-ai/grok-4", used(1_234, 567, read=89_000), "0.078957"),  # 0.003702 + 0.008505 + 0.06675
    ("qwen/qwen3-coder", used(7, 3, read=1_001), "0.0001052"),  # 0.0000021 + 0.000003 + 0.0001001
    # Alibaba: four steps
    ("qwen3-coder-plus", used(32_000, 1_000), "0.037"),  # 0.032 + 0.005
    ("qwen3-coder-plus", used(128_000, 1_000), "0.2394"),  # 0.2304 + 0.009
    ("qwen3-coder-plus", used(200_000, 1_000), "0.615"),  # 0.6 + 0.015
    ("qwen3-coder-plus", used(256_001, 1_000), "1.596006"),  # 1.536006 + 0.06
)  # fmt: skip


@pytest.mark.parametrize(("model", "usage", "dollars"), EXAMPLES)
def test_an_example_of_a_price_page_is_exact(model: str, usage: Usage, dollars: str) -> None:
    _, on_the_page = PAGES[model]
    assert cost(usage, on_the_page).total == Decimal(dollars)


def test_there_are_fifty_examples_of_four_vendors_at_least() -> None:
    told = [PAGES[model][0] for model, _, _ in EXAMPLES]
    assert len(told) >= 50
    assert {ANTHROPIC, OPENAI, GOOGLE, OPENROUTER} <= set(told)


UNKNOWNS = {
    "a service tier that the price does not name": (used(1, 1, service="priority"), price(input=1, output=1)),
    "sound that was made": (used(0, 9, output_audio_tokens=5), price(input=1, output=1)),
    "pictures that were made": (used(0, 9, output_image_tokens=5), price(input=1, output=1)),
    "a tier takes nothing from the base": (used(0, 1, w5=3), price(tier(above=1, input=1, output=1), cache_write_5m=1)),
}  # fmt: skip


@pytest.mark.parametrize(("usage", "held"), UNKNOWNS.values(), ids=UNKNOWNS.keys())
def test_what_no_price_says_is_unknown(usage: Usage, held: ModelPrice) -> None:
    assert cost(usage, held).total is None


def test_parts_that_are_more_than_their_class_cost_no_more_than_it() -> None:
    held = price(input=1, output=1, input_audio=2, output_audio=3, output_image=4)
    usage = used(1_000_000, 1_000_000, input_audio_tokens=5_000_000, output_audio_tokens=9_000_000, output_image_tokens=7)  # fmt: skip
    assert cost(usage, held).total == 5

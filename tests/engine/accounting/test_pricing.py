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


# --- tiers; the vendors' own figures: test_published_examples ---------------------------------------------------------


def price(*tiers: PriceTier, **figures: str | float) -> ModelPrice:
    known = {name: Decimal(str(figure)) for name, figure in figures.items()}
    return replace(ModelPrice(tiers=tiers), **known)


def tier(service: ServiceTier = "", above: int = 0, **figures: str | float) -> PriceTier:
    known = {name: Decimal(str(figure)) for name, figure in figures.items()}
    return replace(PriceTier(service_tier=service, above_prompt_tokens=above), **known)


def used(fresh: int = 0, out: int = 0, **more: Any) -> Usage:
    """Tokens: uncached, written, read from a cache, put into one for 5 minutes and for an hour; and the service tier."""
    names = {"read": "cache_read_tokens", "w5": "cache_write_5m_tokens", "w1h": "cache_write_1h_tokens", "service": "service_tier"}  # fmt: skip
    given = {names.get(name, name): value for name, value in more.items()}
    return Usage(input_tokens=fresh, output_tokens=out, **given)


STEPS = price(
    tier(above=32_000, input=2, output=6), tier(above=128_000, input=3, output=7),
    tier("batch", input=10, output=20), tier("batch", above=32_000, input=11, output=21),
    input=1, output=5,
)  # fmt: skip
TIERED = {
    "the base price, to the last token of it": (used(32_000, 1_000), "0.037"),
    "the first step": (used(32_001, 1_000), "0.070002"),
    "of two that it exceeds the longer": (used(128_001, 1_000), "0.391003"),
    "what a cache was asked for counts": (used(1, 0, read=32_000), "0.064002"),
    "a service tier": (used(32_000, 1_000, service="batch"), "0.34"),
    "a step of a service tier": (used(32_001, service="batch"), "0.352011"),
    "a service tier of an answer to nothing": (used(0, 1_000, service="batch"), "0.02"),
}


@pytest.mark.parametrize(("usage", "dollars"), TIERED.values(), ids=TIERED.keys())
def test_one_price_holds_for_all_of_a_request(usage: Usage, dollars: str) -> None:
    assert cost(usage, STEPS).total == Decimal(dollars)


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

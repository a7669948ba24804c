from decimal import Decimal

import pytest

from pxbin_engine.accounting.pricing import Cost, cost
from pxbin_engine.protocol.response import Usage
from pxbin_engine.records import ModelPrice

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

"""Tokens and a price -> US dollars, class by class.

The rules:

1. Unknown is unknown, never 0: a class with tokens and no price makes its cost and the total None.
2. A class without tokens costs 0, whatever its price.
3. Cache reads without a price of their own are charged as input: vendors that publish none bill them so, and no vendor
   asks more for them. Cache writes are not guessed, because some vendors ask more for them than for input.
4. Thinking is output; it is no class of its own.
"""

from decimal import Decimal

from msgspec import Struct

from pxbin_engine.protocol.response import Usage
from pxbin_engine.records import ModelPrice

_MILLION = Decimal(1_000_000)


class Cost(Struct, frozen=True, kw_only=True):
    """US dollars by token class; None: unknown."""

    input: Decimal | None
    output: Decimal | None
    cache_read: Decimal | None
    cache_write: Decimal | None

    @property
    def total(self) -> Decimal | None:
        """The sum; unknown where one of its classes is."""
        if (
            self.input is None
            or self.output is None
            or self.cache_read is None
            or self.cache_write is None
        ):
            return None
        return self.input + self.output + self.cache_read + self.cache_write


def cost(usage: Usage, price: ModelPrice) -> Cost:
    """What ``usage`` costs at ``price``."""
    write_5m = _charge(usage.cache_write_5m_tokens, price.cache_write_5m)
    write_1h = _charge(usage.cache_write_1h_tokens, price.cache_write_1h)
    cache_read = price.input if price.cache_read is None else price.cache_read
    return Cost(
        input=_charge(usage.input_tokens, price.input),
        output=_charge(usage.output_tokens, price.output),
        cache_read=_charge(usage.cache_read_tokens, cache_read),
        cache_write=None if write_5m is None or write_1h is None else write_5m + write_1h,
    )


def _charge(tokens: int, per_million: Decimal | None) -> Decimal | None:
    if tokens == 0:
        return Decimal(0)
    return None if per_million is None else tokens * per_million / _MILLION

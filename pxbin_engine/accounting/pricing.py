"""Tokens and a price -> US dollars, class by class.

The rules:

1. Unknown is unknown, never 0: a class with tokens and no price makes its cost and the total None.
2. A class without tokens costs 0, whatever its price.
3. Which price: of the tiers for the service tier that served the answer, the one for the longest prompts that this prompt
   exceeds; all of the request is charged by it, and nothing of it is filled in from another. Where none fits, the base
   price holds for the standard service tier, and for any other the price is unknown.
4. Cache reads without a price of their own are charged as input: vendors that publish none bill them so, and no vendor
   asks more for them. Cache writes are not guessed, because some vendors ask more for them than for input.
5. Thinking is output; it is no class of its own.
6. Sound that was read is charged as its class where it has no price of its own; sound and pictures that were made are
   not guessed: no vendor makes them for what text costs.
"""

from decimal import Decimal

from msgspec import Struct

from pxbin_engine.protocol.response import Usage
from pxbin_engine.records import ModelPrice, TokenPrices

_MILLION = Decimal(1_000_000)
_UNKNOWN = TokenPrices()


class Cost(Struct, frozen=True, kw_only=True):
    """US dollars by token class; None: unknown."""

    input: Decimal | None
    output: Decimal | None
    cache_read: Decimal | None
    cache_write: Decimal | None

    @property
    def total(self) -> Decimal | None:
        """The sum; unknown where one of its classes is."""
        return _sum(self.input, self.output, self.cache_read, self.cache_write)


def cost(usage: Usage, price: ModelPrice) -> Cost:
    """What ``usage`` costs at ``price``."""
    held = prices_for(usage, price)
    cache_read = held.input if held.cache_read is None else held.cache_read
    return Cost(
        input=_with_sound(
            usage.input_tokens, held.input, usage.input_audio_tokens, held.input_audio
        ),
        output=_output(usage, held),
        cache_read=_with_sound(
            usage.cache_read_tokens,
            cache_read,
            usage.cache_read_audio_tokens,
            held.cache_read_audio,
        ),
        cache_write=_sum(
            _charge(usage.cache_write_5m_tokens, held.cache_write_5m),
            _charge(usage.cache_write_1h_tokens, held.cache_write_1h),
        ),
    )


def prices_for(usage: Usage, price: ModelPrice) -> TokenPrices:
    """The figures by which all of ``usage`` is charged."""
    fitting = [
        tier
        for tier in price.tiers
        if tier.service_tier == usage.service_tier
        and (tier.above_prompt_tokens == 0 or usage.prompt_tokens > tier.above_prompt_tokens)
    ]
    if fitting:
        return max(fitting, key=lambda tier: tier.above_prompt_tokens)
    return _UNKNOWN if usage.service_tier else price


def _with_sound(
    tokens: int, price: Decimal | None, sound: int, price_of_sound: Decimal | None
) -> Decimal | None:
    sound = min(sound, tokens)
    of_sound = price if price_of_sound is None else price_of_sound
    return _sum(_charge(tokens - sound, price), _charge(sound, of_sound))


def _output(usage: Usage, prices: TokenPrices) -> Decimal | None:
    sound = min(usage.output_audio_tokens, usage.output_tokens)
    pictures = min(usage.output_image_tokens, usage.output_tokens - sound)
    return _sum(
        _charge(usage.output_tokens - sound - pictures, prices.output),
        _charge(sound, prices.output_audio),
        _charge(pictures, prices.output_image),
    )


def _charge(tokens: int, per_million: Decimal | None) -> Decimal | None:
    if tokens == 0:
        return Decimal(0)
    return None if per_million is None else tokens * per_million / _MILLION


def _sum(*parts: Decimal | None) -> Decimal | None:
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total

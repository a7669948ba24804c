"""Prices: what tokens cost, from when on, and how rows that had no price got one."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

PriceSource = Literal["model", "published", "upstream", "unknown"]
"""``model``: the person's own figures; ``published``: genai-prices; ``upstream``: what its own model list says."""

ServiceTier = Literal["", "batch", "fast", "flex", "priority"]
"""What an upstream sells at prices of their own; the empty one is the standard."""


class TokenPrices(Struct, frozen=True, kw_only=True):
    """US dollars per million tokens, class by class; None: unknown. The last four are parts of classes, of another kind."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    input_audio: Decimal | None = None
    cache_read_audio: Decimal | None = None
    output_audio: Decimal | None = None
    output_image: Decimal | None = None


class PriceTier(TokenPrices, frozen=True, kw_only=True):
    """A price that holds in place of the base one, as a whole: for prompts of more than ``above_prompt_tokens`` (what was
    cached is part of a prompt), for answers of that service tier, or for both at once."""

    above_prompt_tokens: int = 0
    service_tier: ServiceTier = ""


class ModelPrice(TokenPrices, frozen=True, kw_only=True):
    """What a model costs: the base price, and what holds in its place."""

    source: PriceSource = "unknown"
    tiers: tuple[PriceTier, ...] = ()


class PriceRecord(Struct, frozen=True, kw_only=True):
    """A price of a model, which holds from ``valid_from`` until the next one's. It is never changed."""

    id: UUID
    model_id: UUID
    valid_from: datetime
    recorded_at: datetime
    price: ModelPrice


class RepricingRecord(Struct, frozen=True, kw_only=True):
    """What a re-price did, or, without ``id``, would do.

    ``requests_seen`` fitted and used tokens; of those ``requests_priced`` got another cost than before, and
    ``requests_unknown`` still have none. ``difference``: US dollars, what all of them cost now less what they did.
    """

    id: UUID | None = None
    started_at: datetime
    finished_at: datetime | None = None
    by: str
    """Who: the name of a management key, ``window`` or ``command line``."""
    model: str = ""
    """Empty: all models."""
    since: datetime | None = None
    until: datetime | None = None
    every: bool = False
    """Also rows that had a price."""
    requests_seen: int = 0
    requests_priced: int = 0
    requests_unknown: int = 0
    difference: Decimal = Decimal(0)


class RepricedRequest(Struct, frozen=True, kw_only=True):
    """What a re-price changed of one row."""

    request_id: UUID
    timestamp: datetime
    model: str
    price_id_before: UUID | None
    price_id: UUID
    cost_before: Decimal | None
    cost: Decimal

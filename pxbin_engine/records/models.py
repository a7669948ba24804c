"""Models that clients can name: what serves them, and what they cost."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from pxbin_engine.records.prices import ModelPrice, PriceSource, PriceTier, TokenPrices

PRICE_FIELDS = {f"{name}_cost_per_million": name for name in TokenPrices.__struct_fields__}
"""The fields of a ``ModelRecord`` that are prices, and the class of tokens that each is for."""


class TargetRecord(Struct, frozen=True, kw_only=True):
    """One place that serves a model: an upstream and the name it has there. Lower priority is tried first; of those with the
    same, each has its share of the sessions by ``weight``."""

    upstream_id: UUID
    upstream_model: str
    priority: int = 0
    weight: int = 1


class ModelRecord(Struct, frozen=True, kw_only=True):
    """A model that clients can name."""

    id: UUID
    name: str
    display_name: str = ""
    provider: str = ""
    upstream_id: UUID | None = None
    """The first target's upstream."""
    input_cost_per_million: Decimal | None = None
    output_cost_per_million: Decimal | None = None
    cache_read_cost_per_million: Decimal | None = None
    cache_write_5m_cost_per_million: Decimal | None = None
    cache_write_1h_cost_per_million: Decimal | None = None
    input_audio_cost_per_million: Decimal | None = None
    cache_read_audio_cost_per_million: Decimal | None = None
    output_audio_cost_per_million: Decimal | None = None
    output_image_cost_per_million: Decimal | None = None
    price_tiers: tuple[PriceTier, ...] = ()
    price_source: PriceSource = "unknown"
    price_id: UUID | None = None
    """Of the ``PriceRecord`` that holds now."""
    price_valid_from: datetime | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    targets: tuple[TargetRecord, ...] = ()
    is_active: bool = True
    created_at: datetime
    updated_at: datetime

    @property
    def price(self) -> ModelPrice:
        """The price that holds now."""
        figures = {name: getattr(self, field) for field, name in PRICE_FIELDS.items()}
        return ModelPrice(**figures, tiers=self.price_tiers, source=self.price_source)


def price_fields(price: ModelPrice) -> dict[str, Any]:
    """A price as the fields of a ``ModelRecord``."""
    figures: dict[str, Any] = {field: getattr(price, name) for field, name in PRICE_FIELDS.items()}
    return figures | {"price_tiers": price.tiers, "price_source": price.source}


class ImportReport(Struct, frozen=True, kw_only=True):
    """What an import made; ``skipped`` were there already."""

    upstream: str
    models_created: int
    models_skipped: int


class PriceChange(Struct, frozen=True, kw_only=True):
    """The price of a model, as it was and as its source says it now."""

    model_id: UUID
    model: str
    before: ModelPrice
    after: ModelPrice


class PricingReport(Struct, frozen=True, kw_only=True):
    """What a sync of prices changed, or would. A person's own figures are never overwritten.

    ``models_not_found`` have no price that is known; ``total_models`` were looked at.
    """

    models_updated: int
    models_not_found: int
    total_models: int
    changes: tuple[PriceChange, ...] = ()

"""Models that clients can name: what serves them, and what they cost."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct


class ModelPrice(Struct, frozen=True, kw_only=True):
    """US dollars per million tokens, class by class; None: unknown."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    source: Literal["model", "published", "unknown"] = "unknown"
    """``model``: the person's own figures; ``published``: genai-prices."""


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
    price_source: Literal["model", "published", "unknown"] = "unknown"
    context_window: int | None = None
    max_output_tokens: int | None = None
    targets: tuple[TargetRecord, ...] = ()
    is_active: bool = True
    created_at: datetime
    updated_at: datetime

    @property
    def price(self) -> ModelPrice:
        """The price row of this model."""
        return ModelPrice(
            input=self.input_cost_per_million,
            output=self.output_cost_per_million,
            cache_read=self.cache_read_cost_per_million,
            cache_write_5m=self.cache_write_5m_cost_per_million,
            cache_write_1h=self.cache_write_1h_cost_per_million,
            source=self.price_source,
        )


class ImportReport(Struct, frozen=True, kw_only=True):
    """What an import made; ``skipped`` were there already."""

    upstream: str
    models_created: int
    models_skipped: int


class PricingReport(Struct, frozen=True, kw_only=True):
    """What a sync of published prices changed. A person's own figures are never overwritten."""

    models_updated: int
    models_not_found: int
    total_models: int

"""What the management routes of prices take."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from pxbin_engine.records import PriceTier
from pxbin_engine.server.admin_bodies import Instant


class NewPrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /models/{id}/prices; dollars per million tokens."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    input_audio: Decimal | None = None
    cache_read_audio: Decimal | None = None
    output_audio: Decimal | None = None
    output_image: Decimal | None = None
    tiers: tuple[PriceTier, ...] = ()
    valid_from: Instant | None = None


class SyncPricing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /models/sync-pricing; ``ids``: only these models."""

    ids: tuple[UUID, ...] | None = None
    dry_run: bool = False


class Reprice(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"since": "from", "until": "to"},
):
    """POST /models/reprice."""

    model_id: UUID | None = None
    since: Instant | None = None
    until: Instant | None = None
    every: bool = False
    dry_run: bool = False


class ChangesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GET /models/repricings/{id}."""

    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000

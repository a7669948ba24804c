"""Prices: the history of each model's, a price that held earlier, and re-pricing what has no cost."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pxbin_engine.admin import OnChanged
from pxbin_engine.admin.model_fields import checked_price
from pxbin_engine.admin.models import ModelAdmin
from pxbin_engine.errors import InvalidInput
from pxbin_engine.gateway.exchange import uuid7
from pxbin_engine.records import (
    ModelRecord,
    PriceRecord,
    RepricedRequest,
    RepricingRecord,
)
from pxbin_engine.storage.prices import PriceStore, RepricingStore

Reprice = Callable[[Sequence[ModelRecord], RepricingRecord], Awaitable[RepricingRecord]]


class PriceAdmin:
    """The use cases of prices."""

    def __init__(
        self,
        store: PriceStore,
        repricings: RepricingStore,
        models: ModelAdmin,
        on_changed: OnChanged,
        *,
        reprice: Reprice,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._repricings, self._models = store, repricings, models
        self._on_changed, self._reprice, self._clock = on_changed, reprice, clock

    async def history(self, model_id: UUID) -> tuple[PriceRecord, ...]:
        """Every price that the model had, newest first; the first one holds now.

        Raises:
            NotFound: there is no model of that id.
        """
        model = await self._models.get(model_id)
        return tuple(reversed(await self._store.history([model.id])))

    async def add(
        self, model_id: UUID, price: Mapping[str, Any], *, valid_from: datetime | None = None
    ) -> PriceRecord:
        """Record a price of the person's own that holds from ``valid_from`` (default: now) until the next one.

        One that began before the present price changes only what a re-price makes of the past.

        Args:
            model_id: whose price.
            price: the classes of ``TokenPrices``, and ``tiers``.
            valid_from: never later than now.

        Raises:
            NotFound: there is no model of that id.
            InvalidInput: a figure or the time cannot be used, or there is no figure.
        """
        model, now = await self._models.get(model_id), self._clock()
        since = valid_from or now
        if since > now:
            raise InvalidInput("valid_from must not be in the future.", field="valid_from")
        checked = checked_price(price)
        known = {one.id for one in await self._store.history([model.id])}
        await self._store.add(model, checked, valid_from=since, now=now)
        await self._on_changed("models")
        added = await self._store.history([model.id])
        return next(one for one in reversed(added) if one.id not in known)

    async def reprice(
        self,
        *,
        by: str,
        model_id: UUID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        every: bool = False,
        dry_run: bool = False,
    ) -> RepricingRecord:
        """Give a cost to rows that have none (with ``every``: also a new one to others), by the price that held then.

        Args:
            by: who asks for it; kept with what was done.
            model_id: only rows of this model.
            since: only rows from then on.
            until: only rows before that.
            every: also rows that have a cost.
            dry_run: change nothing, and say what would be.

        Raises:
            NotFound: there is no model of that id.
            InvalidInput: ``until`` is not later than ``since``.
        """
        if since is not None and until is not None and since >= until:
            raise InvalidInput("until must be later than since.", field="until")
        models = (
            await self._models.list() if model_id is None else (await self._models.get(model_id),)
        )
        asked = RepricingRecord(
            id=None if dry_run else uuid7(),
            started_at=self._clock(),
            by=by,
            model="" if model_id is None else models[0].name,
            since=since,
            until=until,
            every=every,
        )
        return await self._reprice(models, asked)

    async def repricings(self) -> tuple[RepricingRecord, ...]:
        """What re-prices did, newest first; the newest hundred."""
        return await self._repricings.list()

    async def changes(self, repricing_id: UUID, limit: int = 1000) -> tuple[RepricedRequest, ...]:
        """What a re-price changed of each row, oldest first."""
        return await self._repricings.changes(repricing_id, limit)

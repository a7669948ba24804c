"""Models: the names that clients can use, the targets that serve each, and what their tokens cost."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Unpack
from uuid import UUID, uuid4

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pxbin_engine.admin import OnChanged
from pxbin_engine.admin.checks import a_name, given
from pxbin_engine.admin.model_fields import (
    ModelFields,
    changed_price_source,
    changed_targets,
    checked_fields,
    checked_targets,
    providers_by_name,
)
from pxbin_engine.admin.price_sources import NewPrices, PriceSources, PublishedPrice
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.errors import NotFound
from pxbin_engine.records import (
    PRICE_FIELDS,
    DiscoveredModel,
    ImportReport,
    ModelRecord,
    PriceChange,
    PricingReport,
    TargetRecord,
    price_fields,
)
from pxbin_engine.storage.models import ModelStore

logger = logging.getLogger(__name__)


class ModelAdmin:
    """The use cases of models."""

    def __init__(
        self,
        store: ModelStore,
        upstreams: UpstreamAdmin,
        on_changed: OnChanged,
        *,
        published_price: PublishedPrice,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._upstreams = upstreams
        self._on_changed = on_changed
        self._prices = PriceSources(upstreams, published_price)
        self._clock = clock

    async def list(self) -> tuple[ModelRecord, ...]:
        """All models by name, inactive ones too."""
        return await self._store.list()

    async def get(self, model_id: UUID) -> ModelRecord:
        """One model.

        Raises:
            NotFound: there is none of that id.
        """
        record = await self._store.get(model_id)
        if record is None:
            raise _no_model(model_id)
        return record

    async def create(
        self,
        *,
        name: str,
        upstream_id: UUID | None = None,
        upstream_model: str | None = None,
        targets: Sequence[TargetRecord] | None = None,
        **fields: Unpack[ModelFields],
    ) -> ModelRecord:
        """Make a model, served by ``targets``, or by the one upstream under ``upstream_model`` (default: the same name).

        Without a price of the person's own, the published one is filled in where there is one.

        Raises:
            InvalidInput: a name, price, size or target cannot be used.
            Conflict: there is a model of that name.
        """
        name = a_name(name)
        first = {"upstream_id": upstream_id, "upstream_model": upstream_model}
        first = {part: value for part, value in first.items() if value is not None}
        targets = changed_targets((), targets, first, default_name=name)
        base_urls = await self._base_urls()
        targets = checked_targets(targets, base_urls.keys())
        record = await self._new(name, targets, checked_fields(fields), base_urls)
        record = await self._store.insert(record)
        await self._changed("created", record.name)
        return record

    async def update(
        self,
        model_id: UUID,
        *,
        name: str | UnsetType = UNSET,
        upstream_id: UUID | UnsetType = UNSET,
        upstream_model: str | UnsetType = UNSET,
        targets: Sequence[TargetRecord] | UnsetType = UNSET,
        **fields: Unpack[ModelFields],
    ) -> ModelRecord:
        """Change what is given; ``upstream_id`` and ``upstream_model`` change the first target.

        A price that a person gives is theirs from then on; taking every price away leaves it to ``sync_pricing``.

        Raises:
            NotFound: there is no model of that id.
            InvalidInput, Conflict: see ``create``.
        """
        record = await self.get(model_id)
        changes = checked_fields(fields)
        if not isinstance(name, UnsetType):
            changes["name"] = a_name(name)
        first = given(upstream_id=upstream_id, upstream_model=upstream_model)
        if first or not isinstance(targets, UnsetType):
            wanted = None if isinstance(targets, UnsetType) else targets
            new = changed_targets(record.targets, wanted, first, default_name=record.name)
            changes["targets"] = checked_targets(new, (await self._base_urls()).keys())
        changes |= changed_price_source(record, changes)
        record = replace(record, **changes, updated_at=self._clock())
        record = await self._store.update(record)
        await self._changed("changed", record.name)
        return record

    async def delete(self, model_id: UUID) -> None:
        """Remove a model; its rows in the log stay.

        Raises:
            NotFound: there is no model of that id.
        """
        if not await self.delete_many([model_id]):
            raise _no_model(model_id)

    async def delete_many(self, ids: Sequence[UUID]) -> int:
        """Remove those of ``ids`` that exist; how many they were."""
        deleted = await self._store.delete_many(ids)
        if deleted:
            await self._changed("deleted", deleted)
        return deleted

    async def discover(self, upstream_id: UUID) -> tuple[DiscoveredModel, ...]:
        """What the upstream says it has; an import knows their limits then.

        Raises:
            NotFound: there is no upstream of that id.
            UpstreamError: it does not answer with a model list.
        """
        return await self._prices.discover(upstream_id)

    async def import_models(
        self, upstream_id: UUID, names: Sequence[str | tuple[str, str]]
    ) -> ImportReport:
        """Make a model of each name (or name and provider), served by that upstream; names that exist are skipped.

        Raises:
            NotFound: there is no upstream of that id.
            InvalidInput: a name cannot be used; nothing was imported then.
        """
        upstream = await self._upstreams.get(upstream_id)
        base_urls = {upstream_id: upstream.base_url}
        there = {model.name for model in await self.list()}
        new = []
        for name, provider in providers_by_name(names).items():
            if name not in there:
                target = TargetRecord(upstream_id=upstream_id, upstream_model=name)
                known = self._prices.known(upstream_id, name)
                fields = {
                    "provider": provider or known.owned_by,
                    "context_window": known.context_window,
                    "max_output_tokens": known.max_output_tokens,
                }
                new.append(await self._new(name, (target,), fields, base_urls))
        created = len(await self._store.insert_new(new))
        if created:
            await self._changed("imported", created)
        return ImportReport(
            upstream=upstream.name, models_created=created, models_skipped=len(names) - created
        )

    async def preview_pricing(self, ids: Collection[UUID] | None = None) -> PricingReport:
        """What ``sync_pricing`` would change now, and changes nothing."""
        models = await self._chosen(ids)
        return _report(await self._prices.changes(models), models)

    async def sync_pricing(self, ids: Collection[UUID] | None = None) -> PricingReport:
        """Fill in or renew the price of every model without one of the person's own: as its upstream's model list says, else
        as it is published. Where an upstream does not answer, what its list said before stays.

        Args:
            ids: only of these models; ids that are not known are passed over.
        """
        models = await self._chosen(ids)
        found = await self._prices.changes(models)
        done = [change for change in found.changes if await self._renew(change)]
        if done:
            await self._changed("priced", len(done))
        return _report(replace(found, changes=tuple(done)), models)

    async def _chosen(self, ids: Collection[UUID] | None) -> Sequence[ModelRecord]:
        return [model for model in await self.list() if ids is None or model.id in ids]

    async def _renew(self, change: PriceChange) -> bool:
        """Write a price, unless the model has gone or a person gave it one while the sources were asked."""
        model = await self._store.get(change.model_id)
        if model is None or model.price_source == "model":
            return False
        await self._store.update(
            replace(model, **price_fields(change.after), updated_at=self._clock())
        )
        return True

    async def _new(
        self,
        name: str,
        targets: Sequence[TargetRecord],
        fields: dict[str, Any],
        base_urls: Mapping[UUID, str],
    ) -> ModelRecord:
        """A record with a price: the person's own, else the listed or published one, else unknown."""
        if any(fields.get(price) is not None for price in PRICE_FIELDS):
            fields["price_source"] = "model"
        elif price := await self._prices.price(
            name, targets, fields.get("provider", ""), base_urls
        ):
            fields |= price_fields(price)
        now = self._clock()
        return ModelRecord(
            id=uuid4(), name=name, targets=tuple(targets), created_at=now, updated_at=now, **fields
        )

    async def _base_urls(self) -> dict[UUID, str]:
        return {upstream.id: upstream.base_url for upstream in await self._upstreams.list()}

    async def _changed(self, verb: str, what: object) -> None:
        logger.info("model.%s what=%r", verb, what)
        await self._on_changed("models")


def _no_model(model_id: UUID) -> NotFound:
    return NotFound(f"There is no model {model_id}.")


def _report(found: NewPrices, models: Sequence[ModelRecord]) -> PricingReport:
    return PricingReport(
        models_updated=len(found.changes),
        models_not_found=found.not_found,
        total_models=len(models),
        changes=found.changes,
    )

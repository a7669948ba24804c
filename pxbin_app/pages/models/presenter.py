"""State and actions of the page Models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, ListPresenter, Notify
from pxbin_engine.records import (
    PRICE_FIELDS,
    ModelRecord,
    PriceTier,
    TargetRecord,
    UpstreamRecord,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model as the table shows it; ``served_by`` are its targets as (upstream's name, name there)."""

    record: ModelRecord
    served_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelValues:
    """What a person filled in."""

    name: str
    targets: tuple[TargetRecord, ...]
    display_name: str = ""
    provider: str = ""
    prices: Mapping[str, Decimal | None] = field(default_factory=dict)
    """By the fields of a ``ModelRecord``; what is not said is unknown."""
    price_tiers: tuple[PriceTier, ...] = ()
    context_window: int | None = None
    max_output_tokens: int | None = None
    is_active: bool = True


class ModelsPresenter(ListPresenter[ModelRow]):
    """All models with the names of who serves them."""

    follows = frozenset({"models", "upstreams"})

    def __init__(self, bridge: EngineBridge, notify: Notify) -> None:
        super().__init__(bridge, notify)
        self.upstreams: tuple[UpstreamRecord, ...] = ()

    def save(
        self, values: ModelValues, form: FormAnswer, record: ModelRecord | None = None
    ) -> None:
        """Make a model, or change ``record``."""
        models = self.engine.models
        fields: dict[str, Any] = {
            "name": values.name,
            "targets": values.targets,
            "display_name": values.display_name,
            "provider": values.provider,
            "context_window": values.context_window,
            "max_output_tokens": values.max_output_tokens,
            "is_active": values.is_active,
            "price_tiers": values.price_tiers,
            **{name: values.prices.get(name) for name in PRICE_FIELDS},
        }
        work = models.create(**fields) if record is None else models.update(record.id, **fields)
        self.act(work, name="model.save", done=self._saved, form=form)

    def set_active(self, rows: Sequence[ModelRow], active: bool) -> None:
        """Offer models to clients, or stop offering them."""
        for row in rows:
            work = self.engine.models.update(row.record.id, is_active=active)
            self.act(work, name="model.set_active", done=lambda _record: None)

    def delete(self, rows: Sequence[ModelRow]) -> None:
        """Remove models."""
        names = [row.record.name for row in rows]
        said = f"{names[0]} deleted" if len(names) == 1 else f"{len(names)} models deleted"
        work = self.engine.models.delete_many([row.record.id for row in rows])
        self.act(work, name="model.delete", done=lambda _count: self.notify(said, "ok"))

    async def _load(self) -> tuple[ModelRow, ...]:
        self.upstreams = await self.engine.upstreams.list()
        names = {one.id: one.name for one in self.upstreams}
        return tuple(row_of(model, names) for model in await self.engine.models.list())

    def _matches(self, row: ModelRow, sought: str) -> bool:
        served = "\n".join(part for target in row.served_by for part in target)
        record = row.record
        text = f"{record.name}\n{record.display_name}\n{record.provider}\n{served}"
        return sought in text.casefold()

    def _saved(self, record: ModelRecord) -> None:
        self.notify(f"{record.name} saved", "ok")


def row_of(model: ModelRecord, upstreams: Mapping[UUID, str]) -> ModelRow:
    """A model with the names of its upstreams (one that was just deleted has none)."""
    return ModelRow(
        record=model,
        served_by=tuple(
            (upstreams.get(target.upstream_id, "?"), target.upstream_model)
            for target in model.targets
        ),
    )

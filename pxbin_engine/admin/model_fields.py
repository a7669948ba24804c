"""What can be said of a model, and what of it can be used: fields, prices and targets. Pure."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

from msgspec import UnsetType
from msgspec.structs import replace

from pxbin_engine.admin.checks import a_name, a_number, given
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import PRICE_FIELDS, ModelPrice, ModelRecord, PriceTier, TargetRecord

_OF_A_PRICE = (*PRICE_FIELDS, "price_tiers")
MOST_TIERS = 50
HIGHEST_PRICE = 1_000_000
_LARGEST_WEIGHT = 1000
_SIZES = ("context_window", "max_output_tokens")
_TEXTS = ("display_name", "provider")


class ModelFields(TypedDict, total=False):
    """What can be said of a model beside its name and targets; ``UNSET`` counts as not said."""

    display_name: str | UnsetType
    provider: str | UnsetType
    input_cost_per_million: Decimal | UnsetType | None
    output_cost_per_million: Decimal | UnsetType | None
    cache_read_cost_per_million: Decimal | UnsetType | None
    cache_write_5m_cost_per_million: Decimal | UnsetType | None
    cache_write_1h_cost_per_million: Decimal | UnsetType | None
    input_audio_cost_per_million: Decimal | UnsetType | None
    cache_read_audio_cost_per_million: Decimal | UnsetType | None
    output_audio_cost_per_million: Decimal | UnsetType | None
    output_image_cost_per_million: Decimal | UnsetType | None
    price_tiers: Sequence[PriceTier] | UnsetType
    context_window: int | UnsetType | None
    max_output_tokens: int | UnsetType | None
    is_active: bool | UnsetType


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that were given, each one usable."""
    columns = given(**fields)
    for text in _TEXTS:
        if text in columns:
            columns[text] = columns[text].strip()
    for price in PRICE_FIELDS:
        a_price(columns.get(price), field=price)
    if "price_tiers" in columns:
        columns["price_tiers"] = checked_tiers(columns["price_tiers"])
    for size in _SIZES:
        if columns.get(size) is not None:
            a_number(columns[size], field=size, least=1)
    return columns


def a_price(value: Decimal | None, *, field: str) -> None:
    """Refuse what cannot be a price."""
    if value is not None and not (value.is_finite() and 0 <= value <= HIGHEST_PRICE):
        raise InvalidInput(f"{field} must be from 0 to {HIGHEST_PRICE}.", field=field)


def checked_tiers(tiers: Sequence[PriceTier]) -> tuple[PriceTier, ...]:
    """The tiers, those of the standard service tier first, each by the length of prompt from which it holds."""
    if len(tiers) > MOST_TIERS:
        raise InvalidInput(f"price_tiers: no more than {MOST_TIERS}.", field="price_tiers")
    places = [(tier.service_tier, tier.above_prompt_tokens) for tier in tiers]
    for tier in tiers:
        a_number(tier.above_prompt_tokens, field="above_prompt_tokens", least=0)
        figures = [getattr(tier, part) for part in PRICE_FIELDS.values()]
        for part, figure in zip(PRICE_FIELDS.values(), figures, strict=True):
            a_price(figure, field=part)
        if all(figure is None for figure in figures):
            raise InvalidInput("price_tiers: a tier without a price.", field="price_tiers")
    if ("", 0) in places:
        raise InvalidInput(
            "price_tiers: a tier needs above_prompt_tokens or a service_tier.", field="price_tiers"
        )
    if len(set(places)) < len(places):
        raise InvalidInput("price_tiers: two tiers hold for the same.", field="price_tiers")
    return tuple(sorted(tiers, key=lambda tier: (tier.service_tier, tier.above_prompt_tokens)))


def checked_price(price: Mapping[str, Any]) -> ModelPrice:
    """A price of the person's own: figures by class, and ``tiers``."""
    figures = {name: value for name, value in price.items() if name != "tiers"}
    for name, value in figures.items():
        a_price(value, field=name)
    tiers = checked_tiers(price.get("tiers") or ())
    if not tiers and all(value is None for value in figures.values()):
        raise InvalidInput("Give at least one price.", field="input")
    return ModelPrice(**figures, tiers=tiers, source="model")


def checked_targets(
    targets: Sequence[TargetRecord], known_upstreams: Collection[UUID]
) -> tuple[TargetRecord, ...]:
    """The targets in the order in which they are tried."""
    if not targets:
        raise InvalidInput("A model needs at least one target.", field="targets")
    for target in targets:
        if not 1 <= target.weight <= _LARGEST_WEIGHT:
            raise InvalidInput(f"weight must be from 1 to {_LARGEST_WEIGHT}.", field="weight")
        if target.upstream_id not in known_upstreams:
            raise InvalidInput(f"There is no upstream {target.upstream_id}.", field="upstream_id")
    clean = [
        replace(target, upstream_model=a_name(target.upstream_model, field="upstream_model"))
        for target in targets
    ]
    if len({(target.upstream_id, target.upstream_model) for target in clean}) < len(clean):
        raise InvalidInput("Two targets are the same.", field="targets")
    return tuple(sorted(clean, key=lambda target: target.priority))


def changed_targets(
    present: Sequence[TargetRecord],
    wanted: Sequence[TargetRecord] | None,
    first: Mapping[str, Any],
    *,
    default_name: str,
) -> Sequence[TargetRecord]:
    """The targets ``wanted``, else those ``present`` with ``first`` said of the first one."""
    if wanted is not None:
        # An item that was read comes back with its first target said twice.
        if any(getattr(target, part) != first[part] for target in wanted[:1] for part in first):
            raise InvalidInput("targets and upstream_id differ; give one of them.", field="targets")
        return wanted
    if present:
        return (replace(present[0], **first), *present[1:])
    if "upstream_id" not in first:
        raise InvalidInput("Say which upstream serves the model.", field="upstream_id")
    return (TargetRecord(**{"upstream_model": default_name, **first}),)


def changed_price_source(record: ModelRecord, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Whose the price is after ``changes``: a figure that a person changed is theirs."""
    after = {name: changes.get(name, getattr(record, name)) for name in _OF_A_PRICE}
    if all(after[name] == getattr(record, name) for name in _OF_A_PRICE):
        return {}
    known = any(after[name] is not None for name in PRICE_FIELDS) or after["price_tiers"]
    return {"price_source": "model" if known else "unknown"}


def providers_by_name(names: Sequence[str | tuple[str, str]]) -> dict[str, str]:
    pairs = [(name, "") if isinstance(name, str) else name for name in names]
    return {a_name(name, field="models"): provider.strip() for name, provider in pairs}

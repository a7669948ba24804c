"""What can be said of a model, and what of it can be used: fields, prices and targets. Pure."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

from msgspec import UnsetType
from msgspec.structs import replace

from pxbin_engine.admin.checks import a_name, a_number, given
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ModelPrice, ModelRecord, TargetRecord

PRICES = {
    "input_cost_per_million": "input",
    "output_cost_per_million": "output",
    "cache_read_cost_per_million": "cache_read",
    "cache_write_5m_cost_per_million": "cache_write_5m",
    "cache_write_1h_cost_per_million": "cache_write_1h",
}
_HIGHEST_PRICE = 1_000_000
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
    context_window: int | UnsetType | None
    max_output_tokens: int | UnsetType | None
    is_active: bool | UnsetType


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that were given, each one usable."""
    columns = given(**fields)
    for text in _TEXTS:
        if text in columns:
            columns[text] = columns[text].strip()
    for price in PRICES:
        value = columns.get(price)
        if value is not None and not (value.is_finite() and 0 <= value <= _HIGHEST_PRICE):
            raise InvalidInput(f"{price} must be from 0 to {_HIGHEST_PRICE}.", field=price)
    for size in _SIZES:
        if columns.get(size) is not None:
            a_number(columns[size], field=size, least=1)
    return columns


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
    if all(
        changes.get(price, getattr(record, price)) == getattr(record, price) for price in PRICES
    ):
        return {}
    known = any(changes.get(price, getattr(record, price)) is not None for price in PRICES)
    return {"price_source": "model" if known else "unknown"}


def price_columns(price: ModelPrice) -> dict[str, Any]:
    columns: dict[str, Any] = {column: getattr(price, part) for column, part in PRICES.items()}
    return columns | {"price_source": price.source}


def providers_by_name(names: Sequence[str | tuple[str, str]]) -> dict[str, str]:
    pairs = [(name, "") if isinstance(name, str) else name for name in names]
    return {a_name(name, field="models"): provider.strip() for name, provider in pairs}

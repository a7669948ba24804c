"""What was spent as rows of a table: a line for each model, key, client or upstream."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from pxbin_app.listing.model import Cell
from pxbin_app.widgets.format import UNKNOWN, count, dollars, percent, tokens
from pxbin_app.widgets.table import Column
from pxbin_engine.records import ClientUsage, KeyUsage, ModelUsage, UpstreamUsage

Usage = ModelUsage | KeyUsage | ClientUsage | UpstreamUsage

_NAMES = UUID("7b0f4c0e-5d1f-4f4e-9d0c-0a5b1c7e2f10")
"""Makes ids of names: a table finds its rows again by an id."""
NO_KEY = "no key"
NO_CLIENT = "Unnamed clients"
"""Those that say nothing of themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRow:
    """One model, key, client or upstream."""

    id: UUID
    name: str
    requests: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    share: float | None
    """Of the whole; None: nothing was spent at all."""
    unpriced: int = 0


def columns(first: str) -> tuple[Column, ...]:
    """The columns; ``first`` is the title of the names."""
    return (
        Column(title=first, kind="strong", stretch=True),
        Column(title="Requests", kind="number", sample="00,000", spared=1),
        Column(title="Tokens", kind="number", sample="000.0M", spared=2),
        Column(title="Share", kind="number", sample="00.0%"),
        Column(title="Cost", kind="number", sample="$0,000.00"),
        Column(title="No price", kind="number", sample="0,000"),
    )


def cells(row: SpendRow) -> tuple[Cell, ...]:
    """One cell for each of ``columns``; what has no known price is counted apart and never as zero."""
    unknown = row.unpriced > 0 and not row.cost
    whole = row.tokens_in + row.tokens_out
    tip = f"{count(row.unpriced)} of its requests have no known price: set one in Models."
    return (
        Cell(text=row.name),
        Cell(text=count(row.requests)),
        Cell(
            text=tokens(whole) if whole else UNKNOWN,
            tone="text2",
            tip=f"{count(row.tokens_in)} in, {count(row.tokens_out)} out",
        ),
        Cell(text=UNKNOWN if unknown else percent(row.share), tone="text2"),
        Cell(text=UNKNOWN if unknown else dollars(row.cost)),
        Cell(
            text=count(row.unpriced) if row.unpriced else "",
            tone="warn",
            tip=tip if row.unpriced else "",
        ),
    )


def of_models(usage: tuple[ModelUsage, ...]) -> tuple[SpendRow, ...]:
    """A row for each model, as the database orders them: the most expensive first."""
    whole = sum((one.total_cost for one in usage), Decimal(0))
    return tuple(_row(uuid5(_NAMES, one.model), one.model or UNKNOWN, one, whole) for one in usage)


def of_keys(usage: tuple[KeyUsage, ...]) -> tuple[SpendRow, ...]:
    """A row for each key, the most expensive first."""
    whole = sum((one.total_cost for one in usage), Decimal(0))
    return tuple(
        _row(one.key_id or uuid5(_NAMES, one.key_name), name_of_key(one), one, whole)
        for one in usage
    )


def name_of_key(key: KeyUsage) -> str:
    """What a key is called where it is told what it spent."""
    return key.key_name or key.key_prefix or NO_KEY


def of_clients(usage: tuple[ClientUsage, ...]) -> tuple[SpendRow, ...]:
    """A row for each client, the most expensive first."""
    whole = sum((one.total_cost for one in usage), Decimal(0))
    return tuple(
        _row(uuid5(_NAMES, one.client), one.client or NO_CLIENT, one, whole) for one in usage
    )


def of_upstreams(usage: tuple[UpstreamUsage, ...]) -> tuple[SpendRow, ...]:
    """A row for each upstream, the most expensive first."""
    whole = sum((one.total_cost for one in usage), Decimal(0))
    ordered = sorted(usage, key=lambda one: one.total_cost, reverse=True)
    return tuple(_row(one.upstream_id, one.upstream_name, one, whole) for one in ordered)


def _row(row_id: UUID, name: str, usage: Usage, whole: Decimal) -> SpendRow:
    return SpendRow(
        id=row_id,
        name=name,
        requests=usage.total_requests,
        tokens_in=usage.total_input_tokens,
        tokens_out=usage.total_output_tokens,
        cost=usage.total_cost,
        share=float(usage.total_cost / whole) if whole else None,
        unpriced=usage.unpriced_requests,
    )

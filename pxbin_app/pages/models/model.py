"""A model as a row of the table."""

from typing import Literal

from pxbin_app.listing.model import Cell
from pxbin_app.pages.models.presenter import ModelRow
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import UNKNOWN, price, tokens
from pxbin_app.widgets.table import Column
from pxbin_engine.records import ModelRecord

COLUMNS = (
    Column(title="Name", kind="strong", stretch=True),
    Column(title="Provider", sample="openrouter mm"),
    Column(title="Served by", stretch=True),
    Column(title="Input / M", kind="number", sample="$000.00"),
    Column(title="Output / M", kind="number", sample="$000.00"),
    Column(title="Price", kind="pill", sample="published"),
    Column(title="Context", kind="number", sample="0000.0k"),
    Column(title="Active", kind="pill", sample="off"),
)

PRICE_SOURCES: dict[Literal["model", "published", "unknown"], tuple[str, Tone, str]] = {
    "model": ("own", "info", "Your own figures; a sync never overwrites them."),
    "published": ("published", "neutral", "As the vendor publishes it; renewed by Sync pricing."),
    "unknown": ("unknown", "warn", "No price: its requests are counted, but not their cost."),
}
"""Whose a price is: its word, tone and meaning."""


def cells(row: ModelRow) -> tuple[Cell, ...]:
    """One cell for each of ``COLUMNS``."""
    record = row.record
    source, tone, meaning = PRICE_SOURCES[record.price_source]
    return (
        Cell(
            text=record.name,
            second=record.display_name or None,
            tone=None if record.is_active else "text3",
        ),
        Cell(text=record.provider or UNKNOWN),
        _served_by(row),
        Cell(text=price(record.input_cost_per_million)),
        Cell(text=price(record.output_cost_per_million)),
        Cell(text=source, tone=tone, tip=meaning),
        Cell(text=tokens(record.context_window), tone="text2", tip=_limits(record)),
        Cell(
            text="on" if record.is_active else "off", tone="ok" if record.is_active else "neutral"
        ),
    )


def _limits(record: ModelRecord) -> str | None:
    """Both limits in full; None where neither is known."""
    sizes = (
        ("Context window", record.context_window),
        ("Longest answer", record.max_output_tokens),
    )
    return "\n".join(f"{name}: {size:,} tokens" for name, size in sizes if size) or None


def _served_by(row: ModelRow) -> Cell:
    """The upstream that is tried first, its name for the model where that is another, and who comes then."""
    if not row.served_by:
        return Cell(text="nobody", tone="err", tip="No upstream serves it: requests are refused.")
    (first, there), *others = row.served_by
    parts = [f"→ {there}"] if there != row.record.name else []
    parts += [f"then {upstream}" for upstream, _ in others]
    tip = "\n".join(f"{upstream} → {name}" for upstream, name in row.served_by)
    return Cell(text=first, second=", ".join(parts) or None, tip=tip)

"""A model as a row of the table."""

from pxbin_app.listing.model import Cell
from pxbin_app.pages.models.presenter import ModelRow
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import UNKNOWN, price, tokens
from pxbin_app.widgets.table import Column
from pxbin_engine.records import ModelRecord, PriceSource

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

PRICE_SOURCES: dict[PriceSource, tuple[str, Tone, str]] = {
    "model": ("own", "info", "Your own figures; a sync never overwrites them."),
    "published": ("published", "neutral", "As the vendor publishes it; renewed by Sync pricing."),
    "upstream": (
        "listed",
        "neutral",
        "As its upstream’s model list says; renewed by Sync pricing.",
    ),
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
    """The upstream and its name for the model where that is another; of several, how many, and their order."""
    if not row.served_by:
        return Cell(text="nobody", tone="err", tip="No upstream serves it: requests are refused.")
    tip = "\n".join(f"{upstream} → {name}" for upstream, name in row.served_by)
    if len(row.served_by) == 1:
        [(upstream, there)] = row.served_by
        return Cell(
            text=upstream, second=f"→ {there}" if there != row.record.name else None, tip=tip
        )
    turns = ", then ".join(_turn(row, priority) for priority in _priorities(row.record))
    return Cell(text=f"{len(row.served_by)} targets", second=turns, tip=f"{tip}\n\n{turns}")


def _priorities(record: ModelRecord) -> list[int]:
    return sorted({target.priority for target in record.targets})


def _turn(row: ModelRow, priority: int) -> str:
    """Those that are tried at the same turn, with their shares where there are several: ``Z.ai 2 : Ollama 1``."""
    pairs = zip(row.record.targets, row.served_by, strict=True)
    same = [(name, target.weight) for target, (name, _) in pairs if target.priority == priority]
    if len(same) == 1:
        return same[0][0]
    return " : ".join(f"{name} {weight}" for name, weight in same)

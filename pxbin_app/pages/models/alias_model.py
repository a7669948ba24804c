"""An alias as a row of the table."""

from pxbin_app.listing.model import Cell
from pxbin_app.pages.models.alias_presenter import AliasRow, whom
from pxbin_app.widgets.table import Column

COLUMNS = (
    Column(title="Asked for", kind="strong", stretch=True),
    Column(title="Means", stretch=True),
    Column(title="For", stretch=True),
    Column(title="Active", kind="pill", sample="off"),
)


def cells(row: AliasRow) -> tuple[Cell, ...]:
    """One cell for each of ``COLUMNS``; a model that cannot be served is red, and says so."""
    record = row.record
    return (
        Cell(
            text=record.pattern,
            second="every name without a model" if _is_default(row) else None,
            tone=None if record.is_active else "text3",
        ),
        Cell(
            text=record.model,
            second=row.problem or None,
            icon="warning-circle" if row.problem else None,
            tone="err" if row.problem else "text",
        ),
        Cell(text=whom(row)),
        Cell(
            text="on" if record.is_active else "off", tone="ok" if record.is_active else "neutral"
        ),
    )


def _is_default(row: AliasRow) -> bool:
    return row.record.pattern == "*" and whom(row) == "everyone"

"""A key as a row of the table."""

from pxbin_app.listing.model import Cell
from pxbin_app.pages.keys.presenter import KeyRow
from pxbin_app.widgets.format import ago, count, date_and_clock
from pxbin_app.widgets.table import Column
from pxbin_engine.records import KeyRecord

COLUMNS = (
    Column(title="Name", kind="strong", stretch=True),
    Column(title="Key", sample="pxb_0000… mm"),
    Column(title="Created", sample="000 days ago mm"),
    Column(title="Last used", sample="000 days ago mm"),
    Column(title="Rate limit or permissions", sample="10,000 requests a minute"),
    Column(title="Status", kind="pill", sample="revoked"),
)


def cells(row: KeyRow) -> tuple[Cell, ...]:
    """One cell for each of ``COLUMNS``; a revoked key is greyed, and says so."""
    record = row.record
    grey = None if record.is_active else "text3"
    used = record.last_used_at
    return (
        Cell(text=record.name, tone=grey),
        Cell(text=f"{record.key_prefix}…", tone=grey),
        Cell(
            text=ago(record.created_at, row.now), tone=grey, tip=date_and_clock(record.created_at)
        ),
        Cell(
            text=ago(used, row.now), tone=grey, tip=date_and_clock(used) if used else "Never used."
        ),
        Cell(text=allowed(record), tone=grey),
        Cell(
            text="active" if record.is_active else "revoked",
            tone="ok" if record.is_active else "neutral",
        ),
    )


def allowed(record: KeyRecord) -> str:
    """How much, or what, a key may do."""
    if record.type == "management":
        return ", ".join(record.permissions)
    if record.rate_limit is None:
        return "default limit"
    return f"{count(record.rate_limit)} requests a minute"

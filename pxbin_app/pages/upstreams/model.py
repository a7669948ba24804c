"""An upstream as a row of the table."""

from pxbin_app.listing.model import Cell
from pxbin_app.pages.upstreams.presenter import UpstreamRow
from pxbin_app.widgets.format import count
from pxbin_app.widgets.table import Column
from pxbin_engine.records import SecretPlace, UpstreamFormat

COLUMNS = (
    Column(title="Name", kind="strong", sample="OpenRouter (a team's)"),
    Column(title="Format", sample="OpenAI-compatible"),
    Column(title="Base URL", stretch=True),
    Column(title="Key", sample="sealed in the database mmm"),
    Column(title="Health", kind="dot", sample="Works · 1,430 ms"),
    Column(title="Models", kind="number", sample="0,000"),
    Column(title="Priority", kind="number", sample="000"),
    Column(title="Active", kind="pill", sample="off"),
)

FORMATS: dict[UpstreamFormat, str] = {
    "openai": "OpenAI-compatible",
    "anthropic": "Anthropic",
    "openai-responses": "OpenAI Responses",
    "gemini": "Google Gemini",
}
PLACES: dict[SecretPlace, tuple[str, str]] = {
    "keyring": ("OS keyring", "lock-key"),
    "sealed": ("sealed in the database", "lock"),
    "none": ("no key", "lock-open"),
}
"""Where a key lives: in words, and as an icon."""


def cells(row: UpstreamRow) -> tuple[Cell, ...]:
    """One cell for each of ``COLUMNS``."""
    record = row.record
    place, icon = PLACES[record.secret_place]
    active = record.is_active
    return (
        Cell(text=record.name, tone=None if active else "text3"),
        Cell(text=FORMATS[record.format]),
        Cell(text=record.base_url),
        Cell(text=place, icon=icon, tone="text3" if record.secret_place == "none" else None),
        Cell(text=row.health, tone=row.health_tone, tip=row.reason),
        Cell(text=count(len(row.models)), tip=", ".join(row.models[:20])),
        Cell(text=str(record.priority), tone="text2"),
        Cell(text="on" if active else "off", tone="ok" if active else "neutral"),
    )

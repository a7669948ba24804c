"""An upstream as a row of the table."""

from pxbin_app.listing.model import Cell
from pxbin_app.pages.upstreams.health import error_rate, key_name, when
from pxbin_app.pages.upstreams.presenter import UpstreamRow
from pxbin_app.widgets.format import count, date_and_clock, percent
from pxbin_app.widgets.table import Column
from pxbin_engine.records import SecretPlace, UpstreamFormat, UpstreamRecord

COLUMNS = (
    Column(title="Name", kind="strong", sample="OpenRouter (team)"),
    Column(title="Base URL", stretch=True),
    Column(title="Key", sample="2 of 3 keys on mmm"),
    Column(title="Health", kind="pill", sample="not asked yet"),
    Column(title="Failed", kind="number", sample="00.0%"),
    Column(title="Last failure", sample="00 min ago", spared=2),
    Column(title="Checked", sample="00 min ago", spared=3),
    Column(title="Models", kind="number", sample="000", spared=1),
    Column(title="Priority", kind="number", sample="00"),
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
    record, seen, health = row.record, row.seen, row.health
    failed_at = seen.last_failure_at if seen else None
    checked_at = row.checked_at
    return (
        Cell(text=record.name, tone=None if record.is_active else "text3"),
        Cell(text=record.base_url, second=FORMATS[record.format]),
        _keys(record),
        Cell(text=health.word, tone=health.tone, tip=health.reason),
        Cell(text=percent(seen.error_rate if seen else None), tip=error_rate(seen) if seen else ""),
        Cell(text=when(failed_at, row.now), tip=seen.last_failure if seen else ""),
        Cell(text=when(checked_at, row.now), tip=date_and_clock(checked_at) if checked_at else ""),
        Cell(text=count(len(row.models)), tip=", ".join(row.models[:20])),
        Cell(text=str(record.priority), tone="text2"),
    )


def _keys(record: UpstreamRecord) -> Cell:
    """Where the only key lives, or how many there are."""
    place, icon = PLACES[record.secret_place]
    if len(record.keys) < 2:
        tone = "text3" if record.secret_place == "none" else None
        return Cell(text=place.partition(" in ")[0], icon=icon, tone=tone, tip=place)
    used = sum(key.is_active for key in record.keys)
    of = len(record.keys)
    names = (key_name(key, number, of) for number, key in enumerate(record.keys))
    return Cell(
        text=f"{of} keys" if used == of else f"{used} of {of} keys on",
        icon=icon,
        tip="\n".join(names),
    )

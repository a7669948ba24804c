"""A key as a row of the table."""

from pxbin_app.listing.model import Cell
from pxbin_app.pages.keys.expiry import until
from pxbin_app.pages.keys.presenter import KeyRow
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import ago, count, counted, date_and_clock, tokens
from pxbin_app.widgets.table import Column

COLUMNS = (
    Column(title="Name", kind="strong", sample="Claude Code on my laptop mm"),
    Column(title="Key", sample="pxb_0000… mm"),
    Column(title="Created", sample="000 days ago"),
    Column(title="Last used", sample="000 days ago"),
    Column(title="Limits or permissions", stretch=True),
    Column(title="Status", kind="pill", sample="revoked"),
)


TONES: dict[str, Tone] = {"active": "ok", "expired": "warn", "revoked": "neutral"}


def cells(row: KeyRow) -> tuple[Cell, ...]:
    """One cell for each of ``COLUMNS``; a key that opens nothing any more is greyed, and says why."""
    record = row.record
    grey = None if row.status == "active" else "text3"
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
        Cell(text=" · ".join(allowed(row)), tone=grey, tip="\n".join(in_full(row))),
        Cell(text=row.status, tone=TONES[row.status]),
    )


def allowed(row: KeyRow) -> list[str]:
    """How much, what and until when, each shortly: ``60/min``, ``3 models``, ``until 1 Dec``."""
    record = row.record
    limits = [f"{count(record.rate_limit)}/min"] if record.rate_limit else []
    if record.tokens_per_minute:
        limits.append(f"{tokens(record.tokens_per_minute).replace('.0', '')} tokens/min")
    if record.max_concurrency:
        limits.append(f"{count(record.max_concurrency)} at once")
    if record.type == "management":
        limits = [", ".join(record.permissions)]
    if record.allowed_models:
        limits.append(_models(record.allowed_models))
    if record.expires_at and not row.expired:
        limits.append(until(record.expires_at, row.now))
    return limits or ["default limit"]


def in_full(row: KeyRow) -> list[str]:
    """The same for the tooltip, line by line."""
    record = row.record
    lines = [
        f"{count(number)} {what}"
        for number, what in (
            (record.rate_limit, "requests a minute"),
            (record.tokens_per_minute, "tokens a minute"),
            (record.max_concurrency, "requests at once"),
        )
        if number
    ]
    if record.allowed_models:
        lines.append(f"Models: {', '.join(record.allowed_models)}")
    if record.expires_at:
        verb = "Expired" if row.expired else "Expires"
        lines.append(f"{verb} {date_and_clock(record.expires_at)}")
    return lines or allowed(row)


def _models(names: tuple[str, ...]) -> str:
    """Their number; a pattern, which is not one model, is named."""
    if len(names) == 1:
        return names[0]
    patterns = any("*" in name for name in names)
    return counted(len(names), "pattern", "patterns") if patterns else counted(len(names), "model", "models")  # fmt: skip

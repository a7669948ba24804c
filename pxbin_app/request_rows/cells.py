"""A request as the cells of a table's row: its columns, and what each says."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from pxbin_app.request_rows.listed import ListedRequest, tokens_in
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import UNKNOWN, clock, date_and_clock, money, seconds, tokens
from pxbin_app.widgets.table import Column
from pxbin_engine.events import RequestStarted
from pxbin_engine.records import RequestRecord

Recorded = RequestRecord | ListedRequest
"""A request that has ended."""
Request = RequestRecord | RequestStarted
"""All that is known of a request, with its row or in flight."""
Row = Recorded | RequestStarted

COLUMNS = (
    Column(title="Time", sample="00:00:00"),
    Column(title="Status", kind="pill", sample="live"),
    Column(title="Client", sample="Claude Code", spared=2),
    Column(title="Model", kind="model", stretch=True),
    Column(title="Tokens in", kind="number", sample="000.0k", spared=4),
    Column(title="/ out", kind="number", sample="00.0k", spared=5),
    Column(title="Cost", kind="number", sample="$0.0000", spared=1),
    Column(title="Latency", kind="number", sample="00.00 s", spared=3),
)
TIME, STATUS, CLIENT, MODEL, TOKENS_IN, TOKENS_OUT, COST, LATENCY = range(len(COLUMNS))
_VERSION = re.compile(r"\s+v?\d[\w.+-]*$")
_DAY = timedelta(days=1)


def time_text(moment: datetime, now: datetime) -> str:
    """The clock, which tells all within a day; with its day, but without seconds, before that."""
    if now - moment < _DAY:
        return clock(moment)
    local = moment.astimezone()
    return f"{local.day} {local:%b %H:%M}"


def model_text(row: Row) -> str:
    """The model as the client said it; what was asked for, where that was no model."""
    if isinstance(row, RequestStarted):
        return row.model or row.path
    return row.asked_model or row.model or f"{row.method} {row.path}"


def routed_to(row: Row) -> str | None:
    """The model that the name meant, else the upstream's name of it, where that is another."""
    if isinstance(row, RequestStarted):
        return None
    if row.asked_model:
        return row.model
    return row.upstream_model if row.upstream_model not in ("", row.model) else None


def names_of_model(record: Recorded) -> tuple[str, ...]:
    """Each name that the model had on its way: the client's, pxbin's, the upstream's; each once."""
    names = (record.asked_model, record.model, record.upstream_model)
    return tuple(dict.fromkeys(filter(None, names)))


def client_text(row: Row) -> str:
    """The client without its version."""
    return _VERSION.sub("", row.client_name) or UNKNOWN


def status_text(record: Recorded) -> str:
    """The status; ``cut`` where the answer broke off after it, ``left`` where the client went away."""
    return {"stream_error": "cut", "cancelled": "left"}.get(
        record.outcome, str(record.status_code or UNKNOWN)
    )


def status_tone(record: Recorded) -> Tone:
    """Green went well, amber is the client's or a limit, red is a failure."""
    if record.outcome == "cancelled":
        return "neutral"
    if record.outcome == "stream_error" or record.status_code >= 500:
        return "err"
    return "warn" if record.status_code >= 400 else "ok"


def cost_text(record: Recorded) -> str:
    """The cost; a dash where nothing was used, ``no price`` where it cannot be known."""
    if record.cost is None:
        return "no price"
    used = tokens_in(record) or record.output_tokens
    return money(record.cost) if used else UNKNOWN


def record_text(record: Recorded, column: int) -> str:
    """What a cell says of a request that has ended; its time is the table's."""
    if column in (TOKENS_IN, TOKENS_OUT):
        number = tokens_in(record) if column == TOKENS_IN else record.output_tokens
        return tokens(number) if number else UNKNOWN
    return _RECORD_TEXTS[column](record)


_RECORD_TEXTS: dict[int, Callable[[Recorded], str]] = {
    STATUS: status_text,
    CLIENT: client_text,
    MODEL: model_text,
    COST: cost_text,
    LATENCY: lambda record: seconds(record.latency_ms),
}


def cell_tone(row: Row, column: int) -> str | None:
    """The colour of a cell, as ``CellRole.TONE`` has it."""
    if column == STATUS:
        return "info" if isinstance(row, RequestStarted) else status_tone(row)
    if column in (TOKENS_IN, LATENCY):
        return "text2"
    unpriced = not isinstance(row, RequestStarted) and row.cost is None
    return "warn" if column == COST and unpriced else None


def tooltip(row: Row, column: int) -> str | None:
    """What is said of a cell that the mouse rests on."""
    if column == TIME:
        return date_and_clock(row.timestamp)
    if column == STATUS and not isinstance(row, RequestStarted):
        said = (f"{row.status_code} {row.outcome.replace('_', ' ')}", row.error_message or "")
        return "\n".join(filter(None, said))
    if column == MODEL:
        named = (row.model,) if isinstance(row, RequestStarted) else names_of_model(row)
        return " → ".join(named)
    return row.client_name if column == CLIENT else None

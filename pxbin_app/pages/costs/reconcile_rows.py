"""A comparison with a provider as rows of a table: here is what pxbin counted, there what the provider says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal
from uuid import UUID, uuid5

from pxbin_app.listing.model import Cell
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import UNKNOWN, count, dollars
from pxbin_app.widgets.table import Column
from pxbin_engine.records import (
    REASONS,
    STATES,
    Compared,
    ReconcileLine,
    ReconcileState,
    Reconciliation,
)

By = Literal["day", "model"]

_NAMES = UUID("c1c0f0a4-3b52-4a7a-9f0e-6f6a2f6d7d11")
"""Makes ids of names: a table finds its rows again by an id."""

TONES: Mapping[ReconcileState, Tone] = MappingProxyType(
    {
        "equal": "ok",
        "close": "info",
        "differs": "warn",
        "only_there": "err",
        "only_here": "warn",
    }
)

COLUMNS = (
    Column(title="Day", sample="2026-11-23"),
    Column(title="Model", kind="strong", stretch=True),
    Column(title="In here", kind="number", sample="00,000,000"),
    Column(title="In there", kind="number", sample="00,000,000"),
    Column(title="Out here", kind="number", sample="0,000,000"),
    Column(title="Out there", kind="number", sample="0,000,000"),
    Column(title="Cost here", kind="number", sample="$0,000.00"),
    Column(title="Cost there", kind="number", sample="$0,000.00"),
    Column(title="Difference", kind="number", sample="−$000.00"),
    Column(title="State", kind="pill", sample="only there"),
)


@dataclass(frozen=True, slots=True)
class ReconcileRow:
    """A line of the comparison, or its total."""

    line: ReconcileLine

    @property
    def id(self) -> UUID:
        return uuid5(_NAMES, f"{self.line.day}\0{self.line.model}")


def rows_of(found: Reconciliation | None, by: By, *, differing: bool) -> tuple[ReconcileRow, ...]:
    """The total of all, then the lines by day and model (the newest day first) or the totals of the models.

    Args:
        differing: only what is not equal.
    """
    if found is None or not found.lines:
        return ()
    newest_first = sorted(found.lines, key=lambda line: (-_ordinal(line.day), line.model))
    lines = newest_first if by == "day" else found.models
    shown = [line for line in lines if not (differing and line.state == "equal")]
    return tuple(map(ReconcileRow, (found.total, *shown)))


def explained(line: ReconcileLine | None) -> str:
    """What a line's names are on both sides, and what probably explains its difference; sentences."""
    if line is None:
        return ""
    return " ".join((*_names(line), *(REASONS[reason] for reason in line.reasons)))


def said_of(found: Reconciliation | None) -> str:
    """What is compared: ``12 to 23 November 2026, days in UTC``."""
    if found is None or found.first_day is None or found.last_day is None:
        return ""
    return f"{_day(found.first_day)} to {_day(found.last_day)}, days in UTC"


def cells(row: ReconcileRow) -> tuple[Cell, ...]:
    """One cell for each of ``COLUMNS``."""
    line = row.line
    cost = line.cost
    share = f"{cost.percent:+.1f} %".replace("-", "−") if cost.percent is not None else ""
    return (
        Cell(text=line.day.isoformat() if line.day else "All days"),
        Cell(text=line.model or "All models", tip=" ".join(_names(line)) or line.model),
        *_both(line.prompt_tokens, _count, _classes(line)),
        *_both(line.output_tokens, _count, ""),
        *_both(cost, dollars, ""),
        Cell(
            text=dollars(cost.difference),
            tip=share,
            tone="text2" if line.state in ("equal", "close") else None,
        ),
        Cell(
            text=STATES[line.state],
            tone=TONES[line.state],
            tip=explained(line) or STATES[line.state],
        ),
    )


def _both(one: Compared, told: Callable[[Decimal], str], tip: str) -> Iterable[Cell]:
    yield Cell(text=told(one.pxbin), tip=tip or None)
    there = UNKNOWN if one.provider is None else told(one.provider)
    yield Cell(text=there, tone="text2", tip=tip or None)


def _classes(line: ReconcileLine) -> str:
    """The classes of what was read, here and there."""
    classes = (
        ("uncached", line.input_tokens),
        ("read from a cache", line.cache_read_tokens),
        ("written to a cache", line.cache_write_tokens),
    )
    return "\n".join(
        f"{name}: {_count(one.pxbin)} here, {_count(one.provider)} there"
        for name, one in classes
        if one.provider is not None
    )


def _names(line: ReconcileLine) -> Iterable[str]:
    """What this model is called on each side, where that is not one name."""
    if line.provider_models and line.served_models and line.provider_models != line.served_models:
        yield f"Here {', '.join(line.served_models)}, there {', '.join(line.provider_models)}."


def _count(number: Decimal | None) -> str:
    return UNKNOWN if number is None else count(int(number))


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else 0


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"

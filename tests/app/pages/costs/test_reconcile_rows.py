"""A comparison as rows: here and there, the total first, then the newest day."""

from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

from pxbin_app.pages.costs.reconcile_rows import (
    COLUMNS,
    TONES,
    cells,
    explained,
    rows_of,
    said_of,
)
from pxbin_engine.records import (
    REASONS,
    STATES,
    Compared,
    ReconcileLine,
    ReconcileReason,
    ReconcileState,
    Reconciliation,
)

DAY = date(2026, 11, 20)
NOTHING = Compared(provider=None, pxbin=Decimal(0))


def line(day: date | None, model: str, state: ReconcileState = "equal", **values: object) -> ReconcileLine:  # fmt: skip
    figures = dict.fromkeys(("requests", "prompt_tokens", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "cost"), NOTHING)  # fmt: skip
    told = {"provider_models": (model,), "served_models": (model,), **figures, **values}
    return ReconcileLine(day=day, model=model, state=state, **told)  # type: ignore[arg-type]


def compared(*lines: ReconcileLine) -> Reconciliation:
    return Reconciliation(
        upstream_id=__import__("uuid").UUID(int=1),
        upstream_name="u",
        first_day=DAY,
        last_day=DAY + timedelta(days=3),
        counted_since=None,
        lines=lines,
        models=(line(None, "b", "differs"), line(None, "a")),
        total=line(None, ""),
    )


def test_the_total_comes_first_and_then_the_newest_day() -> None:
    found = compared(line(DAY, "b", "differs"), line(DAY, "a"), line(DAY + timedelta(days=1), "a"))
    assert [(row.line.day, row.line.model) for row in rows_of(found, "day", differing=False)] == [
        (None, ""),
        (DAY + timedelta(days=1), "a"),
        (DAY, "a"),
        (DAY, "b"),
    ]
    assert [row.line.model for row in rows_of(found, "day", differing=True)] == ["", "b"]
    assert [row.line.model for row in rows_of(found, "model", differing=False)] == ["", "b", "a"]
    assert len({row.id for row in rows_of(found, "day", differing=False)}) == 4
    assert (
        rows_of(None, "day", differing=False) == rows_of(compared(), "day", differing=False) == ()
    )


def test_a_line_says_both_sides_and_what_is_not_known() -> None:
    one = line(
        DAY,
        "gpt-5-2026-01-01",
        "differs",
        served_models=("gpt-5",),
        prompt_tokens=Compared(provider=Decimal(1000), pxbin=Decimal(1234567), difference=Decimal(1), percent=1.0),
        cache_read_tokens=Compared(provider=Decimal(5), pxbin=Decimal(7)),
        cost=Compared(provider=Decimal("2.5"), pxbin=Decimal(2), difference=Decimal("-0.5"), percent=-20.0),
        reasons=("elsewhere", "estimated"),
    )  # fmt: skip
    (_, row) = rows_of(compared(one), "day", differing=False)
    told = cells(row)
    assert [cell.text for cell in told] == [
        "2026-11-20", "gpt-5-2026-01-01", "1,234,567", "1,000", "0", "—", "$2.00", "$2.50", "−$0.50", "differs",
    ]  # fmt: skip
    assert len(told) == len(COLUMNS)
    assert told[2].tip == "read from a cache: 7 here, 5 there"
    assert told[8].tip == "−20.0 %"
    assert told[9].tone == "warn"
    assert explained(one).startswith(
        "Here gpt-5, there gpt-5-2026-01-01. The provider counted more"
    )
    assert "estimated" in explained(one)
    assert explained(None) == explained(line(DAY, "m")) == ""
    total = cells(rows_of(compared(one), "day", differing=False)[0])
    assert (total[0].text, total[1].text) == ("All days", "All models")


def test_every_state_has_its_word_and_its_tone() -> None:
    assert STATES.keys() == TONES.keys() == set(get_args(ReconcileState))
    assert REASONS.keys() == set(get_args(ReconcileReason))


def test_what_is_compared_is_said_with_its_time_zone() -> None:
    assert said_of(compared(line(DAY, "m"))) == "20 November 2026 to 23 November 2026, days in UTC"
    assert said_of(None) == ""

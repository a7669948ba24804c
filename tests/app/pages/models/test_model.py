"""A model in cells."""

from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_app.pages.models.model import COLUMNS, cells
from pxbin_app.pages.models.presenter import ModelRow
from pxbin_engine.records import ModelRecord, TargetRecord
from tests.support.fake_engine import NOW

RECORD = ModelRecord(
    id=UUID(int=1), name="claude-haiku-4-5", provider="anthropic", input_cost_per_million=Decimal(1),
    output_cost_per_million=Decimal("0.25"), price_source="published", context_window=200_000, created_at=NOW,
    updated_at=NOW,
)  # fmt: skip


def test_a_row_says_all_of_it() -> None:
    target = TargetRecord(upstream_id=UUID(int=7), upstream_model="claude-haiku-4-5")
    record = replace(RECORD, targets=(target,))
    shown = cells(ModelRow(record=record, served_by=(("Anthropic", "claude-haiku-4-5"),)))
    assert [cell.text for cell in shown] == [
        "claude-haiku-4-5", "anthropic", "Anthropic", "$1.00", "$0.25", "published", "200.0k", "on",
    ]  # fmt: skip
    assert len(shown) == len(COLUMNS)


@pytest.mark.parametrize(
    ("source", "said", "tone"),
    [
        ("model", "own", "info"),
        ("published", "published", "neutral"),
        ("upstream", "listed", "neutral"),
        ("unknown", "unknown", "warn"),
    ],
)
def test_whose_the_price_is(source: str, said: str, tone: str) -> None:
    pill = cells(ModelRow(record=replace(RECORD, price_source=source)))[5]  # type: ignore[arg-type]
    assert (pill.text, pill.tone) == (said, tone)


TARGETS = {
    "alone": [("Z.ai", "claude-haiku-4-5", 0, 1)],
    "renamed": [("Z.ai", "glm-4.6", 0, 1)],
    "fallback": [("Z.ai", "glm-4.6", 0, 1), ("Ollama", "x", 1, 1)],
    "shared": [("Z.ai", "a", 0, 2), ("Ollama", "b", 0, 1), ("Work", "c", 5, 1)],
    "none": [],
}


@pytest.mark.parametrize(
    ("case", "first", "second"),
    [
        ("alone", "Z.ai", None),
        ("renamed", "Z.ai", "→ glm-4.6"),
        ("fallback", "2 targets", "Z.ai, then Ollama"),
        ("shared", "3 targets", "Z.ai 2 : Ollama 1, then Work"),
        ("none", "nobody", None),
    ],
)
def test_who_serves_it_in_order(case: str, first: str, second: str | None) -> None:
    lines = TARGETS[case]
    targets = tuple(
        TargetRecord(upstream_id=UUID(int=7), upstream_model=name, priority=priority, weight=weight)
        for _, name, priority, weight in lines
    )
    served_by = tuple((upstream, name) for upstream, name, _, _ in lines)
    cell = cells(ModelRow(record=replace(RECORD, targets=targets), served_by=served_by))[2]
    assert (cell.text, cell.second) == (first, second)
    assert all(f"{upstream} → {name}" in (cell.tip or "") for upstream, name in served_by)


@pytest.mark.parametrize(
    ("longest", "told"),
    [
        (None, "Context window: 1,048,576 tokens"),
        (65_536, "Context window: 1,048,576 tokens\nLongest answer: 65,536 tokens"),
    ],
)
def test_limits_are_told_in_full(longest: int | None, told: str) -> None:
    record = replace(RECORD, context_window=1_048_576, max_output_tokens=longest)
    assert cells(ModelRow(record=record))[6].tip == told


def test_an_unknown_price_is_never_a_zero() -> None:
    record = replace(RECORD, input_cost_per_million=None, context_window=None)
    shown = cells(ModelRow(record=record))
    assert (shown[3].text, shown[6].text) == ("—", "—")

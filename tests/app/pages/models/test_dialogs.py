"""The form of a model."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.dialogs import ModelDialog, a_price
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ModelRecord, TargetRecord, UpstreamRecord
from tests.support.fake_engine import NOW

UPSTREAMS = tuple(
    UpstreamRecord(
        id=UUID(int=number), name=name, base_url="http://x", format="openai", created_at=NOW, updated_at=NOW
    )
    for number, name in ((1, "Anthropic"), (2, "Z.ai"))
)  # fmt: skip
TARGETS = (
    TargetRecord(upstream_id=UUID(int=1), upstream_model="claude-haiku-4-5", priority=0),
    TargetRecord(upstream_id=UUID(int=2), upstream_model="glm-4.5-air", priority=1),
)
RECORD = ModelRecord(
    id=UUID(int=9), name="claude-haiku-4-5", provider="anthropic", input_cost_per_million=Decimal("1.00"),
    output_cost_per_million=Decimal(10), price_source="model", context_window=200_000, targets=TARGETS,
    max_output_tokens=64_000, is_active=False, created_at=NOW, updated_at=NOW,
)  # fmt: skip
Make = Callable[..., ModelDialog]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    held: list[Any] = []

    def build(record: ModelRecord | None = None) -> ModelDialog:
        dialog = ModelDialog(None, UPSTREAMS, record)
        qtbot.addWidget(dialog)
        held.append(dialog)
        dialog.show()
        return dialog

    return build


def test_editing_gives_back_what_is_there(make: Make) -> None:
    values = make(RECORD).values()
    assert values is not None
    assert (values.name, values.provider, values.is_active) == (
        "claude-haiku-4-5",
        "anthropic",
        False,
    )
    assert values.targets == TARGETS
    assert values.prices["input_cost_per_million"] == 1
    assert values.prices["output_cost_per_million"] == 10
    assert values.prices["cache_read_cost_per_million"] is None
    assert (values.context_window, values.max_output_tokens) == (200_000, 64_000)


def test_a_new_model_is_called_the_same_at_its_upstream_unless_said(make: Make) -> None:
    dialog = make()
    dialog.name.setText(" glm-4.6 ")
    values = dialog.values()
    assert values is not None
    assert values.targets == (TargetRecord(upstream_id=UUID(int=1), upstream_model="glm-4.6"),)
    dialog.targets.lines[0].name.setText("glm-4.6-fp8")
    values = dialog.values()
    assert values is not None
    assert values.targets[0].upstream_model == "glm-4.6-fp8"


def test_targets_move_and_go(make: Make) -> None:
    dialog = make(RECORD)
    first, second = dialog.targets.lines
    assert not first.up.isEnabled()
    assert not second.down.isEnabled()
    second.up.click()
    values = dialog.values()
    assert values is not None
    assert [target.upstream_model for target in values.targets] == [
        "glm-4.5-air",
        "claude-haiku-4-5",
    ]
    assert [target.priority for target in values.targets] == [0, 1]
    first.remove.click()
    assert dialog.targets.lines == [second]
    assert not second.remove.isEnabled()


def test_a_fallback_can_be_added_and_is_seen(qtbot: QtBot, make: Make) -> None:
    dialog = make(RECORD)
    height = dialog.height()
    dialog.targets.add.click()
    assert len(dialog.targets.lines) == 3
    qtbot.waitUntil(lambda: dialog.height() > height)
    dialog.targets.lines[-1].remove.click()
    qtbot.waitUntil(lambda: dialog.height() == height)


def test_a_weight_that_is_no_number_is_said_at_the_targets(make: Make) -> None:
    dialog = make(RECORD)
    second = dialog.targets.lines[1]
    second.turn.set_value("shared")
    second.weight.setText("half")
    assert dialog.values() is None
    assert dialog.targets.accessibleDescription() == "The weight must be a whole number."


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("input_cost_per_million", "cheap"),
        ("context_window", "200k"),
        ("max_output_tokens", "long"),
    ],
)
def test_a_figure_that_cannot_be_read_is_said_at_its_field(
    make: Make, field: str, text: str
) -> None:
    dialog = make(RECORD)
    control = dialog.prices.get(field) or getattr(dialog, field)
    control.setText(text)
    assert dialog.values() is None
    assert control.property("invalid")


def test_an_error_of_a_target_is_shown_at_the_targets(make: Make) -> None:
    dialog = make(RECORD)
    dialog.set_field_error("upstream_model", "upstream_model must not be empty.")
    assert dialog.targets.accessibleDescription() == "The name there must not be empty."


@pytest.mark.parametrize(("text", "value"), [("", None), (" $0.25 ", Decimal("0.25")), ("3", 3)])
def test_a_price_is_read_as_people_write_it(text: str, value: Decimal | None) -> None:
    assert a_price(text, "input_cost_per_million") == value


def test_a_price_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput):
        a_price("cheap", "input_cost_per_million")

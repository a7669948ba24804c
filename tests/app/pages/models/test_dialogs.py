"""The form of a model."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.dialogs import ModelDialog
from pxbin_engine.records import PRICE_FIELDS, ModelRecord, PriceTier, TargetRecord, UpstreamRecord
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
    of = PRICE_FIELDS.get(field)
    control = dialog.prices.base.fields[of] if of else getattr(dialog, field)
    control.setText(text)
    assert dialog.values() is None
    assert control.property("invalid")


def test_an_error_of_a_target_is_shown_at_the_targets(make: Make) -> None:
    dialog = make(RECORD)
    dialog.set_field_error("upstream_model", "upstream_model must not be empty.")
    assert dialog.targets.accessibleDescription() == "The name there must not be empty."


@pytest.mark.parametrize(
    ("name", "part"),
    [("name", "model"), ("output_cost_per_million", "prices"), ("price_tiers", "prices")],
)
def test_an_error_brings_its_part_of_the_form_into_view(make: Make, name: str, part: str) -> None:
    dialog = make(RECORD)
    assert (dialog.name.isVisible(), dialog.prices.isVisible()) == (True, False)
    dialog.show_part("model" if part == "prices" else "prices")
    dialog.set_field_error(name, f"{name} is wrong.")
    assert dialog.part.value == part
    assert (dialog.name.isVisible(), dialog.prices.isVisible()) == (
        part == "model",
        part == "prices",
    )


def test_every_price_is_given_back_as_it_is(make: Make) -> None:
    tiers = (
        PriceTier(above_prompt_tokens=200_000, input=Decimal(6), cache_write_1h=Decimal("7.50")),
        PriceTier(service_tier="batch", above_prompt_tokens=200_000, output_audio=Decimal(9)),
    )
    figures = {name: Decimal(place) for place, name in enumerate(PRICE_FIELDS)}
    values = make(replace(RECORD, price_tiers=tiers, **figures)).values()
    assert values is not None
    assert (values.prices, values.price_tiers) == (figures, tiers)


ERRORS = {
    "input": "Input must be from 0 to 1000000.",
    "price_tiers": "A price: two tiers hold for the same.",
    "above_prompt_tokens": "The length of prompts must be from 0 to 1000000.",
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_is_wrong_with_a_tier_is_said_below_the_tiers(make: Make, name: str) -> None:
    dialog = make(replace(RECORD, price_tiers=(PriceTier(service_tier="flex", input=Decimal(1)),)))
    said = {"price_tiers": ": two tiers hold for the same."}
    dialog.set_field_error(name, f"{name}{said.get(name, ' must be from 0 to 1000000.')}")
    assert dialog.prices.others.error == ERRORS[name]
    dialog.submit()
    assert dialog.prices.others.error == ""


def test_a_tier_that_cannot_be_read_is_said_below_the_tiers(make: Make) -> None:
    dialog = make(RECORD)
    dialog.prices.add.click()
    dialog.prices.lines[0].fields["input"].setText("cheap")
    assert dialog.values() is None
    assert "must be a number" in dialog.prices.others.error

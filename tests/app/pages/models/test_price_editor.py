"""A model's prices, edited."""

from decimal import Decimal
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.price_editor import CLASSES, USUAL, PriceEditor, a_price
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ModelPrice, PriceTier, TokenPrices

LONG = PriceTier(above_prompt_tokens=200_000, input=Decimal(6), output=Decimal("22.5"))
BATCH = PriceTier(service_tier="batch", cache_read=Decimal("0.15"))


@pytest.fixture
def editor(qtbot: QtBot) -> PriceEditor:
    editor = PriceEditor()
    qtbot.addWidget(editor)
    editor.show()
    return editor


def test_it_has_a_field_for_every_class_of_tokens() -> None:
    assert tuple(name for name, _ in CLASSES) == TokenPrices.__struct_fields__


def test_tiers_are_added_changed_and_removed(editor: PriceEditor) -> None:
    editor.set_prices(ModelPrice(input=Decimal(3)), (LONG, BATCH))
    assert editor.prices()["input_cost_per_million"] == 3
    assert editor.tiers() == (LONG, BATCH)
    editor.add.click()
    third = editor.lines[2]
    third.service.set_value("priority")
    third.above.setText("32,000")
    third.fields["output"].setText("$9")
    editor.lines[0].remove.click()
    assert editor.tiers() == (
        BATCH,
        PriceTier(service_tier="priority", above_prompt_tokens=32_000, output=Decimal(9)),
    )
    for line in tuple(editor.lines):
        line.remove.click()
    assert editor.tiers() == ()
    assert not editor.others.isVisible()


@pytest.mark.parametrize(
    ("prices", "tiers", "seen"),
    [
        (ModelPrice(input=Decimal(1)), (LONG,), False),
        (ModelPrice(output_image=Decimal(1)), (), True),
        (ModelPrice(), (PriceTier(service_tier="flex", input_audio=Decimal(1)),), True),
    ],
    ids=["neither", "of the model", "of a tier"],
)
def test_sound_and_pictures_are_seen_where_they_have_a_price(
    editor: PriceEditor, prices: ModelPrice, tiers: tuple[PriceTier, ...], seen: bool
) -> None:
    editor.set_prices(prices, tiers)
    assert editor.sound.isChecked() == seen
    assert editor.base.rare.isVisible() == seen
    editor.sound.toggle()
    assert {part.rare.isVisible() for part in (editor.base, *editor.lines)} == {not seen}
    assert editor.tiers() == tiers, "hidden is not gone"


def test_the_tabulator_key_goes_from_left_to_right_and_down(editor: PriceEditor) -> None:
    editor.set_prices(ModelPrice(), (LONG, BATCH))
    first, second = editor.lines
    editor.base.fields["cache_write_1h"].setFocus()
    seen = []
    for _ in range(17):
        editor.focusNextChild()
        seen.append(editor.focusWidget())
    usual = [[line.fields[name] for name, _ in USUAL] for line in (first, second)]
    assert seen[:8] == [first.service, first.above, *usual[0], first.remove]
    assert seen[8:] == [second.service, second.above, *usual[1], second.remove, editor.add]


def test_a_tier_says_that_it_cannot_be_read(editor: PriceEditor) -> None:
    editor.add_line().above.setText("many")
    with pytest.raises(InvalidInput, match="whole number") as refused:
        editor.tiers()
    assert refused.value.field == "price_tiers"


def test_a_figure_that_cannot_be_read_names_the_field_of_the_model(editor: PriceEditor) -> None:
    editor.base.fields["cache_read"].setText("cheap")
    with pytest.raises(InvalidInput) as refused:
        editor.prices()
    assert refused.value.field == "cache_read_cost_per_million"


def test_many_tiers_scroll(editor: PriceEditor) -> None:
    heights = []
    for _ in range(8):
        editor.add_line()
        heights.append(editor.others.control.height())
    assert heights[0] < heights[2]
    assert heights[-1] == heights[-2] < 400


@pytest.mark.parametrize(("text", "value"), [("", None), (" $0.25 ", Decimal("0.25")), ("3", 3)])
def test_a_price_is_read_as_people_write_it(text: str, value: Any) -> None:
    assert a_price(text, "input_cost_per_million") == value


def test_a_price_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput):
        a_price("cheap", "input_cost_per_million")

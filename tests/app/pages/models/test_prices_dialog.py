"""The dialog of a model's prices."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.page import ModelsPage
from pxbin_app.pages.models.prices_dialog import PricesDialog
from pxbin_app.widgets.labels import Label
from pxbin_engine.records import ModelPrice, PriceRecord
from tests.support.fake_engine import NOW, settled
from tests.support.page_stage import PageStage
from tests.support.scripted_prices import ScriptedPrices

Stage = PageStage[ModelsPage]
PRICE = PriceRecord(
    id=UUID(int=2),
    model_id=UUID(int=1),
    valid_from=NOW,
    recorded_at=NOW,
    price=ModelPrice(input=Decimal(3), source="model"),
)


@pytest.fixture
async def stage(qtbot: QtBot) -> AsyncIterator[Stage]:
    stage = Stage(ModelsPage, qtbot)
    upstream = await stage.engine.upstreams.create(
        name="one", base_url="http://one", format="openai"
    )
    await stage.engine.models.create(name="glm-4.6", upstream_id=upstream.id)
    await stage.show()
    yield stage
    stage.page.hidden()


async def test_it_shows_the_history_and_prices_what_has_no_cost(stage: Stage) -> None:
    prices = stage.engine.prices = ScriptedPrices(PRICE, priced=2)
    stage.page.table.select_row(0)
    next(one for one in stage.page.panel.buttons if one.text() == "Prices…").click()
    dialog = stage.dialog(PricesDialog)
    await settled()
    told = [label.text() for label in dialog.history.findChildren(Label)]
    assert "own: $3 in" in told
    assert dialog.state.text.startswith("2 requests have no cost.")
    assert dialog.reprice.isEnabled()
    dialog.reprice.click()
    await settled()
    assert prices.asked[-1]["by"] == "window"
    assert "got a cost" in dialog.state.text
    assert not dialog.reprice.isEnabled()
    dialog.close_button.click()
    assert dialog.isHidden()


async def test_without_anything_to_price_the_button_is_off(stage: Stage) -> None:
    stage.engine.prices = ScriptedPrices(PRICE)
    stage.page.open_prices(stage.page.presenter.rows[0].record)
    dialog = stage.dialog(PricesDialog)
    await settled()
    assert not dialog.reprice.isEnabled()
    assert dialog.state.text == "Every request of this model that used tokens has a cost."

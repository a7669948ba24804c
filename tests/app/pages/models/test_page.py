"""The page Models by mouse and keyboard."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.listing.import_dialog import ImportDialog
from pxbin_app.pages.models.dialogs import ModelDialog
from pxbin_app.pages.models.explain_dialog import ExplainDialog
from pxbin_app.pages.models.page import ModelsPage
from pxbin_app.pages.models.sync_dialog import SyncDialog
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.records import DiscoveredModel, ModelPrice
from tests.support.fake_engine import settled
from tests.support.page_stage import PageStage

Stage = PageStage[ModelsPage]


@pytest.fixture
async def stage(qtbot: QtBot) -> AsyncIterator[Stage]:
    stage = Stage(ModelsPage, qtbot)
    yield stage
    stage.page.hidden()


async def with_models(stage: Stage, *names: str) -> None:
    upstream = await stage.engine.upstreams.create(
        name="Z.ai", base_url="http://z", format="openai"
    )
    await stage.engine.models.import_models(upstream.id, names)
    await stage.show()


async def test_without_an_upstream_it_leads_to_the_upstreams(stage: Stage) -> None:
    await stage.show()
    assert stage.page.view.state == "empty"
    assert not stage.page.add_by_hand.isVisible()
    stage.page.view.empty.button.click()
    assert stage.sent_to == ["upstreams"]


async def test_with_an_upstream_it_leads_to_the_import(stage: Stage) -> None:
    stage.engine.upstream_models = [DiscoveredModel(id="glm-4.6")]
    await with_models(stage)
    assert stage.page.view.empty.button.text() == "Import models from Z.ai"
    stage.page.view.empty.button.click()
    await settled()
    stage.dialog(ImportDialog).submit()
    await settled()
    assert [row.record.name for row in stage.page.presenter.rows] == ["glm-4.6"]
    assert stage.page.view.state == "content"


async def test_adding_by_hand(stage: Stage) -> None:
    await with_models(stage)
    stage.page.add_by_hand.click()
    dialog = stage.dialog(ModelDialog)
    dialog.submit()
    await settled()
    assert dialog.isVisible()
    dialog.name.setText("glm-4.6")
    dialog.submit()
    await settled()
    assert not dialog.isVisible()
    assert [row.record.name for row in stage.page.presenter.rows] == ["glm-4.6"]


async def test_enter_edits_and_delete_asks(stage: Stage) -> None:
    await with_models(stage, "a", "b")
    stage.page.table.select_row(0)
    stage.qtbot.keyClick(stage.page.table, Qt.Key.Key_Return)
    dialog = stage.dialog(ModelDialog)
    dialog.display_name.setText("A model")
    dialog.submit()
    await settled()
    assert stage.page.presenter.rows[0].record.display_name == "A model"
    stage.page.table.setFocus()
    stage.qtbot.keyClick(stage.page.table, Qt.Key.Key_Delete)
    stage.dialog(ConfirmDialog).confirm.click()
    await settled()
    assert [row.record.name for row in stage.page.presenter.rows] == ["b"]


async def test_a_sync_of_prices_is_shown_and_taken_over(stage: Stage) -> None:
    await with_models(stage, "a")
    stage.engine.published = {"a": ModelPrice(input=Decimal(1), source="published")}
    stage.page.sync.click()
    await settled()
    stage.dialog(SyncDialog).submit()
    await settled()
    assert stage.said == ["Prices of 1 model updated"]
    assert [row.record.input_cost_per_million for row in stage.page.presenter.rows] == [1]


async def test_disabling_from_the_table(stage: Stage) -> None:
    await with_models(stage, "a")
    stage.page.table.select_row(0)
    button = next(one for one in stage.page.panel.buttons if one.text() == "Disable")
    button.click()
    await settled()
    assert not stage.page.presenter.rows[0].record.is_active
    assert button.text() == "Enable"


async def test_the_selected_models_route_is_explained(stage: Stage) -> None:
    await with_models(stage, "a", "b")
    stage.page.table.select_row(1)
    stage.page.explain.click()
    dialog = stage.dialog(ExplainDialog)
    assert dialog.model.text() == "b"
    dialog.close_button.click()


async def test_without_a_model_the_aliases_lead_to_the_models(stage: Stage) -> None:
    await stage.show()
    stage.page.show_kind("aliases")
    await settled()
    stage.page.aliases.view.empty.button.click()
    assert stage.page.kind.value == "models"
    assert stage.page.panel.isVisible()


async def test_a_model_is_brought_into_view_from_the_aliases_too(stage: Stage) -> None:
    await with_models(stage, "glm-5", "glm-5-air")
    stage.page.show_kind("aliases")
    await settled()
    models = {model.name: model for model in await stage.engine.models.list()}
    stage.page.show_item(models["glm-5-air"].id)
    await settled()
    assert stage.page.kind.value == "models"
    assert [row.record.name for row in stage.page.selected()] == ["glm-5-air"]
    stage.page.show_kind("aliases")
    stage.page.filter_by("air")
    await settled()
    assert [row.record.name for row in stage.page.panel.rows] == ["glm-5-air"]

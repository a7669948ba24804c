"""The aliases of the page Models by mouse and keyboard."""

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.alias_dialog import AliasDialog, ClaudeCodeDialog
from pxbin_app.pages.models.page import ModelsPage
from pxbin_app.widgets.dialogs import ConfirmDialog
from tests.support.fake_engine import settled
from tests.support.page_stage import PageStage

Stage = PageStage[ModelsPage]


@pytest.fixture
async def stage(qtbot: QtBot) -> AsyncIterator[Stage]:
    stage = Stage(ModelsPage, qtbot)
    upstream = await stage.engine.upstreams.create(
        name="Z.ai", base_url="http://z", format="openai"
    )
    await stage.engine.models.import_models(upstream.id, ("glm-4.6", "glm-4.5-air"))
    await stage.show()
    stage.page.show_kind("aliases")
    await settled()
    yield stage
    stage.page.hidden()


def meanings(stage: Stage) -> list[tuple[str, str]]:
    rows = stage.page.aliases.presenter.rows
    return [(row.record.pattern, row.record.model) for row in rows]


async def test_without_any_it_leads_to_the_first(stage: Stage) -> None:
    view = stage.page.aliases.view
    assert view.state == "empty"
    view.empty.button.click()
    dialog = stage.dialog(AliasDialog)
    dialog.pattern.setText("gpt-4*")
    dialog.model.set_value("glm-4.6")
    dialog.submit()
    await settled()
    assert not dialog.isVisible()
    assert meanings(stage) == [("gpt-4*", "glm-4.6")]
    assert stage.page.count.text() == "1"
    assert stage.page.add_alias.isVisible()


async def test_enter_edits_and_delete_asks(stage: Stage) -> None:
    await stage.engine.aliases.create(pattern="a", model="glm-4.6")
    await settled()
    table = stage.page.aliases.table
    table.select_row(0)
    stage.qtbot.keyClick(table, Qt.Key.Key_Return)
    dialog = stage.dialog(AliasDialog)
    dialog.pattern.setText("b")
    dialog.submit()
    await settled()
    assert meanings(stage) == [("b", "glm-4.6")]
    table.setFocus()
    stage.qtbot.keyClick(table, Qt.Key.Key_Delete)
    stage.dialog(ConfirmDialog).confirm.click()
    await settled()
    assert meanings(stage) == []


async def test_claude_codes_names_in_one_go(stage: Stage) -> None:
    stage.page.claude_code.click()
    dialog = stage.dialog(ClaudeCodeDialog)
    dialog.models["*opus*"].set_value("glm-4.6")
    dialog.models["*haiku*"].set_value("glm-4.5-air")
    dialog.submit()
    await settled()
    assert meanings(stage) == [("*haiku*", "glm-4.5-air"), ("*opus*", "glm-4.6")]
    assert stage.said == ["Claude Code’s names saved"]


async def test_only_what_is_seen_asks_the_engine(stage: Stage) -> None:
    stage.page.show_kind("models")
    await settled()
    before = stage.engine.store_calls
    await stage.engine.aliases.create(pattern="a", model="glm-4.6")
    await settled()
    asked = stage.engine.store_calls - before
    assert asked == 2  # the insert and its look at the models: the page itself asked nothing
    assert meanings(stage) == []
    stage.page.show_kind("aliases")
    await settled()
    assert meanings(stage) == [("a", "glm-4.6")]


async def test_each_kind_has_its_own_buttons(stage: Stage) -> None:
    page = stage.page
    assert (page.claude_code.isVisible(), page.primary.isVisible()) == (True, False)
    assert not page.sync.isVisible()
    page.kind.set_value("models")
    page.kind.chosen.emit("models")
    await settled()
    assert (page.claude_code.isVisible(), page.primary.isVisible()) == (False, True)
    assert not page.add_alias.isVisible()
    assert page.table.isVisible()

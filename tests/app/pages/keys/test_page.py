"""The page Keys by mouse and keyboard."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.pages.keys.dialogs import ConnectDialog, KeyDialog, NewKeyDialog
from pxbin_app.pages.keys.page import KeysPage
from pxbin_app.widgets.dialogs import ConfirmDialog
from tests.support.fake_engine import FakeEngine, settled
from tests.support.page_stage import PageStage

Stage = PageStage[KeysPage]


@pytest.fixture
async def stage(qtbot: QtBot) -> AsyncIterator[Stage]:
    stage = Stage(KeysPage, qtbot)
    yield stage
    stage.page.hidden()


async def test_without_a_key_it_leads_to_one_which_is_shown_once(stage: Stage) -> None:
    await stage.show()
    assert stage.page.view.empty.button.text() == "Create a key"
    stage.page.view.empty.button.click()
    form = stage.dialog(KeyDialog)
    form.name.setText("Claude Code")
    form.submit()
    await settled()
    assert not form.isVisible()
    shown = stage.dialog(NewKeyDialog)
    assert shown.key.text().startswith("pxb_")
    shown.copied.click()
    shown.done_button.click()
    assert stage.open_dialogs(NewKeyDialog) == []
    assert [row.record.name for row in stage.page.presenter.rows] == ["Claude Code"]


async def test_a_key_of_the_other_kind_is_shown_where_it_belongs(stage: Stage) -> None:
    await stage.show()
    stage.page.open_create()
    form = stage.dialog(KeyDialog)
    form.name.setText("grafana")
    form.type.set_value("management")
    form.submit()
    await settled()
    assert stage.page.kind.value == "management"
    assert [row.record.name for row in stage.page.presenter.rows] == ["grafana"]
    stage.dialog(NewKeyDialog).copied.click()


async def test_enter_edits_and_delete_asks_to_revoke(stage: Stage) -> None:
    await stage.engine.keys.create("llm", "Codex")
    await stage.show()
    stage.page.table.select_row(0)
    stage.qtbot.keyClick(stage.page.table, Qt.Key.Key_Return)
    form = stage.dialog(KeyDialog)
    form.name.setText("Codex CLI")
    form.submit()
    await settled()
    assert stage.page.presenter.rows[0].record.name == "Codex CLI"
    stage.page.table.setFocus()
    stage.qtbot.keyClick(stage.page.table, Qt.Key.Key_Delete)
    stage.dialog(ConfirmDialog).confirm.click()
    await settled()
    assert not stage.page.presenter.rows[0].record.is_active


async def test_how_to_connect_a_client_is_shown_for_a_clients_key(stage: Stage) -> None:
    await stage.engine.keys.create("llm", "Codex")
    await stage.engine.keys.create("management", "grafana")
    await stage.show()
    stage.page.table.select_row(0)
    (connect,) = [one for one in stage.page.panel.buttons if one.text().startswith("Connect")]
    connect.click()
    await settled()
    stage.dialog(ConnectDialog).close_button.click()
    stage.page.kind.set_value("management")
    stage.page.kind.chosen.emit("management")
    await settled()
    stage.page.table.select_row(0)
    assert connect.isHidden() or not connect.isEnabled()


async def test_an_expired_key_can_only_be_edited_or_revoked(stage: Stage) -> None:
    await stage.engine.keys.create("llm", "CI", expires_at=stage.engine.now + timedelta(seconds=1))
    stage.page.presenter._clock = lambda: stage.engine.now + timedelta(days=1)
    await stage.show()
    stage.page.table.select_row(0)
    texts = [button.text() for button in stage.page.panel.buttons if not button.isHidden()]
    assert texts == ["Edit…", "Revoke…"]


async def test_a_new_key_is_held_to_a_model(stage: Stage) -> None:
    upstream = await stage.engine.upstreams.create(name="z", base_url="http://z", format="openai")
    await stage.engine.models.import_models(upstream.id, ["glm-4.6", "gpt-5.2"])
    await stage.show()
    stage.page.open_create()
    form = stage.dialog(KeyDialog)
    form.name.setText("CI")
    form.models.choice.set_value("some")
    form.models.choice.chosen.emit("some")
    form.models.list.set_filter("gpt")
    form.models.list.set_all(True)
    form.submit()
    await settled()
    stage.dialog(NewKeyDialog).copied.click()
    assert stage.page.presenter.rows[0].record.allowed_models == ("gpt-5.2",)


async def test_nothing_can_be_done_with_a_revoked_key(stage: Stage) -> None:
    created = await stage.engine.keys.create("llm", "Codex")
    await stage.engine.keys.revoke(created.record.id)
    await stage.show()
    stage.page.table.select_row(0)
    assert all(button.isHidden() for button in stage.page.panel.buttons)
    stage.qtbot.keyClick(stage.page.table, Qt.Key.Key_Return)
    assert stage.open_dialogs(KeyDialog) == []


async def test_the_other_kind_is_one_click_away(stage: Stage) -> None:
    await stage.engine.keys.create("management", "grafana")
    await stage.show()
    assert stage.page.view.state == "empty"
    stage.page.kind.set_value("management")
    stage.page.kind.chosen.emit("management")
    await settled()
    assert stage.page.view.state == "content"
    assert stage.page.count.text() == "1"


async def test_before_the_engine_runs_nothing_can_be_created(qtbot: QtBot) -> None:
    stage = Stage(KeysPage, qtbot, FakeEngine(state="starting"))
    await stage.show()
    stage.page.open_create()
    assert stage.open_dialogs(KeyDialog) == []
    stage.page.hidden()


async def test_a_key_is_brought_into_view_whichever_kind_it_is_of(stage: Stage) -> None:
    keys = stage.engine.keys
    made = [(await keys.create(kind, kind)).record for kind in ("llm", "management")]  # type: ignore[arg-type]  # the two kinds
    await stage.show()
    for record in (made[1], made[0]):
        stage.page.show_item(record.id)
        await settled()
        assert stage.page.kind.value == record.type
        assert [row.record for row in stage.page.selected()] == [record]

"""The page Upstreams by mouse and keyboard."""

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.listing.import_dialog import ImportDialog
from pxbin_app.pages.upstreams.dialogs import UpstreamDialog
from pxbin_app.pages.upstreams.model import COLUMNS
from pxbin_app.pages.upstreams.page import UpstreamsPage
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import DiscoveredModel, LearnedQuirk
from tests.support.fake_engine import NOW, FakeEngine, settled
from tests.support.page_stage import PageStage

Stage = PageStage[UpstreamsPage]


async def an_upstream(stage: Stage, name: str) -> None:
    await stage.engine.upstreams.create(name=name, base_url=f"http://{name}", format="openai")
    await settled()


@pytest.fixture
async def stage(qtbot: QtBot) -> AsyncIterator[Stage]:
    stage = Stage(UpstreamsPage, qtbot)
    yield stage
    stage.page.hidden()


async def test_without_an_upstream_it_leads_to_the_first(stage: Stage) -> None:
    await stage.show()
    assert stage.page.view.state == "empty"
    assert stage.page.view.empty.button.text() == "Add your first upstream"
    assert not stage.page.primary.isVisible()
    stage.page.view.empty.button.click()
    assert stage.dialog(UpstreamDialog)


async def test_in_a_narrow_window_the_address_is_still_to_be_read(stage: Stage) -> None:
    await an_upstream(stage, "one")
    stage.page.resize(764, 500)
    await stage.show()
    table = stage.page.table
    titles = [column.title for column in COLUMNS]
    hidden = {title for place, title in enumerate(titles) if table.isColumnHidden(place)}
    assert {"Checked"} <= hidden <= {"Checked", "Last failure", "Models"}
    assert table.columnWidth(titles.index("Base URL")) >= 120
    assert table.horizontalHeader().length() <= table.viewport().width()


async def test_adding_leads_on_to_importing_its_models(stage: Stage) -> None:
    await stage.show()
    stage.engine.upstream_models = [DiscoveredModel(id="m")]
    stage.page.open_add()
    dialog = stage.dialog(UpstreamDialog)
    dialog.submit()
    await settled()
    assert stage.page.view.state == "content"
    importing = stage.dialog(ImportDialog)
    assert importing.cancel.text() == "Not now"
    importing.submit()
    await settled()
    assert stage.said == ["1 model imported from OpenAI"]
    assert stage.page.presenter.rows[0].models == ("m",)


async def test_what_is_refused_stays_in_the_form(stage: Stage) -> None:
    await stage.show()
    stage.page.open_add()
    dialog = stage.dialog(UpstreamDialog)
    dialog.base_url.setText("api.example.com")
    dialog.submit()
    await settled()
    assert dialog.isVisible()
    assert dialog.url_field.error.startswith("Base URL must start with http")
    assert dialog.base_url.text() == "api.example.com"


async def test_enter_edits_and_delete_asks(stage: Stage) -> None:
    await stage.show()
    await an_upstream(stage, "one")
    stage.page.table.select_row(0)
    stage.qtbot.keyClick(stage.page.table, Qt.Key.Key_Return)
    dialog = stage.dialog(UpstreamDialog)
    assert dialog.windowTitle() == "Edit one"
    dialog.reject()
    stage.page.table.setFocus()
    stage.qtbot.keyClick(stage.page.table, Qt.Key.Key_Delete)
    question = stage.dialog(ConfirmDialog)
    question.confirm.click()
    await settled()
    assert stage.page.view.state == "empty"


async def test_several_are_deleted_at_once_and_only_after_a_yes(stage: Stage) -> None:
    await stage.show()
    for name in ("one", "two", "three"):
        await an_upstream(stage, name)
    stage.page.table.select_rows((0, 2))
    texts = [button.text() for button in stage.page.panel.buttons if not button.isHidden()]
    assert texts == ["Disable", "Delete…"]
    stage.page.panel.buttons[-1].click()
    stage.dialog(ConfirmDialog).reject()
    await settled()
    assert len(stage.page.presenter.rows) == 3
    stage.page.panel.buttons[-1].click()
    stage.dialog(ConfirmDialog).accept()
    await settled()
    assert [row.record.name for row in stage.page.presenter.rows] == ["three"]


async def test_a_refresh_keeps_the_selection(stage: Stage) -> None:
    await stage.show()
    await an_upstream(stage, "beta")
    stage.page.table.select_row(0)
    await an_upstream(stage, "alpha")
    assert stage.page.selected()[0].record.name == "beta"
    assert stage.page.dismiss()
    assert not stage.page.dismiss()


async def test_a_filter_that_finds_nothing_can_be_cleared(stage: Stage) -> None:
    await stage.show()
    await an_upstream(stage, "one")
    stage.page.focus_filter()
    stage.qtbot.keyClicks(stage.page.search, "zzz")
    stage.qtbot.keyClick(stage.page.search, Qt.Key.Key_Return)
    assert stage.page.view.state == "empty"
    assert "zzz" in stage.page.view.empty.text
    stage.page.view.empty.button.click()
    assert stage.page.view.state == "content"


async def test_a_database_that_is_away_is_said_and_asked_again(stage: Stage) -> None:
    stage.engine.failure = DatabaseUnavailable("The database is away.")
    await stage.show()
    assert stage.page.view.state == "error"
    stage.engine.failure = None
    stage.page.view.error.button.click()
    await settled()
    assert stage.page.view.state == "empty"


async def test_a_hidden_page_asks_nothing(stage: Stage) -> None:
    await stage.show()
    stage.page.hidden()
    calls = stage.engine.store_calls
    await an_upstream(stage, "one")
    assert stage.engine.store_calls == calls + 1  # the insert alone


async def test_before_the_engine_runs_nothing_can_be_added(qtbot: QtBot) -> None:
    stage = Stage(UpstreamsPage, qtbot, FakeEngine(state="starting"))
    await stage.show()
    stage.page.open_add()
    assert not stage.page.findChildren(UpstreamDialog)
    stage.page.hidden()


async def test_an_arrow_enters_the_table(stage: Stage) -> None:
    await stage.show()
    for name in ("one", "two"):
        await an_upstream(stage, name)
    stage.page.setFocus()
    stage.qtbot.keyClick(stage.page, Qt.Key.Key_Down)
    assert stage.page.selected()[0].record.name == "one"
    stage.qtbot.keyClick(stage.page.table, Qt.Key.Key_Down)
    assert stage.page.selected()[0].record.name == "two"


async def test_what_an_upstream_taught_is_forgotten_from_its_form(stage: Stage) -> None:
    await an_upstream(stage, "one")
    (record,) = await stage.engine.upstreams.list()
    quirk = LearnedQuirk(
        upstream_model="m",
        quirk="text_only",
        value=True,
        description="reads only text",
        learned_at=NOW,
    )
    await stage.engine.upstreams.learn(record.id, [quirk])
    await stage.show()
    stage.page.table.select_row(0)
    stage.page.table.activated_row.emit(0)
    dialog = stage.dialog(UpstreamDialog)
    assert dialog.learned.lines == ["m reads only text (from its answer of 23 Nov 2026)"]
    dialog.learned.forget.click()
    await settled()
    assert not dialog.learned.isVisible()
    assert (await stage.engine.upstreams.get(record.id)).learned == ()
    assert stage.said == ["What one had taught is forgotten"]

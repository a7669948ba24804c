"""The page Logs by mouse and keyboard, on a fake engine."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from pxbin_app.pages import PageContext
from pxbin_app.pages.logs.detail import WIDTH
from pxbin_app.pages.logs.page import LogsPage
from pxbin_app.pages.logs.replay_dialog import ReplayDialog
from pxbin_app.theme import METRICS, Tone
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import RequestRecord
from tests.support.database import a_request
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.recordings import REPLAYED, ScriptedReplays, a_recording
from tests.support.traffic import MemoryLog, a_days_requests


class Stand:
    """The page in view, and what it said."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.log = MemoryLog(a_days_requests(450))
        self.engine.requests = self.log
        self.bridge = bridge_to(self.engine)
        self.said: list[tuple[str, Tone]] = []
        context = PageContext(
            bridge=self.bridge,
            notify=lambda text, tone: self.said.append((text, tone)),
            show_page=lambda _: None,
        )
        self.page = LogsPage(context)
        self.page._presenter._clock = lambda: NOW
        # Where a test takes long, it would fire when Qt's events are processed and no loop runs.
        self.page._presenter._catch_up.setInterval(3_600_000)

    def finish(self, **values: Any) -> RequestRecord:
        record = a_request(at=NOW + timedelta(seconds=1), **values)
        self.log.records.append(record)
        self.engine.events.publish(RequestFinished(record))
        self.bridge._flush()
        return record


@pytest.fixture
async def stand(qtbot: QtBot) -> AsyncIterator[Stand]:
    stand = Stand()
    qtbot.addWidget(stand.page)
    stand.page.resize(1084, 800)
    stand.page.show()
    stand.page.shown()
    await settled()
    yield stand
    stand.page.hidden()
    await settled()


async def test_rows_and_counts_are_shown(stand: Stand) -> None:
    page = stand.page
    assert page.state.state == "content"
    assert page._count.text() == "450 of 450"
    assert page._live.text() == "Live · 0 in flight"
    assert page.pane.isHidden()


async def test_arrows_walk_and_the_pane_follows(stand: Stand, qtbot: QtBot) -> None:
    page = stand.page
    page.table.select_row(0)
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    assert page.pane.request == stand.log.records[-2]
    qtbot.keyClick(page.table, Qt.Key.Key_Up)
    assert page.pane.request == stand.log.records[-1]
    assert page.pane.isVisible()


async def test_enter_goes_into_the_pane_and_escape_closes_it(stand: Stand, qtbot: QtBot) -> None:
    page = stand.page
    assert not page.dismiss()
    page.table.select_row(3)
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.focusWidget() is page.pane
    assert page.dismiss()
    assert page.focusWidget() is page.table
    assert page.pane.isHidden()
    assert page.table.current_row == -1


async def test_the_selection_survives_live_rows(stand: Stand) -> None:
    page = stand.page
    page.table.select_row(2)
    chosen = page.pane.request
    for _ in range(3):
        stand.finish()
    assert page.table.current_row == 5
    assert page.pane.request is chosen


async def test_the_selection_survives_another_filter(stand: Stand) -> None:
    page = stand.page
    number = next(n for n, r in enumerate(reversed(stand.log.records)) if r.model == "glm-4.6")
    page.table.select_row(number)
    chosen = page.pane.request
    page.search.setText("model:glm")
    page.search.returnPressed.emit()
    await settled()
    assert page.pane.request is chosen
    assert page.table.current_row == 0


async def test_a_reader_further_down_is_not_pushed_away(stand: Stand) -> None:
    bar = stand.page.table.verticalScrollBar()
    bar.setValue(300)
    stand.finish()
    assert bar.value() == 300 + METRICS.row
    bar.setValue(0)
    stand.finish()
    assert bar.value() == 0


async def test_older_rows_come_when_one_scrolls_to_the_end(stand: Stand) -> None:
    table = stand.page.table
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    await settled()
    assert stand.page._presenter.model.rowCount() == 400


async def test_pause_and_resume(stand: Stand, qtbot: QtBot) -> None:
    page = stand.page
    page._pause.click()
    stand.finish()
    assert page._live.text() == "Paused · 1 new · 0 in flight"
    assert page._pause.text() == "Resume"
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert page._live.text() == "Live · 0 in flight"
    assert page._count.text() == "451 of 451"


async def test_words_that_are_not_understood_are_said(stand: Stand) -> None:
    page = stand.page
    page.search.setText("cots:>1")
    page.search.returnPressed.emit()
    await settled()
    assert page._problem.isVisible()
    assert "“cots:” is no filter" in page._problem.text()
    page.search.clear()
    page.search.returnPressed.emit()
    await settled()
    assert not page._problem.isVisible()


async def test_a_filter_that_nothing_fits_can_be_cleared(stand: Stand) -> None:
    page = stand.page
    page.search.setText("nosuchmodel")
    page.search.returnPressed.emit()
    page.errors_only.click()
    await settled()
    assert page.state.empty.text == "No request fits this filter."
    page.state.empty.button.click()
    await settled()
    assert page._count.text() == "450 of 450"
    assert (page.search.text(), page.errors_only.isChecked()) == ("", False)
    assert page.period.value == "all"


async def test_a_failed_load_offers_to_try_again(stand: Stand) -> None:
    page = stand.page
    stand.log.failure = DatabaseUnavailable("The database does not answer.")
    page.errors_only.click()
    await settled()
    assert page.state.error.text == "The database does not answer."
    stand.log.failure = None
    page.state.error.button.click()
    await settled()
    assert page.state.state == "content"


async def test_choices_follow_the_configuration(stand: Stand) -> None:
    await stand.engine.keys.create("llm", "laptop")
    await settled()
    key = stand.page.key
    assert [key.itemText(place) for place in range(key.count())] == ["Any key", "laptop"]
    key.setCurrentIndex(1)
    key.activated.emit(1)
    await settled()
    assert stand.page.state.state == "empty"


async def test_the_filter_takes_the_cursor(stand: Stand) -> None:
    stand.page.focus_filter()
    assert stand.page.focusWidget() is stand.page.search


async def test_within_a_text_of_the_pane_words_are_found_there_first(
    stand: Stand, qtbot: QtBot
) -> None:
    page = stand.page
    page.table.select_row(0)
    page.pane.tabs._buttons["raw"].click()
    page.pane.raw.code.setFocus()
    page.focus_filter()
    field = page.pane.raw.bar.field
    assert page.focusWidget() is field
    qtbot.keyClicks(field, "upstream_model")
    assert page.pane.raw.bar.count.text() == "1 of 2"
    page.focus_filter()
    assert page.focusWidget() is page.search, "the second time it is the filter's"
    page.pane.raw.code.setFocus()
    page.dismiss()
    page.focus_filter()
    assert page.focusWidget() is page.search


async def test_the_pane_can_be_made_wider_and_the_table_stays_readable(stand: Stand) -> None:
    page = stand.page
    page.table.select_row(0)
    splitter = page.beside
    splitter.refresh()
    table, pane = splitter.sizes()
    assert pane == WIDTH
    splitter.moveSplitter(table - 200, 1)
    assert splitter.sizes()[1] == WIDTH + 200
    page.table.select_row(1)
    assert splitter.sizes()[1] == WIDTH + 200, "for the next request, too"
    splitter.moveSplitter(0, 1)
    assert page.state.width() >= 320
    page.resize(764, 600)
    assert page.state.width() + page.pane.width() + 1 == 764


async def test_the_command_is_copied_by_key(stand: Stand, qtbot: QtBot) -> None:
    stand.page.table.select_row(0)
    stand.page.table.setFocus()
    qtbot.keyClick(stand.page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "curl -X POST" in QGuiApplication.clipboard().text()


async def test_the_menu_filters_by_what_is_under_it(stand: Stand) -> None:
    page = stand.page
    page._open_menu(0, page.mapToGlobal(page.rect().center()))
    (menu,) = (menu for menu in page.findChildren(QMenu) if menu.isVisible())
    next(action for action in menu.actions() if action.text() == "Only this model").trigger()
    menu.close()
    await settled()
    assert page.search.text() == f"model:{stand.log.records[-1].model}"


async def test_an_export_writes_what_the_filter_shows(stand: Stand, tmp_path: Path) -> None:
    page = stand.page
    page.search.setText("model:glm-4.6")
    page.search.returnPressed.emit()
    await settled()
    page.exporting.chosen.emit(tmp_path / "rows.jsonl", "jsonl")
    async with asyncio.timeout(60):
        while not stand.said:
            await asyncio.sleep(0.01)
    wanted = sum(record.model == "glm-4.6" for record in stand.log.records)
    assert stand.said == [(f"{wanted} requests exported.", "ok")]
    assert len((tmp_path / "rows.jsonl").read_text("utf-8").splitlines()) == wanted


async def test_a_recorded_request_is_sent_again_and_its_row_opened(stand: Stand) -> None:
    page, replays = stand.page, ScriptedReplays()
    stand.engine.replays = replays
    upstream = await stand.engine.upstreams.create(
        name="Z.ai", base_url="http://127.0.0.1:9/v1", format="openai"
    )
    await stand.engine.models.create(name="glm-4.6", upstream_id=upstream.id)
    stand.log.record(a_recording(stand.log.records[-1]))
    page._presenter.reload()
    await settled()
    page.table.select_row(0)
    page.pane.replay.click()
    (dialog,) = page.findChildren(ReplayDialog)
    dialog.send.click()
    async with asyncio.timeout(30):
        while not dialog.open_row.isVisible():
            await asyncio.sleep(0.005)
    stand.log.records.append(a_request(at=NOW, id=REPLAYED, model="the replay"))
    dialog.open_row.click()
    await settled()
    assert page.pane.request.model == "the replay"  # type: ignore[union-attr]
    assert not dialog.isVisible()


async def test_hidden_it_paints_nothing_new(stand: Stand) -> None:
    stand.page.hidden()
    stand.finish()
    assert stand.page._count.text() == "450 of 450"
    stand.page.shown()
    await settled()
    assert stand.page._count.text() == "451 of 451"


async def test_a_request_that_another_page_leads_to_is_selected(stand: Stand) -> None:
    wanted, oldest = stand.log.records[-5], stand.log.records[0]
    stand.page.show_item(wanted.id)
    await settled()
    assert stand.page.table.current_row == 4
    assert stand.page.pane.request == wanted
    stand.page.show_item(oldest.id)
    await settled()
    assert stand.page.pane.request == oldest
    assert stand.page.table.current_row == -1, "it is not among the rows"
    assert stand.page.dismiss()
    assert stand.page.pane.isHidden()


async def test_how_far_text_was_looked_for_is_said(stand: Stand) -> None:
    page = stand.page
    page.period.set_value("all")
    page._presenter.filter_by(words="claude", period="all")
    await settled()
    assert "Text was looked for back to 22 Nov" in page._bounds()


async def test_another_page_leads_to_the_requests_of_a_session(stand: Stand) -> None:
    old = stand.finish(session_id="s 1", model="mine")
    stand.log.records[-1] = replace(old, timestamp=NOW - timedelta(days=3))
    stand.page.errors_only.click()
    stand.page.filter_by('session:"s 1"')
    await settled()
    assert stand.page.search.text() == 'session:"s 1"'
    assert not stand.page.errors_only.isChecked()
    model = stand.page._presenter.model
    assert [model.row(n).model for n in range(model.rowCount())] == ["mine"]  # type: ignore[union-attr]

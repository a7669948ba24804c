"""The page Costs: its states, and what a person does with a budget."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs.dialogs import BudgetDialog
from pxbin_app.pages.costs.page import CostsPage
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.errors import DatabaseUnavailable
from tests.support.fake_engine import NOW, FakeEngine, settled
from tests.support.memory_budgets import a_budget, a_status
from tests.support.memory_sessions import MemorySessions, some_sessions
from tests.support.page_stage import PageStage
from tests.support.traffic import MemoryLog, MemoryStats, a_days_requests

AWAY = DatabaseUnavailable("The database does not answer.")


@pytest.fixture
async def stage(qtbot: QtBot) -> AsyncIterator[PageStage[CostsPage]]:
    engine = FakeEngine()
    log = MemoryLog(a_days_requests(60))
    engine.requests, engine.stats = log, MemoryStats(log)
    stage = PageStage(CostsPage, qtbot, engine)
    yield stage
    stage.page.hidden()
    await settled()


async def test_budgets_and_spend_are_shown(stage: PageStage[CostsPage]) -> None:
    stage.engine.budgets.put(a_status(), a_status(a_budget(name="Month", period="month"), "9"))
    await stage.show()
    page = stage.page
    assert [card._name.full_text for card in page.grid.cards.values()] == ["Month", "Team"]
    assert page.board.isVisible()
    assert page.add_budget.isVisible()
    assert not page.nothing.isVisible()
    page.periods._buttons["30d"].click()
    await settled()
    assert page.spending.spend is not None
    assert page.spending.spend.period == "30d"


async def test_the_first_budget_is_made(stage: PageStage[CostsPage]) -> None:
    await stage.show()
    assert stage.page.nothing.isVisible()
    assert not stage.page.add_budget.isVisible(), "one primary button a page"
    stage.page.nothing.button.click()
    await settled()
    dialog = stage.dialog(BudgetDialog)
    dialog.name.setText("Day")
    dialog.limit.setText("10")
    dialog.submit()
    await settled()
    assert [card._name.full_text for card in stage.page.grid.cards.values()] == ["Day"]
    assert stage.said == ["Day added"]
    assert not stage.page.nothing.isVisible()


async def test_a_form_that_cannot_be_read_asks_nothing(stage: PageStage[CostsPage]) -> None:
    await stage.show()
    stage.page.nothing.button.click()
    await settled()
    stage.dialog(BudgetDialog).submit()
    await settled()
    assert stage.engine.budgets.rows == {}
    assert stage.dialog(BudgetDialog).isVisible()


async def test_a_budget_is_changed(stage: PageStage[CostsPage]) -> None:
    status = a_status()
    stage.engine.budgets.put(status)
    await stage.show()
    stage.page.grid.cards[status.budget.id].edit.click()
    await settled()
    dialog = stage.dialog(BudgetDialog)
    dialog.limit.setText("25")
    dialog.submit()
    await settled()
    assert stage.engine.budgets.rows[status.budget.id].limit == Decimal(25)


async def test_a_budget_is_deleted_after_a_question(stage: PageStage[CostsPage]) -> None:
    status = a_status()
    stage.engine.budgets.put(status)
    await stage.show()
    stage.page.grid.cards[status.budget.id].delete.click()
    dialog = stage.dialog(ConfirmDialog)
    dialog.reject()
    await settled()
    assert stage.engine.budgets.rows
    stage.page.grid.cards[status.budget.id].delete.click()
    stage.dialog(ConfirmDialog).confirm.click()
    await settled()
    assert stage.engine.budgets.rows == {}
    assert stage.page.nothing.isVisible()


async def test_the_database_away_offers_to_try_again(stage: PageStage[CostsPage]) -> None:
    stage.engine.budgets.failure = AWAY
    stage.engine.requests.failure = AWAY
    await stage.show()
    page = stage.page
    assert page.budget_view.error.text == page.spend_view.error.text == AWAY.message
    stage.engine.budgets.failure = stage.engine.requests.failure = None
    page.budget_view.error.button.click()
    page.spend_view.error.button.click()
    await settled()
    assert (page.nothing.isVisible(), page.board.isVisible()) == (True, True)


async def test_what_is_not_refreshed_says_so(stage: PageStage[CostsPage]) -> None:
    stage.engine.budgets.put(a_status())
    await stage.show()
    stage.engine.budgets.failure = AWAY
    stage.page.budgets.reload()
    await settled()
    assert stage.page.not_refreshed.text() == f"Not refreshed: {AWAY.message}"
    assert stage.page.grid.isVisible()


async def test_without_a_request_the_spend_says_so(stage: PageStage[CostsPage]) -> None:
    stage.engine.requests.records.clear()
    await stage.show()
    assert stage.page.spend_view.empty.text == "No request in the last 7 days."


async def test_an_engine_that_failed_is_said(stage: PageStage[CostsPage]) -> None:
    stage.engine.state = "starting"
    await stage.show()
    stage.engine.enter("failed", "The port is taken.")
    assert stage.page.spend_view.error.text == "The port is taken."
    assert stage.page.budget_view.error.text == "The port is taken."


async def test_sessions_are_shown_and_lead_to_their_requests(stage: PageStage[CostsPage]) -> None:
    sessions = stage.engine.sessions = MemorySessions(some_sessions(NOW))
    await stage.show()
    page = stage.page
    board = page.session_board
    assert board.model.rowCount() == 3
    board.toggled.emit(board.model.rows[0])
    await settled()
    assert board.model.rowCount() == 7
    board.table.activated_row.emit(0)
    assert stage.sent_to == [f'session:"{sessions.trees[0].session.session_id}"']
    page.periods._buttons["30d"].click()
    page.orders._buttons["cost"].click()
    await settled()
    assert sessions.asked[-3] == "list 30d cost"


async def test_sessions_that_cannot_be_read_are_asked_for_again(
    stage: PageStage[CostsPage],
) -> None:
    sessions = stage.engine.sessions = MemorySessions(some_sessions(NOW))
    sessions.failure = AWAY
    await stage.show()
    assert stage.page.session_view.error.text == AWAY.message
    sessions.failure = None
    stage.page.session_view.error.button.click()
    await settled()
    assert stage.page.session_board.isVisible()

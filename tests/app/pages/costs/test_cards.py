"""A budget's card says all in words; the grid keeps its cards."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs.cards import FEW_METERS, BudgetCard, BudgetGrid
from pxbin_app.pages.costs.presenter import BudgetRow
from pxbin_engine.records import BudgetStatus
from tests.support.database import NOW
from tests.support.memory_budgets import a_budget, a_status


def a_row(*meters: BudgetStatus, subject: str = "") -> BudgetRow:
    return BudgetRow(record=meters[0].budget, now=NOW, meters=meters, subject=subject)


@pytest.fixture
def card(qtbot: QtBot) -> BudgetCard:
    card = BudgetCard()
    qtbot.addWidget(card)
    card.resize(330, 240)
    card.show()
    return card


def test_one_meter_is_a_figure_a_bar_and_an_outlook(card: BudgetCard) -> None:
    status = a_status(
        spent="6.89", reserved=Decimal("0.5"), ends_at=NOW + timedelta(hours=9), unpriced_requests=2
    )
    card.show_row(a_row(status))
    assert (card.whole._spent.text(), card.whole._of.text()) == ("$6.89", "of $10")
    assert card.whole._ends.text() == "ends in 9 h"
    assert card.whole.meter.accessibleName() == (
        "Team: $6.89 of $10 is spent, $0.50 held for requests in flight"
    )
    assert card.note.text().startswith("At this pace $13.78")
    assert card._unpriced.text() == "2 requests without a price are not counted."
    assert not card.more.isVisible()


@pytest.mark.parametrize(
    ("spent", "values", "word"),
    [
        ("1", {}, "on track"),
        ("3", {"level": "fast"}, "too fast"),
        ("9", {}, "running low"),
        ("10", {}, "used up"),
    ],
)
def test_the_level_is_a_word(
    card: BudgetCard, spent: str, values: dict[str, Any], word: str
) -> None:
    card.show_row(a_row(a_status(spent=spent, **values)))
    assert card.level.text() == word
    assert card.accessibleName().startswith(f"Budget Team: {word}. ")


def test_each_key_has_a_line_of_its_own(card: BudgetCard, qtbot: QtBot) -> None:
    budget = a_budget(scope="key", name="Keys")
    meters = [
        a_status(budget, str(9 - n), subject=str(n), label=f"key {n}")
        for n in range(FEW_METERS + 2)
    ]
    card.show_row(a_row(*meters))
    assert not card.whole.isVisible()
    shown = [line._whose.full_text for line in card._meters if line.isVisible()]
    assert shown == [f"key {n}" for n in range(FEW_METERS)]
    assert card._meters[0]._level.text() == "running low"
    assert card.more.text() == "2 more"
    card.more.click()
    assert sum(line.isVisible() for line in card._meters) == FEW_METERS + 2
    assert card.more.text() == "Show fewer"


def test_a_budget_that_nobody_spent_of_yet(card: BudgetCard) -> None:
    each = BudgetRow(record=a_budget(scope="client"), now=NOW)
    card.show_row(each)
    assert card.note.text() == "Nothing was spent yet; $10 for each."
    assert (card.whole.isVisible(), card._unpriced.isVisible()) == (False, False)


def test_one_that_is_switched_off_says_so(card: BudgetCard) -> None:
    card.show_row(a_row(a_status(a_budget(is_active=False), "12")))
    assert card.level.text() == "switched off"
    assert "refuses nothing" in card.note.text()


def test_its_buttons_are_named_and_tell_the_record(card: BudgetCard, qtbot: QtBot) -> None:
    row = a_row(a_status())
    card.show_row(row)
    assert (card.edit.accessibleName(), card.delete.accessibleName()) == (
        "Edit Team",
        "Delete Team",
    )
    for button, signal in ((card.edit, card.edit_wanted), (card.delete, card.delete_wanted)):
        with qtbot.waitSignal(signal) as told:
            button.click()
        assert told.args == [row.record]


@pytest.mark.parametrize(("width", "columns"), [(1044, 3), (700, 2), (300, 1)])
def test_as_many_columns_as_fit(qtbot: QtBot, width: int, columns: int) -> None:
    grid = BudgetGrid()
    qtbot.addWidget(grid)
    grid.resize(width, 600)
    grid.show()
    grid.show_rows([a_row(a_status(a_budget(name=f"{n}"))) for n in range(4)])
    qtbot.waitUntil(
        lambda: len({card.geometry().topLeft().toTuple() for card in grid.cards.values()}) == 4
    )
    assert grid._columns == columns
    assert len({card.x() for card in grid.cards.values()}) == columns


def test_a_card_stays_as_long_as_its_budget(qtbot: QtBot) -> None:
    grid = BudgetGrid()
    qtbot.addWidget(grid)
    kept, gone = a_budget(id=uuid4()), a_budget(name="gone")
    grid.show_rows([a_row(a_status(gone)), a_row(a_status(kept, "1"))])
    before = grid.cards[kept.id]
    grid.show_rows([a_row(a_status(kept, "2"))])
    assert grid.cards == {kept.id: before}
    assert before.whole._spent.text() == "$2.00"


def test_what_is_the_same_is_not_shown_anew(
    card: BudgetCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[BudgetRow] = []
    monkeypatch.setattr(card, "_show", shown.append)
    budget = a_budget()
    for spent in ("1", "1", "2"):
        card.show_row(a_row(a_status(budget, spent)))
    assert [row.meters[0].spent for row in shown] == [1, 2]


def test_tab_goes_through_the_cards_as_they_stand(qtbot: QtBot) -> None:
    grid = BudgetGrid()
    qtbot.addWidget(grid)
    rows = [a_row(a_status(a_budget(name=name))) for name in ("one", "two", "three")]
    grid.show_rows(rows)
    grid.show_rows(rows[::-1])
    grid.show()
    grid.activateWindow()
    first, *others = [card.edit for card in grid.cards.values()]
    first.setFocus()
    seen = []
    while len(seen) < 2:
        qtbot.keyClick(grid.focusWidget(), Qt.Key.Key_Tab)
        if grid.focusWidget() in others:
            seen.append(grid.focusWidget())
    assert seen == others

"""The form of a budget."""

from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs.dialogs import BudgetDialog, a_share, an_amount
from pxbin_app.pages.costs.presenter import BudgetValues, Subjects
from pxbin_engine.errors import InvalidInput
from tests.support.memory_budgets import a_budget

SUBJECTS = Subjects(of={"key": [("id-1", "CI")], "client": [("Codex", "Codex")]})


@pytest.fixture
def dialog(qtbot: QtBot) -> BudgetDialog:
    dialog = BudgetDialog(None, SUBJECTS)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def choose(dialog: BudgetDialog, scope: str) -> None:
    dialog.scope.set_value(scope)
    dialog.scope.chosen.emit(scope)


def test_a_new_budget_counts_all_requests_of_a_month(dialog: BudgetDialog) -> None:
    dialog.name.setText("Team")
    dialog.limit.setText("$1,000")
    dialog.time_zone.setText("Europe/Berlin")
    assert not dialog.subject.isVisible()
    assert dialog.values() == BudgetValues(
        name="Team",
        scope="all",
        subject="",
        period="month",
        time_zone="Europe/Berlin",
        limit=Decimal(1000),
        warn_share=0.8,
        is_hard=True,
    )
    assert not dialog.is_active.isVisible()


def test_a_key_is_picked_a_client_is_typed(dialog: BudgetDialog) -> None:
    dialog.limit.setText("10")
    choose(dialog, "key")
    assert dialog.subject.listed.itemText(0) == "Each key, for itself"
    dialog.subject.listed.setCurrentIndex(1)
    values = dialog.values()
    assert values is not None
    assert (values.scope, values.subject) == ("key", "id-1")
    choose(dialog, "client")
    dialog.subject.typed.setText(" Claude Code ")
    values = dialog.values()
    assert values is not None
    assert (values.scope, values.subject) == ("client", "Claude Code")
    assert dialog.subject.typed.completer().model().index(0, 0).data() == "Codex"
    choose(dialog, "all")
    values = dialog.values()
    assert values is not None
    assert values.subject == ""


def test_an_old_one_is_shown_as_it_is(qtbot: QtBot) -> None:
    record = a_budget(
        name="Per key",
        scope="key",
        subject="id-9",
        limit=Decimal("0.000005"),
        warn_share=0.75,
        is_hard=False,
        is_active=False,
        time_zone="Asia/Tokyo",
    )
    dialog = BudgetDialog(None, SUBJECTS, record)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.subject.listed.currentText() == "id-9 (gone)"
    assert dialog.is_active.isVisible()
    values = dialog.values()
    assert values is not None
    for name in BudgetValues.__slots__:
        assert getattr(values, name) == getattr(record, name), name


def test_what_it_does_is_explained(dialog: BudgetDialog) -> None:
    dialog.does._buttons["tell"].click()
    assert dialog._does_field._below.text().startswith("Requests go on")


@pytest.mark.parametrize("text", ["", "ten", "0", "-3", "NaN", "Infinity"])
def test_a_limit_that_is_none_is_said_at_its_field(dialog: BudgetDialog, text: str) -> None:
    dialog.limit.setText(text)
    assert dialog.values() is None
    assert dialog._by_name["limit"][1].error.startswith("Limit in dollars must be ")


@pytest.mark.parametrize("text", ["", "much", "0", "101"])
def test_a_share_that_is_none_is_said_at_its_field(dialog: BudgetDialog, text: str) -> None:
    dialog.limit.setText("10")
    dialog.warn_at.setText(text)
    assert dialog.values() is None
    assert dialog._by_name["warn_share"][1].error.startswith("Warn at must be between")


def test_amounts_and_shares() -> None:
    assert [an_amount(text) for text in ("2.50", " $1,000 ")] == [Decimal("2.50"), Decimal(1000)]
    assert [a_share(text) for text in ("80", "7.5%", "100")] == [0.8, 0.075, 1.0]
    with pytest.raises(InvalidInput):
        an_amount("1e")

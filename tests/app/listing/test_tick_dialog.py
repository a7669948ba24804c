"""A list to tick, asked for: what every dialog of that kind does (see test_import_dialog for one in use)."""

from collections.abc import Sequence

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.listing.tick_dialog import TickDialog
from pxbin_app.widgets.tick_list import TickItem

ITEMS = [
    TickItem(value="a", tip="all of a"),
    TickItem(value="b"),
    TickItem(value="c", offered=False),
]


class Letters(TickDialog):
    """Keeps what is taken."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Letters", primary="Take", list_name="Letters", asking="Asking")
        self.taken: list[Sequence[str]] = []
        self.add_list()

    def take(self, values: Sequence[str]) -> None:
        self.taken.append(values)


@pytest.fixture
def dialog(qtbot: QtBot) -> Letters:
    parent = QWidget()
    qtbot.addWidget(parent)
    qtbot.held = parent  # type: ignore[attr-defined]  # qtbot's own references are weak
    dialog = Letters(parent)
    dialog.show()
    return dialog


def test_what_is_ticked_is_taken_hidden_or_not(dialog: Letters) -> None:
    dialog.show_items(ITEMS, ["a"])
    dialog.list.set_filter("b")
    dialog.all.click()
    assert dialog.chosen.text() == "2 of 3 models"
    dialog.submit()
    assert dialog.taken == [("a", "b")]


def test_without_a_tick_nothing_is_taken(dialog: Letters) -> None:
    dialog.show_items(ITEMS, [])
    assert not dialog.primary.isEnabled()
    dialog.submit()
    assert dialog.taken == []


def test_each_state_offers_only_what_can_be_done(dialog: Letters) -> None:
    tried: list[bool] = []
    dialog.show_loading("Asking…")
    assert (dialog.spinner.isVisible(), dialog.chosen.text()) == (True, "Asking…")
    dialog.show_failed("It does not answer.", lambda: tried.append(True))
    assert (dialog.view.state, dialog.spinner.isVisible()) == ("error", False)
    dialog.view.error.button.click()
    assert tried == [True]
    dialog.show_nothing("Nothing.")
    assert (dialog.view.state, dialog.all.isEnabled()) == ("empty", False)
    dialog.show_items(ITEMS, ["a", "b"])
    assert dialog.view.state == "content"
    assert dialog.all.isEnabled()
    assert dialog.primary.isEnabled()

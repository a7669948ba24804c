"""The clients, a card each."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.pages.clients.cards import ClientLine, ClientList

LINES = (
    ClientLine("a", "Client A", "~/.a/settings.json", "Connected", "ok"),
    ClientLine("b", "Client B", "not installed", "Not found", "neutral"),
    ClientLine("c", "Client C", "by hand", "By hand", "neutral"),
)


@pytest.fixture
def cards(qtbot: QtBot) -> ClientList:
    cards = ClientList()
    qtbot.addWidget(cards)
    cards.show_lines(LINES, "a")
    cards.show()
    return cards


def test_each_tells_how_it_stands(cards: ClientList) -> None:
    assert [card.accessibleName() for card in cards.cards.values()] == [
        "Client A: Connected, ~/.a/settings.json",
        "Client B: Not found, not installed",
        "Client C: By hand, by hand",
    ]
    cards.show_lines((LINES[0]._replace(state="Old address", tone="warn"), *LINES[1:]), "b")
    assert cards.cards["a"].accessibleName().startswith("Client A: Old address")
    assert [name for name, card in cards.cards.items() if card.isChecked()] == ["b"]


def test_the_arrow_keys_go_through_them(cards: ClientList, qtbot: QtBot) -> None:
    chosen: list[str] = []
    cards.chosen.connect(chosen.append)
    for name, key in (
        ("a", Qt.Key.Key_Down),
        ("b", Qt.Key.Key_Down),
        ("c", Qt.Key.Key_Down),
        ("c", Qt.Key.Key_Up),
    ):
        qtbot.keyClick(cards.cards[name], key)
    assert chosen == ["b", "c", "b"]


def test_a_click_chooses(cards: ClientList, qtbot: QtBot) -> None:
    with qtbot.waitSignal(cards.chosen) as told:
        qtbot.mouseClick(cards.cards["c"], Qt.MouseButton.LeftButton)
    assert told.args == ["c"]

"""Cards."""

from PySide6.QtWidgets import QHBoxLayout
from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors
from pxbin_app.widgets.cards import Card, FigureCard
from pxbin_app.widgets.labels import Label


def test_a_card_is_a_bordered_surface(qtbot: QtBot) -> None:
    card = Card("Upstreams")
    qtbot.addWidget(card)
    card.add(Label("one"))
    card.add(QHBoxLayout())
    card.resize(200, 100)
    image = card.grab().toImage()
    assert image.pixelColor(100, 0).name() == colors().border
    assert image.pixelColor(100, 90).name() == colors().surface
    assert card.accessibleName() == "Upstreams"


def test_a_figure_is_read_with_its_label_and_note(qtbot: QtBot) -> None:
    card = FigureCard("Requests")
    qtbot.addWidget(card)
    card.set_figure("1,284", "1.2% errors", tone="err")
    card.set_trend([1, 2, 3])
    assert card.accessibleName() == "Requests: 1,284 1.2% errors"


def test_a_figure_is_never_cut(qtbot: QtBot) -> None:
    card = FigureCard("Spend")
    qtbot.addWidget(card)
    card.set_figure("$1,234,567.89", "3 unpriced")
    needed = card._figure.fontMetrics().horizontalAdvance("$1,234,567.89")
    assert card.minimumSizeHint().width() >= needed


def test_the_note_gives_way_to_the_figure(qtbot: QtBot) -> None:
    card = FigureCard("Spend")
    qtbot.addWidget(card)
    card.set_figure("$41.69", "61 of the requests have no price")
    card.resize(190, 100)
    card.show()
    needed = card._figure.fontMetrics().horizontalAdvance("$41.69")
    qtbot.waitUntil(lambda: not card._note.isVisible())
    assert card._figure.width() >= needed
    assert "61 of the requests" in card.accessibleName()
    card.resize(400, 100)
    qtbot.waitUntil(card._note.isVisible)

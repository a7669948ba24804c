"""The base of pages."""

from PySide6.QtWidgets import QHBoxLayout
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.page import Page


def test_a_page_has_its_name_and_takes_widgets_and_layouts(qtbot: QtBot) -> None:
    page = Page("Logs", edge_to_edge=True)
    qtbot.addWidget(page)
    page.add(Label("one"))
    page.add(QHBoxLayout(), 1)
    assert page.accessibleName() == "Logs"
    assert page.body.count() == 2
    assert page.dismiss() is False


def test_the_foot_shows_only_with_texts(qtbot: QtBot) -> None:
    page = Page("Logs")
    qtbot.addWidget(page)
    assert page._foot.isHidden()
    page.set_foot("↑↓ move", "14 days")
    assert not page._foot.isHidden()
    page.set_foot("")
    assert page._foot.isHidden()

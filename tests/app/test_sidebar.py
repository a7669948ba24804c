"""The sidebar: sections under their titles, the foot at the foot."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from pxbin_app.page_list import FOOT
from pxbin_app.sidebar import PageDescriptor, Sidebar
from pxbin_app.widgets.page import Page


def descriptor(title: str, section: str = "") -> PageDescriptor:
    return PageDescriptor(
        name=title.lower(),
        title=title,
        icon_name="cube",
        section=section,
        build=lambda: Page(title),
    )


def test_what_belongs_to_the_foot_stands_there_without_a_title(qtbot: QtBot) -> None:
    pages = [
        descriptor("Logs"),
        descriptor("Keys", "Configure"),
        descriptor("Clients", "Configure"),
        descriptor("Settings", FOOT),
    ]
    sidebar = Sidebar(pages)
    qtbot.addWidget(sidebar)
    sidebar.resize(196, 800)
    sidebar.show()
    words = [one.text() for one in sidebar.findChildren(QLabel)]
    assert words.count("CONFIGURE") == 1
    assert "FOOT" not in words
    buttons = sidebar._buttons
    assert buttons["clients"].y() - buttons["keys"].y() < 40
    assert buttons["settings"].y() > buttons["clients"].y() + 300
    assert sidebar.status.y() > buttons["settings"].y()
    assert buttons["settings"].toolTip() == "Ctrl+4"

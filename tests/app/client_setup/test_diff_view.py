"""The lines that change, as they are painted."""

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from pxbin_app.client_setup.diff_view import DiffView
from pxbin_app.clients import DiffLine
from pxbin_app.theme import colors, current

LINES = (
    DiffLine("gap"),
    DiffLine("same", "a = 1"),
    DiffLine("removed", "b = 1"),
    DiffLine("added", "b = 2"),
)


@pytest.fixture
def view(qtbot: QtBot) -> DiffView:
    view = DiffView()
    qtbot.addWidget(view)
    view.set_parts([("~/one", LINES), ("~/two", LINES[3:])])
    return view


def test_each_line_has_its_sign(view: DiffView) -> None:
    assert view.toPlainText().splitlines() == [
        "  # ~/one", "  ⋯", "  a = 1", "- b = 1", "+ b = 2", "", "  # ~/two", "+ b = 2",
    ]  # fmt: skip


def background(view: DiffView, line: int) -> QColor:
    return view.document().findBlockByNumber(line).blockFormat().background().color()


def test_changes_are_tinted_in_the_themes_colours(view: DiffView) -> None:
    before = current().mode
    assert background(view, 3) == QColor(colors().err_background)
    assert background(view, 4) == QColor(colors().ok_background)
    assert not view.document().findBlockByNumber(2).blockFormat().hasProperty(0x820)
    current().set_mode("light" if colors().window.startswith("#1") else "dark")
    view.set_parts([("~/one", LINES[2:])])
    assert background(view, 1) == QColor(colors().err_background)
    current().set_mode(before)


def test_the_same_parts_do_not_scroll_back(view: DiffView) -> None:
    view.moveCursor(view.textCursor().MoveOperation.End)
    place = view.textCursor().position()
    view.set_parts([("~/one", LINES), ("~/two", LINES[3:])])
    assert view.textCursor().position() == place

"""Ctrl+F in a text, by keyboard."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.find_bar import SearchedCode


@pytest.fixture
def code(qtbot: QtBot) -> SearchedCode:
    code = SearchedCode("Body")
    qtbot.addWidget(code)
    code.resize(400, 300)
    code.show()
    code.code.set_text("one two one\none", layout_json=False)
    return code


def test_it_opens_on_demand_and_takes_the_words(code: SearchedCode, qtbot: QtBot) -> None:
    assert code.bar.isHidden()
    code.open_search()
    assert code.focusWidget() is code.bar.field
    qtbot.keyClicks(code.bar.field, "one")
    assert code.bar.count.text() == "1 of 3"
    assert code.bar.after.isEnabled()


def test_enter_goes_on_and_shift_enter_back(code: SearchedCode, qtbot: QtBot) -> None:
    code.open_search()
    code.bar.field.setText("one")
    qtbot.keyClick(code.bar.field, Qt.Key.Key_Return)
    assert code.bar.count.text() == "2 of 3"
    qtbot.keyClick(code.bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(code.bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert code.bar.count.text() == "3 of 3"
    code.bar.after.click()
    assert code.bar.count.text() == "1 of 3"


def test_words_that_are_nowhere_are_said(code: SearchedCode) -> None:
    code.open_search()
    code.bar.field.setText("three")
    assert code.bar.count.text() == "None"
    assert code.bar.field.property("invalid") is True
    assert not code.bar.after.isEnabled()
    code.bar.field.setText("")
    assert code.bar.count.text() == ""
    assert code.bar.field.property("invalid") is False


def test_escape_closes_it_and_takes_the_marks_away(code: SearchedCode, qtbot: QtBot) -> None:
    code.open_search()
    code.bar.field.setText("one")
    assert len(code.code.extraSelections()) == 3
    qtbot.keyClick(code.bar.field, Qt.Key.Key_Escape)
    assert code.bar.isHidden()
    assert code.code.extraSelections() == []
    assert code.focusWidget() is code.code

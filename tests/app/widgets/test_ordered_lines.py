"""Lines whose order counts."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.fields import TextField
from pxbin_app.widgets.ordered_lines import OrderedLine, OrderedLines

CTRL = Qt.KeyboardModifier.ControlModifier


class Word(OrderedLine):
    """A line with one field."""

    def __init__(self, text: str) -> None:
        self.field = TextField(text)
        super().__init__([self.field], self.field, remove="Remove this word")


@pytest.fixture
def words(qtbot: QtBot) -> OrderedLines[Word]:
    lines: OrderedLines[Word] = OrderedLines()
    qtbot.addWidget(lines)
    for text in ("a", "b", "c"):
        lines.add_line(Word(text))
    lines.show()
    return lines


def texts(lines: OrderedLines[Word]) -> str:
    return "".join(line.field.text() for line in lines.lines)


def test_a_line_moves_by_its_buttons_as_far_as_there_is_room(
    qtbot: QtBot, words: OrderedLines[Word]
) -> None:
    moves: list[tuple[Word, int]] = []
    words.moved.connect(lambda line, place: moves.append((line, place)))
    last = words.lines[-1]
    last.up.click()
    last.up.click()
    assert texts(words) == "cab"
    assert not last.up.isEnabled()
    words.move_line(last, -1)
    assert moves == [(last, 1), (last, 0)]
    qtbot.waitUntil(lambda: words.lines[0].y() < words.lines[1].y() < words.lines[2].y())


def test_a_line_moves_by_the_keyboard_from_whatever_is_in_it(
    qtbot: QtBot, words: OrderedLines[Word]
) -> None:
    words.activateWindow()
    qtbot.waitUntil(words.isActiveWindow)
    field = words.lines[0].field
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Down, CTRL)
    assert texts(words) == "bac"
    assert field.hasFocus()
    qtbot.keyClick(field, Qt.Key.Key_Up, CTRL)
    qtbot.keyClick(field, Qt.Key.Key_Up, CTRL)
    assert texts(words) == "abc"


def test_the_tabulator_follows_the_order(words: OrderedLines[Word]) -> None:
    words.lines[2].up.click()
    first, second, third = words.lines
    assert next_stop(first.remove) is second.field
    assert next_stop(second.remove) is third.field


def next_stop(widget: QWidget) -> QWidget:
    """Where the tabulator key goes from ``widget``."""
    stop = widget.nextInFocusChain()
    while stop.focusPolicy() == Qt.FocusPolicy.NoFocus:
        stop = stop.nextInFocusChain()
    return stop


def test_who_removes_a_line_is_who_hears_of_it(words: OrderedLines[Word]) -> None:
    line = words.lines[1]
    line.remove_requested.connect(lambda: words.remove_line(line))
    words.lines[0].remove.click()
    line.remove.click()
    assert texts(words) == "ac"
    words.clear()
    assert words.lines == []

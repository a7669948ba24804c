"""Tab goes as layouts have their widgets, whatever order they were made in."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.tab_order import move_focus, tab_order


class Window(QWidget):
    """Buttons 1 to 9 as the eye meets them, made in another order."""

    def __init__(self) -> None:
        super().__init__()
        buttons = {number: QPushButton(str(number)) for number in (7, 3, 9, 1, 5, 2, 8, 4, 6)}
        self.buttons = buttons
        foot = QHBoxLayout()
        foot.addWidget(buttons[8])
        outer = QVBoxLayout(self)
        outer.addLayout(foot)
        outer.insertWidget(0, buttons[1])
        outer.insertWidget(1, self._scrolled(buttons[2], buttons[3]))
        outer.insertWidget(2, self._split(buttons[4], buttons[5]))
        outer.insertWidget(3, self._stacked(buttons[6], buttons[7]))
        buttons[9].setParent(self)  # in no layout: it floats over the rest
        self.resize(400, 600)

    def _scrolled(self, *inside: QWidget) -> QScrollArea:
        holder = QWidget()
        column = QVBoxLayout(holder)
        for one in inside:
            column.addWidget(one)
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(holder)
        return area

    def _split(self, left: QWidget, right: QWidget) -> QSplitter:
        splitter = QSplitter()
        splitter.addWidget(right)
        splitter.insertWidget(0, left)
        return splitter

    def _stacked(self, seen: QWidget, unseen: QWidget) -> QStackedWidget:
        stack = QStackedWidget()
        stack.addWidget(unseen)
        stack.addWidget(seen)
        stack.setCurrentWidget(seen)
        return stack

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    result = Window()
    qtbot.addWidget(result)
    with qtbot.waitActive(result):
        result.show()
    return result


def numbers(window: Window) -> list[str]:
    return [one.text() for one in tab_order(window) if isinstance(one, QPushButton)]


def test_it_is_the_layouts_order_and_what_cannot_be_seen_is_left_out(window: Window) -> None:
    assert numbers(window) == ["1", "2", "3", "4", "5", "6", "8", "9"]
    window.buttons[5].setEnabled(False)
    window.buttons[2].setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    window.buttons[1].hide()
    assert numbers(window) == ["3", "4", "6", "8", "9"]


def test_tab_goes_round_both_ways(qtbot: QtBot, window: Window) -> None:
    def press(key: Qt.Key) -> str:
        qtbot.keyClick(QApplication.focusWidget() or window, key)
        focused = QApplication.focusWidget()
        assert isinstance(focused, QPushButton)
        return focused.text()

    window.setFocus()
    window.buttons[8].setFocus()
    assert [press(Qt.Key.Key_Tab) for _ in range(3)] == ["9", "1", "2"]
    assert [press(Qt.Key.Key_Backtab) for _ in range(3)] == ["1", "9", "8"]


def test_where_nothing_takes_it_nothing_is_moved(qtbot: QtBot) -> None:
    empty = QWidget()
    qtbot.addWidget(empty)
    empty.show()
    assert not move_focus(empty, forward=True)

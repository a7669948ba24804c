"""An overlay has the focus while it is open, covers the window as it grows, and gives the focus back."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.overlay import Overlay

KEY = Qt.Key


class Window(QWidget):
    """With one field below the overlay."""

    def __init__(self) -> None:
        super().__init__()
        self.field = QLineEdit()
        QVBoxLayout(self).addWidget(self.field)
        self.resize(900, 500)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    result = Window()
    qtbot.addWidget(result)
    with qtbot.waitActive(result):
        result.show()
    result.field.setFocus()
    return result


@pytest.fixture
def overlay(window: Window) -> Overlay:
    result = Overlay(window, "Two buttons", width=400)
    result.first, result.second = QPushButton("1"), QPushButton("2")  # type: ignore[attr-defined]
    hidden = QPushButton("hidden")
    off = QPushButton("off")
    for button in (result.first, hidden, off, result.second):  # type: ignore[attr-defined]
        result.content.addWidget(button)
    hidden.hide()
    off.setEnabled(False)
    result.open()
    return result


def test_tab_goes_round_within(qtbot: QtBot, overlay: Overlay) -> None:
    first, second = overlay.first, overlay.second  # type: ignore[attr-defined]
    assert QApplication.focusWidget() is first
    for key, expected in ((KEY.Key_Tab, second), (KEY.Key_Tab, first), (KEY.Key_Backtab, second)):
        qtbot.keyClick(QApplication.focusWidget(), key)
        assert QApplication.focusWidget() is expected


def test_escape_and_a_press_on_the_shade_close_it(
    qtbot: QtBot, window: Window, overlay: Overlay
) -> None:
    with qtbot.waitSignal(overlay.closed):
        qtbot.keyClick(overlay.first, KEY.Key_Escape)  # type: ignore[attr-defined]
    assert QApplication.focusWidget() is window.field
    overlay.open()
    inside = overlay.panel.geometry().center()
    qtbot.mouseClick(
        overlay.panel, Qt.MouseButton.LeftButton, pos=overlay.panel.mapFrom(overlay, inside)
    )
    assert overlay.is_open
    with qtbot.waitSignal(overlay.closed):
        qtbot.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))


def test_keys_do_not_reach_what_is_below(qtbot: QtBot, window: Window, overlay: Overlay) -> None:
    heard: list[int] = []
    window.keyPressEvent = lambda event: heard.append(event.key())  # type: ignore[method-assign]
    qtbot.keyClick(overlay.first, KEY.Key_Down)  # type: ignore[attr-defined]
    assert heard == []


def test_it_covers_the_window_as_it_changes_its_size(window: Window, overlay: Overlay) -> None:
    window.resize(600, 400)
    assert overlay.geometry() == window.rect()
    assert abs(overlay.panel.geometry().center().x() - 300) <= 1
    window.resize(300, 300)
    assert overlay.panel.width() == 268


def test_closing_twice_is_once(qtbot: QtBot, overlay: Overlay) -> None:
    closed: list[None] = []
    overlay.closed.connect(lambda: closed.append(None))
    overlay.close_overlay()
    overlay.close_overlay()
    assert closed == [None]

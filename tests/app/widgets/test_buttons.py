"""Buttons: pressed by mouse and keyboard, named for screen readers."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from pxbin_app.theme import current
from pxbin_app.widgets.buttons import Button, CopyButton, IconButton, SegmentedControl, TabStrip

PERIODS = [("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days")]


def test_a_button_acts_by_click_and_by_space(qtbot: QtBot) -> None:
    pressed: list[int] = []
    button = Button("Save", "primary", on_click=lambda: pressed.append(1))
    qtbot.addWidget(button)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert pressed == [1, 1]


def test_the_mouse_gives_no_focus_so_the_ring_is_the_keyboards() -> None:
    for button in (Button("Save"), IconButton("x", "Close")):
        assert button.focusPolicy() == Qt.FocusPolicy.TabFocus


def test_an_icon_button_has_a_name(qtbot: QtBot) -> None:
    button = IconButton("x", "Close")
    qtbot.addWidget(button)
    assert (button.accessibleName(), button.toolTip()) == ("Close", "Close")


def test_copying_takes_the_text_of_that_moment_and_says_so(qtbot: QtBot) -> None:
    text = ["old"]
    button = CopyButton(lambda: text[0], "Copy address")
    qtbot.addWidget(button)
    text[0] = "http://127.0.0.1:8080"
    with qtbot.waitSignal(button.copied):
        button.click()
    assert QGuiApplication.clipboard().text() == "http://127.0.0.1:8080"
    assert button.accessibleName() == "Copied"
    button._back.setInterval(0)
    button._back.start()
    qtbot.waitUntil(lambda: button.accessibleName() == "Copy address")


def test_choosing_tells_the_value_once(qtbot: QtBot) -> None:
    control = SegmentedControl(PERIODS, "Period")
    qtbot.addWidget(control)
    chosen: list[str] = []
    control.chosen.connect(chosen.append)
    assert control.value == "24h"
    qtbot.mouseClick(control._buttons["30d"], Qt.MouseButton.LeftButton)
    assert (chosen, control.value) == (["30d"], "30d")
    control.set_value("7d")
    assert (chosen, control.value) == (["30d"], "7d")


def test_arrow_keys_move_between_choices(qtbot: QtBot) -> None:
    control = SegmentedControl(PERIODS, "Period")
    qtbot.addWidget(control)
    chosen: list[str] = []
    control.chosen.connect(chosen.append)
    with qtbot.waitActive(control):
        control.show()
    first = control._buttons["24h"]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert (control.value, chosen) == ("7d", ["7d"])


def test_choosing_moves_nothing(qtbot: QtBot) -> None:
    tabs = TabStrip([("one", "Request"), ("two", "Response")], "Details")
    qtbot.addWidget(tabs)
    tabs.show()
    before = [button.geometry() for button in tabs.findChildren(QPushButton)]
    tabs.set_value("two")
    assert [button.geometry() for button in tabs.findChildren(QPushButton)] == before


def test_a_tab_can_count(qtbot: QtBot) -> None:
    tabs = TabStrip([("one", "Losses")], "Details")
    qtbot.addWidget(tabs)
    tabs.set_text("one", "Losses (12)")
    assert tabs._buttons["one"].text() == "Losses (12)"


def test_what_is_chosen_stays_strong_when_the_theme_changes(qtbot: QtBot) -> None:
    choice = SegmentedControl(PERIODS, "Period")
    qtbot.addWidget(choice)
    choice.show()
    qtbot.mouseClick(choice._buttons["7d"], Qt.MouseButton.LeftButton)
    weights = [button.font().weight() for button in choice._buttons.values()]
    current().set_mode("light")
    assert [button.font().weight() for button in choice._buttons.values()] == weights
    assert weights[1] > weights[0]

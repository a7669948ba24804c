"""A list to tick: by click, by key, all at once; a filter hides and forgets nothing."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.tick_list import TickItem, TickList

ITEMS = (
    TickItem(value="glm-4.6", note="131.1k context"),
    TickItem(value="glm-4.5", note="imported", offered=False),
    TickItem(value="gpt-5.2"),
)


def make(qtbot: QtBot) -> TickList:
    ticks = TickList("Models")
    qtbot.addWidget(ticks)
    ticks.resize(300, 200)
    ticks.set_items(ITEMS)
    ticks.show()
    return ticks


def test_a_click_ticks_and_a_second_unticks(qtbot: QtBot) -> None:
    ticks = make(qtbot)
    told: list[bool] = []
    ticks.ticks_changed.connect(lambda: told.append(True))
    middle = ticks.visualRect(ticks.model().index(2, 0)).center()
    qtbot.mouseClick(ticks.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert ticks.ticked == ("gpt-5.2",)
    qtbot.mouseClick(ticks.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert ticks.ticked == ()
    assert len(told) == 2


def test_space_ticks_the_current_line(qtbot: QtBot) -> None:
    ticks = make(qtbot)
    ticks.setCurrentIndex(ticks.model().index(0, 0))
    qtbot.keyClick(ticks, Qt.Key.Key_Space)
    assert ticks.ticked == ("glm-4.6",)


def test_what_is_not_offered_is_never_ticked(qtbot: QtBot) -> None:
    ticks = make(qtbot)
    ticks.setCurrentIndex(ticks.model().index(1, 0))
    qtbot.keyClick(ticks, Qt.Key.Key_Space)
    ticks.set_all(True)
    assert ticks.ticked == ("glm-4.6", "gpt-5.2")


def test_a_filter_hides_lines_and_keeps_their_ticks(qtbot: QtBot) -> None:
    ticks = make(qtbot)
    ticks.set_all(True)
    ticks.set_filter("GPT")
    assert [item.value for item in ticks.shown] == ["gpt-5.2"]
    ticks.set_all(False)
    ticks.set_filter("")
    assert ticks.ticked == ("glm-4.6",)


def test_lines_say_what_they_are(qtbot: QtBot) -> None:
    index = make(qtbot).model().index(1, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "glm-4.5 imported"
    assert index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked


def test_ticks_are_seen(qtbot: QtBot) -> None:
    ticks = make(qtbot)
    before = picture(ticks)
    ticks.set_all(True)
    assert picture(ticks).toImage() != before.toImage()


def picture(ticks: TickList) -> QPixmap:
    return ticks.grab()

"""Latest wins."""

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.throttle import Throttle


def test_the_first_acts_at_once_and_the_newest_last(qtbot: QtBot) -> None:
    seen: list[int] = []
    parent = QObject()
    throttle = Throttle(seen.append, 20, parent=parent)
    for number in range(100):
        throttle(number)
    assert seen == [0]
    qtbot.waitUntil(lambda: seen == [0, 99])
    qtbot.wait(60)
    assert seen == [0, 99]
    throttle(100)
    assert seen == [0, 99, 100]


def test_cancel_forgets_what_waits(qtbot: QtBot) -> None:
    seen: list[int] = []
    parent = QObject()
    throttle = Throttle(seen.append, 10, parent=parent)
    throttle(1)
    throttle(2)
    throttle.cancel()
    qtbot.wait(40)
    assert seen == [1]

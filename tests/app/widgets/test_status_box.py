"""The foot of the sidebar."""

import typing

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.status_box import STATE_WORDS, RunState, StatusBox


def test_every_state_has_its_word() -> None:
    assert set(STATE_WORDS) == set(typing.get_args(RunState))


@pytest.mark.parametrize(
    ("state", "button"),
    [("running", "Pause"), ("paused", "Resume"), ("starting", ""), ("failed", "")],
)
def test_pause_is_offered_where_it_makes_sense(qtbot: QtBot, state: RunState, button: str) -> None:
    box = StatusBox()
    qtbot.addWidget(box)
    box.set_state(state, "127.0.0.1:8080", "http://127.0.0.1:8080")
    shown = "" if box._pause.isHidden() else box._pause.accessibleName()
    assert (shown, box.state) == (button, state)
    assert box.accessibleName().endswith("127.0.0.1:8080")


def test_pressing_tells_and_copying_takes_the_base_url(qtbot: QtBot) -> None:
    box = StatusBox()
    qtbot.addWidget(box)
    box.set_state("running", "127.0.0.1:8080", "http://127.0.0.1:8080")
    with qtbot.waitSignal(box.pause_toggled):
        qtbot.mouseClick(box._pause, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(box.copied):
        qtbot.mouseClick(box._copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "http://127.0.0.1:8080"


def test_a_failure_says_why_and_has_nothing_to_copy(qtbot: QtBot) -> None:
    box = StatusBox()
    qtbot.addWidget(box)
    box.set_state("failed", detail="Port 8080 is taken")
    assert box._copy.isHidden()
    assert box.accessibleName() == "Not running Port 8080 is taken"


def test_that_other_machines_can_come_in_is_said_all_the_time(qtbot: QtBot) -> None:
    box = StatusBox()
    qtbot.addWidget(box)
    box.show()
    assert not box.exposed
    box.set_exposed(True)
    for state in ("running", "paused"):
        box.set_state(state, "0.0.0.0:8080")  # type: ignore[arg-type]  # two of the states
        assert box.exposed
    assert box._exposed.accessibleName() == "Open to other machines"
    box.set_exposed(False)
    assert not box._exposed.isVisible()

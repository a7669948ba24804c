"""The steps over the window: forward, back, skipped, and gone on with where they were left."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.first_run.overlay import FirstRunOverlay
from pxbin_app.first_run.step_widget import StepWidget
from pxbin_app.first_run.steps import ORDER
from pxbin_app.settings import Settings

KEY = Qt.Key


class OneStep(StepWidget):
    """Does as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.answer = True
        self.ready = True
        QVBoxLayout(self).addWidget(QPushButton("in the step"))

    @property
    def can_go_on(self) -> bool:
        return self.ready

    def shown(self) -> None:
        self.heard.append("shown")

    def hidden(self) -> None:
        self.heard.append("hidden")

    def submit(self) -> bool:
        self.heard.append("submit")
        return self.answer


class Stage:
    """A window with four such steps."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(folder)
        self.window = QWidget()
        self.window.resize(1000, 700)
        self.ended: list[None] = []
        self.build()

    def build(self) -> None:
        self.steps = {name: OneStep() for name in ORDER}
        self.overlay = FirstRunOverlay(self.window, self.settings, self.steps)
        self.overlay.ended.connect(lambda: self.ended.append(None))


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    result = Stage(tmp_path)
    qtbot.addWidget(result.window)
    with qtbot.waitActive(result.window):
        result.window.show()
    result.overlay.open()
    return result


def press(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_goes_from_the_first_to_the_last_and_never_comes_again(
    qtbot: QtBot, stage: Stage
) -> None:
    overlay = stage.overlay
    assert overlay.panel.geometry() == stage.window.rect()
    seen = []
    for _ in ORDER:
        seen.append(overlay.step)
        press(qtbot, overlay.primary)
    assert seen == list(ORDER)
    assert (stage.ended, overlay.is_open) == ([None], False)
    assert stage.settings.first_run_done
    assert stage.steps["client"].heard == ["shown", "submit", "hidden"]


def test_a_step_that_takes_its_time_says_when_it_is_done(qtbot: QtBot, stage: Stage) -> None:
    step = stage.steps["address"]
    step.answer = False
    press(qtbot, stage.overlay.primary)
    assert stage.overlay.step == "address"
    step.ready = False
    step.primary_changed.emit()
    assert not stage.overlay.primary.isEnabled()
    step.done.emit()
    assert stage.overlay.step == "upstream"


def test_back_and_skipping_one(qtbot: QtBot, stage: Stage) -> None:
    overlay = stage.overlay
    assert overlay.back.isHidden()
    assert overlay.later.isHidden()
    press(qtbot, overlay.primary)
    press(qtbot, overlay.later)
    assert overlay.step == "client"
    press(qtbot, overlay.back)
    assert overlay.step == "upstream"
    assert "submit" not in stage.steps["upstream"].heard


def test_skipping_all_is_for_good(qtbot: QtBot, stage: Stage) -> None:
    press(qtbot, stage.overlay.skip)
    assert (stage.ended, stage.overlay.is_open) == ([None], False)
    assert stage.settings.first_run_done


def test_escape_leaves_it_and_the_next_start_goes_on_there(qtbot: QtBot, stage: Stage) -> None:
    stage.overlay.go_to("client")
    qtbot.keyClick(stage.overlay.panel, KEY.Key_Escape)
    assert not stage.overlay.is_open
    assert stage.steps["client"].heard[-1] == "hidden"
    assert (stage.ended, stage.settings.first_run_done) == ([], False)
    stage.build()
    stage.overlay.open()
    assert stage.overlay.step == "client"


def test_enter_goes_on_where_it_can(qtbot: QtBot, stage: Stage) -> None:
    qtbot.keyClick(stage.overlay.panel, KEY.Key_Return)
    assert stage.overlay.step == "upstream"
    stage.steps["upstream"].ready = False
    stage.steps["upstream"].primary_changed.emit()
    qtbot.keyClick(stage.overlay.panel, KEY.Key_Return)
    assert stage.overlay.step == "upstream"


def test_no_control_shows_a_ring_until_tab_is_pressed(qtbot: QtBot, stage: Stage) -> None:
    assert QApplication.focusWidget() is stage.overlay.panel
    qtbot.keyClick(stage.overlay.panel, KEY.Key_Tab)
    focused = QApplication.focusWidget()
    assert isinstance(focused, QPushButton)
    assert stage.overlay.panel.isAncestorOf(focused)


def test_a_screen_reader_hears_how_far_it_is(stage: Stage) -> None:
    stage.overlay.go_to("client")
    names = [line.accessibleName() for line in stage.overlay._lines.values()]
    assert names == [
        "Step 1: Address and start-up, done",
        "Step 2: Upstream, done",
        "Step 3: Client, now",
        "Step 4: First request, to come",
    ]

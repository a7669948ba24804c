"""The window is hidden only while something can bring it back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.main_window import MainWindow
from pxbin_app.presence import NO_TRAY, Presence
from pxbin_app.settings import Settings
from pxbin_app.sidebar import PageDescriptor
from pxbin_app.tray import Tray
from pxbin_app.widgets.page import Page


class Stage:
    """A window, and a panel that comes and goes as the test says."""

    def __init__(self, folder: Path) -> None:
        self.there = False
        self.settings = Settings(folder)
        page = PageDescriptor(name="x", title="x", icon_name="cube", build=lambda: Page("x"))
        self.window = MainWindow([page], self.settings.store)
        self.tray = Tray(is_available=lambda: self.there)
        self.messages: list[str] = []
        self.tray.show_message = self._show_message  # type: ignore[method-assign]
        self.presence = Presence(self.window, self.tray, self.settings)
        self.ended: list[None] = []
        self.presence.ended.connect(lambda: self.ended.append(None))

    def _show_message(self, title: str, _text: str, **_more: object) -> bool:
        self.messages.append(title)
        return True

    def panel(self, there: bool) -> None:
        self.there = there
        self.tray._check_host()

    def time_passes(self) -> None:
        """Long enough for a panel that starts late."""
        assert self.presence._late.isActive()
        self.presence._late.stop()
        self.presence._late.timeout.emit()


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Iterator[Stage]:
    result = Stage(tmp_path)
    yield result
    result.tray.close()
    result.window.close_for_good()
    result.window.deleteLater()


@pytest.mark.parametrize("there", [True, False])
def test_a_start_that_is_not_hidden_shows_the_window(stage: Stage, there: bool) -> None:
    stage.panel(there)
    stage.presence.start(hidden=False)
    assert stage.window.isVisible()


def test_a_hidden_start_stays_in_the_tray_that_is_there(stage: Stage) -> None:
    stage.panel(True)
    stage.presence.start(hidden=True)
    assert stage.window.isHidden()
    assert not stage.presence._late.isActive()


def test_a_hidden_start_waits_for_a_panel_that_comes_late(stage: Stage) -> None:
    stage.presence.start(hidden=True)
    assert stage.window.isHidden()
    stage.panel(True)
    assert not stage.presence._late.isActive()
    assert stage.window.isHidden()
    assert stage.window.banners() == ()


def test_where_no_panel_comes_the_window_does_and_says_so_once(stage: Stage) -> None:
    stage.presence.start(hidden=True)
    stage.time_passes()
    assert stage.window.isVisible()
    assert stage.window.banners() == (NO_TRAY,)
    stage.window.hide_banner("no tray")
    stage.presence.start(hidden=False)
    stage.time_passes()
    assert stage.window.banners() == ()


def test_a_panel_that_comes_takes_the_banner_back(stage: Stage) -> None:
    stage.presence.start(hidden=False)
    stage.time_passes()
    stage.panel(True)
    assert stage.window.banners() == ()
    assert stage.window.isVisible()


def test_closing_hides_it_and_tells_that_once(stage: Stage) -> None:
    stage.panel(True)
    for _ in range(2):
        stage.presence.start(hidden=False)
        stage.window.close()
        assert stage.window.isHidden()
    assert stage.messages == ["pxbin is still running"]
    assert stage.ended == []


def test_without_a_panel_closing_is_the_end(stage: Stage) -> None:
    stage.presence.start(hidden=False)
    stage.window.close()
    assert stage.ended == [None]


def test_a_panel_that_goes_brings_a_hidden_window_back(stage: Stage) -> None:
    stage.panel(True)
    stage.presence.start(hidden=False)
    stage.window.close()
    stage.panel(False)
    assert stage.window.isVisible()

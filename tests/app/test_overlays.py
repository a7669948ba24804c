"""Keys open what lies over the pages, one at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pxbin_app.main_window import MainWindow
from pxbin_app.overlays import Overlays
from pxbin_app.settings import Settings
from pxbin_app.sidebar import PageDescriptor
from pxbin_app.theme import current
from pxbin_app.widgets.page import Page
from tests.support.app_controls import FakeApp
from tests.support.fake_engine import FakeEngine, bridge_to
from tests.support.traffic import MemoryLog

KEY, CONTROL = Qt.Key, Qt.KeyboardModifier.ControlModifier


class ThingsPage(Page):
    """Remembers that something new was begun."""

    begun = 0

    def begin_new(self) -> None:
        self.begun += 1


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    pages = [
        PageDescriptor(
            name=name, title=name.title(), icon_name="cube", build=lambda: ThingsPage("x")
        )
        for name in ("dashboard", "keys", "settings")
    ]
    result = MainWindow(pages, Settings(tmp_path).store)
    with qtbot.waitActive(result):
        result.show()
    yield result
    result.close_for_good()
    result.deleteLater()


@pytest.fixture
def overlays(window: MainWindow, tmp_path: Path) -> Overlays:
    engine = FakeEngine(state="starting")  # so that nothing is asked, for there is no loop
    engine.requests = MemoryLog()
    app = FakeApp(tmp_path)
    app.settings.first_run_done = True
    return Overlays(bridge_to(engine), window, app.controls)


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, *, control: bool = True) -> None:
    qtbot.keyClick(window, key, CONTROL if control else Qt.KeyboardModifier.NoModifier)


def test_one_key_opens_and_closes_it_and_another_takes_its_place(
    qtbot: QtBot, window: MainWindow, overlays: Overlays
) -> None:
    def is_open() -> tuple[bool, bool]:
        return overlays.palette.is_open, overlays.help.is_open

    for key, control, expected in (
        (KEY.Key_K, True, (True, False)),
        (KEY.Key_K, True, (False, False)),
        (KEY.Key_K, True, (True, False)),
        (KEY.Key_F1, False, (False, True)),
        (KEY.Key_Slash, True, (False, False)),
    ):
        press(qtbot, window, key, control=control)
        assert is_open() == expected


def test_what_is_found_is_done_in_the_window(
    qtbot: QtBot, window: MainWindow, overlays: Overlays
) -> None:
    def do(typed: str) -> None:
        overlays.palette.open()
        qtbot.keyClicks(overlays.palette.text, typed)
        qtbot.keyClick(overlays.palette.text, KEY.Key_Return)

    do("keys")
    assert window._current == "keys"
    do("create key")
    assert cast("ThingsPage", window.current_page).begun == 1
    with qtbot.waitSignal(window.quit_requested):
        do("quit")
    do("shortcuts")
    assert overlays.help.is_open


def test_colours_are_changed_and_remembered(
    overlays: Overlays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[Any] = []
    monkeypatch.setattr(current(), "set_mode", modes.append)
    overlays._set_theme("light")
    assert modes == ["light"]
    assert overlays._settings.theme == "light"


def test_the_base_url_is_copied_while_there_is_one(overlays: Overlays) -> None:
    QGuiApplication.clipboard().setText("before")
    overlays._copy_base_url()
    assert QGuiApplication.clipboard().text() == "before"
    overlays._bridge.engine.state = "running"  # type: ignore[assignment]
    overlays._copy_base_url()
    assert QGuiApplication.clipboard().text() == "http://127.0.0.1:8080"


def test_settings_are_a_key_away(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, KEY.Key_Comma)
    assert window._current == "settings"
    window.set_covered(True)
    press(qtbot, window, KEY.Key_1)
    assert window._current == "settings"
    window.set_covered(False)
    press(qtbot, window, KEY.Key_1)
    assert window._current == "dashboard"

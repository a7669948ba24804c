"""The app as a process on a screen with a window manager: windows, dialogs, the focus, the tray.

Each desktop is started by the tests themselves, where Xvfb and openbox are there; no other display is touched.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desktop import (
    Desktop,
    app_on,
    desktop,
    eventually,
    needs_desktop,
    start_app,
)

pytestmark = [pytest.mark.screen, needs_desktop, pytest.mark.timeout(120)]

TITLE = "pxbin"
"""Of a window whose engine runs; else it says what it does."""


def main_window(there: Desktop) -> str:
    """The window's id, once it is to be seen and has the focus."""
    eventually(lambda: there.windows(TITLE), "the window did not open")
    window = there.windows(TITLE)[0]
    eventually(lambda: there.active() == window, "the window did not get the focus")
    return window


@pytest.fixture(scope="module")
def with_panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A desktop with a tray, on which the app runs; each test leaves the window open."""
    home = tmp_path_factory.mktemp("home")
    with desktop(home, panel=True) as there, app_on(there, home / "data"):
        main_window(there)
        yield there


def test_the_window_says_who_it_is(with_panel: Desktop) -> None:
    window = main_window(with_panel)
    assert "pxbin" in with_panel.property(window, "WM_CLASS")
    assert with_panel.property(window, "_NET_WM_ICON")
    assert "_NET_WM_WINDOW_TYPE_NORMAL" in with_panel.property(window, "_NET_WM_WINDOW_TYPE")
    assert "minimum size: 960 by 600" in with_panel.tell("xprop", "-id", window, "WM_NORMAL_HINTS")


def test_a_dialog_is_modal_above_its_window_and_gives_the_focus_back(with_panel: Desktop) -> None:
    window = main_window(with_panel)
    with_panel.press("ctrl+k")
    with_panel.type("create a key")
    with_panel.press("Return")
    eventually(lambda: with_panel.active() not in {window, ""}, "no dialog got the focus")
    dialog = with_panel.active()
    owner = with_panel.tell("xprop", "-id", dialog, "WM_TRANSIENT_FOR").split("#")[-1].strip()
    assert int(owner, 16) == int(window)
    assert "_NET_WM_STATE_MODAL" in with_panel.property(dialog, "_NET_WM_STATE")
    with_panel.press("Escape")
    eventually(lambda: with_panel.active() == window, "the focus did not come back")


def test_closing_hides_it_in_the_tray_and_a_second_start_brings_it_back(
    with_panel: Desktop,
) -> None:
    main_window(with_panel)
    with_panel.press("alt+F4")
    eventually(lambda: not with_panel.windows(TITLE), "it did not hide")
    assert start_app(with_panel).wait(30) == 0, "the second start hands over and ends"
    main_window(with_panel)


def test_minimized_it_comes_back_by_a_second_start(with_panel: Desktop) -> None:
    window = main_window(with_panel)
    with_panel.minimize(window)
    eventually(lambda: "HIDDEN" in with_panel.property(window, "_NET_WM_STATE"), "not minimized")
    assert start_app(with_panel).wait(30) == 0
    assert main_window(with_panel) == window
    assert "HIDDEN" not in with_panel.property(window, "_NET_WM_STATE")


def test_without_a_tray_closing_ends_it(tmp_path: Path) -> None:
    with desktop(tmp_path, panel=False) as there, app_on(there, tmp_path / "data") as process:
        main_window(there)
        while there.windows(TITLE):  # one that has just come may not hear the first
            there.press("alt+F4")
            time.sleep(1)
        assert process.wait(60) == 0, "nothing could have brought the window back"

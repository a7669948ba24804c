"""docs/desktop.md names every key that the window has, and every line of the tray's menu."""

import re
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.model_routes import NO_ROUTES, Routes
from pxbin_app.page_list import PAGES
from pxbin_app.shortcuts import groups, page_key
from pxbin_app.tray_menu import TrayMenu

TEXT = (Path(__file__).parents[2] / "docs" / "desktop.md").read_text("utf-8")


def keys_told() -> set[str]:
    """All keys in the table."""
    lines = [line for line in TEXT.splitlines() if line.startswith("| `")]
    return {key for line in lines for key in re.findall(r"`([^`]+)`", line.split("|")[1])}


@pytest.mark.parametrize("place", [0, 2, 3, 4])
def test_every_key_is_told(place: int) -> None:
    _, shortcuts = groups(())[place]
    assert {key for shortcut in shortcuts for key in shortcut.keys} <= keys_told()


def test_the_last_page_has_the_last_key() -> None:
    assert {page_key(1), page_key(len(PAGES))} <= keys_told()


def test_every_line_of_the_menu_is_told(qtbot: QtBot) -> None:
    menu = TrayMenu()
    menu.set_login(False)
    menu.set_state("running", "127.0.0.1:8080", "http://127.0.0.1:8080")
    menu.set_errors([("id", "429 glm")])
    menu.set_routes(Routes(models=("glm",), chosen=NO_ROUTES.chosen))
    told = [line.split("|")[1].strip() for line in TEXT.splitlines() if line.startswith("| ")]
    assert menu.lines[0] in told
    pressed = [one for one in menu.actions() if one.isEnabled() and not one.isSeparator()]
    assert len(pressed) == 7
    for action in pressed:
        assert any(action.text() in line.split(", ") for line in told), action.text()

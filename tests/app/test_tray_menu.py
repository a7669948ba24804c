"""The tray's menu says what it was told, and tells what was pressed."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from pxbin_app.model_routes import CLAUDE_CODE, EVERYONE, Routes
from pxbin_app.tray_menu import MOST_ERRORS, MOST_MODELS, TrayMenu

BASE = "http://127.0.0.1:8080"


@pytest.fixture
def menu(qtbot: QtBot) -> Iterator[TrayMenu]:
    result = TrayMenu()
    yield result
    result.deleteLater()


def texts(menu: QMenu) -> list[str]:
    return [one.text() for one in menu.actions() if one.text() and one.isVisible()]


def line(menu: QMenu, text: str) -> QAction:
    return next(one for one in menu.actions() if one.text() == text)


def below(menu: QMenu, text: str) -> QMenu:
    """The menu that a line opens."""
    result = line(menu, text).menu()
    assert isinstance(result, QMenu)
    return result


def test_it_says_state_and_today(menu: TrayMenu) -> None:
    assert texts(menu)[0] == "Starting…"
    menu.set_state("running", "127.0.0.1:8080", BASE)
    menu.set_today("Today $6.89 of $10 · 1,284 requests", "R&D: $80.00 of $100 this month")
    menu.set_login(True)
    assert texts(menu) == [
        "Running · 127.0.0.1:8080",
        "Today $6.89 of $10 · 1,284 requests",
        "R&&D: $80.00 of $100 this month",
        "Open",
        "Pause",
        "Copy base URL",
        "Model route",
        "Recent errors",
        "Start at login",
        "Quit",
    ]
    assert menu.lines[2] == "R&D: $80.00 of $100 this month"


def test_pressing_is_told(qtbot: QtBot, menu: TrayMenu) -> None:
    menu.set_state("paused", "127.0.0.1:8080", BASE)
    for text, signal in (
        ("Open", menu.open_requested),
        ("Resume", menu.pause_toggled),
        ("Quit", menu.quit_requested),
    ):
        with qtbot.waitSignal(signal):
            line(menu, text).trigger()


@pytest.mark.parametrize(
    ("who", "url"),
    [
        ("Anthropic, Claude Code", BASE),
        ("OpenAI, Codex, OpenCode", f"{BASE}/v1"),
        ("Gemini CLI", BASE),
    ],
)
def test_each_client_gets_the_address_that_it_needs(menu: TrayMenu, who: str, url: str) -> None:
    menu.set_state("running", "127.0.0.1:8080", BASE)
    line(below(menu, "Copy base URL"), who).trigger()
    assert QGuiApplication.clipboard().text() == url


def test_nothing_is_paused_copied_or_routed_before_it_runs(menu: TrayMenu) -> None:
    off = {one.text() for one in menu.actions() if not one.isEnabled()}
    assert {"Pause", "Copy base URL", "Model route", "Recent errors"} <= off


def test_start_at_login_is_there_once_it_is_known(qtbot: QtBot, menu: TrayMenu) -> None:
    assert "Start at login" not in texts(menu)
    menu.set_login(False)
    with qtbot.waitSignal(menu.login_toggled) as told:
        line(menu, "Start at login").trigger()
    assert told.args == [True]
    menu.set_login(False)
    assert not line(menu, "Start at login").isChecked(), "the system refused: that is shown"


def test_an_error_is_chosen_by_its_id(qtbot: QtBot, menu: TrayMenu) -> None:
    menu.set_errors([(f"id-{number}", f"14:32 glm & co {number}") for number in range(20)])
    actions = menu.errors.actions()
    assert len(actions) == MOST_ERRORS
    assert actions[0].text() == "14:32 glm && co 0"
    with qtbot.waitSignal(menu.error_chosen) as told:
        actions[2].trigger()
    assert told.args == ["id-2"]
    menu.set_errors([])
    assert not menu.errors.isEnabled()


def test_routes_say_where_requests_go_and_change_it(qtbot: QtBot, menu: TrayMenu) -> None:
    chosen = {CLAUDE_CODE: "glm-4.6", EVERYONE: ""}
    menu.set_routes(Routes(models=("deepseek-chat", "glm-4.6"), chosen=chosen))
    assert texts(menu.routes) == ["Claude Code: glm-4.6", "Names nobody knows: Refused"]
    of_claude = below(menu.routes, "Claude Code: glm-4.6")
    assert texts(of_claude) == ["As it asks", "deepseek-chat", "glm-4.6"]
    assert [one.text() for one in of_claude.actions() if one.isChecked()] == ["glm-4.6"]
    for text, told_model in (("deepseek-chat", "deepseek-chat"), ("As it asks", "")):
        with qtbot.waitSignal(menu.route_chosen) as told:
            line(of_claude, text).trigger()
        assert told.args == [CLAUDE_CODE, told_model]


def test_many_models_lead_to_their_page_and_the_chosen_one_is_seen(
    qtbot: QtBot, menu: TrayMenu
) -> None:
    names = tuple(f"model-{number:03}" for number in range(100))
    menu.set_routes(Routes(models=names, chosen={CLAUDE_CODE: "", EVERYONE: "model-099"}))
    everyone = below(menu.routes, "Names nobody knows: model-099")
    assert len(everyone.actions()) == MOST_MODELS + 3
    assert line(everyone, "model-099").isChecked()
    with qtbot.waitSignal(menu.models_requested):
        everyone.actions()[-1].trigger()


def test_routes_that_changed_leave_no_menus_behind(qtbot: QtBot, menu: TrayMenu) -> None:
    for number in range(5):
        menu.set_routes(Routes(models=(f"m{number}",), chosen={CLAUDE_CODE: "", EVERYONE: ""}))
    qtbot.waitUntil(lambda: len(menu.routes.findChildren(QMenu)) == 2)

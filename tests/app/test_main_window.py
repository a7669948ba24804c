"""The main window: pages made late, work only where it is seen, and no closing on its own."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pxbin_app.main_window import MainWindow, PageDescriptor, app_icon
from pxbin_app.theme import current
from pxbin_app.widgets.fields import SearchField
from pxbin_app.widgets.page import Page


class FakeSettings:
    """Settings in memory."""

    def __init__(self, **values: Any) -> None:
        self.values: dict[str, Any] = values

    def value(self, key: str) -> Any:
        return self.values.get(key)

    def setValue(self, key: str, value: Any) -> None:
        self.values[key] = value

    def remove(self, key: str) -> None:
        self.values.pop(key, None)


class RecordingPage(Page):
    """Tells what the window told it."""

    def __init__(self, title: str, heard: list[str]) -> None:
        super().__init__(title)
        self.title = title
        self.heard = heard
        self.open = False
        self.filter = SearchField()
        self.add(self.filter)
        heard.append(f"built {title}")

    def shown(self) -> None:
        self.heard.append(f"shown {self.title}")

    def hidden(self) -> None:
        self.heard.append(f"hidden {self.title}")

    def show_item(self, item_id: UUID) -> None:
        self.heard.append(f"item {item_id}")

    def filter_by(self, words: str) -> None:
        self.heard.append(f"filter {words}")

    def focus_filter(self) -> None:
        self.filter.setFocus()

    def dismiss(self) -> bool:
        was, self.open = self.open, False
        return was


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def settings() -> FakeSettings:
    return FakeSettings()


@pytest.fixture
def make(qtbot: QtBot, heard: list[str], settings: FakeSettings) -> Callable[[], MainWindow]:
    def build() -> MainWindow:
        pages = [
            PageDescriptor(
                name=title.lower(),
                title=title,
                icon_name="cube",
                section=section,
                build=lambda title=title: RecordingPage(title, heard),  # type: ignore[misc]
            )
            for title, section in (("Dashboard", ""), ("Logs", ""), ("Upstreams", "Configure"))
        ]
        window = MainWindow(pages, settings)
        qtbot.addWidget(window, before_close_func=lambda one: one.hide())
        return window

    return build


@pytest.fixture
def window(qtbot: QtBot, make: Callable[[], MainWindow]) -> MainWindow:
    result = make()
    with qtbot.waitActive(result):
        result.show()
    return result


def test_a_page_is_built_when_it_is_first_shown(
    make: Callable[[], MainWindow], heard: list[str]
) -> None:
    window = make()
    assert heard == []
    window.show()
    assert heard == ["built Dashboard", "shown Dashboard"]
    window.show_page("logs")
    window.show_page("logs")
    assert heard[2:] == ["built Logs", "hidden Dashboard", "shown Logs"]


def test_a_page_works_only_while_it_can_be_seen(window: MainWindow, heard: list[str]) -> None:
    heard.clear()
    window.hide()
    assert heard == ["hidden Dashboard"]
    window.show_page("logs")
    assert heard[1:] == ["built Logs"]
    window.bring_to_front()
    assert heard[2:] == ["shown Logs"]


def test_a_minimised_window_works_nothing(
    qtbot: QtBot, window: MainWindow, heard: list[str]
) -> None:
    heard.clear()
    window.showMinimized()
    qtbot.waitUntil(lambda: heard == ["hidden Dashboard"])
    window.bring_to_front()
    qtbot.waitUntil(lambda: heard == ["hidden Dashboard", "shown Dashboard"])


def test_keys_change_pages_and_reach_the_filter(qtbot: QtBot, window: MainWindow) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, Qt.Key.Key_3, control)
    page = window.current_page
    assert isinstance(page, RecordingPage)
    assert page.title == "Upstreams"
    qtbot.keyClick(window, Qt.Key.Key_F, control)
    assert QApplication.focusWidget() is page.filter
    with qtbot.waitSignal(window.quit_requested):
        qtbot.keyClick(window, Qt.Key.Key_Q, control)


def test_escape_closes_what_is_open_in_the_page(qtbot: QtBot, window: MainWindow) -> None:
    page = window.current_page
    assert isinstance(page, RecordingPage)
    page.open = True
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.open
    assert window.isVisible()


def test_the_sidebar_is_pressed_and_marks_the_page(qtbot: QtBot, window: MainWindow) -> None:
    button = window.sidebar._buttons["logs"]
    with qtbot.waitSignal(window.page_changed) as told:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told.args == ["logs"]
    assert button.isChecked()
    assert button.accessibleName() == "Logs"


def test_the_chosen_page_stands_out_after_a_change_of_colours_too(
    window: MainWindow, qapp: QApplication
) -> None:
    """A new style sheet brings back each widget's first font."""
    before = current().mode
    try:
        current().apply(qapp)
        for mode in ("light", "dark"):
            current().set_mode(mode)
            for name, chosen in window.sidebar._buttons.items():
                window.show_page(name)
                bold = [
                    one.font().bold() or one.font().weight() > 500
                    for one in window.sidebar._buttons.values()
                ]
                assert bold.count(True) == 1
                assert chosen.font().weight() > 500
    finally:
        current().set_mode(before)


def test_no_control_shows_a_focus_ring_before_a_key_was_pressed(window: MainWindow) -> None:
    assert QApplication.focusWidget() is window.current_page


def test_closing_only_asks(qtbot: QtBot, window: MainWindow, settings: FakeSettings) -> None:
    with qtbot.waitSignal(window.close_requested):
        window.close()
    assert window.isVisible()
    assert "window/geometry" in settings.values


def test_the_end_of_the_app_is_not_asked_again(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.assertNotEmitted(window.close_requested):
        window.close_for_good()
    assert not window.isVisible()


def test_size_and_page_are_as_they_were_left(
    make: Callable[[], MainWindow], settings: FakeSettings
) -> None:
    first = make()
    first.show()
    first.resize(1111, 701)
    first.show_page("logs")
    first.close()
    second = make()
    second.show()
    assert second.height() == 701  # the screen without a screen is too narrow for the width
    assert second.current_page is not None
    assert second.current_page.accessibleName() == "Logs"


def test_a_remembered_page_that_is_gone_is_forgotten(
    make: Callable[[], MainWindow], settings: FakeSettings
) -> None:
    settings.values["window/page"] = "costs"
    settings.values["window/geometry"] = "broken"
    window = make()
    window.show()
    assert window.current_page is not None
    assert window.current_page.accessibleName() == "Dashboard"


def test_an_unknown_page_is_an_error(window: MainWindow) -> None:
    with pytest.raises(KeyError):
        window.show_page("nothing")


def test_the_state_is_told_in_the_sidebar_and_the_title(window: MainWindow) -> None:
    window.set_state("paused", address="127.0.0.1:8080", base_url="http://127.0.0.1:8080")
    assert window.windowTitle() == "Paused — pxbin"
    assert window.sidebar.status.state == "paused"
    window.set_state("running")
    assert window.windowTitle() == "pxbin"


def test_banners_and_toasts(qtbot: QtBot, window: MainWindow) -> None:
    window.show_banner("database", "Database away.", "err")
    assert window.banners() == ("Database away.",)
    window.hide_banner("database")
    assert window.banners() == ()
    window.sidebar.status.set_state("running", "127.0.0.1:8080", "http://127.0.0.1:8080")
    qtbot.mouseClick(window.sidebar.status._copy, Qt.MouseButton.LeftButton)
    assert window._toast.text == "Base URL copied"


def test_pause_is_passed_on(qtbot: QtBot, window: MainWindow) -> None:
    window.set_state("running")
    with qtbot.waitSignal(window.pause_toggled):
        qtbot.mouseClick(window.sidebar.status._pause, Qt.MouseButton.LeftButton)


def test_the_icon_has_its_sizes(qtbot: QtBot) -> None:
    assert {16, 32, 256} <= {size.width() for size in app_icon().availableSizes()}


def test_one_thing_of_a_page_is_brought_into_view(window: MainWindow, heard: list[str]) -> None:
    window.show()
    window.show_item("logs", UUID(int=7))
    assert heard[-2:] == ["shown Logs", f"item {UUID(int=7)}"]


def test_a_page_is_brought_into_view_filtered(window: MainWindow, heard: list[str]) -> None:
    window.show()
    window.show_filtered("logs", "session:s1")
    assert heard[-2:] == ["shown Logs", "filter session:s1"]


def test_who_can_come_in_is_told_in_the_sidebar(window: MainWindow) -> None:
    window.set_state("running", address="0.0.0.0:8080", exposed=True)
    assert window.sidebar.status.exposed
    window.set_state("running", address="127.0.0.1:8080")
    assert not window.sidebar.status.exposed


def test_the_window_can_be_as_on_the_first_day(qtbot: QtBot) -> None:
    settings = FakeSettings()
    window = MainWindow([], settings)
    qtbot.addWidget(window)
    window.show()
    window.resize(1000, 640)
    window.remember()
    assert settings.values
    window.reset()
    assert (window.width(), window.height()) == (1280, 800)
    assert "window/geometry" not in settings.values

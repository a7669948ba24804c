"""What happens is seen where the person looks."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.login_item import LoginItem
from pxbin_app.login_switch import LoginSwitch
from pxbin_app.main_window import MainWindow, PageDescriptor
from pxbin_app.messenger import Messenger
from pxbin_app.settings import Settings
from pxbin_app.traffic_summary import Today
from pxbin_app.tray import Tray
from pxbin_app.widgets.page import Page
from pxbin_engine.events import (
    DatabaseStateChanged,
    DiskStateChanged,
    RevokedKeyUsed,
    UpstreamHealthChanged,
)
from tests.support.memory_budgets import a_status


class Stage:
    """The window and a tray that is there, as the desktop shows its messages."""

    def __init__(self, tmp_path: Path) -> None:
        self.bridge = EngineBridge()
        self.settings = Settings(tmp_path)
        pages = [
            PageDescriptor(name=name, title=name, icon_name="cube", build=lambda: Page("page"))
            for name in ("dashboard", "costs")
        ]
        self.window = MainWindow(pages, self.settings.store)
        self.tray = Tray(is_available=lambda: False)
        self.messages: list[tuple[str, str]] = []
        self.items: list[UUID | None] = []
        self.tray.show_message = self._show  # type: ignore[method-assign]
        self.active = False
        self.window.isActiveWindow = lambda: self.active  # type: ignore[method-assign]
        self.item = LoginItem(platform="linux", home=tmp_path, environment={})
        login = LoginSwitch(self.settings, item=self.item)
        self.messenger = Messenger(self.bridge, self.window, self.tray, self.settings, login)

    def _show(self, title: str, text: str, *, page: str = "", item: UUID | None = None) -> bool:
        self.messages.append((title, page))
        self.items.append(item)
        return True


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Iterator[Stage]:
    result = Stage(tmp_path)
    yield result
    result.tray.close()
    result.window.close_for_good()
    result.window.deleteLater()


def test_who_looks_elsewhere_is_told_by_the_desktop(stage: Stage) -> None:
    stage.bridge.budget.emit(a_status(spent="9"))
    assert stage.messages == [("Team: 90% is spent", "costs")]
    assert not stage.window._toast.isVisibleTo(stage.window)


def test_notifications_can_be_switched_off(stage: Stage) -> None:
    stage.settings.notifications = False
    stage.bridge.budget.emit(a_status(spent="9"))
    assert stage.messages == []


def test_each_kind_of_news_can_be_switched_off(stage: Stage) -> None:
    stage.settings.set_notified("budget", False)
    stage.bridge.budget.emit(a_status(spent="9"))
    assert stage.messages == []
    stage.settings.set_notified("budget", True)
    stage.bridge.budget.emit(a_status(spent="10"))
    assert len(stage.messages) == 1


def test_in_view_it_is_said_in_the_window(stage: Stage) -> None:
    stage.active = True
    stage.bridge.budget.emit(a_status(spent="9"))
    assert stage.messages == []
    assert stage.window._toast.text == "Team: 90% is spent"


def test_what_is_red_is_not_said_twice(stage: Stage) -> None:
    stage.active = True
    stage.bridge.budget.emit(a_status(spent="10"))
    assert stage.messages == []
    assert stage.window._toast.text == ""


def test_a_budget_that_refuses_has_a_banner_that_leads_to_costs(stage: Stage) -> None:
    stage.messenger._show_today(Today(line="Today $10", refusing="Team is used up: $10 of $10."))
    assert stage.window.banners() == ("Team is used up: $10 of $10.",)
    banner = stage.window._banners
    next(one for one in banner.findChildren(QPushButton) if one.text() == "Open Costs").click()
    assert stage.window._current == "costs"
    stage.messenger._show_today(Today(line="Today $0"))
    assert stage.window.banners() == ()


def test_an_upstream_that_is_left_alone_is_said_until_it_is_tried_again(stage: Stage) -> None:
    def say(state: str) -> None:
        stage.bridge.health.emit(
            UpstreamHealthChanged(
                upstream_id=UUID(int=1),
                upstream_name="Z.ai",
                state=state,  # type: ignore[arg-type]  # the three states
                reason="503.",
            )
        )

    say("open")
    assert "Z.ai is failing" in stage.window.banners()[0]
    say("half_open")
    assert stage.window.banners() == ()


def test_the_database_away_says_how_many_rows_wait(stage: Stage) -> None:
    stage.bridge.database.emit(DatabaseStateChanged(available=False, detail="Gone.", queued=3))
    assert "3 requests wait" in stage.window.banners()[0]
    stage.bridge.database.emit(DatabaseStateChanged(available=True))
    assert stage.window.banners() == ()


def test_a_disk_that_takes_no_rows_is_told_until_it_does(stage: Stage) -> None:
    stage.bridge.disk.emit(DiskStateChanged(error="No space left on device", queued=3))
    assert "No space left on device" in stage.window.banners()[0]
    stage.bridge.disk.emit(DiskStateChanged(error=""))
    assert stage.window.banners() == ()


def test_without_a_tray_it_is_said_in_the_window_with_the_way_to_its_place(stage: Stage) -> None:
    stage.tray.show_message = lambda *_args, **_more: False  # type: ignore[method-assign]
    stage.bridge.budget.emit(a_status(spent="9"))
    toast = stage.window._toast
    assert (toast.text, toast.action.text()) == ("Team: 90% is spent", "Open Costs")
    toast.action.click()
    assert stage.window._current == "costs"


def test_a_route_that_could_not_be_changed_is_told(stage: Stage) -> None:
    stage.messenger._routes.failed.emit("The database is away.")
    assert stage.messages == [("The route was not changed", "")]


def test_start_at_login_is_switched_from_the_tray(stage: Stage) -> None:
    switch = next(one for one in stage.tray.menu.actions() if one.text() == "Start at login")
    assert not switch.isChecked()
    switch.trigger()
    assert stage.item.is_on()
    assert switch.isChecked()
    stage.item.set(False, hidden=False)  # by another program
    stage.tray.menu.aboutToShow.emit()
    assert not switch.isChecked()


def test_what_the_system_refuses_is_told(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("a file where a directory should be")
    switch = next(one for one in stage.tray.menu.actions() if one.text() == "Start at login")
    switch.trigger()
    assert stage.messages == [("Start at login was not changed", "")]
    assert not switch.isChecked()


def test_news_lead_to_what_they_are_about(stage: Stage) -> None:
    stage.bridge.revoked.emit(
        RevokedKeyUsed(key_id=UUID(int=4), key_name="old", client_name="Codex")
    )
    assert stage.messages == [("The revoked key old is still used", "keys")]
    assert stage.items == [UUID(int=4)]
    stage.active = True
    shown: list[tuple[str, UUID | None]] = []
    stage.window.open_place = lambda *place: shown.append(place)  # type: ignore[method-assign,arg-type]
    stage.bridge.revoked.emit(
        RevokedKeyUsed(key_id=UUID(int=5), key_name="older", client_name="Codex")
    )
    stage.window._toast.action.click()
    assert shown == [("keys", UUID(int=5))]

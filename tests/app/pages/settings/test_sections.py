"""Fields with their errors and locks, and switches that hold at once."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pxbin_app.pages.settings.database_section import DatabaseSection
from pxbin_app.pages.settings.page import SettingsPage
from pxbin_app.pages.settings.sections import (
    AboutSection,
    DiagnosticsSection,
    LogSection,
    NetworkSection,
    NotificationsSection,
    StartSection,
)
from pxbin_app.theme.current import Theme
from pxbin_app.widgets.buttons import CopyButton
from tests.support.app_controls import FakeApp
from tests.support.fake_engine import settled
from tests.support.page_stage import PageStage
from tests.support.settings_stage import URL, Stage, section, type_into


async def test_an_error_stands_under_its_field_and_nothing_is_applied(stage: Stage) -> None:
    network = section(stage, "network", NetworkSection)
    type_into(network.settings, "listen_addr", "nowhere")
    assert "not host:port" in network.settings.fields["listen_addr"].error
    assert stage.page.bar.isVisible()
    assert not stage.page.bar.apply.isEnabled()
    stage.page.bar.discard.click()
    assert network.settings.fields["listen_addr"].error == ""
    assert network.settings.fields["listen_addr"].control.text() == "127.0.0.1:8080"
    assert not stage.page.bar.isVisible()


async def test_a_locked_setting_says_why(tmp_path: Path, qtbot: QtBot) -> None:
    environment = {"PXBIN_LISTEN_ADDR": "127.0.0.1:9", "PXBIN_LOG_BODIES": "all", "PXBIN_RECORD_PROJECT_DIRECTORY": "false", "PXBIN_DATABASE_URL": URL}  # fmt: skip
    app = FakeApp(tmp_path, environment)
    stage = PageStage(SettingsPage, qtbot, controls=app.controls)
    await stage.show()
    network = section(stage, "network", NetworkSection)
    field = network.settings.fields["listen_addr"]
    assert not field.control.isEnabled()
    assert "PXBIN_LISTEN_ADDR" in field.control.accessibleDescription()
    log = section(stage, "log", LogSection)
    assert not log.bodies.isEnabled()
    assert log.bodies.value == "all"
    assert "PXBIN_LOG_BODIES" in log.locked.text()
    assert not log.settings.switches["record_project_directory"].isEnabled()
    database = section(stage, "database", DatabaseSection)
    assert not database.change.isEnabled()
    assert "hunter2" not in database.place.text()


async def test_bodies_are_switched_at_once(stage: Stage) -> None:
    log = section(stage, "log", LogSection)
    log.bodies._buttons["all"].click()
    await settled()
    assert stage.engine.recording_mode == "all"


async def test_the_three_switches_of_the_start(
    stage: Stage, app: FakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = section(stage, "start", StartSection)
    assert (start.at_login.isChecked(), start.hidden.isChecked(), start.proxy.isChecked()) == (False, True, True)  # fmt: skip
    start.at_login.click()
    assert app.login.on
    start.hidden.click()
    start.proxy.click()
    assert (app.settings.start_hidden, app.settings.start_proxy) == (False, False)
    app.login.set(False)  # in the tray
    assert not start.at_login.isChecked()
    start.reset.click()
    assert app.calls == ["reset"]
    monkeypatch.setattr(Theme, "set_mode", lambda _theme, _mode: None)  # nobody looks
    start.theme._buttons["light"].click()
    assert app.settings.theme == "light"


async def test_a_language_is_called_as_its_speakers_call_it(stage: Stage, app: FakeApp) -> None:
    start = section(stage, "start", StartSection)
    assert start.language.value == "system"
    assert start.language._buttons["de"].text() == "Deutsch"
    start.language._buttons["de"].click()
    assert app.settings.language == "de"


async def test_kinds_of_notifications(stage: Stage, app: FakeApp) -> None:
    notifications = section(stage, "notifications", NotificationsSection)
    notifications.kinds["upstream"].click()
    assert not app.settings.is_notified("upstream")
    assert app.settings.is_notified("budget")
    notifications.all.click()
    assert not app.settings.notifications
    assert not notifications.kinds["budget"].isEnabled()


async def test_diagnostics_and_about(stage: Stage, app: FakeApp) -> None:
    section(stage, "diagnostics", DiagnosticsSection).save.click()
    assert app.calls == ["diagnostics"]
    about = section(stage, "about", AboutSection)
    assert re.match(r"pxbin \d", about.version.text())
    copy = about.findChildren(CopyButton)[1]
    copy.click()
    assert QGuiApplication.clipboard().text() == str(app.file.path)

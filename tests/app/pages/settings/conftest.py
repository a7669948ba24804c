"""The page on a fake engine, in an app of its own."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.settings.page import SettingsPage
from tests.support.app_controls import FakeApp
from tests.support.fake_backups import FakeBackups
from tests.support.page_stage import PageStage
from tests.support.settings_stage import Stage


@pytest.fixture
def app(tmp_path: Path, qapp: object) -> FakeApp:
    """The app's handles."""
    return FakeApp(tmp_path)


@pytest.fixture
async def stage(app: FakeApp, qtbot: QtBot) -> Stage:
    """The page in view."""
    stage = PageStage(SettingsPage, qtbot, controls=app.controls)
    stage.engine.backups = FakeBackups()  # type: ignore[attr-defined]  # the window's other tests need none
    await stage.show()
    return stage

"""The page as a whole: sections, what waits, and a file that cannot be used."""

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.settings.page import SettingsPage
from pxbin_app.pages.settings.sections import (
    LogSection,
)
from tests.support.app_controls import FakeApp
from tests.support.fake_engine import settled
from tests.support.page_stage import PageStage
from tests.support.settings_stage import Stage, section, type_into


async def test_every_section_can_be_brought_into_view(stage: Stage) -> None:
    for name, (title, _, content) in stage.page.sections.items():
        stage.page._buttons[name].click()
        assert content.isVisible()
        assert stage.page._buttons[name].accessibleName() == title


async def test_what_waits_is_applied(stage: Stage, app: FakeApp) -> None:
    log = section(stage, "log", LogSection)
    type_into(log.settings, "log_retention_days", "30")
    log.settings.switches["record_project_directory"].click()
    assert "2 changes" in stage.page.bar.text.text()
    stage.page.bar.apply.click()
    await settled()
    assert (app.calls, app.file.load().log_retention_days) == (["restart"], 30)
    assert not stage.page.bar.isVisible()


async def test_a_file_that_cannot_be_used_is_told(stage: Stage, app: FakeApp) -> None:
    app.file.path.write_text("colour: red\n")
    stage.page.shown()
    assert "colour" in stage.page.problem.text
    assert stage.page.problem.isVisible()


async def test_without_the_app_there_is_no_page(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="controls"):
        PageStage(SettingsPage, qtbot)

"""The switch shows what the system says, whoever changed it."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.login_item import LoginItem
from pxbin_app.login_switch import LoginSwitch
from pxbin_app.settings import Settings


class Stage:
    def __init__(self, home: Path) -> None:
        self.settings = Settings(home)
        self.item = LoginItem(platform="linux", home=home, environment={}, command=("pxbin",))
        self.switch = LoginSwitch(self.settings, item=self.item)
        self.told: list[bool] = []
        self.failures: list[str] = []
        self.switch.changed.connect(self.told.append)
        self.switch.failed.connect(self.failures.append)


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.parametrize("hidden", [True, False])
def test_it_starts_as_the_settings_say(stage: Stage, hidden: bool) -> None:
    stage.settings.start_hidden = hidden
    stage.switch.set(True)
    assert (stage.switch.on, stage.told) == (True, [True])
    assert stage.item.path is not None
    assert ("--hidden" in stage.item.path.read_text()) is hidden
    stage.switch.set(False)
    assert (stage.switch.on, stage.told) == (False, [True, False])


def test_what_others_change_is_seen(stage: Stage) -> None:
    stage.item.set(True, hidden=False)
    stage.switch.refresh()
    assert stage.told == [True]


def test_what_cannot_be_changed_is_told_and_stays(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("in the way")
    stage.switch.set(True)
    assert len(stage.failures) == 1
    assert stage.told == [False]

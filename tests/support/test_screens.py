"""What one stage's window remembers is not seen on another stage, nor in another process."""

import tempfile
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QSplitter
from pytestqt.qtbot import QtBot

from pxbin_app.main_window import MainWindow
from tests.support import gallery, state_scenes
from tests.support.screens import Stage


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary directories are made in this test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def files_of(window: MainWindow) -> Path:
    store = window._memory._store
    assert isinstance(store, QSettings)
    return Path(store.fileName())


async def left_otherwise(qtbot: QtBot) -> Stage:
    """A stage whose window was closed on Logs, its splitters and columns drawn."""
    stage = Stage()
    qtbot.addWidget(stage.window)
    await stage.show("logs")
    stage.window.current_page.findChild(QSplitter).setSizes([1, 3])
    stage.window.close_for_good()
    stage.app.settings.store.sync()
    return stage


async def test_a_stage_knows_nothing_of_the_one_before(qtbot: QtBot) -> None:
    before = await left_otherwise(qtbot)
    assert before.app.settings.store.value("window/page") == "logs"
    after = Stage()
    qtbot.addWidget(after.window)
    assert files_of(after.window) != files_of(before.window)
    assert after.app.settings.store.allKeys() == []


async def test_what_is_remembered_stays_in_a_temporary_directory(
    qtbot: QtBot, temporary: Path
) -> None:
    stage = await left_otherwise(qtbot)
    await state_scenes.told(stage)
    window = gallery.build_window(temporary)
    qtbot.addWidget(window)
    used = [files_of(stage.window), files_of(window), Path(stage.app.settings.store.fileName())]
    assert all(path.is_relative_to(temporary) for path in used)
    assert stage.messenger._settings is stage.app.settings

"""An archive saved where the person says, whether the engine runs or not."""

import asyncio
import zipfile
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.diagnostics_file import DiagnosticsFile
from pxbin_app.engine_bridge import EngineBridge
from pxbin_engine.config import load_config
from pxbin_engine.errors import InvalidInput
from tests.support.fake_engine import FakeEngine, bridge_to, settled


class Refusing:
    async def write(self, path: Path) -> Any:
        raise InvalidInput(f"{path} cannot be written.")


async def test_without_an_engine_the_archive_is_written_all_the_same(
    qtbot: QtBot, tmp_path: Path
) -> None:
    said: list[tuple[str, str]] = []
    config = load_config({}, data_dir=tmp_path)
    file = DiagnosticsFile(EngineBridge(), lambda: config, lambda *told: said.append(told))
    parent = QWidget()
    qtbot.addWidget(parent)
    file.ask(parent)
    (dialog,) = parent.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "archive.zip"))
    dialog.done(0)
    async with asyncio.timeout(10):
        while not said:
            await asyncio.sleep(0.01)
    assert said[0][1] == "ok"
    assert "settings.json" in zipfile.ZipFile(tmp_path / "archive.zip").namelist()


async def test_the_engine_s_own_archive_and_its_failure(qtbot: QtBot, tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []
    engine = FakeEngine()
    engine.diagnostics = Refusing()  # type: ignore[attr-defined]  # the window's other tests need none
    config = load_config({}, data_dir=tmp_path)
    file = DiagnosticsFile(bridge_to(engine), lambda: config, lambda *told: said.append(told))
    file.save(tmp_path / "archive.zip")
    await settled()
    assert said == [(f"{tmp_path / 'archive.zip'} cannot be written.", "err")]

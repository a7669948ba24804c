"""The dialog that tells of a crash: its text, its folder, and the archive."""

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from pytestqt.qtbot import QtBot

from pxbin_app.crash_dialog import CrashDialog
from pxbin_app.crash_reports import CrashReport


@pytest.mark.parametrize(("fatal", "title"), [(True, "crashed"), (False, "went wrong")])
def test_a_report_is_shown_copied_and_saved(
    fatal: bool, title: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    saved: list[str] = []
    report = CrashReport(tmp_path / "crash" / "one.log", "x" * 30_000 + "the end", fatal)
    dialog = CrashDialog(None, report, save_diagnostics=lambda: saved.append("asked"))
    qtbot.addWidget(dialog)
    dialog.show()
    assert title in dialog.windowTitle()
    assert dialog.text.toPlainText().endswith("the end")
    assert len(dialog.text.toPlainText()) == 20_000
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == report.text
    dialog.open_folder.click()
    assert opened == [QUrl.fromLocalFile(str(tmp_path / "crash"))]
    dialog.save.click()
    assert saved == ["asked"]
    dialog.done_button.click()
    assert not dialog.isVisible()

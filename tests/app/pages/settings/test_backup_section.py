"""A backup asked for, and one opened."""

from pathlib import Path
from typing import Any, cast

from PySide6.QtWidgets import QFileDialog

from pxbin_app.pages.settings.backup_section import SHORTEST, SUFFIX, BackupSection
from pxbin_app.pages.settings.restore_dialog import RestoreDialog, contents_of
from pxbin_app.widgets.labels import Label
from pxbin_engine.maintenance import backup_file
from tests.support.fake_backups import MANIFEST
from tests.support.fake_engine import settled
from tests.support.settings_stage import Stage, section


async def test_a_backup_with_keys_needs_the_passphrase_twice(stage: Stage, tmp_path: Path) -> None:
    backup = section(stage, "backup", BackupSection)
    backup.with_keys.click()
    backup.save.click()
    assert "8 characters" in backup.passphrase_field.error
    backup.passphrase.setText("correct horse")
    backup.save.click()
    assert backup.again_field.error == "The two are not the same."
    backup.again.setText("correct horse")
    backup.save.click()
    dialog = stage.dialog(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "x"))
    dialog.done(0)
    await settled()
    asked = cast("Any", stage.engine).backups.asked
    assert asked == [("create", False, "correct horse")]
    backup.with_keys.click()
    backup.with_log.click()
    backup.save_in(tmp_path / "x")
    await settled()
    assert asked[-1] == ("create", True, "")


async def test_a_backup_is_shown_before_it_is_restored(stage: Stage, tmp_path: Path) -> None:
    backup = section(stage, "backup", BackupSection)
    backup.open.click()
    chooser = stage.dialog(QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "x"))
    chooser.done(0)
    await settled()
    dialog = stage.dialog(RestoreDialog)
    texts = [label.text() for label in dialog.contents.findChildren(Label)]
    assert texts[:2] == ["Keys", "0"]
    assert dict(contents_of(MANIFEST))["Requests"] == "not in it"
    assert not dialog.with_log.isVisible()
    assert not dialog.passphrase.isVisible()
    dialog.submit()
    await settled()
    assert cast("Any", stage.engine).backups.asked[-1] == ("restore", False, "")
    assert not dialog.isVisible()


def test_the_page_and_the_engine_agree() -> None:
    assert SHORTEST == backup_file.SHORTEST_PASSPHRASE
    assert f".{SUFFIX}" == backup_file.SUFFIX

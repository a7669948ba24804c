"""What a restoration tells in its dialog."""

from pathlib import Path
from typing import Any, cast

from pxbin_app.pages.settings.backup_section import BackupSection
from pxbin_app.pages.settings.restore_dialog import RestoreDialog
from pxbin_engine.errors import StorageError
from tests.support.fake_backups import MANIFEST
from tests.support.fake_engine import settled
from tests.support.settings_stage import Stage, section


async def test_a_restoration_that_fails_is_told_in_its_dialog(stage: Stage, tmp_path: Path) -> None:
    section(stage, "backup", BackupSection).presenter.looked_into.emit(MANIFEST, tmp_path / "x")
    dialog = stage.dialog(RestoreDialog)
    cast("Any", stage.engine).backups.failure = StorageError("It broke.")
    dialog.submit()
    await settled()
    assert dialog.error == "It broke."
    assert dialog.primary.isEnabled()

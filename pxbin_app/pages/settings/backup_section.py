"""Backups: what is to be in one, and the way back."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from pxbin_app.pages.settings.backup_presenter import BackupPresenter
from pxbin_app.pages.settings.restore_dialog import RestoreDialog
from pxbin_app.pages.settings.sections import Section
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.fields import CheckBox, Field, SecretField
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import row

if TYPE_CHECKING:
    from pxbin_engine.maintenance.backup_file import Manifest

SUFFIX = "pxbin-backup"
_FILTER = f"Backup of pxbin (*.{SUFFIX})"
_TEXT = (
    "Keys, upstreams, models, prices, aliases and budgets in one file. pxbin’s own keys are in it as hashes only: clients go on"
    " with theirs."
)
_WITHOUT_KEYS = "Otherwise you enter them again after a restoration on another machine."
SHORTEST = 8
"""Characters of a passphrase; as the engine has it, whose libraries need not load for this."""


class BackupSection(Section):
    """Makes backups, and opens them."""

    def __init__(self, presenter: BackupPresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self.with_log = CheckBox("The log with its totals, too")
        self.with_keys = CheckBox("The upstreams’ keys, too, sealed by a passphrase")
        self.passphrase = SecretField()
        self.again = SecretField()
        self.passphrase_field = Field(
            "Passphrase",
            self.passphrase,
            "Nobody can open the keys without it, and nobody can find it out.",
        )
        self.again_field = Field("The same again", self.again)
        self.without_keys = Label(_WITHOUT_KEYS, "caption", "text3", wrap=True)
        self.save = Button("Save a backup…", icon_name="download-simple", on_click=self.ask_where)
        self.step = Label("", "caption", "text2")
        self.add_card(
            "Back up",
            Label(_TEXT, "body", "text2", wrap=True),
            self.with_log,
            self.with_keys,
            self.without_keys,
            self.passphrase_field,
            self.again_field,
            row(self.save, self.step, None),
        )
        self.open = Button("Open a backup…", icon_name="upload-simple", on_click=self.ask_which)
        text = "You see what is in it before anything changes. What is here is backed up first."
        self.add_card("Restore", Label(text, "body", "text2", wrap=True), row(self.open, None))
        self.with_keys.toggled.connect(self._show_passphrase)
        presenter.busy.connect(self._show_busy)
        presenter.progress.connect(self.step.setText)
        presenter.looked_into.connect(self._show_contents)
        presenter.passphrase_refused.connect(self.passphrase_field.set_error)
        self._show_passphrase(False)

    def ask_where(self) -> None:
        """Ask where to write it, once what was filled in is right."""
        if not self._passphrase_is_right():
            return
        name = f"pxbin-{datetime.now().astimezone():%Y-%m-%d}.{SUFFIX}"
        dialog = self._file_dialog("Save a backup", QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX)
        dialog.selectFile(str(Path.home() / name))
        dialog.fileSelected.connect(lambda path: self.save_in(Path(path)))
        dialog.open()

    def save_in(self, path: Path) -> None:
        """Write it."""
        passphrase = self.passphrase.text() if self.with_keys.isChecked() else ""
        self.presenter.create(path, with_log=self.with_log.isChecked(), passphrase=passphrase)

    def ask_which(self) -> None:
        """Ask which one to look into."""
        dialog = self._file_dialog("Open a backup", QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.presenter.look_into(Path(path)))
        dialog.open()

    def _file_dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = QFileDialog(self, title, str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(mode)
        dialog.setNameFilter(_FILTER)
        return dialog

    def _passphrase_is_right(self) -> bool:
        self.passphrase_field.set_error("")
        self.again_field.set_error("")
        if not self.with_keys.isChecked():
            return True
        if len(self.passphrase.text()) < SHORTEST:
            self.passphrase_field.set_error(f"Use at least {SHORTEST} characters.")
            return False
        if self.passphrase.text() != self.again.text():
            self.again_field.set_error("The two are not the same.")
            return False
        return True

    def _show_passphrase(self, wanted: bool) -> None:
        self.passphrase_field.setVisible(wanted)
        self.again_field.setVisible(wanted)
        self.without_keys.setVisible(not wanted)

    def _show_busy(self, busy: bool) -> None:
        self.save.setEnabled(not busy)
        self.open.setEnabled(not busy)
        self.step.setText("Reading…" if busy else "")

    def _show_contents(self, manifest: "Manifest", path: Path) -> None:
        RestoreDialog(self, self.presenter, manifest, path).open()

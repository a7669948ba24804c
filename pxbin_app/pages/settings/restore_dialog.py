"""What is in a backup, and whether it shall be put in place of what is there."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QWidget

from pxbin_app.pages.settings.backup_presenter import BackupPresenter
from pxbin_app.widgets.dialogs import FormDialog
from pxbin_app.widgets.fields import CheckBox, SecretField
from pxbin_app.widgets.format import count
from pxbin_app.widgets.labels import Label

if TYPE_CHECKING:
    from pxbin_engine.maintenance.backup_file import Manifest

_TEXT = (
    "This replaces all keys, upstreams, models, aliases and budgets that are here now. Keys that are not in the backup stop"
    " working. What is here is backed up first, but without the upstreams’ keys. Restore only a file that you trust: it decides"
    " where your requests and keys are sent."
)
_SHOWN = {
    "keys": "Keys",
    "upstreams": "Upstreams",
    "upstream_keys": "Upstream keys",
    "models": "Models",
    "aliases": "Aliases",
    "budgets": "Budgets",
    "requests": "Requests",
}


class RestoreDialog(FormDialog):
    """The contents, and what of them is wanted."""

    def __init__(
        self, parent: QWidget, presenter: BackupPresenter, manifest: "Manifest", path: Path
    ) -> None:
        super().__init__(
            parent, "Restore this backup?", primary="Restore", kind="danger", width=480
        )
        made = manifest.made_at.astimezone().strftime("%Y-%m-%d %H:%M")
        self._presenter, self._path = presenter, path
        self.add(Label(f"Made {made} by pxbin {manifest.made_by}.", "body", wrap=True))
        self.contents = QWidget()
        self.contents.setLayout(_table(contents_of(manifest)))
        self.add(self.contents)
        self.add(Label(_TEXT, "body", "text2", wrap=True))
        self.with_log = CheckBox("Replace the log and its totals, too")
        self.with_log.setVisible(manifest.with_log)
        self.add(self.with_log)
        self.passphrase = SecretField()
        hint = "Leave it empty to go on with the upstreams’ keys that are on this machine."
        field = self.add_field("Passphrase of the upstream keys", self.passphrase, hint)
        field.setVisible(manifest.sealing is not None)
        presenter.busy.connect(self.set_busy)
        presenter.restore_failed.connect(self.set_error)
        presenter.restored.connect(self._leave)
        self.submitted.connect(self._restore)
        self.cancel.setFocus()

    def _restore(self) -> None:
        self._presenter.restore(
            self._path, with_log=self.with_log.isChecked(), passphrase=self.passphrase.text()
        )

    def _leave(self) -> None:
        self.set_busy(False)
        self.accept()


def contents_of(manifest: "Manifest") -> list[tuple[str, str]]:
    """What is in it, and how many of each."""
    absent = {
        "requests": not manifest.with_log,
        "upstream_keys": manifest.sealing is None,
    }
    return [
        (name, "not in it" if absent.get(table) else count(manifest.rows(table)))
        for table, name in _SHOWN.items()
    ]


def _table(lines: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    for place, (name, figure) in enumerate(lines):
        grid.addWidget(Label(name, "table", "text2"), place, 0)
        grid.addWidget(Label(figure, "table"), place, 1)
    grid.setColumnStretch(2, 1)
    return grid

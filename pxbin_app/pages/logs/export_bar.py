"""The export of the page Logs: asks for the file, shows how far it is, and cancels."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from pxbin_app.pages.logs.export import FORMATS, LogExport
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.format import count
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.sparkline import Meter
from pxbin_app.widgets.styling import row
from pxbin_engine.records import ExportFormat

_COUNTED_UP_TO = 10_000
"""Beyond it the log is not counted."""


class ExportBar(QWidget):
    """How far the export is; ``button``, which stands elsewhere, asks for one. ``chosen`` tells the file and its format."""

    chosen = Signal(Path, str)

    def __init__(self, export: LogExport) -> None:
        super().__init__()
        self._export = export
        self._expected = 0
        self.button = Button("Export", icon_name="download-simple")
        formats = QMenu(self.button)
        for kind, name in FORMATS.items():
            formats.addAction(f"As {name}…", partial(self.ask_for_file, kind))
        self.button.setMenu(formats)
        self.exported = Label("", "table", "text2")
        self.progress = Meter()
        self.progress.setFixedWidth(120)
        self.cancel = Button("Cancel export", on_click=export.cancel)
        self.setLayout(row(self.exported, self.progress, self.cancel))
        export.changed.connect(self._show)
        self.hide()

    def expect(self, rows: int) -> None:
        """So many rows would be written, or more where they are not counted."""
        self._expected = rows
        self.button.setEnabled(not self._export.running and rows > 0)

    def _show(self) -> None:
        export = self._export
        self.setVisible(export.running)
        self.expect(self._expected)
        said = f"{count(export.rows)} of {counted_up_to(self._expected)} exported"
        self.exported.setText(said)
        known = 0 < self._expected < _COUNTED_UP_TO
        self.progress.set_share(min(1.0, export.rows / self._expected) if known else 0.0, said)

    def ask_for_file(self, kind: ExportFormat) -> None:
        """Ask where to write; the loop goes on meanwhile."""
        dialog = QFileDialog(self, "Export requests", str(Path.home() / f"pxbin-requests.{kind}"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.setNameFilter(f"{FORMATS[kind]} (*.{kind})")
        dialog.selectFile(f"pxbin-requests.{kind}")
        dialog.fileSelected.connect(lambda path: self.chosen.emit(Path(path), kind))
        dialog.open()


def counted_up_to(number: int) -> str:
    """A number of requests, as far as the log counts them: ``1,284``, ``10,000+``."""
    return count(number) + ("+" if number >= _COUNTED_UP_TO else "")

"""The dialog that tells, at the next start, what went wrong in the one before."""

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from pxbin_app.crash_reports import CrashReport
from pxbin_app.theme import mono_font
from pxbin_app.widgets.buttons import Button, CopyButton
from pxbin_app.widgets.dialogs import Dialog
from pxbin_app.widgets.labels import Label, MonoLabel
from pxbin_app.widgets.styling import row

_SHOWN = 20_000
"""Characters of the end of a report; the file has all of it."""

_ENDED = (
    "pxbin ended unexpectedly. No request that had ended is lost from the log. If it happens again, the report and"
    " the diagnostics help to find out why."
)
_WENT_ON = (
    "Something went wrong inside pxbin, and it went on. If something did not work, the report and the diagnostics help"
    " to find out why."
)


class CrashDialog(Dialog):
    """One report: its text to copy, its folder, and an archive of diagnostics."""

    def __init__(
        self, parent: QWidget | None, report: CrashReport, *, save_diagnostics: Callable[[], None]
    ) -> None:
        title = "pxbin crashed last time" if report.fatal else "Something went wrong last time"
        super().__init__(parent, title, width=620)
        self._folder = report.path.parent
        self.content.addWidget(
            Label(_ENDED if report.fatal else _WENT_ON, "body", "text2", wrap=True)
        )
        self.text = QPlainTextEdit(report.text[-_SHOWN:])
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(mono_font(11))
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("Report")
        self.text.setFixedHeight(200)
        self.content.addWidget(self.text)
        self.copy = CopyButton(lambda: report.text, "Copy the report")
        self.content.addLayout(row(MonoLabel(report.path.name, selectable=True), None, self.copy))
        self.open_folder = Button("Open the folder", on_click=self._open_folder)
        self.save = Button("Save diagnostics…", on_click=save_diagnostics)
        self.done_button = Button("Close", "primary", on_click=self.accept)
        for button in (self.open_folder, self.save, self.done_button):
            self.foot.addWidget(button)
        self.done_button.setFocus()

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

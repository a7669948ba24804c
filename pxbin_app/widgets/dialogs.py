"""Dialogs: a form, a question. They open beside the running loop and answer by signals or an awaited future.

``exec`` is never used: a nested Qt loop inside a coroutine loses other tasks, and with them streams that are being
relayed.
"""

import asyncio

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.widgets.buttons import Button, ButtonKind
from pxbin_app.widgets.fields import Field
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.styling import hairline
from pxbin_app.widgets.tab_order import move_focus

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Dialog(QDialog):
    """A titled window over its parent: content, then a foot with the buttons. Esc closes it, unless it is busy."""

    def __init__(self, parent: QWidget | None, title: str, *, width: int = 440) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setFixedWidth(width)
        self._busy = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.content = QVBoxLayout()
        self.content.setContentsMargins(20, 16, 20, 16)
        self.content.setSpacing(12)
        self.content.addWidget(Label(title, "heading"))
        self.foot = QHBoxLayout()
        self.foot.setContentsMargins(20, 12, 20, 12)
        self.foot.setSpacing(8)
        self.foot.addStretch(1)
        outer.addLayout(self.content, 1)
        outer.addWidget(hairline())
        outer.addLayout(self.foot)

    @property
    def busy(self) -> bool:
        """Whether it works on what was submitted."""
        return self._busy

    def adjustSize(self) -> None:
        """Show all lines of wrapped texts; Qt's own stops at two thirds of the screen and cuts them."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def event(self, event: QEvent) -> bool:
        """Grow and shrink with what is in it."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self.adjustSize()
        return handled

    def showEvent(self, event: QShowEvent) -> None:
        """Only now are fonts and wrapped lines known: take no more room than they need."""
        super().showEvent(event)
        self.adjustSize()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab follows the eye."""
        return move_focus(self, forward=forward)

    def reject(self) -> None:
        if not self._busy:
            super().reject()


class FormDialog(Dialog):
    """Fields and a primary button. ``submitted`` asks the presenter to act; it answers by ``set_busy``,
    ``set_error`` (whole form), a field's ``set_error``, or ``accept()``."""

    submitted = Signal()

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        *,
        primary: str = "Save",
        kind: ButtonKind = "primary",
        width: int = 440,
    ) -> None:
        super().__init__(parent, title, width=width)
        self._fields: list[Field] = []
        self._primary_text = primary
        self._error = Banner("", "err")
        self._error.hide()
        self.content.addWidget(self._error)
        self.fields = QVBoxLayout()
        self.fields.setSpacing(12)
        self.content.addLayout(self.fields)
        self.content.addStretch(1)
        self.cancel = Button("Cancel", on_click=self.reject)
        self.primary = Button(primary, kind, on_click=self.submit)
        self.foot.addWidget(self.cancel)
        self.foot.addWidget(self.primary)
        for sequence in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(sequence), self, self.submit)

    def add_field(self, label: str, control: QWidget, hint: str = "") -> Field:
        """Put a control with its label into the form; the first gets the focus."""
        field = Field(label, control, hint)
        self.fields.addWidget(field)
        self._fields.append(field)
        if len(self._fields) == 1:
            control.setFocus()
        return field

    def add(self, widget: QWidget) -> None:
        """Put anything else into the form."""
        self.fields.addWidget(widget)

    def submit(self) -> None:
        """As if the primary button were pressed: errors are taken back, then ``submitted``."""
        if self._busy:
            return
        self.set_error("")
        for field in self._fields:
            field.set_error("")
        self.submitted.emit()

    def set_error(self, error: str) -> None:
        """Say what is wrong with the whole; empty takes it back. Ends being busy."""
        if error:
            self.set_busy(False)
            self._error.set_message(error, "err")
        self._error.setVisible(bool(error))
        self.adjustSize()

    @property
    def error(self) -> str:
        """The error of the whole form that is shown."""
        return self._error.text if not self._error.isHidden() else ""

    def set_busy(self, busy: bool, text: str = "") -> None:
        """While busy nothing can be changed and Esc does not close; ``text`` is what the button says meanwhile."""
        self._busy = busy
        for field in self._fields:
            field.setEnabled(not busy)
        self.cancel.setEnabled(not busy)
        self.primary.setEnabled(not busy)
        self.primary.setText((text or f"{self._primary_text}…") if busy else self._primary_text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.modifiers():
            self.submit()
        else:
            super().keyPressEvent(event)


class ConfirmDialog(Dialog):
    """A question before something that cannot be undone; the safe answer has the focus."""

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        text: str,
        *,
        confirm: str,
        cancel: str = "Cancel",
        kind: ButtonKind = "danger",
    ) -> None:
        super().__init__(parent, title, width=400)
        self.content.addWidget(Label(text, "body", "text2", wrap=True))
        self.content.addStretch(1)
        self.cancel = Button(cancel, on_click=self.reject)
        self.confirm = Button(confirm, kind, on_click=self.accept)
        self.foot.addWidget(self.cancel)
        self.foot.addWidget(self.confirm)
        self.cancel.setFocus()


async def ask(dialog: QDialog, *, modal: bool = True) -> bool:
    """Open a dialog and wait, beside everything else that runs, for its answer: True where it was accepted.

    Cancelling the waiting task closes the dialog.

    Args:
        modal: whether its window can do nothing else meanwhile.
    """
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def on_finished(result: int) -> None:
        if not answer.done():
            answer.set_result(result == QDialog.DialogCode.Accepted)

    dialog.finished.connect(on_finished)
    if modal:
        dialog.open()
    else:
        dialog.show()
    try:
        return await answer
    except asyncio.CancelledError:
        dialog.done(QDialog.DialogCode.Rejected)
        raise

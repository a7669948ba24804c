"""A form that shows what the engine refuses at the field it is about."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pxbin_app.widgets.dialogs import FormDialog
from pxbin_app.widgets.fields import Field


class EntryDialog(FormDialog):
    """A form whose fields are named as the inputs of the use case they are for (a ``FormAnswer``)."""

    def __init__(
        self, parent: QWidget | None, title: str, *, primary: str = "Save", width: int = 480
    ) -> None:
        super().__init__(parent, title, primary=primary, width=width)
        self._by_name: dict[str, tuple[str, Field]] = {}

    def add_named(self, name: str, label: str, control: QWidget, hint: str = "") -> Field:
        """Put a control into the form, for the input ``name``."""
        field = self.add_field(label, control, hint)
        self._by_name[name] = (label, field)
        return field

    def put_beside(self, *fields: Field) -> None:
        """Let fields that were added one after another share a line, equally wide."""
        line = QHBoxLayout()
        line.setSpacing(12)
        for field in fields:
            self.fields.removeWidget(field)
            line.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        self.fields.addLayout(line)

    def set_field_error(self, name: str, error: str) -> None:
        """Show an error where it belongs; one about an input without a field is the whole form's."""
        if name not in self._by_name:
            self.set_error(error)
            return
        label, field = self._by_name[name]
        field.set_error(label + error.removeprefix(name) if error.startswith(name) else error)
        field.control.setFocus()
        self.adjustSize()

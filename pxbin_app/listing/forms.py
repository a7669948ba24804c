"""A form that shows what the engine refuses at the field it is about."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pxbin_app.widgets.dialogs import FormDialog
from pxbin_app.widgets.fields import Field
from pxbin_engine.errors import InvalidInput

Values = TypeVar("Values")


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

    def adopt(self, name: str, label: str, field: Field) -> None:
        """Let a field that stands in another widget of the form be the one for the input ``name``."""
        self._fields.append(field)
        self._by_name[name] = (label, field)

    def also_name(self, name: str, label: str, field: Field) -> None:
        """Show errors about the input ``name`` at ``field`` too, speaking of it as ``label``."""
        self._by_name[name] = (label, field)

    def put_beside(self, *fields: Field) -> None:
        """Let fields that were added one after another share a line, equally wide."""
        line = QHBoxLayout()
        line.setSpacing(12)
        for field in fields:
            self.fields.removeWidget(field)
            line.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        self.fields.addLayout(line)

    def read(self, values: Callable[[], Values]) -> Values | None:
        """What ``values`` reads from the fields; None where it cannot, which is said at the field."""
        try:
            return values()
        except InvalidInput as error:
            self.set_field_error(error.field, error.message)
            return None

    def set_field_error(self, name: str, error: str) -> None:
        """Show an error where it belongs; one about an input without a field is the whole form's."""
        if name not in self._by_name:
            self.set_error(error)
            return
        label, field = self._by_name[name]
        field.set_error(label + error.removeprefix(name) if error.startswith(name) else error)
        field.control.setFocus()
        self.adjustSize()


def whole_number(text: str, *, field: str) -> int | None:
    """The number in a field; None where it is empty.

    Raises:
        InvalidInput: it holds something else.
    """
    clean = text.strip().replace(",", "")
    try:
        return int(clean) if clean else None
    except ValueError as error:
        raise InvalidInput(f"{field} must be a whole number.", field=field) from error

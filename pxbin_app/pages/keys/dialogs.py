"""The dialogs that create and edit a key, the one that shows a new key, once, and the one that tells how keys are used."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from PySide6.QtWidgets import QSizePolicy, QWidget

from pxbin_app import snippets
from pxbin_app.listing.forms import EntryDialog, whole_number
from pxbin_app.pages.keys.expiry_editor import ExpiryEditor
from pxbin_app.pages.keys.models_editor import ModelsEditor
from pxbin_app.pages.keys.presenter import KeyValues, NewKey
from pxbin_app.pages.keys.usage import UsageView
from pxbin_app.snippets import Access, Snippet
from pxbin_app.theme import mono_font
from pxbin_app.widgets.buttons import Button, CopyButton, SegmentedControl
from pxbin_app.widgets.dialogs import Dialog
from pxbin_app.widgets.fields import CheckBox, Field, TextField
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import row
from pxbin_engine.records import KeyRecord, KeyType, Permission

KEY_TYPES = [("llm", "LLM keys"), ("management", "Management keys")]
_TYPES = [("llm", "LLM key"), ("management", "Management key")]
_HINTS = {
    "llm": "For clients such as Claude Code: it may send requests, and nothing else.",
    "management": "For scripts that use pxbin’s management API.",
}
LIMITS = (
    ("rate_limit", "Requests a minute", "Empty: as configured.", "Default"),
    ("tokens_per_minute", "Tokens a minute", "Cache reads do not count.", "No limit"),
    ("max_concurrency", "Requests at once", "", "No limit"),
)
"""The limits of a key: input, label, hint, and what an empty field means."""
_WINDOWS = sys.platform == "win32"
_WIDTH = 680
_NO_MODEL = "No model is there yet: import one on the page Models, and put its name in."


class KeyDialog(EntryDialog):
    """The form of a key: a new one of ``key_type``, or ``record``."""

    def __init__(
        self,
        parent: QWidget | None,
        key_type: KeyType,
        record: KeyRecord | None = None,
        *,
        models: Sequence[str] = (),
        now: datetime,
    ) -> None:
        title = "Create a key" if record is None else f"Edit {record.name}"
        super().__init__(parent, title, primary="Create key" if record is None else "Save")
        self.name = TextField(placeholder="Who uses it: Claude Code on my laptop")
        self.type = SegmentedControl(_TYPES, "Kind of key")
        self.type.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.limits = {name: TextField(placeholder=empty) for name, _, _, empty in LIMITS}
        self.models = ModelsEditor(models, record.allowed_models if record else ())
        self.expiry = ExpiryEditor(now, record.expires_at if record else None)
        self.may_read = CheckBox("Read", checked=True)
        self.may_write = CheckBox("Write", checked=True)
        self.add_named("name", "Name", self.name)
        self._type_field = self.add_named("type", "Kind", self.type, _HINTS[key_type])
        self._of_clients = self._add_limits()
        self._of_clients.append(
            self.add_named("allowed_models", "Models", self.models, "What it may ask for.")
        )
        permissions = QWidget()
        permissions.setLayout(row(self.may_read, self.may_write, None, spacing=16))
        self._permissions = self.add_named("permissions", "Permissions", permissions)
        self.add_named(
            "expires_at", "Expires", self.expiry, "With a day, it works until that day ends."
        )
        self.type.chosen.connect(self._show_type)
        self._fill(key_type, record)

    def values(self) -> KeyValues | None:
        """What is filled in; None where it cannot be read (said at the field)."""
        return self.read(self._values)

    def _values(self) -> KeyValues:
        ticked: list[tuple[Permission, bool]] = [
            ("read", self.may_read.isChecked()),
            ("write", self.may_write.isChecked()),
        ]
        return KeyValues(
            type=cast("KeyType", self.type.value),
            name=self.name.text(),
            **self._values_of_clients(),
            expires_at=self.expiry.expires_at,
            permissions=tuple(permission for permission, given in ticked if given),
        )

    def _values_of_clients(self) -> dict[str, Any]:
        if self.type.value == "management":
            return {}
        limits = {
            name: whole_number(field.text(), field=name) for name, field in self.limits.items()
        }
        return limits | {"allowed_models": self.models.allowed}

    def _add_limits(self) -> list[Field]:
        fields = [
            self.add_named(name, label, self.limits[name], hint) for name, label, hint, _ in LIMITS
        ]
        self.put_beside(*fields)
        return fields

    def _fill(self, key_type: KeyType, record: KeyRecord | None) -> None:
        self.type.set_value(key_type)
        self._show_type(key_type)
        if record is None:
            return
        self._type_field.hide()
        self.name.setText(record.name)
        for name, field in self.limits.items():
            field.setText(str(getattr(record, name) or ""))
        self.may_read.setChecked("read" in record.permissions)
        self.may_write.setChecked("write" in record.permissions)

    def _show_type(self, key_type: str) -> None:
        self._type_field.set_hint(_HINTS[key_type])
        for field in self._of_clients:
            field.setVisible(key_type == "llm")
        self._permissions.setVisible(key_type == "management")
        self.adjustSize()


class NewKeyDialog(Dialog):
    """Shows a key for the one time that it is known; it closes only once the person says that it is copied."""

    def __init__(self, parent: QWidget | None, new: NewKey) -> None:
        super().__init__(parent, f"{new.record.name} is ready", width=_WIDTH)
        self.key = TextField(new.key)
        self.key.setFont(mono_font(12))
        self.key.setReadOnly(True)
        self.key.setAccessibleName("The new key")
        self.copy = CopyButton(lambda: new.key, "Copy the key")
        self.usage = UsageView(snippets_of(new))
        self.copied = CheckBox("I have copied the key")
        self.done_button = Button("Done", "primary", on_click=self.accept)
        self.done_button.setEnabled(False)
        self._lay_out(new)
        self.copied.toggled.connect(self.done_button.setEnabled)
        self.key.selectAll()

    def reject(self) -> None:
        """Esc and the window's own cross would lose the key: only after it was copied."""
        if self.copied.isChecked():
            super().reject()
        else:
            self.said.set_color("warn")
            self.copied.setFocus()

    def _lay_out(self, new: NewKey) -> None:
        self.said = Label(
            "Copy it now: this is the only time it is shown. pxbin keeps only its hash.",
            "body",
            "text2",
            wrap=True,
        )
        self.content.addWidget(self.said)
        self.content.addLayout(row(self.key, self.copy))
        self.content.addWidget(self.usage)
        if new.record.type == "llm" and not new.models:
            self.content.addWidget(Label(_NO_MODEL, "caption", "text3", wrap=True))
        self.foot.insertWidget(0, self.copied)
        self.foot.addWidget(self.done_button)


class ConnectDialog(Dialog):
    """How clients use a key that was made before: its plaintext is not known any more, a word stands in its place."""

    def __init__(self, parent: QWidget | None, access: Access) -> None:
        super().__init__(parent, "Connect a client", width=_WIDTH)
        said = f"Replace {access.key} with the key, as it was shown when it was made."
        self.usage = UsageView(snippets.of_clients(access, windows=_WINDOWS))
        self.content.addWidget(Label(said, "body", "text2", wrap=True))
        self.content.addWidget(self.usage)
        if not access.models:
            self.content.addWidget(Label(_NO_MODEL, "caption", "text3", wrap=True))
        self.close_button = Button("Close", on_click=self.accept)
        self.foot.addWidget(self.close_button)
        self.close_button.setFocus()


def snippets_of(new: NewKey) -> dict[str, tuple[Snippet, ...]]:
    """What can be pasted, by the name of the client."""
    if new.record.type == "management":
        asked = snippets.management(new.key, new.base_url)
        return {"curl": (Snippet("In a terminal", asked),)}
    access = Access(new.key, new.base_url, new.models)
    return snippets.of_clients(access, windows=_WINDOWS)

"""The keys of an upstream as lines of its form, and the small form of one key."""

from collections.abc import Callable
from uuid import UUID

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pxbin_app.listing.forms import EntryDialog
from pxbin_app.pages.upstreams.health import key_name
from pxbin_app.pages.upstreams.keys_presenter import UpstreamKeysPresenter
from pxbin_app.pages.upstreams.model import PLACES
from pxbin_app.theme import Tone
from pxbin_app.widgets.buttons import Button, IconButton
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_app.widgets.fields import SecretField, TextField
from pxbin_app.widgets.labels import ElidingLabel, Label, Pill
from pxbin_app.widgets.ordered_lines import OrderedLine, OrderedLines
from pxbin_app.widgets.styling import row
from pxbin_engine.records import UpstreamKeyRecord

KEYS_HINT = "Changes to keys are made at once. Several are taken in turn; one that is refused rests for a while."


class KeyLine(OrderedLine):
    """One key: what it is called, where it lives, how it is."""

    def __init__(
        self,
        key: UpstreamKeyRecord,
        name: str,
        state: tuple[str, Tone],
        *,
        edit: Callable[[], None],
        toggle: Callable[[], None],
    ) -> None:
        self.key = key
        self.name = ElidingLabel(name, "body")
        self.state = Pill(*state)
        place = Label(PLACES[key.secret_place][0], "table", "text3")
        switch = f"Stop using {name}" if key.is_active else f"Use {name}"
        self.edit = IconButton("pencil-simple", f"Rename or replace {name}", on_click=edit)
        self.toggle = IconButton("power", switch, on_click=toggle)
        super().__init__(
            [self.name, place, self.state, self.edit, self.toggle],
            self.name,
            remove=f"Remove {name}",
        )
        self.setAccessibleName(f"{name}, {place.text()}, {state[0]}")


class KeysEditor(QWidget):
    """The lines, and a button that adds one. It looks after resting keys only while it is seen."""

    def __init__(self, presenter: UpstreamKeysPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._ordered: OrderedLines[KeyLine] = OrderedLines()
        self._nothing = Label("It has no key.", "body", "text2")
        self.add = Button("Add a key", "quiet", icon_name="plus", on_click=self._open_add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._nothing)
        layout.addWidget(self._ordered)
        layout.addLayout(row(self.add, None))
        self._ordered.moved.connect(lambda line, place: presenter.move(line.key, place))
        presenter.changed.connect(self._show)
        self._show()

    @property
    def lines(self) -> list[KeyLine]:
        """The lines in their order."""
        return self._ordered.lines

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._presenter.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._presenter.stop()

    def _show(self) -> None:
        keys, focused = self._presenter.record.keys, self._focused()
        self._ordered.clear()
        for place, key in enumerate(keys):
            self._ordered.add_line(self._line(key, key_name(key, place, len(keys))))
        self._ordered.setVisible(bool(keys))
        self._nothing.setVisible(not keys)
        self._focus(*focused)

    def _focused(self) -> tuple[UUID | None, int]:
        """The key, and which of its line's buttons has the focus; None: no line has it."""
        for line in self.lines:
            for place, stop in enumerate(line.stops):
                if stop.hasFocus():
                    return line.key.id, place
        return None, 0

    def _focus(self, key_id: UUID | None, place: int) -> None:
        """Whoever works by the keyboard goes on where they were, though the lines are new ones."""
        for line in self.lines:
            if line.key.id == key_id:
                line.show()
                line.stops[place].setFocus()

    def _line(self, key: UpstreamKeyRecord, name: str) -> KeyLine:
        line = KeyLine(
            key,
            name,
            self._state_of(key),
            edit=lambda: self._open_edit(key, name),
            toggle=lambda: self._presenter.set_active(key, not key.is_active),
        )
        line.remove_requested.connect(lambda: self._ask_to_remove(key, name))
        return line

    def _state_of(self, key: UpstreamKeyRecord) -> tuple[str, Tone]:
        if not key.is_active:
            return "off", "neutral"
        return ("resting", "warn") if key.id in self._presenter.resting else ("on", "ok")

    def _open_add(self) -> None:
        dialog = UpstreamKeyDialog(self, "Add a key", self._presenter.secret_description)
        dialog.submitted.connect(lambda: self._presenter.add(*dialog.values(), dialog))
        dialog.open()

    def _open_edit(self, key: UpstreamKeyRecord, name: str) -> None:
        dialog = UpstreamKeyDialog(self, name, "Leave empty to keep the key.", label=key.label)
        dialog.submitted.connect(lambda: self._presenter.change(key, *dialog.values(), dialog))
        dialog.open()

    def _ask_to_remove(self, key: UpstreamKeyRecord, name: str) -> None:
        last = len(self._presenter.record.keys) == 1
        dialog = ConfirmDialog(
            self,
            f"Remove {name}?",
            "It is removed from where it is kept, too."
            + (" The upstream has no other: requests go out without a key." if last else ""),
            confirm="Remove",
        )
        dialog.accepted.connect(lambda: self._presenter.remove(key))
        dialog.open()


class UpstreamKeyDialog(EntryDialog):
    """The form of one key: what it is called, and the key."""

    def __init__(self, parent: QWidget, title: str, hint: str, *, label: str = "") -> None:
        super().__init__(parent, title, primary="Save", width=420)
        self.label = TextField(label, placeholder="Team account")
        self.secret = SecretField(placeholder="sk-…")
        self.add_named("label", "Label", self.label, "What you call it; shown in Logs.")
        self.add_named("api_key", "Key", self.secret, hint)

    def values(self) -> tuple[str, str]:
        """Label and key."""
        return self.label.text().strip(), self.secret.text().strip()

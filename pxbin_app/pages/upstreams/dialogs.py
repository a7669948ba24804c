"""The dialog that adds or edits an upstream, and tests it before anything is saved."""

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.listing.forms import EntryDialog, whole_number
from pxbin_app.pages.upstreams.health import said_of
from pxbin_app.pages.upstreams.keys_editor import KEYS_HINT, KeysEditor
from pxbin_app.pages.upstreams.keys_presenter import UpstreamKeysPresenter
from pxbin_app.pages.upstreams.model import FORMATS
from pxbin_app.pages.upstreams.presenter import UpstreamValues, lesson_in_words
from pxbin_app.pages.upstreams.presets import CUSTOM, preset_at, preset_of
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.fields import CheckBox, SecretField, Select, TextField
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.messages import Banner
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import HealthReport, LearnedQuirk, Preset, UpstreamFormat, UpstreamRecord

_MOST_LESSONS = 4
_URL_HINT = "With or without /v1, as the vendor prints it."


class UpstreamDialog(EntryDialog):
    """The form of one upstream. ``submitted`` asks to save, ``check_requested`` to test (a ``CheckAnswer``),
    ``forget_requested`` to drop what the upstream has taught."""

    check_requested = Signal()
    forget_requested = Signal()

    def __init__(
        self,
        parent: QWidget | None,
        *,
        presets: Sequence[Preset],
        secret_description: str,
        record: UpstreamRecord | None = None,
        keys: UpstreamKeysPresenter | None = None,
    ) -> None:
        title = "Add upstream" if record is None else f"Edit {record.name}"
        primary = "Add upstream" if record is None else "Save"
        super().__init__(parent, title, primary=primary, width=560)
        self._record = record
        self._presets = presets
        self.preset = Select(
            [(one.id, one.name) for one in presets] + [(CUSTOM, "Another address")]
        )
        self.preset.setMinimumContentsLength(12)
        self.preset.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.name = TextField(placeholder="As it is shown in Logs")
        self.format = Select(list(FORMATS.items()))
        self.base_url = TextField(placeholder="https://api.example.com/v1")
        self.api_key = SecretField(placeholder="sk-…")
        self.keys = KeysEditor(keys) if keys is not None and keys.record.keys else None
        self.priority = TextField("0")
        self.first_byte = TextField(placeholder="As configured")
        self.idle = TextField(placeholder="As configured")
        self.active = CheckBox("Active", checked=True)
        self.learned = LearnedList(record.learned if record else (), self.forget_requested.emit)
        self.check = Button("Test", icon_name="heartbeat", on_click=self._check)
        self.outcome = Banner("", "ok")
        self._add_fields(secret_description)
        self._connect()
        self._fill()

    def values(self) -> UpstreamValues | None:
        """What is filled in; None where it cannot even be read (said at the field)."""
        return self.read(self._values)

    def set_checking(self, checking: bool) -> None:
        """The test began or ended; everything can still be changed meanwhile."""
        self.check.setEnabled(not checking)
        self.check.setText("Testing…" if checking else "Test")
        if checking:
            self.outcome.hide()
            self.adjustSize()

    def show_report(self, report: HealthReport) -> None:
        """Say what the test found, in place."""
        self.outcome.set_message(said_of(report), "ok" if report.healthy else "err")
        self.outcome.show()
        self.adjustSize()

    def show_forgotten(self) -> None:
        """What the upstream had taught is gone."""
        self.learned.hide()
        self.adjustSize()

    def set_busy(self, busy: bool, text: str = "") -> None:
        super().set_busy(busy, text)
        self.check.setEnabled(not busy)

    def _add_fields(self, secret_description: str) -> None:
        provider = self.add_named("preset", "Provider", self.preset)
        self.put_beside(
            provider,
            self.add_named("name", "Name", self.name),
            self.add_named("format", "Format", self.format),
        )
        self.url_field = self.add_named("base_url", "Base URL", self.base_url, _URL_HINT)
        if self.keys is None:
            self.add_named("api_key", "API key", self.api_key, secret_description)
        else:
            self.add_named("keys", "Keys", self.keys, KEYS_HINT)
        self.put_beside(
            self.add_named("priority", "Priority", self.priority, "Lower is tried first."),
            self.add_named(
                "first_byte_timeout_seconds", "Begins to answer within", self.first_byte, "Seconds."
            ),
            self.add_named(
                "idle_timeout_seconds",
                "Silent for at most",
                self.idle,
                "Seconds, while it answers.",
            ),
        )
        self.add(self.active)
        self.add(self.learned)
        self.add(self.outcome)
        self.outcome.hide()
        self.foot.insertWidget(0, self.check)

    def _connect(self) -> None:
        self.preset.chosen.connect(self._choose_preset)
        self.base_url.textEdited.connect(self._find_preset)
        self.format.chosen.connect(self._find_preset)
        # A result is of what was filled in then: it goes as soon as that is edited.
        for field in (self.base_url, self.api_key):
            field.textChanged.connect(self.outcome.hide)
        self.format.chosen.connect(self.outcome.hide)

    def _fill(self) -> None:
        if self._record is None:
            self._choose_preset(self._presets[0].id)
            return
        self.name.setText(self._record.name)
        self.base_url.setText(self._record.base_url)
        self.format.set_value(self._record.format)
        # Not guessed by the address: what is shown is what holds, and saving changes nothing that was not touched.
        stored = preset_of(self._presets, self._record.preset or CUSTOM)
        self.preset.set_value(stored.id if stored else CUSTOM)
        self.priority.setText(str(self._record.priority))
        self.first_byte.setText(_as_typed(self._record.first_byte_timeout_seconds))
        self.idle.setText(_as_typed(self._record.idle_timeout_seconds))
        self.active.setChecked(self._record.is_active)

    def _choose_preset(self, preset_id: str) -> None:
        chosen = preset_of(self._presets, preset_id)
        if chosen is None:
            self.base_url.clear()
            self.url_field.set_hint(_URL_HINT)
            self.base_url.setFocus()
            return
        if self.name.text() in {"", *(one.name for one in self._presets)}:
            self.name.setText(chosen.name)
        self.base_url.setText(chosen.base_url)
        self.format.set_value(chosen.format)
        self.api_key.setPlaceholderText("sk-…" if chosen.needs_key else "Not needed")
        self.url_field.set_hint(chosen.hint or _URL_HINT)

    def _find_preset(self) -> None:
        """The address or the format changed: what was chosen stays where it may be reached at any address."""
        spoken = cast("UpstreamFormat", self.format.value)
        chosen = preset_of(self._presets, self.preset.value)
        if chosen is None or not chosen.any_host or chosen.format != spoken:
            self.preset.set_value(preset_at(self._presets, self.base_url.text(), spoken))

    def _values(self) -> UpstreamValues:
        return UpstreamValues(
            name=self.name.text(),
            format=cast("UpstreamFormat", self.format.value),
            base_url=self.base_url.text().strip(),
            api_key=self.api_key.text().strip(),
            priority=whole_number(self.priority.text(), field="priority") or 0,
            is_active=self.active.isChecked(),
            preset=None if self.preset.value == CUSTOM else self.preset.value,
            first_byte_timeout_seconds=seconds(
                self.first_byte.text(), field="first_byte_timeout_seconds"
            ),
            idle_timeout_seconds=seconds(self.idle.text(), field="idle_timeout_seconds"),
        )

    def _check(self) -> None:
        self.set_error("")
        self.check_requested.emit()


def seconds(text: str, *, field: str) -> float | None:
    """The seconds in a field; None where it is empty.

    Raises:
        InvalidInput: it holds something else.
    """
    clean = text.strip().removesuffix("s").strip()
    try:
        return float(clean) if clean else None
    except ValueError as error:
        raise InvalidInput(f"{field} must be a number of seconds.", field=field) from error


def _as_typed(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


class LearnedList(QWidget):
    """What an upstream's refusals have taught, the newest first; its own words are each line's tooltip."""

    def __init__(self, learned: Sequence[LearnedQuirk], forget: Callable[[], None]) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.forget = Button("Forget", on_click=forget)
        self.forget.setToolTip("It is learned again where it still holds.")
        head = QHBoxLayout()
        head.addWidget(Label("Learned from its refusals", "table", "text2"), 1)
        head.addWidget(self.forget)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addLayout(head)
        self._fill(sorted(learned, key=lambda quirk: quirk.learned_at, reverse=True))
        self.setVisible(bool(learned))

    def _fill(self, newest: list[LearnedQuirk]) -> None:
        for quirk in newest[:_MOST_LESSONS]:
            self._say(lesson_in_words(quirk), quirk.said)
        if rest := newest[_MOST_LESSONS:]:
            self._say(f"and {len(rest)} more", "\n".join(map(lesson_in_words, rest)))

    def _say(self, text: str, tip: str) -> None:
        self.lines.append(text)
        label = Label(text, wrap=True, selectable=True)
        label.setToolTip(tip)
        self._layout.addWidget(label)

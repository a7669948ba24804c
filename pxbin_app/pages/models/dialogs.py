"""The dialog that adds a model by hand or edits one, and in it the order in which upstreams are tried."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from uuid import UUID

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pxbin_app.listing.forms import EntryDialog, whole_number
from pxbin_app.pages.models.model import PRICE_SOURCES
from pxbin_app.pages.models.presenter import PRICES, ModelValues
from pxbin_app.widgets.buttons import Button, IconButton
from pxbin_app.widgets.fields import CheckBox, Select, TextField
from pxbin_app.widgets.labels import Label, Pill
from pxbin_app.widgets.styling import row
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ModelRecord, TargetRecord, UpstreamRecord

_WINDOW_HINT = "From a million on also offered as [1m]."
_OUTPUT_HINT = "A client that asks for more gets this."


class TargetsEditor(QWidget):
    """Lines of (upstream, name there), tried from the top; they can be moved, added and removed."""

    def __init__(self, upstreams: Sequence[UpstreamRecord]) -> None:
        super().__init__()
        self._options = [(str(one.id), one.name) for one in upstreams]
        self.lines: list[TargetLine] = []
        self._body = QVBoxLayout()
        self._body.setSpacing(6)
        self.add = Button("Add a fallback", "quiet", icon_name="plus", on_click=self.add_line)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addLayout(self._body)
        whole.addLayout(row(self.add, None))

    def targets(self, *, default_name: str) -> tuple[TargetRecord, ...]:
        """The lines in their order; one without a name there has ``default_name`` there too."""
        return tuple(
            TargetRecord(
                upstream_id=UUID(line.upstream.value),
                upstream_model=line.name.text().strip() or default_name,
                priority=place,
            )
            for place, line in enumerate(self.lines)
            if line.upstream.value
        )

    def set_targets(self, targets: Sequence[TargetRecord]) -> None:
        """Show these; without any, one line to fill in."""
        for target in targets:
            self.add_line(str(target.upstream_id), target.upstream_model)
        if not targets:
            self.add_line()

    def add_line(self, upstream_id: str = "", name: str = "") -> None:
        """Add a line at the end."""
        line = TargetLine(self._options, self)
        if upstream_id:
            line.upstream.set_value(upstream_id)
        line.name.setText(name)
        self.lines.append(line)
        self._body.addWidget(line)
        self._arrange()

    def move_line(self, line: "TargetLine", by: int) -> None:
        """Try it earlier (-1) or later (1)."""
        place = self.lines.index(line)
        self.lines.insert(place + by, self.lines.pop(place))
        self._arrange()

    def remove_line(self, line: "TargetLine") -> None:
        """Send nothing there any more."""
        self.lines.remove(line)
        self._body.removeWidget(line)
        line.deleteLater()
        line.hide()
        self._arrange()

    def _arrange(self) -> None:
        for place, line in enumerate(self.lines):
            self._body.removeWidget(line)
            self._body.insertWidget(place, line)
            line.up.setEnabled(place > 0)
            line.down.setEnabled(place < len(self.lines) - 1)
            line.remove.setEnabled(len(self.lines) > 1)
        for before, after in zip(self.lines, self.lines[1:], strict=False):
            self.setTabOrder(before.remove, after.upstream)


class TargetLine(QWidget):
    """One upstream and the name that the model has there."""

    def __init__(self, options: Sequence[tuple[str, str]], editor: TargetsEditor) -> None:
        super().__init__(editor)
        self.upstream = Select(options, name="Upstream")
        self.name = TextField(placeholder="Name there (empty: the same)")
        self.name.setAccessibleName("Name there")
        self.up = IconButton(
            "arrow-up", "Try it earlier", on_click=lambda: editor.move_line(self, -1)
        )
        self.down = IconButton(
            "arrow-down", "Try it later", on_click=lambda: editor.move_line(self, 1)
        )
        self.remove = IconButton(
            "x", "Remove this upstream", on_click=lambda: editor.remove_line(self)
        )
        layout = row(self.upstream, self.name, self.up, self.down, self.remove, spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.upstream.setMinimumWidth(150)


class ModelDialog(EntryDialog):
    """The form of one model."""

    def __init__(
        self,
        parent: QWidget | None,
        upstreams: Sequence[UpstreamRecord],
        record: ModelRecord | None = None,
    ) -> None:
        title = "Add a model by hand" if record is None else f"Edit {record.name}"
        primary = "Add model" if record is None else "Save"
        super().__init__(parent, title, primary=primary, width=600)
        self.name = TextField(placeholder="As clients ask for it: claude-sonnet-4-5")
        self.display_name = TextField(placeholder="Optional")
        self.provider = TextField(placeholder="anthropic")
        self.targets = TargetsEditor(upstreams)
        self.prices = {name: TextField(placeholder="—") for name, _ in PRICES}
        self.context_window = TextField(placeholder="Tokens")
        self.max_output_tokens = TextField(placeholder="Tokens")
        self.active = CheckBox("Active: offered to clients", checked=True)
        self._add_fields(record)
        self._fill(record)

    def values(self) -> ModelValues | None:
        """What is filled in; None where a figure cannot be read (said at its field)."""
        return self.read(self._values)

    def _add_fields(self, record: ModelRecord | None) -> None:
        self.add_named("name", "Name", self.name)
        self.put_beside(
            self.add_named("display_name", "Display name", self.display_name),
            self.add_named("provider", "Provider", self.provider),
        )
        served = self.add_named(
            "targets", "Served by", self.targets, "Tried from the top: the next one when one fails."
        )
        self.also_name("upstream_model", "The name there", served)
        self.also_name("upstream_id", "Upstream", served)
        source, tone, meaning = PRICE_SOURCES[record.price_source if record else "unknown"]
        head = QWidget()
        said = (
            meaning
            if record
            else "Left empty: the published price is filled in, where there is one."
        )
        pill = Pill(source, tone)
        pill.setVisible(record is not None)
        head.setLayout(
            row(
                Label("US dollars per million tokens", "table-strong"),
                pill,
                Label(said, "caption", "text3"),
                None,
            )
        )
        self.add(head)
        fields = [self.add_named(name, label, self.prices[name]) for name, label in PRICES]
        self.put_beside(*fields)
        self.put_beside(
            self.add_named("context_window", "Context window", self.context_window, _WINDOW_HINT),
            self.add_named(
                "max_output_tokens", "Longest answer", self.max_output_tokens, _OUTPUT_HINT
            ),
        )
        self.add(self.active)

    def _fill(self, record: ModelRecord | None) -> None:
        self.targets.set_targets(record.targets if record else ())
        if record is None:
            return
        self.name.setText(record.name)
        self.display_name.setText(record.display_name)
        self.provider.setText(record.provider)
        for name, field in self.prices.items():
            value: Decimal | None = getattr(record, name)
            field.setText("" if value is None else format(value.normalize(), "f"))
        self.context_window.setText(str(record.context_window or ""))
        self.max_output_tokens.setText(str(record.max_output_tokens or ""))
        self.active.setChecked(record.is_active)

    def _values(self) -> ModelValues:
        name = self.name.text().strip()
        return ModelValues(
            name=name,
            targets=self.targets.targets(default_name=name),
            display_name=self.display_name.text(),
            provider=self.provider.text(),
            prices={price: a_price(field.text(), price) for price, field in self.prices.items()},
            context_window=whole_number(self.context_window.text(), field="context_window"),
            max_output_tokens=whole_number(
                self.max_output_tokens.text(), field="max_output_tokens"
            ),
            is_active=self.active.isChecked(),
        )


def a_price(text: str, field: str) -> Decimal | None:
    """US dollars per million tokens; None where the field is empty.

    Raises:
        InvalidInput: it holds no number.
    """
    clean = text.strip().removeprefix("$").strip()
    try:
        return Decimal(clean) if clean else None
    except InvalidOperation as error:
        raise InvalidInput(f"{field} must be a number, such as 3 or 0.25.", field=field) from error

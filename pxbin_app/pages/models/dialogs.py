"""The dialog that adds a model by hand or edits one."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from PySide6.QtWidgets import QWidget

from pxbin_app.listing.forms import EntryDialog, whole_number
from pxbin_app.pages.models.model import PRICE_SOURCES
from pxbin_app.pages.models.presenter import PRICES, ModelValues
from pxbin_app.pages.models.targets_editor import ORDER_HINT, TargetsEditor
from pxbin_app.widgets.fields import CheckBox, TextField
from pxbin_app.widgets.labels import Label, Pill
from pxbin_app.widgets.styling import row
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ModelRecord, UpstreamRecord

_WINDOW_HINT = "From a million on also offered as [1m]."
_OUTPUT_HINT = "A client that asks for more gets this."


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
        super().__init__(parent, title, primary=primary, width=720)
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
        served = self.add_named("targets", "Served by", self.targets, ORDER_HINT)
        self.also_name("weight", "The weight", served)
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

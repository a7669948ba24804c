"""The dialog that adds a model by hand or edits one."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from pxbin_app.listing.forms import EntryDialog, whole_number
from pxbin_app.pages.models.model import PRICE_SOURCES
from pxbin_app.pages.models.presenter import ModelValues
from pxbin_app.pages.models.price_editor import CLASSES, PriceEditor
from pxbin_app.pages.models.targets_editor import ORDER_HINT, TargetsEditor
from pxbin_app.widgets.buttons import TabStrip
from pxbin_app.widgets.fields import CheckBox, TextField
from pxbin_app.widgets.labels import Label, Pill
from pxbin_app.widgets.styling import row
from pxbin_engine.records import PRICE_FIELDS, ModelRecord, UpstreamRecord

_WINDOW_HINT = "From a million on also offered as [1m]."
_OUTPUT_HINT = "A client that asks for more gets this."
_ABOUT_PRICES = {*PRICE_FIELDS, *PRICE_FIELDS.values(), "price_tiers", "above_prompt_tokens"}


class ModelDialog(EntryDialog):
    """The form of one model, in two parts: who serves it, and what it costs."""

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
        self.prices = PriceEditor()
        self.context_window = TextField(placeholder="Tokens")
        self.max_output_tokens = TextField(placeholder="Tokens")
        self.active = CheckBox("Active: offered to clients", checked=True)
        self.part = TabStrip([("model", "Model"), ("prices", "Prices")], "What is edited")
        self.part.chosen.connect(self.show_part)
        self.add(self.part)
        self._parts = {"model": self._add_model(), "prices": self._add_prices(record)}
        self._fill(record)
        self.show_part("model")

    def values(self) -> ModelValues | None:
        """What is filled in; None where a figure cannot be read (said at its field)."""
        return self.read(self._values)

    def show_part(self, part: str) -> None:
        """Bring ``model`` or ``prices`` into view."""
        self.part.set_value(part)
        for name, widgets in self._parts.items():
            for widget in widgets:
                widget.setVisible(name == part)

    def set_field_error(self, name: str, error: str) -> None:
        self.show_part("prices" if name in _ABOUT_PRICES else "model")
        super().set_field_error(name, error)

    def _add_model(self) -> list[QWidget]:
        name = self.add_named("name", "Name", self.name)
        beside = (
            self.add_named("display_name", "Display name", self.display_name),
            self.add_named("provider", "Provider", self.provider),
        )
        self.put_beside(*beside)
        served = self.add_named("targets", "Served by", self.targets, ORDER_HINT)
        self.also_name("weight", "The weight", served)
        self.also_name("upstream_model", "The name there", served)
        self.also_name("upstream_id", "Upstream", served)
        sizes = (
            self.add_named("context_window", "Context window", self.context_window, _WINDOW_HINT),
            self.add_named(
                "max_output_tokens", "Longest answer", self.max_output_tokens, _OUTPUT_HINT
            ),
        )
        self.put_beside(*sizes)
        self.add(self.active)
        return [name, *beside, served, *sizes, self.active]

    def _add_prices(self, record: ModelRecord | None) -> list[QWidget]:
        head = _head_of_prices(record)
        self.add(head)
        self.add(self.prices)
        labels, base, others = dict(CLASSES), self.prices.base, self.prices.others
        for name, of in PRICE_FIELDS.items():
            self.adopt(name, labels[of], base.places[of])
        self.adopt("price_tiers", "A price", others)
        self.also_name("above_prompt_tokens", "The length of prompts", others)
        for of, label in CLASSES:
            self.also_name(of, label, others)
        return [head, self.prices]

    def _fill(self, record: ModelRecord | None) -> None:
        self.targets.set_targets(record.targets if record else ())
        if record is None:
            return
        self.name.setText(record.name)
        self.display_name.setText(record.display_name)
        self.provider.setText(record.provider)
        self.prices.set_prices(record.price, record.price_tiers)
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
            prices=self.prices.prices(),
            price_tiers=self.prices.tiers(),
            context_window=whole_number(self.context_window.text(), field="context_window"),
            max_output_tokens=whole_number(
                self.max_output_tokens.text(), field="max_output_tokens"
            ),
            is_active=self.active.isChecked(),
        )


def _head_of_prices(record: ModelRecord | None) -> QWidget:
    """What the figures are, and whose."""
    unit = Label("US dollars per million tokens", "table-strong")
    if record is None:
        said = "Left empty: the published price is filled in, where there is one."
        line = row(unit, Label(said, "caption", "text3"), None)
    else:
        source, tone, meaning = PRICE_SOURCES[record.price_source]
        line = row(unit, Pill(source, tone), Label(meaning, "caption", "text3"), None)
    head = QWidget()
    head.setLayout(line)
    return head

"""What a model's tokens cost, edited: a figure for each class, and other prices for longer prompts and service tiers."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, cast, get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pxbin_app.listing.forms import whole_number
from pxbin_app.widgets.buttons import Button, IconButton
from pxbin_app.widgets.fields import CheckBox, Field, Select, TextField
from pxbin_app.widgets.styling import row
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import PRICE_FIELDS, PriceTier, ServiceTier, TokenPrices

USUAL = (
    ("input", "Input"),
    ("output", "Output"),
    ("cache_read", "Cache read"),
    ("cache_write_5m", "Write 5 min"),
    ("cache_write_1h", "Write 1 h"),
)
RARE = (
    ("input_audio", "Sound in"),
    ("cache_read_audio", "Sound cached"),
    ("output_audio", "Sound out"),
    ("output_image", "Pictures out"),
)
CLASSES = (*USUAL, *RARE)
"""Classes of tokens, as ``TokenPrices`` names them, and what they are called."""

_SERVICES = [(tier, tier or "standard") for tier in get_args(ServiceTier)]
_NONE = "—"
_MOST_HEIGHT = 340


class PriceFields(QWidget):
    """A field for each class; those of sound and pictures in a line of their own, which can be hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.fields = {name: TextField(placeholder=_NONE) for name, _ in CLASSES}
        self.places = {name: Field(said, self.fields[name]) for name, said in CLASSES}
        """Where each field stands, with its label and its error."""
        self.rare = QWidget()
        self.usual_line = _line([self.places[name] for name, _ in USUAL])
        self.rare.setLayout(_line([self.places[name] for name, _ in RARE]))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addLayout(self.usual_line)
        whole.addWidget(self.rare)

    @property
    def stops(self) -> list[QWidget]:
        """Where the tabulator key goes, in order."""
        return list(self.fields.values())

    @property
    def has_rare(self) -> bool:
        """Whether sound or pictures have a price."""
        return any(self.fields[name].text().strip() for name, _ in RARE)

    def figures(self) -> dict[str, Decimal | None]:
        """Dollars per million tokens, by class.

        Raises:
            InvalidInput: a field holds no number; it is named as its class.
        """
        return {name: a_price(field.text(), name) for name, field in self.fields.items()}

    def set_figures(self, prices: TokenPrices) -> None:
        """Fill in what is known."""
        for name, field in self.fields.items():
            figure: Decimal | None = getattr(prices, name)
            field.setText("" if figure is None else format(figure.normalize(), "f"))


class TierLine(PriceFields):
    """A price in place of the base one: for a service tier, for prompts over so many tokens, or for both."""

    remove_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.service = Select(_SERVICES)
        self.above = TextField(placeholder="any")
        self.remove = IconButton("x", "Remove this price", on_click=self.remove_requested.emit)
        self.usual_line.insertWidget(0, Field("Service tier", self.service), 2)
        self.usual_line.insertWidget(1, Field("Prompts over", self.above), 2)
        self.usual_line.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignBottom)

    @property
    def stops(self) -> list[QWidget]:
        return [self.service, self.above, *super().stops, self.remove]

    def tier(self) -> PriceTier:
        """What is filled in.

        Raises:
            InvalidInput: a figure or the length cannot be read.
        """
        above = whole_number(self.above.text(), field="above_prompt_tokens")
        service = cast("ServiceTier", self.service.value)
        figures: dict[str, Any] = self.figures()
        return PriceTier(service_tier=service, above_prompt_tokens=above or 0, **figures)

    def set_tier(self, tier: PriceTier) -> None:
        """Fill in."""
        self.service.set_value(tier.service_tier)
        self.above.setText(str(tier.above_prompt_tokens or ""))
        self.set_figures(tier)


class PriceEditor(QWidget):
    """All prices of one model."""

    def __init__(self) -> None:
        super().__init__()
        self.base = PriceFields()
        self.lines: list[TierLine] = []
        self.add = Button(
            "Add a price",
            "quiet",
            icon_name="plus",
            on_click=self._add_and_go_there,
        )
        self.sound = CheckBox("Sound and pictures")
        self.sound.toggled.connect(lambda _on: self._show_rare())
        self._inside = QWidget()
        self._stack = QVBoxLayout(self._inside)
        self._stack.setContentsMargins(0, 0, 12, 0)
        self._stack.setSpacing(14)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.others = Field("In place of that, for long prompts and service tiers", self._scroll)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addWidget(self.base)
        whole.addWidget(self.others)
        whole.addLayout(row(self.add, None, self.sound))
        self._show_rare()

    def prices(self) -> dict[str, Decimal | None]:
        """The base price, by the fields of a ``ModelRecord``.

        Raises:
            InvalidInput: of such a field: it holds no number.
        """
        fields = self.base.fields
        return {name: a_price(fields[of].text(), name) for name, of in PRICE_FIELDS.items()}

    def tiers(self) -> tuple[PriceTier, ...]:
        """What holds in place of it.

        Raises:
            InvalidInput: of ``price_tiers``: a line cannot be read.
        """
        try:
            return tuple(line.tier() for line in self.lines)
        except InvalidInput as error:
            raise InvalidInput(f"price_tiers: {error.message}", field="price_tiers") from error

    def set_prices(self, prices: TokenPrices, tiers: Sequence[PriceTier]) -> None:
        """Show these."""
        self.base.set_figures(prices)
        for tier in tiers:
            self.add_line().set_tier(tier)
        self.sound.setChecked(any(fields.has_rare for fields in (self.base, *self.lines)))
        self._show_rare()

    def add_line(self) -> TierLine:
        """Add a price at the end."""
        line = TierLine()
        line.remove_requested.connect(lambda: self._remove(line))
        self.lines.append(line)
        self._stack.addWidget(line)
        line.show()  # else its height counts only at the loop's next turn
        stops = [stop for one in (self.base, *self.lines) for stop in one.stops]
        for before, after in pairwise([*stops, self.add, self.sound]):
            self.setTabOrder(before, after)
        self._show_rare()
        return line

    def _add_and_go_there(self) -> None:
        self.add_line().above.setFocus()

    def _remove(self, line: TierLine) -> None:
        self.lines.remove(line)
        self._stack.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._show_rare()

    def _show_rare(self) -> None:
        """Sound and pictures are seen where they are asked for; the list takes the room that it needs, up to a height."""
        for fields in (self.base, *self.lines):
            fields.rare.setVisible(self.sound.isChecked())
        self._inside.adjustSize()
        self.others.setVisible(bool(self.lines))
        self._scroll.setFixedHeight(min(self._inside.sizeHint().height(), _MOST_HEIGHT))


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


def _line(fields: Sequence[Field]) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    for field in fields:
        line.addWidget(field, 2, Qt.AlignmentFlag.AlignTop)
    return line

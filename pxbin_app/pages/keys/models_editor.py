"""Which models a key may use: every one, or those that are ticked and those that a pattern names."""

from collections.abc import Sequence

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pxbin_app.widgets.buttons import SegmentedControl
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.fields import SearchField, TextField
from pxbin_app.widgets.tick_list import TickItem, TickList
from pxbin_engine.errors import InvalidInput

_CHOICES = [("every", "Every model"), ("some", "Only some")]
_MOST_LINES = 5
_LINE = 28
_FIND_FROM = 12
"""From so many models on they can be searched."""


class ModelsEditor(QWidget):
    """The choice, and below it what is ticked; ``patterns`` takes names with ``*``, and names of models yet to come."""

    def __init__(self, models: Sequence[str], allowed: Sequence[str] = ()) -> None:
        super().__init__()
        self.choice = SegmentedControl(_CHOICES, "Models that it may use")
        self.choice.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.search = SearchField("Find a model")
        self.list = TickList("Models that it may use")
        self.patterns = TextField(placeholder="Patterns, such as claude-*, gpt-5*")
        self.patterns.setAccessibleName("Patterns of models")
        self.some = QWidget()
        self._lay_out(len(models))
        self.list.set_items([TickItem(value=name) for name in models], allowed)
        self.patterns.setText(", ".join(name for name in allowed if name not in models))
        self.choice.set_value("some" if allowed else "every")
        self.search.searched.connect(self.list.set_filter)
        self.choice.chosen.connect(lambda _choice: self._show_choice())
        self.setFocusProxy(self.patterns)
        self._show_choice()

    @property
    def allowed(self) -> tuple[str, ...]:
        """Names and patterns; nothing at all for every model.

        Raises:
            InvalidInput: only some are to be allowed, but none is named.
        """
        if self.choice.value == "every":
            return ()
        typed = tuple(part for part in map(str.strip, self.patterns.text().split(",")) if part)
        chosen = (*self.list.ticked, *typed)
        if not chosen:
            raise InvalidInput(
                "allowed_models must hold one at least: tick it, or give a pattern.",
                field="allowed_models",
            )
        return chosen

    def _lay_out(self, models: int) -> None:
        self.search.setVisible(models >= _FIND_FROM)
        self.list.setFixedHeight(min(models, _MOST_LINES) * _LINE + 4)
        card = Card(padded=False)
        card.add(self.list)
        card.setVisible(bool(models))
        below = QVBoxLayout(self.some)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(6)
        for part in (self.search, card, self.patterns):
            below.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.choice)
        layout.addWidget(self.some)

    def _show_choice(self) -> None:
        self.some.setVisible(self.choice.value == "some")

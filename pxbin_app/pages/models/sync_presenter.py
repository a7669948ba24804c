"""What a sync of prices would change of each model, and taking over what a person ticked of it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, LoadState, Notify
from pxbin_app.pages.models.prices_presenter import CLASSES, said_of_price
from pxbin_app.tasks import run_action
from pxbin_app.widgets.format import counted
from pxbin_app.widgets.tick_list import TickItem
from pxbin_engine.records import ModelPrice, PriceChange, PricingReport

if TYPE_CHECKING:
    from pxbin_engine import Engine

_TOLD = 3
"""Classes of tokens that a line tells; the tip tells all."""


class PriceSync(QObject):
    """One look at what the sources of prices say."""

    changed = Signal()

    def __init__(self, bridge: EngineBridge, notify: Notify) -> None:
        super().__init__()
        self._bridge = bridge
        self._notify = notify
        self.state: LoadState = "loading"
        self.error = ""
        self.report = PricingReport(models_updated=0, models_not_found=0, total_models=0)

    @property
    def _engine(self) -> "Engine":
        return self._bridge.engine

    @property
    def items(self) -> tuple[TickItem, ...]:
        """A line for each model whose price would be another one."""
        return tuple(map(item_of, self.report.changes))

    @property
    def without_price(self) -> str:
        """How many models stay without a price; empty where none does."""
        number = self.report.models_not_found
        if not number:
            return ""
        have = "model has" if number == 1 else "models have"
        return f"{number} {have} no price that is known: give your own at the model."

    def ask(self) -> None:
        """Ask the sources."""
        self.state, self.error = "loading", ""
        self.changed.emit()

        def done(report: PricingReport) -> None:
            self.state, self.report = "loaded", report
            self.changed.emit()

        def failed(reason: str) -> None:
            self.state, self.error = "failed", reason
            self.changed.emit()

        run_action(
            self._engine.models.preview_pricing(), name="models.preview", done=done, failed=failed
        )

    def submit(self, names: Sequence[str], form: FormAnswer) -> None:
        """Take over the prices of these models."""

        def done(report: PricingReport) -> None:
            form.accept()
            said = counted(report.models_updated, "model", "models")
            self._notify(f"Prices of {said} updated", "ok")

        ids = {change.model_id for change in self.report.changes if change.model in names}
        run_action(
            self._engine.models.sync_pricing(ids),
            name="models.sync_pricing",
            done=done,
            failed=form.set_error,
            busy=form.set_busy,
        )


def item_of(change: PriceChange) -> TickItem:
    """A model with what changes of its price."""
    before, after = change.before, change.after
    tip = f"Now\n{said_of_price(before)}\n\nThen\n{said_of_price(after)}"
    return TickItem(value=change.model, note=said_of_change(before, after), tip=tip)


def said_of_change(before: ModelPrice, after: ModelPrice) -> str:
    """What is another, each class as old → new: ``in $3 → $2.5 · out $15 → $12``."""
    figures = ((said, getattr(before, name), getattr(after, name)) for name, said in CLASSES)
    parts = [
        f"{said} {_dollars(old)} → {_dollars(new)}" for said, old, new in figures if old != new
    ]
    if before.tiers != after.tiers:
        parts.append("other prices for long prompts or service tiers")
    if not parts:
        return "from another source"
    more = len(parts) - _TOLD
    return " · ".join([*parts[:_TOLD], *([f"{more} more"] if more > 0 else [])])


def _dollars(figure: Decimal | None) -> str:
    return "unknown" if figure is None else f"${figure.normalize():f}"

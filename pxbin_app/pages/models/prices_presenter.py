"""What a model cost since when, and requests of it that have no cost yet."""

from collections.abc import Coroutine

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.pages.models.model import PRICE_SOURCES
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import counted, date_and_clock, money
from pxbin_engine.records import (
    ModelPrice,
    ModelRecord,
    PriceRecord,
    PriceTier,
    RepricingRecord,
    TokenPrices,
)

_SHOWN = 20
_BY = "window"
CLASSES = (
    ("input", "in"),
    ("output", "out"),
    ("cache_read", "cached"),
    ("cache_write_5m", "written 5 min"),
    ("cache_write_1h", "written 1 h"),
    ("input_audio", "sound in"),
    ("cache_read_audio", "sound cached"),
    ("output_audio", "sound out"),
    ("output_image", "pictures out"),
)
"""Classes of tokens, as ``TokenPrices`` names them, and as a line says them."""


class PricesPresenter(QObject):
    """The history of one model's prices, and what a re-price would do or did."""

    changed = Signal()
    """The history, what would be done, or the error are others now."""
    working = Signal(bool)

    def __init__(self, bridge: EngineBridge, model: ModelRecord) -> None:
        super().__init__()
        self._bridge = bridge
        self.model = model
        self.history: tuple[PriceRecord, ...] = ()
        self.would: RepricingRecord | None = None
        self.done: RepricingRecord | None = None
        self.error = ""

    def load(self) -> None:
        """Ask for the history, and for how many requests could get a cost."""
        self._run(self._load(), "prices.load")

    def reprice(self) -> None:
        """Give the requests without a cost theirs."""
        self._run(self._reprice(), "prices.reprice")

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The newest prices, each with its tiers: since when, and what it is."""
        return [
            (date_and_clock(price.valid_from), said_of_price(price.price))
            for price in self.history[:_SHOWN]
        ]

    @property
    def state(self) -> tuple[str, Tone]:
        """What is to be said above the history; empty while nothing is known."""
        if self.error:
            return self.error, "err"
        if self.done is not None:
            said = counted(self.done.requests_priced, "request", "requests")
            return f"{said} got a cost: {money(self.done.difference)} in all.", "ok"
        if self.would is None:
            return "", "neutral"
        return said_of_reprice(self.would)

    @property
    def can_reprice(self) -> bool:
        """Whether there are requests that would get a cost."""
        return self.done is None and self.would is not None and self.would.requests_priced > 0

    async def _load(self) -> None:
        prices = self._bridge.engine.prices
        self.history = await prices.history(self.model.id)
        self.would = await prices.reprice(by=_BY, model_id=self.model.id, dry_run=True)

    async def _reprice(self) -> None:
        self.done = await self._bridge.engine.prices.reprice(by=_BY, model_id=self.model.id)

    def _run(self, work: Coroutine[None, None, None], name: str) -> None:
        def failed(text: str) -> None:
            self.error = text
            self.changed.emit()

        self.error = ""
        run_action(
            work,
            name=name,
            done=lambda _: self.changed.emit(),
            failed=failed,
            busy=self.working.emit,
        )


def said_of_reprice(would: RepricingRecord) -> tuple[str, Tone]:
    """How many requests have no cost, and what they would come to."""
    if not would.requests_seen:
        return "Every request of this model that used tokens has a cost.", "ok"
    without = counted(would.requests_seen, "request has", "requests have")
    if not would.requests_priced:
        return f"{without} no cost, and no price is known that held then or later.", "warn"
    rest = f" {would.requests_unknown} stay without." if would.requests_unknown else ""
    return f"{without} no cost. They would come to {money(would.difference)}.{rest}", "info"


def said_of_price(price: ModelPrice) -> str:
    """Whose it is and its figures; a line for each tier."""
    source, *_ = PRICE_SOURCES[price.source]
    lines = [": ".join(part for part in (source, _figures(price)) if part)]
    lines += [f"{holds_for(tier)}: {_figures(tier)}" for tier in price.tiers]
    return "\n".join(lines)


def holds_for(tier: PriceTier) -> str:
    """``batch, over 200,000 tokens``."""
    longer = f"over {tier.above_prompt_tokens:,} tokens" if tier.above_prompt_tokens else ""
    return ", ".join(part for part in (tier.service_tier, longer) if part)


def _figures(prices: TokenPrices) -> str:
    figures = ((said, getattr(prices, name)) for name, said in CLASSES)
    return " · ".join(f"${figure:f} {said}" for said, figure in figures if figure is not None)

"""Prices for ``tests.support.screens``: the form of a model with all kinds of them, and what a sync would change."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from pxbin_app.pages.models.dialogs import ModelDialog
from pxbin_engine.records import ModelPrice, PriceTier

PRICE = ModelPrice(input=Decimal(3), output=Decimal(15), cache_read=Decimal("0.3"))
TIERS = (
    PriceTier(above_prompt_tokens=200_000, input=Decimal(6), output=Decimal("22.5")),
    PriceTier(service_tier="batch", input=Decimal("1.5"), output=Decimal("7.5")),
    PriceTier(service_tier="priority", above_prompt_tokens=200_000, output=Decimal(45)),
)


async def model_prices(stage: Any) -> None:
    """Prices for long prompts and service tiers."""
    await _edit_prices(stage, PRICE)


async def model_prices_of_pictures(stage: Any) -> None:
    """The same with sound and pictures."""
    await _edit_prices(stage, replace(PRICE, output_image=Decimal(40)))


async def price_sync(stage: Any) -> None:
    """What a sync of prices would change."""
    page = await _models(stage)
    for model in await stage.engine.models.list():
        if model.price.input and model.price_source == "published":
            cheaper = {"input": model.price.input * Decimal("0.8"), "cache_write_5m": Decimal(1)}
            stage.engine.published[model.name] = replace(model.price, **cheaper)
    page.open_sync()


async def price_sync_of_nothing(stage: Any) -> None:
    """Where all prices are up to date."""
    page = await _models(stage)
    for model in await stage.engine.models.list():
        stage.engine.published[model.name] = model.price
    page.open_sync()


async def _models(stage: Any) -> Any:
    page = await stage.show("models")
    page.show_kind("models")
    await asyncio.sleep(0.2)
    return page


async def _edit_prices(stage: Any, price: ModelPrice) -> None:
    page = await _models(stage)
    page.table.select_row(0)
    page.table.activated_row.emit(0)
    await asyncio.sleep(0.1)
    dialogs = QApplication.topLevelWidgets()
    form = next(one for one in dialogs if isinstance(one, ModelDialog) and one.isVisible())
    form.show_part("prices")
    form.prices.set_prices(price, TIERS)
    form.prices.base.fields["input"].setFocus()


PRICE_SCENES: dict[str, Callable[[Any], Awaitable[None]]] = {
    "model-prices": model_prices,
    "model-prices-pictures": model_prices_of_pictures,
    "price-sync": price_sync,
    "price-sync-nothing": price_sync_of_nothing,
}

from decimal import Decimal
from uuid import UUID

import pytest

from pxbin_app.pages.models.prices_presenter import (
    PricesPresenter,
    said_of_price,
    said_of_reprice,
)
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import ModelPrice, PriceRecord, PriceTier, RepricingRecord
from tests.support.database import a_model
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.scripted_prices import ScriptedPrices

LONG = PriceTier(above_prompt_tokens=200_000, service_tier="batch", input=Decimal("2.50"))
PRICE = PriceRecord(
    id=UUID(int=2),
    model_id=UUID(int=1),
    valid_from=NOW,
    recorded_at=NOW,
    price=ModelPrice(
        input=Decimal(3), cache_write_1h=Decimal(6), source="published", tiers=(LONG,)
    ),
)


def presenter_of(prices: ScriptedPrices) -> PricesPresenter:
    engine = FakeEngine()
    engine.prices = prices
    return PricesPresenter(bridge_to(engine), a_model(name="glm-4.6"))


def test_a_price_is_told_with_its_tiers() -> None:
    assert said_of_price(PRICE.price) == (
        "published: $3 in · $6 written 1 h\nbatch, over 200,000 tokens: $2.50 in"
    )


@pytest.mark.parametrize(
    ("seen", "priced", "part", "tone"),
    [
        (0, 0, "has a cost", "ok"),
        (1, 0, "1 request has no cost, and no price", "warn"),
        (3, 2, "3 requests have no cost. They would come to $1.00. 1 stay without.", "info"),
    ],
)
def test_what_has_no_cost_is_told(seen: int, priced: int, part: str, tone: str) -> None:
    would = RepricingRecord(
        started_at=NOW, by="window", requests_seen=seen, requests_priced=priced,
        requests_unknown=seen - priced, difference=Decimal(1),
    )  # fmt: skip
    text, said_tone = said_of_reprice(would)
    assert part in text
    assert said_tone == tone


async def test_what_would_be_is_told_before_it_is_done() -> None:
    prices = ScriptedPrices(PRICE, priced=4)
    presenter = presenter_of(prices)
    assert not presenter.can_reprice
    presenter.load()
    await settled()
    assert [value for _, value in presenter.rows] == [said_of_price(PRICE.price)]
    assert presenter.can_reprice
    assert [asked.get("dry_run") for asked in prices.asked] == [True]
    presenter.reprice()
    await settled()
    assert prices.asked[-1] == {"by": "window", "model_id": presenter.model.id}
    assert presenter.state == ("4 requests got a cost: $2.00 in all.", "ok")
    assert not presenter.can_reprice


async def test_a_failure_is_told_and_may_be_tried_again() -> None:
    prices = ScriptedPrices(PRICE)
    prices.failure = DatabaseUnavailable("The database is away.")
    presenter = presenter_of(prices)
    presenter.load()
    await settled()
    assert presenter.state == ("The database is away.", "err")
    prices.failure = None
    presenter.load()
    await settled()
    assert presenter.state[1] == "ok"

"""What a sync of prices would change, and taking some of it over."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from pxbin_app.pages.models.sync_presenter import PriceSync, said_of_change
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import ModelPrice, PriceTier
from tests.app.listing.test_presenter import Form
from tests.support.fake_engine import FakeEngine, bridge_to, settled

OLD = ModelPrice(input=Decimal(3), output=Decimal("15.00"), source="published")
Said = list[tuple[str, str]]


async def sync_of(engine: FakeEngine) -> tuple[PriceSync, Said]:
    """Two models whose price is another one now, and one that nobody knows."""
    upstream = await engine.upstreams.create(name="up", base_url="http://up", format="openai")
    engine.published = dict.fromkeys(("a", "b"), OLD)
    await engine.models.import_models(upstream.id, ["a", "b", "mine"])
    engine.published = dict.fromkeys(("a", "b"), replace(OLD, input=Decimal("2.5")))
    said: Said = []
    return PriceSync(bridge_to(engine), lambda text, tone: said.append((text, tone))), said


async def test_only_the_ticked_models_get_the_price_that_was_shown(qapp: QApplication) -> None:
    engine = FakeEngine()
    sync, said = await sync_of(engine)
    sync.ask()
    assert sync.state == "loading"
    await settled()
    assert (sync.state, [item.value for item in sync.items]) == ("loaded", ["a", "b"])
    assert sync.items[0].note == "in $3 → $2.5"
    assert (
        sync.items[0].tip
        == "Now\npublished: $3 in · $15.00 out\n\nThen\npublished: $2.5 in · $15.00 out"
    )
    assert sync.without_price.startswith("1 model has no price")
    form = Form()
    sync.submit(["b"], form)
    await settled()
    assert form.told == [True, "accepted", False]
    assert said == [("Prices of 1 model updated", "ok")]
    prices = {model.name: model.input_cost_per_million for model in await engine.models.list()}
    assert prices == {"a": 3, "b": Decimal("2.5"), "mine": None}


async def test_a_failure_is_told_and_may_be_tried_again(qapp: QApplication) -> None:
    engine = FakeEngine()
    sync, said = await sync_of(engine)
    engine.failure = DatabaseUnavailable("The database is away.")
    sync.ask()
    await settled()
    assert (sync.state, sync.error) == ("failed", "The database is away.")
    engine.failure = None
    sync.ask()
    await settled()
    assert (sync.state, sync.error) == ("loaded", "")
    engine.failure = DatabaseUnavailable("The database is away.")
    form = Form()
    sync.submit(["a"], form)
    await settled()
    assert form.told == [True, "The database is away.", False]
    assert said == []


TIER = PriceTier(service_tier="batch", input=Decimal(1))
CHANGES = {
    "a figure": (replace(OLD, output=Decimal(12)), "out $15 → $12"),
    "a figure that is known now": (
        replace(OLD, cache_read=Decimal("0.3")),
        "cached unknown → $0.3",
    ),
    "several": (
        replace(OLD, input=Decimal(1), output=None, cache_read=Decimal(1), input_audio=Decimal(1)),
        "in $3 → $1 · out $15 → unknown · cached unknown → $1 · 1 more",
    ),
    "other tiers": (replace(OLD, tiers=(TIER,)), "other prices for long prompts or service tiers"),
    "where it is from": (replace(OLD, source="upstream"), "from another source"),
}


@pytest.mark.parametrize(("after", "said"), CHANGES.values(), ids=list(CHANGES))
def test_a_change_in_one_line(after: ModelPrice, said: str) -> None:
    assert said_of_change(OLD, after) == said

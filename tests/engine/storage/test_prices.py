from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from pxbin_engine.errors import NotFound
from pxbin_engine.records import ModelPrice, ModelRecord, PriceTier, RepricingRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.prices import PriceStore, RepricingStore
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import NOW, a_model, a_request

HOUR = timedelta(hours=1)
START = datetime(1970, 1, 1, tzinfo=UTC)
PRICE = ModelPrice(
    input=Decimal("2.5"),
    output_image=Decimal(30),
    source="model",
    tiers=(PriceTier(above_prompt_tokens=9, service_tier="flex", input=Decimal("1.250")),),
)


@pytest.fixture
def prices(database: Database) -> PriceStore:
    return PriceStore(database)


@pytest.fixture
async def model(database: Database) -> ModelRecord:
    at = NOW - 5 * HOUR
    return await ModelStore(database).insert(a_model(created_at=at, updated_at=at))


async def test_a_price_comes_back_as_it_was_put(prices: PriceStore, model: ModelRecord) -> None:
    await prices.add(model, PRICE, valid_from=NOW - HOUR, now=NOW)
    first, present = await prices.history([model.id])
    assert (first.price, first.valid_from) == (ModelPrice(), NOW - 5 * HOUR)
    assert (present.price, present.valid_from) == (PRICE, NOW - HOUR)


async def test_what_began_later_is_the_models_price_and_what_began_earlier_is_not(
    prices: PriceStore, model: ModelRecord, database: Database
) -> None:
    past = replace(PRICE, input=Decimal(1))
    await prices.add(model, PRICE, valid_from=NOW, now=NOW)
    await prices.add(model, past, valid_from=NOW - HOUR, now=NOW)
    held = await ModelStore(database).get(model.id)
    assert held is not None
    assert held.price == PRICE
    assert [one.price for one in await prices.history([model.id])] == [ModelPrice(), past, PRICE]
    assert (await prices.history([model.id]))[-1].id == held.price_id


async def test_nothing_but_another_price_makes_history(
    prices: PriceStore, model: ModelRecord, database: Database
) -> None:
    models = ModelStore(database)
    await prices.add(model, PRICE, valid_from=NOW, now=NOW)
    held = await models.get(model.id)
    assert held is not None
    same = replace(
        held, name="renamed", input_cost_per_million=Decimal("2.50"), updated_at=NOW + HOUR
    )
    assert (await models.update(same)).price_id == held.price_id
    assert len(await prices.history([model.id])) == 2
    longer = replace(same, price_tiers=(replace(PRICE.tiers[0], above_prompt_tokens=10),))
    assert (await models.update(longer)).price_valid_from == NOW + HOUR
    assert len(await prices.history([model.id])) == 3


async def test_history_outlives_its_model(
    prices: PriceStore, model: ModelRecord, database: Database
) -> None:
    await ModelStore(database).delete_many([model.id])
    assert len(await prices.history([model.id])) == 1
    with pytest.raises(NotFound):
        await prices.add(model, PRICE, valid_from=NOW, now=NOW)


async def test_the_rows_of_a_batch_go_on_behind_the_last_one(database: Database) -> None:
    rows = [a_request(at=NOW + n * HOUR, model="m", input_tokens=1) for n in range(3)]
    free = a_request(model="m", input_tokens=1, cost=Decimal(0))
    await RequestStore(database).insert_batch([*rows, free, a_request(model="m")])
    store = RepricingStore(database)
    async with store.batch() as batch:
        first = await batch.next(
            (START, UUID(int=0)), since=START, until=NOW + 9 * HOUR, models=["m"], every=False, limit=2,
        )  # fmt: skip
        assert first == tuple(rows[:2])
        last = (rows[1].timestamp, rows[1].id)
        rest = await batch.next(last, since=START, until=NOW + 9 * HOUR, models=["m"], every=False, limit=2)  # fmt: skip
        assert rest == (rows[2],)


async def test_the_newest_reprice_comes_first(database: Database) -> None:
    store = RepricingStore(database)
    older = RepricingRecord(id=uuid4(), started_at=NOW, by="ada", model="m", since=NOW, every=True)
    newer = RepricingRecord(id=uuid4(), started_at=NOW + HOUR, by="window")
    for one in (older, newer):
        await store.start(one)
    await store.finish(older.id or uuid4(), NOW + HOUR)
    assert await store.list() == (newer, replace(older, finished_at=NOW + HOUR))
    assert await store.changes(older.id or uuid4(), 9) == ()

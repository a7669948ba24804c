from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from pxbin_engine.accounting.repricing import Repricer, price_at, repriced
from pxbin_engine.records import (
    ModelPrice,
    ModelRecord,
    PriceRecord,
    RepricingRecord,
    RequestRecord,
)
from pxbin_engine.storage.budgets import BudgetStore
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.prices import PriceStore, RepricingStore
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import NOW, a_budget, a_model, a_request

HOUR = timedelta(hours=1)
TEN = ModelPrice(input=Decimal(10), output=Decimal(10), source="model")
UNKNOWN = ModelPrice()


def since(hours: int, price: ModelPrice) -> PriceRecord:
    return PriceRecord(
        id=UUID(int=100 + hours), model_id=UUID(int=1), valid_from=NOW + hours * HOUR, recorded_at=NOW, price=price
    )  # fmt: skip


HELD = {
    "none at all": ((), None),
    "the last that began": ((since(-3, TEN), since(-1, TEN), since(1, TEN)), -1),
    "one that begins in that moment": ((since(-3, TEN), since(0, TEN)), 0),
    "the first later one, where none held": ((since(1, UNKNOWN), since(2, TEN), since(3, TEN)), 2),
    "the first later one, where it was unknown": (
        (since(-2, TEN), since(-1, UNKNOWN), since(2, TEN)),
        2,
    ),
    "none, where it was taken away": ((since(-2, TEN), since(-1, UNKNOWN)), None),
}


@pytest.mark.parametrize(("history", "hours"), HELD.values(), ids=HELD.keys())
def test_the_price_of_a_moment(history: Sequence[PriceRecord], hours: int | None) -> None:
    found = price_at(NOW, history)
    assert (found.valid_from if found else None) == (None if hours is None else NOW + hours * HOUR)


def test_a_cost_that_is_known_never_becomes_unknown() -> None:
    row = a_request(cache_write_5m_tokens=5, cost=Decimal(1))
    assert repriced(row, (since(-1, TEN),)) == row  # no price for cache writes


class House:
    """A model, a budget, and rows with and without a cost."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.prices, self.repricings = PriceStore(database), RepricingStore(database)
        self.models, self.requests = ModelStore(database), RequestStore(database)
        self.reprice = Repricer(self.prices, self.repricings, clock=lambda: NOW)

    async def a_model(self, name: str = "m", *, at: datetime = NOW - 9 * HOUR) -> ModelRecord:
        return await self.models.insert(a_model(name=name, created_at=at, updated_at=at))

    async def log(self, *rows: RequestRecord) -> None:
        assert await self.requests.insert_batch(rows) == ()

    async def totals(self) -> dict[str, tuple[Decimal, int]]:
        rows = await self.database.fetch(
            "select dimension, sum(cost) as cost, sum(unpriced)::int as unpriced,"
            " sum(cost_input + cost_output + cost_cache_read + cost_cache_write) as parts"
            " from usage_hourly group by dimension"
        )
        assert all(row["cost"] == row["parts"] for row in rows)
        return {row["dimension"]: (row["cost"], row["unpriced"]) for row in rows}

    async def spent(self) -> list[tuple[Decimal, int]]:
        found = await BudgetStore(self.database).meters(now=NOW)
        return [(meter.spent, meter.unpriced) for meter in found]


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def used(tokens: int, at: datetime = NOW, **values: object) -> RequestRecord:
    given = {
        "model": "m",
        "upstream_id": UUID(int=7),
        "upstream_name": "up",
        "input_tokens": tokens,
    }
    return a_request(at=at, **given | values)


def asked(**values: object) -> RepricingRecord:
    return RepricingRecord(**{"id": uuid4(), "started_at": NOW, "by": "ada"} | values)


async def test_rows_without_a_cost_get_one_and_every_sum_follows_exactly(house: House) -> None:
    model = await house.a_model()
    other = await house.a_model("other")
    await BudgetStore(house.database).insert(a_budget())
    known = used(1, cost=Decimal("0.5"), cost_input=Decimal("0.5"))
    rows = [used(1_000_003, at=NOW - n * HOUR) for n in range(3)]
    await house.log(known, *rows, used(5, model="other"), used(0, cost=Decimal(0)))
    assert await house.spent() == [(Decimal("0.5"), 4)]
    await house.prices.add(model, TEN, valid_from=NOW - 2 * HOUR, now=NOW)

    done = await house.reprice([model, other], asked())

    each = Decimal("10.00003")
    assert (done.requests_seen, done.requests_priced, done.requests_unknown) == (4, 3, 1)
    assert done.difference == 3 * each
    assert await house.spent() == [(Decimal("0.5") + 3 * each, 1)]
    total = (Decimal("0.5") + 3 * each, 1)
    assert await house.totals() == {
        "total": total, "key": total, "upstream": total, "model": total, "client": total,
    }  # fmt: skip
    (price,) = [one for one in await house.prices.history([model.id]) if one.price == TEN]
    row = await house.requests.get(rows[1].id)
    assert row == replace(
        rows[1], cost=each, cost_input=each, cost_output=Decimal(0), cost_cache_read=Decimal(0),
        cost_cache_write=Decimal(0), price_source="model", price_id=price.id, price_valid_from=price.valid_from,
    )  # fmt: skip
    assert await house.requests.get(known.id) == known
    assert await house.repricings.list() == (done,)
    changes = await house.repricings.changes(done.id or uuid4(), 100)
    assert [(one.request_id, one.cost_before, one.cost) for one in changes] == [
        (row.id, None, each) for row in reversed(rows)
    ]


async def test_again_nothing_is_left_to_do(house: House) -> None:
    model = await house.a_model()
    await house.log(used(1_000_000), used(2_000_000, at=NOW - HOUR))
    await house.prices.add(model, TEN, valid_from=NOW, now=NOW)
    first = await house.reprice([model], asked())
    assert first.difference == 30
    before = await house.totals()
    second = await house.reprice([model], asked())
    assert (second.requests_seen, second.difference) == (0, 0)
    assert await house.totals() == before


async def test_asked_without_an_id_it_only_says_what_would_be(house: House) -> None:
    model = await house.a_model()
    row = used(1_000_000)
    await house.log(row)
    await house.prices.add(model, TEN, valid_from=NOW, now=NOW)
    would = await house.reprice([model], asked(id=None))
    assert (would.requests_priced, would.difference) == (1, 10)
    assert await house.requests.get(row.id) == row
    assert await house.repricings.list() == ()


async def test_every_row_goes_by_the_price_that_held_at_its_time(house: House) -> None:
    model = await house.a_model()
    await house.prices.add(model, TEN, valid_from=NOW - 5 * HOUR, now=NOW)
    five = ModelPrice(input=Decimal(5), source="model")
    model = (await house.models.get(model.id)) or model
    await house.prices.add(model, five, valid_from=NOW - 2 * HOUR, now=NOW)
    old = used(1_000_000, at=NOW - 3 * HOUR, cost=Decimal(99), cost_input=Decimal(99))
    await house.log(old, used(1_000_000, at=NOW - HOUR), used(1_000_000, at=NOW - 8 * HOUR))
    done = await house.reprice([model], asked(every=True, since=NOW - 4 * HOUR))
    assert (done.requests_priced, done.difference) == (2, Decimal(10 - 99 + 5))
    assert (await house.totals())["model"] == (Decimal(15), 1)


async def test_a_batch_that_fails_changes_nothing(house: House) -> None:
    model = await house.a_model()
    row = used(1_000_000)
    await house.log(row)
    await house.prices.add(model, TEN, valid_from=NOW, now=NOW)
    again = asked()
    await house.repricings.start(again)
    history = await house.prices.history([model.id])
    changed = repriced(row, history)
    before = await house.totals()

    async def fail() -> None:
        async with house.repricings.batch() as batch:
            await batch.change(again.id or uuid4(), [(row, changed)], seen=1, unknown=0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await house.requests.get(row.id) == row
    assert await house.totals() == before
    assert (await house.repricings.list())[0].requests_priced == 0


async def test_meters_of_periods_before_the_budget_are_not_made(house: House) -> None:
    model = await house.a_model(at=NOW - timedelta(days=60))
    long_ago = used(1_000_000, at=NOW - timedelta(days=40))
    await house.log(long_ago)
    await BudgetStore(house.database).insert(a_budget())
    await house.prices.add(model, TEN, valid_from=NOW, now=NOW)
    await house.reprice([model], asked())
    rows = await house.database.fetch("select * from budget_spend")
    assert rows == []

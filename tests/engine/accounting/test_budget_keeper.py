"""The keeper: leases in step with the database, and each change of level told once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import BudgetChanged, EventBus
from pxbin_engine.gateway.budgets.book import Hold, Meter
from pxbin_engine.gateway.budgets.gate import BudgetGate
from pxbin_engine.records import BudgetRecord
from pxbin_engine.storage.budgets import BudgetStore, Lease, MeterSpend
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import NOW, a_budget, a_request


class Store(BudgetStore):
    """The real one, which can be away."""

    away = False

    async def renew(self, *arguments: Any) -> tuple[Lease, ...]:
        self._there()
        return await super().renew(*arguments)

    async def meters(self, **arguments: Any) -> tuple[MeterSpend, ...]:
        self._there()
        return await super().meters(**arguments)

    async def release(self, *arguments: Any) -> None:
        self._there()
        await super().release(*arguments)

    def _there(self) -> None:
        if self.away:
            raise DatabaseUnavailable("the database is away (for a test)")


class House:
    """A keeper over a real database; ``now`` is its wall clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = Store(database)
        self.requests = RequestStore(database)
        self.now = NOW
        self.told: list[tuple[str, str, Decimal]] = []
        self.events = EventBus()
        self.events.subscribe(BudgetChanged, self._hear)
        self.gate = BudgetGate()
        self.keeper = BudgetKeeper(self.gate, self.store, self.events, now=self._clock)

    def _clock(self) -> datetime:
        return self.now

    def _hear(self, event: BudgetChanged) -> None:
        self.told.append((event.status.level, event.status.label, event.status.spent))

    async def begin(self, *budgets: BudgetRecord) -> None:
        for budget in budgets:
            await self.store.insert(budget)
        self.keeper.replace(budgets)
        await self.keeper.start()

    async def spend(self, cost: str, **values: Any) -> None:
        record = a_request(at=self.now, cost=Decimal(cost), **values)
        await self.requests.insert_batch([record])
        self.keeper.written([record])

    async def until_told(self, count: int) -> list[tuple[str, str, str]]:
        async with asyncio.timeout(8):
            while len(self.told) < count:
                await asyncio.sleep(0.02)
        return [(level, label, f"{spent:f}") for level, label, spent in self.told]

    async def leases(self) -> dict[str, str]:
        rows = await self.database.fetch("select engine_id, amount from budget_leases")
        return {str(row["engine_id"]): f"{row['amount']:f}" for row in rows}

    @property
    def meter(self) -> Meter:
        (meter,) = self.gate.book.all_meters()
        return meter


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    house = House(database)
    yield house
    await house.keeper.stop()


async def test_the_first_lease_is_there_before_the_first_request(house: House) -> None:
    await house.begin(a_budget())
    assert (house.meter.lease, house.meter.alone) == (5, True)
    assert await house.leases() == {str(house.keeper.engine_id): "5.0000000000000000"}


async def test_at_the_end_it_is_given_back(house: House) -> None:
    await house.begin(a_budget())
    await house.keeper.stop()
    assert await house.leases() == {}
    assert house.gate.book.all_meters() == ()


async def test_what_is_spent_and_not_written_is_not_given_back(house: House) -> None:
    await house.begin(a_budget())
    record = a_request(cost=Decimal(2))
    house.gate.book.begin(record.id, Hold(Decimal(0), 1, (house.meter,)))
    house.gate.book.settle(record)
    await house.keeper.stop()
    assert list(await house.leases()) == [str(house.keeper.engine_id)]


async def test_more_is_had_at_once_and_for_all_that_wait(house: House) -> None:
    await house.begin(a_budget())
    house.meter.wanted = Decimal(8)
    assert await asyncio.gather(*(house.keeper.top_up() for _ in range(5))) == [True] * 5
    assert house.meter.lease == 9


async def test_a_database_that_is_away_is_told_to_whom_waits_and_forgotten_when_it_is_back(
    house: House,
) -> None:
    await house.begin(a_budget())
    house.store.away = True
    house.meter.wanted = Decimal(8)
    assert await house.keeper.top_up() is False
    assert not house.keeper.available
    assert house.meter.lease == 5
    house.store.away = False
    assert await house.keeper.top_up() is True
    assert house.meter.lease == 9


async def test_without_budgets_nobody_waits(house: House) -> None:
    await house.keeper.start()
    async with asyncio.timeout(2):
        assert await house.keeper.top_up()


async def test_a_lease_follows_what_another_engine_needs(house: House) -> None:
    budget = a_budget()
    await house.begin(budget)
    other = BudgetKeeper(BudgetGate(), house.store, EventBus(), now=house._clock)  # the same clock
    other.replace([budget])
    await other.start()
    (meter,) = other._book.all_meters()  # what it holds
    meter.wanted = Decimal(9)
    try:
        async with asyncio.timeout(30):
            while meter.lease < 9:
                house.keeper.share()
                await other.top_up()
                await asyncio.sleep(0.1)
    finally:
        await other.stop()
    assert house.meter.lease <= 1


async def test_a_level_is_told_when_it_changes_and_once(house: House) -> None:
    await house.begin(a_budget(period="total"))
    await house.spend("7")
    await house.spend("1.5")
    assert await house.until_told(1) == [("warning", "all", "8.5")]
    await house.spend("0.5")
    await house.spend("1")
    assert await house.until_told(2) == [("warning", "all", "8.5"), ("exhausted", "all", "10.0")]


async def test_how_things_stand_at_the_start_is_no_news(house: House) -> None:
    budget = a_budget()
    await house.requests.insert_batch([a_request(cost=Decimal(9))])
    await house.begin(budget)
    await asyncio.sleep(0.8)
    assert house.told == []
    (status,) = house.keeper.statuses
    assert (status.level, status.spent) == ("warning", 9)
    assert not house.gate.book.reserve((house.meter,), Decimal("0.5"), 0.0)


async def test_a_new_limit_is_told_where_the_level_changes(house: House) -> None:
    budget = a_budget(period="total")
    await house.begin(budget)
    await house.spend("9")
    await house.until_told(1)
    house.keeper.replace([replace(budget, limit=Decimal(100))])
    assert (await house.until_told(2))[1] == ("ok", "all", "9")


async def test_a_new_period_is_told_where_the_old_one_was_used_up(house: House) -> None:
    each = a_budget(name="each", scope="client", period="day")
    await house.begin(each, a_budget(period="day", is_hard=False))
    await house.spend("10", client_name="Codex 1.2")
    assert sorted(await house.until_told(2)) == [
        ("exhausted", "Codex", "10"),
        ("exhausted", "all", "10"),
    ]
    house.now += timedelta(days=1)
    await house.until_told(4)
    assert {("ok", "Codex", Decimal(0)), ("ok", "all", Decimal(0))} <= {*house.told}


async def test_a_zone_that_this_machine_does_not_know_is_left_out(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.keeper.replace([a_budget(time_zone="Mars/Olympus")])
    assert not house.gate.active
    assert "Mars/Olympus" in caplog.text


async def test_leases_of_a_budget_that_is_deleted_are_given_back(house: House) -> None:
    budget = a_budget()
    await house.begin(budget)
    await house.store.delete(budget.id)
    house.keeper.replace(())
    assert await house.keeper.top_up()
    assert house.gate.book.given_back == []
    assert uuid4() not in {meter.budget.id for meter in house.gate.book.all_meters()}

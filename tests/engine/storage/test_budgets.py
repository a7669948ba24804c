"""Budgets in the database: each row counts exactly once, and never is more granted than is left."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from pxbin_engine.gateway.budgets.period import period_of
from pxbin_engine.gateway.client_names import without_version
from pxbin_engine.records import BudgetRecord
from pxbin_engine.storage.budgets import LEASES, BudgetStore, Lease, LeaseWish
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import NOW, a_budget, a_key, a_request

MONTH = datetime(2026, 11, 1, tzinfo=UTC)


class House:
    """The stores, and a short way to rows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.budgets = BudgetStore(database)
        self.requests = RequestStore(database)

    async def spend(self, cost: str | None, at: datetime = NOW, **values: Any) -> None:
        paid = Decimal(cost) if cost is not None else None
        await self.requests.insert_batch([a_request(at=at, cost=paid, **values)])

    async def spent(self, budget: BudgetRecord, at: datetime = NOW) -> dict[str, str]:
        meters = await self.budgets.meters(now=at)
        return {m.subject: f"{m.spent:f}" for m in meters if m.budget_id == budget.id}

    async def ask(self, budget: BudgetRecord, engine: UUID, need: str, **more: Any) -> Lease:
        wish = LeaseWish(budget.id, "", MONTH, Decimal(need), **more)
        (lease,) = await self.budgets.renew(engine, [wish])
        return lease


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def test_a_budget_is_kept_changed_and_deleted(house: House) -> None:
    budget = await house.budgets.insert(a_budget(limit=Decimal("12.5")))
    assert await house.budgets.list() == (budget,)
    changed = replace(budget, limit=Decimal(20), is_hard=False)
    assert await house.budgets.update(changed, recount=False) == changed
    assert await house.budgets.get(budget.id) == changed
    await house.budgets.delete(budget.id)
    assert await house.budgets.get(budget.id) is None
    for gone in (house.budgets.delete(budget.id), house.budgets.update(changed, recount=True)):
        with pytest.raises(NotFound):
            await gone


async def test_a_name_is_taken_once_and_a_zone_must_be_known(house: House) -> None:
    await house.budgets.insert(a_budget())
    with pytest.raises(Conflict, match="budget of this name"):
        await house.budgets.insert(a_budget())
    with pytest.raises(InvalidInput):
        await house.budgets.insert(a_budget(name="b", time_zone="Mars/Olympus"))


@pytest.mark.parametrize(
    ("scope", "subject", "counted"),
    [
        ("all", "", {"": "15"}),
        ("key", "", {str(UUID(int=1)): "3", str(UUID(int=2)): "4"}),
        ("key", str(UUID(int=1)), {"": "3"}),
        ("model", "opus", {"": "4"}),
        ("upstream", "", {"anthropic": "3", "groq": "4"}),
        ("client", "Claude Code", {"": "7"}),
        ("session", "", {"s1": "4"}),
        ("model", "nobody", {"": "0"}),
    ],
)
async def test_a_row_counts_where_it_fits(
    house: House, scope: str, subject: str, counted: dict[str, str]
) -> None:
    budget = await house.budgets.insert(a_budget(scope=scope, subject=subject))
    first = {
        "llm_key_id": UUID(int=1),
        "upstream_name": "anthropic",
        "client_name": "Claude Code 2.1",
    }
    second = {
        "llm_key_id": UUID(int=2),
        "model": "opus",
        "upstream_name": "groq",
        "session_id": "s1",
    }
    await house.spend("1", **first)
    await house.spend("2", **first)
    await house.spend("4", client_name="Claude Code 3.0.1-beta", **second)
    await house.spend("8")
    await house.spend("0", **first)
    assert await house.spent(budget) == counted


async def test_what_comes_twice_counts_once(house: House) -> None:
    budget = await house.budgets.insert(a_budget())
    rows = [a_request(cost=Decimal("0.5")) for _ in range(3)]
    await house.requests.insert_batch(rows)
    await house.requests.insert_batch([*rows, a_request(cost=Decimal(1))])
    assert await house.spent(budget) == {"": "2.5"}


async def test_a_row_of_unknown_price_is_told(house: House) -> None:
    budget = await house.budgets.insert(a_budget())
    await house.spend(None)
    (meter,) = await house.budgets.meters(now=NOW)
    assert (meter.budget_id, meter.spent, meter.unpriced) == (budget.id, 0, 1)


async def test_each_period_has_its_own_meter(house: House) -> None:
    budget = await house.budgets.insert(a_budget(period="day", time_zone="Asia/Tokyo"))
    await house.spend("1", datetime(2026, 11, 23, 14, 59, tzinfo=UTC))
    await house.spend("2", datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    assert await house.spent(budget, datetime(2026, 11, 23, 14, tzinfo=UTC)) == {"": "1"}
    assert await house.spent(budget, datetime(2026, 11, 23, 16, tzinfo=UTC)) == {"": "2"}
    assert await house.spent(budget, datetime(2026, 11, 26, tzinfo=UTC)) == {"": "0"}


async def test_a_budget_made_in_mid_period_counts_what_the_log_holds(house: House) -> None:
    await house.spend("1", MONTH - timedelta(seconds=1), model="a")
    await house.spend("2", model="a")
    await house.spend("4", model="b")
    budget = await house.budgets.insert(a_budget())
    assert await house.spent(budget) == {"": "6"}
    budget = await house.budgets.update(replace(budget, scope="model", subject="a"), recount=True)
    assert await house.spent(budget) == {"": "2"}
    budget = await house.budgets.update(replace(budget, period="total"), recount=True)
    assert await house.spent(budget) == {"": "3"}


async def test_a_budget_that_is_switched_off_goes_on_counting(house: House) -> None:
    budget = await house.budgets.insert(a_budget(is_active=False))
    await house.spend("1")
    assert await house.spent(budget) == {"": "1"}


async def test_rows_that_come_while_a_budget_is_made_count_exactly_once(house: House) -> None:
    async def write() -> None:
        for _ in range(20):
            await house.spend("1")

    async def make() -> list[BudgetRecord]:
        made = []
        for number in range(6):
            made.append(await house.budgets.insert(a_budget(name=f"b{number}")))
            await house.budgets.update(made[0], recount=True)
        return made

    _, _, budgets = await asyncio.gather(write(), write(), make())
    assert [await house.spent(budget) for budget in budgets] == [{"": "40"}] * 6


async def test_a_label_is_the_keys_name(house: House) -> None:
    key = await KeyStore(house.database).insert(a_key(name="laptop"))
    await house.budgets.insert(a_budget(scope="key"))
    await house.spend("1", llm_key_id=key.id)
    await house.spend("2", llm_key_id=UUID(int=7))
    labels = [meter.label for meter in await house.budgets.meters(now=NOW)]
    assert labels == [str(UUID(int=7)), "laptop"]


# ---------------------------------------------------------------------- leases


async def test_an_engine_alone_is_granted_its_need_and_half_of_the_rest(house: House) -> None:
    budget = await house.budgets.insert(a_budget(limit=Decimal(10)))
    await house.spend("2")
    lease = await house.ask(budget, uuid4(), "4")
    assert (lease.amount, lease.spent, lease.alone) == (6, 2, True)


async def test_others_get_of_what_is_left_and_no_more(house: House) -> None:
    budget = await house.budgets.insert(a_budget(limit=Decimal(10)))
    first, second, third = uuid4(), uuid4(), uuid4()
    assert (await house.ask(budget, first, "0")).amount == 5
    lease = await house.ask(budget, second, "1")
    assert (round(lease.amount, 4), lease.alone) == (Decimal("2.3333"), False)
    assert (await house.ask(budget, third, "9")).amount == 5 - lease.amount
    assert (await house.ask(budget, first, "1")).amount == 1  # the third went short: only the need
    assert round((await house.ask(budget, third, "9")).amount, 4) == Decimal("6.6667")


async def test_who_goes_short_beside_others_tells_them_once(house: House) -> None:
    heard: list[str | None] = []
    budget = await house.budgets.insert(a_budget(limit=Decimal(10)))
    await house.database.listen("pxbin_configuration", heard.append)
    first, second = uuid4(), uuid4()
    alone = await house.ask(budget, first, "12")
    short = await house.ask(budget, second, "1")
    again = await house.ask(budget, second, "2")
    assert [lease.goes_short for lease in (alone, short, again)] == [False, True, False]
    async with asyncio.timeout(5):
        while LEASES not in heard:
            await asyncio.sleep(0.02)


async def test_what_lies_idle_goes_back_where_others_are(house: House) -> None:
    budget = await house.budgets.insert(a_budget(limit=Decimal(10)))
    first, second = uuid4(), uuid4()
    assert (await house.ask(budget, first, "0", is_idle=True)).amount == 5
    await house.ask(budget, second, "1")
    assert (await house.ask(budget, first, "0", is_idle=True)).amount == 0


async def test_what_is_kept_is_not_given_to_others(house: House) -> None:
    budget = await house.budgets.insert(a_budget(limit=Decimal(10)))
    first, second = uuid4(), uuid4()
    assert (await house.ask(budget, first, "0")).amount == 5
    assert (await house.ask(budget, second, "9")).amount == 5
    assert (await house.ask(budget, first, "1", kept=Decimal(5))).amount == 5
    assert (await house.ask(budget, first, "1", kept=Decimal(2))).amount == 2
    await house.spend("6")
    assert (await house.ask(budget, first, "3", kept=Decimal(2))).amount == 2


async def test_a_lease_of_an_engine_that_is_gone_runs_out(house: House) -> None:
    budget = await house.budgets.insert(a_budget(limit=Decimal(10)))
    await house.ask(budget, uuid4(), "8")
    assert (await house.ask(budget, uuid4(), "8")).amount == 1
    await house.database.write("update budget_leases set expires_at = now() - interval '1 second'")
    assert (await house.ask(budget, uuid4(), "8")).amount == 9


async def test_what_is_given_back_can_be_granted(house: House) -> None:
    budget = await house.budgets.insert(a_budget(limit=Decimal(10)))
    engine = uuid4()
    await house.ask(budget, engine, "10")
    await house.budgets.release(engine, [(budget.id, "", MONTH)])
    assert (await house.ask(budget, uuid4(), "10")).amount == 10


async def test_of_a_budget_that_is_gone_nothing_is_granted(house: House) -> None:
    wish = LeaseWish(uuid4(), "", MONTH, Decimal(1))
    assert await house.budgets.renew(uuid4(), [wish]) == ()


async def test_what_is_overspent_is_not_granted(house: House) -> None:
    budget = await house.budgets.insert(a_budget(limit=Decimal(1)))
    await house.spend("3")
    assert (await house.ask(budget, uuid4(), "1")).amount == 0


async def test_engines_that_ask_at_once_are_never_granted_more_than_there_is(house: House) -> None:
    """Rows are written meanwhile, as they are in life: what was spent and what is held stays within the limit."""
    budgets = [
        await house.budgets.insert(a_budget(name=f"b{n}", limit=Decimal(10))) for n in range(3)
    ]
    engines = [uuid4() for _ in range(3)]
    held: dict[tuple[UUID, UUID], Decimal] = {}

    async def work(engine: UUID, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(12):
            needs = [
                LeaseWish(
                    b.id,
                    "",
                    MONTH,
                    Decimal(chance.randint(0, 4)),
                    held.get((engine, b.id), Decimal(0)),
                )
                for b in budgets
            ]
            chance.shuffle(needs)
            for lease in await house.budgets.renew(engine, needs):
                held[engine, lease.budget_id] = lease.amount
            if chance.random() < 0.3 and min(held[engine, b.id] for b in budgets) >= Decimal("0.1"):
                await house.spend("0.1")
                for budget in budgets:
                    held[engine, budget.id] -= Decimal("0.1")

    await asyncio.gather(*(work(engine, seed) for seed, engine in enumerate(engines)))
    for budget in budgets:
        spent = Decimal((await house.spent(budget))[""])
        assert spent + sum(held[engine, budget.id] for engine in engines) <= 10


async def test_old_leases_and_meters_are_dropped(house: House) -> None:
    monthly = await house.budgets.insert(a_budget())
    total = await house.budgets.insert(a_budget(name="total", period="total"))
    await house.spend("1", NOW - timedelta(days=500))
    await house.ask(monthly, uuid4(), "1")
    await house.database.write("update budget_leases set expires_at = now() - interval '2 days'")
    await house.budgets.prune()
    rows = await house.database.fetch(
        "select budget_id from budget_spend where period_start < '2026-01-01'"
    )
    assert [row["budget_id"] for row in rows] == [total.id]
    assert not await house.database.fetch("select from budget_leases")


# ---------------------------------------------------------------------- the same rules here and there

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
    "America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Africa/Casablanca", "Pacific/Chatham",
)  # fmt: skip


def moments(seed: int) -> Sequence[datetime]:
    """Moments of many years, and of two of them every third hour. Of years to come two lists of zones may differ."""
    chance = random.Random(seed)
    first = datetime(2010, 1, 1, tzinfo=UTC)
    anywhere = [first + timedelta(seconds=chance.randint(0, 14 * 365 * 86400)) for _ in range(300)]
    year = datetime(2018, 1, 1, tzinfo=UTC)
    return anywhere + [year + timedelta(hours=3 * n, minutes=30) for n in range(2 * 365 * 8)]


@pytest.mark.parametrize("zone", ZONES)
async def test_a_period_begins_here_when_it_begins_there(database: Database, zone: str) -> None:
    for period in ("day", "week", "month", "total"):
        rows = await database.fetch(
            "select at, budget_period_start($1, $2, at) as starts_at from unnest($3::timestamptz[]) as at",
            period, zone, moments(len(zone)),
        )  # fmt: skip
        wrong = [
            (row["at"], row["starts_at"])
            for row in rows
            if period_of(period, zone, row["at"]).starts_at != row["starts_at"]  # type: ignore[arg-type]  # as listed
        ]
        assert wrong == []


CLIENTS = (
    "Claude Code 2.1.330", "Claude Code", "OpenAI SDK (Python) 3.54.0", "my tool", "curl 8.5.0", "x v1.0-rc.1", "7",
    "agent 2 b", "tool 1.0+build", "", "Größe 1.0", "tool 1.0\n",
)  # fmt: skip


async def test_a_client_is_called_here_what_it_is_called_there(database: Database) -> None:
    rows = await database.fetch(
        "select said, without_version(said) as name from unnest($1::text[]) as said", CLIENTS
    )
    assert {row["said"]: row["name"] for row in rows} == {c: without_version(c) for c in CLIENTS}
    assert without_version(CLIENTS[0]) == "Claude Code"

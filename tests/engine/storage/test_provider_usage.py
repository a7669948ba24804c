"""Imports of providers' exports, which replace each other, and what pxbin counts by the provider's names."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from pxbin_engine.accounting.repricing import Repricer
from pxbin_engine.errors import Conflict, NotFound
from pxbin_engine.records import (
    ModelPrice,
    ProviderUsage,
    RepricingRecord,
    RequestRecord,
    ServedUsage,
    UsageImport,
)
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.migrations import load_migrations, migrate
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.prices import PriceStore, RepricingStore
from pxbin_engine.storage.provider_usage import ProviderUsageStore, ToldDay
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.totals import Totals
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW, a_model, a_request, an_upstream

UPSTREAM, OTHER = uuid4(), uuid4()
TODAY = NOW.date()
FIRST, LAST = date(1970, 1, 1), date(9999, 12, 31)
TOKENS = ["anthropic-usage"]


@pytest.fixture
def store(database: Database) -> ProviderUsageStore:
    return ProviderUsageStore(database)


@pytest.fixture
async def upstream(database: Database) -> UUID:
    return (await UpstreamStore(database).insert(an_upstream())).id


def asked(minutes: float = 0, **values: Any) -> RequestRecord:
    """A request that an upstream was asked for, ``minutes`` after ``NOW``."""
    told = {
        "upstream_id": UPSTREAM,
        "upstream_name": "main",
        "upstream_model": "gpt-4o",
        "model": "m",
    }
    return a_request(at=NOW + timedelta(minutes=minutes), **told | values)  # fmt: skip


def counted(rows: Sequence[RequestRecord]) -> dict[tuple[UUID, date, str], ServedUsage]:
    """What the rows say, added up in Python."""
    found: dict[tuple[UUID, date, str], list[RequestRecord]] = {}
    for row in rows:
        if row.upstream_id is not None:
            day = row.timestamp.astimezone(UTC).date()
            found.setdefault((row.upstream_id, day, row.upstream_model), []).append(row)
    return {
        key: ServedUsage(
            day=key[1],
            model=key[2],
            requests=len(some),
            estimated=sum(row.usage_estimated for row in some),
            unpriced=sum(row.cost is None and bool(row.input_tokens) for row in some),
            input_tokens=sum(row.input_tokens for row in some),
            cache_read_tokens=sum(row.cache_read_tokens for row in some),
            cache_write_tokens=sum(row.cache_creation_tokens for row in some),
            output_tokens=sum(row.output_tokens for row in some),
            cost=sum((row.cost or Decimal(0) for row in some), Decimal(0)),
        )
        for key, some in found.items()
    }


def random_rows(random: Random, number: int = 60) -> list[RequestRecord]:
    """Requests of four days, two upstreams and two models, some of which were never sent to any."""
    return [
        asked(
            random.uniform(-3000, 3000),
            upstream_id=random.choice([UPSTREAM, OTHER, None]),
            upstream_model=random.choice(["gpt-4o", "gpt-4o-2024-08-06"]),
            input_tokens=random.randrange(1, 1000),
            output_tokens=random.randrange(1000),
            cache_read_tokens=random.randrange(1000),
            cache_write_5m_tokens=random.randrange(10),
            cache_write_1h_tokens=random.randrange(10),
            usage_estimated=random.random() < 0.2,
            cost=random.choice([None, Decimal(random.randrange(10**6)) / 10**9]),
        )
        for _ in range(number)
    ]


async def check(store: ProviderUsageStore, rows: Sequence[RequestRecord]) -> None:
    """The totals are the sums of these rows."""
    held = {
        (upstream, one.day, one.model): one
        for upstream in (UPSTREAM, OTHER)
        for one in await store.served(upstream, FIRST, LAST)
    }
    assert held == counted(rows)


async def test_rows_are_counted_by_the_utc_day_and_the_upstreams_own_name(
    store: ProviderUsageStore, database: Database
) -> None:
    assert await store.counted_since() is None
    requests = RequestStore(database)
    rows = random_rows(Random(1))
    for start in range(0, len(rows), 20):
        await requests.insert_batch(rows[start : start + 20])
    await requests.insert_batch(rows[:20])  # sent again: no row is added twice
    await check(store, rows)
    days = [row.timestamp.date() for row in rows if row.upstream_id]
    assert await store.counted_since() == min(days)
    inside = await store.served(UPSTREAM, TODAY, TODAY)
    assert {one.day for one in inside} == {TODAY}


async def test_a_reprice_changes_the_cost_and_nothing_else(
    store: ProviderUsageStore, database: Database
) -> None:
    model = await ModelStore(database).insert(a_model(name="m"))
    rows = [asked(input_tokens=1_000_000), asked(input_tokens=500_000, cost=Decimal(9))]
    await RequestStore(database).insert_batch(rows)
    price = ModelPrice(input=Decimal(2), output=Decimal(2), source="model")
    later = NOW + timedelta(minutes=1)
    await PriceStore(database).add(model, price, valid_from=later, now=later)
    reprice = Repricer(PriceStore(database), RepricingStore(database))
    for every, cost in ((False, Decimal(11)), (True, Decimal(3))):
        await reprice(
            [model], RepricingRecord(id=uuid4(), started_at=NOW, by="test", model="m", every=every)
        )
        (held,) = await store.served(UPSTREAM, FIRST, LAST)
        assert (held.cost, held.unpriced, held.input_tokens) == (cost, 0, 1_500_000)


async def test_a_recount_finds_and_mends_what_is_not_the_sum_of_its_rows(
    store: ProviderUsageStore, database: Database
) -> None:
    rows = random_rows(Random(3))
    await RequestStore(database).insert_batch(rows)
    totals = Totals(database)
    days = sorted({row.timestamp.date() for row in rows})
    assert [await totals.recount(day) for day in days] == [()] * len(days)
    await database.write(
        "update served_usage set output_tokens = output_tokens + 5 where day = $1 and upstream_id = $2"
        " and upstream_model = 'gpt-4o'",
        TODAY,
        UPSTREAM,
    )
    (found,) = await totals.recount(TODAY)
    assert (found.table, found.dimension, found.dimension_id, found.field) == (
        "served_usage",
        "served",
        f"{UPSTREAM} gpt-4o",
        "output_tokens",
    )
    assert found.held - found.counted == 5
    assert found.bucket == datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    await check(store, rows)


def an_import(upstream: UUID, first: date, last: date, **values: Any) -> UsageImport:
    """An import, as it is made; what it sums up is read from its lines."""
    made = {
        "id": uuid4(),
        "upstream_id": upstream,
        "upstream_name": "main",
        "format": "anthropic-usage",
        "file_name": "usage.csv",
        "sha256": "ab" * 32,
        "imported_at": NOW,
        "first_day": first,
        "last_day": last,
        "days": (last - first).days + 1,
        "models": 1,
    }
    return UsageImport(**made | values)


def days_of(made: UsageImport) -> list[date]:
    return [made.first_day + timedelta(days=n) for n in range(made.days)]


def told(day: date, output: int, **values: Any) -> ProviderUsage:
    return ProviderUsage(
        **{"day": day, "model": "m", "prompt_tokens": 7, "output_tokens": output} | values
    )


def day(number: int) -> date:
    return date(2026, 11, number)


async def test_every_figure_of_an_import_is_kept(store: ProviderUsageStore, upstream: UUID) -> None:
    made = an_import(upstream, day(1), day(3))
    usage = told(
        day(2),
        6,
        requests=1,
        prompt_tokens=9,
        input_tokens=2,
        cache_read_tokens=3,
        cache_write_tokens=4,
        cost=Decimal("0.25"),
        cost_rounding=Decimal("0.005"),
    )
    assert await store.replace(made, days_of(made), [usage], formats=TOKENS) == 0
    assert await store.told(upstream, day(1), day(3)) == (usage,)
    assert await store.told(upstream, day(3), day(9)) == ()
    assert await store.told_days(upstream, day(2), day(9)) == (
        ToldDay(day(2), "anthropic-usage", TODAY),
        ToldDay(day(3), "anthropic-usage", TODAY),
    )
    (held,) = await store.list()
    assert held == await store.get(made.id)
    assert (held.upstream_name, held.first_day, held.last_day, held.days) == ("main", day(1), day(3), 3)  # fmt: skip
    assert (held.models, held.requests, held.prompt_tokens, held.output_tokens, held.cost) == (
        1,
        1,
        9,
        6,
        Decimal("0.25"),
    )


async def test_days_that_are_imported_again_are_replaced(
    store: ProviderUsageStore, upstream: UUID
) -> None:
    async def bring(first: int, last: int, output: int, **values: Any) -> tuple[UsageImport, int]:
        made = an_import(upstream, day(first), day(last), **values)
        usage = [told(one, output) for one in days_of(made)]
        return made, await store.replace(made, days_of(made), usage, formats=[made.format])

    async def output() -> list[int | None]:
        usage = await store.told(upstream, FIRST, LAST)
        return [one.output_tokens for one in sorted(usage, key=lambda one: one.day)]

    first, replaced = await bring(1, 4, 1)
    assert (replaced, await output()) == (0, [1, 1, 1, 1])
    again, replaced = await bring(1, 4, 1)
    assert (replaced, await output()) == (4, [1, 1, 1, 1])
    assert [one.id for one in await store.list()] == [again.id]
    assert await store.get(first.id) is None
    _, replaced = await bring(3, 5, 2)
    assert (replaced, await output()) == (2, [1, 1, 2, 2, 2])
    assert sorted(one.days for one in await store.list()) == [2, 3]
    _, replaced = await bring(1, 5, 3, format="openai-costs")  # tells something else
    assert replaced == 0
    assert len(await output()) == 10
    assert await store.delete(again.id)
    assert not await store.delete(again.id)
    assert sorted(await output()) == [2, 2, 2, 3, 3, 3, 3, 3]


async def test_another_upstreams_imports_stay(
    store: ProviderUsageStore, database: Database, upstream: UUID
) -> None:
    other = (await UpstreamStore(database).insert(an_upstream(name="other"))).id
    for one in (upstream, other, upstream):
        made = an_import(one, day(1), day(1))
        await store.replace(made, [day(1)], [told(day(1), 1)], formats=TOKENS)
    assert len(await store.list()) == 2
    await UpstreamStore(database).delete_many([other])
    assert [one.upstream_id for one in await store.list()] == [upstream]


async def test_an_import_that_fails_changes_nothing(
    store: ProviderUsageStore, upstream: UUID
) -> None:
    kept = an_import(upstream, day(1), day(1))
    await store.replace(kept, [day(1)], [told(day(1), 1)], formats=TOKENS)
    broken = an_import(upstream, day(1), day(1))
    twice = [told(day(1), 2), told(day(1), 2)]
    with pytest.raises(Conflict):
        await store.replace(broken, [day(1)], twice, formats=TOKENS)
    assert [one.id for one in await store.list()] == [kept.id]
    with pytest.raises(NotFound):
        await store.replace(an_import(uuid4(), day(1), day(1)), [day(1)], [], formats=TOKENS)


OLD_ROW = """
    insert into requests (id, timestamp, method, path, input_format, output_format, model, upstream_model, upstream_id,
        upstream_name, key_name, stream, status_code, outcome, input_tokens, output_tokens, cache_read_tokens,
        cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens, usage_estimated, cost, price_source, latency_ms,
        overhead_us, client_name, user_agent, remote_addr, attempts, losses, metadata)
    values ($1, $2, 'POST', '/', '', '', 'm', $3, $4, '', '', false, 200, 'ok', $5, $6, $7, $8, $9, 0, $10, $11, 'unknown',
        0, 0, '', '', '', '[]', '[]', '{}')
"""


async def test_the_log_of_an_older_database_is_counted_once(database_url: str, schema: str) -> None:
    files = load_migrations()
    number = next(one.version for one in files if one.name == "provider_usage")
    await migrate(
        database_url, schema=schema, migrations=[one for one in files if one.version < number]
    )
    rows = random_rows(Random(7))
    connection = await asyncpg.connect(database_url, server_settings={"search_path": schema})
    await connection.executemany(
        OLD_ROW,
        [
            (
                row.id,
                row.timestamp,
                row.upstream_model,
                row.upstream_id,
                row.input_tokens,
                row.output_tokens,
                row.cache_read_tokens,
                row.cache_write_5m_tokens,
                row.cache_write_1h_tokens,
                row.usage_estimated,
                row.cost,
            )
            for row in rows
        ],
    )
    await connection.close()
    await migrate(database_url, schema=schema)
    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=2)
    try:
        await check(ProviderUsageStore(database), rows)
    finally:
        await database.close()

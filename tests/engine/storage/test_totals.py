import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.gateway.client_names import without_version
from pxbin_engine.records import RequestRecord, TotalsDifference
from pxbin_engine.storage import totals as totals_module
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.latencies import LatencyStore
from pxbin_engine.storage.migrations import load_migrations, migrate
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.stats import StatsStore
from pxbin_engine.storage.totals import Totals
from tests.support.database import NOW, a_request

TODAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
UPSTREAMS = [UUID(int=n) for n in range(1, 4)]
SUMS = (
    "requests, errors, unpriced, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost, latency_ms,"
    " ttft_ms, ttft_count, overhead_us"
)


@pytest.fixture
def totals(database: Database) -> Totals:
    return Totals(database)


def random_request(chance: random.Random, *, start: datetime = MIDNIGHT) -> RequestRecord:
    """Of one of three keys, models and upstreams, within a day; its cost is unknown, or has many digits."""
    served = chance.random() < 0.9
    which = chance.randrange(3)
    return a_request(
        at=start + timedelta(seconds=chance.randrange(86_400), microseconds=chance.randrange(10)),
        model=f"model {which}",
        upstream_id=UPSTREAMS[which] if served else None,
        upstream_name=f"upstream {which}" if served else "",
        llm_key_id=chance.choice([None, *UPSTREAMS]),
        outcome=chance.choice(["ok", "cancelled", "upstream_error", "refused"]),
        input_tokens=chance.choice([0, chance.randrange(10**9)]),
        output_tokens=chance.choice([0, chance.randrange(10**6)]),
        cache_read_tokens=chance.choice([0, chance.randrange(10**9)]),
        cache_write_5m_tokens=chance.choice([0, chance.randrange(10**6)]),
        cache_write_1h_tokens=chance.choice([0, chance.randrange(10**6)]),
        cost=chance.choice([None, Decimal(chance.randrange(10**12)).scaleb(-12)]),
        client_name=chance.choice(["", "Claude Code 2.1.330", "Claude Code 2.2", "Codex 0.169.0"]),
        latency_ms=chance.uniform(0, 90_000),
        ttft_ms=chance.choice([None, chance.uniform(0, 9_000)]),
        overhead_us=chance.randrange(5000),
    )


def sums_of(
    records: Iterable[RequestRecord], step: timedelta, dimensions: Iterable[str]
) -> dict[tuple[Any, ...], list[Any]]:
    """What the totals of these rows must be, counted by Python: (dimension, bucket, id) -> the columns ``SUMS``."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for record in records:
        ids = {"total": "", "key": str(record.llm_key_id or "")}
        if record.upstream_id:
            client = without_version(record.client_name)
            ids |= {"model": record.model, "upstream": str(record.upstream_id), "client": client}
        bucket = record.timestamp - (record.timestamp - MIDNIGHT) % step
        read = record.input_tokens + record.cache_read_tokens + record.cache_creation_tokens
        figures = [
            1,
            int(record.outcome not in {"ok", "cancelled"}),
            int(record.cost is None and read + record.output_tokens > 0),
            record.input_tokens,
            record.output_tokens,
            record.cache_read_tokens,
            record.cache_creation_tokens,
            record.cost or Decimal(0),
            record.latency_ms,
            record.ttft_ms or 0.0,
            int(record.ttft_ms is not None),
            record.overhead_us,
        ]
        for dimension in ids.keys() & set(dimensions):
            key = (dimension, bucket, ids[dimension])
            before = found.get(key, [0] * len(figures))
            found[key] = [a + b for a, b in zip(before, figures, strict=True)]
    return found


async def held(
    database: Database, table: str, dimensions: Iterable[str]
) -> dict[tuple[Any, ...], list[Any]]:
    rows = await database.fetch(
        f"select dimension, bucket, dimension_id, {SUMS} from {table} where dimension = any($1)",
        list(dimensions),
    )
    return {tuple(row)[:3]: list(tuple(row)[3:]) for row in rows}


def assert_same(
    found: dict[tuple[Any, ...], list[Any]], wanted: dict[tuple[Any, ...], list[Any]]
) -> None:
    """Whole numbers and money exactly; sums of floats but for their order."""
    assert found.keys() == wanted.keys()
    for key, row in wanted.items():
        for one, other in zip(found[key], row, strict=True):
            assert one == (pytest.approx(other, rel=1e-9) if isinstance(one, float) else other), key


async def everything(database: Database) -> dict[str, Counter[str]]:
    """All rows of all tables, as texts."""
    tables = await database.fetch(
        "select tablename from pg_tables where schemaname = current_schema()"
    )
    return {
        name: Counter(r[0] for r in await database.fetch(f"select t::text from {name} t"))
        for (name,) in tables
    }


@pytest.mark.parametrize("seed", range(3))
async def test_sums_of_totals_are_sums_of_rows_whatever_the_batches_and_writers(
    database: Database, totals: Totals, seed: int
) -> None:
    chance = random.Random(seed)
    await Partitions(database).make(now=NOW)
    records = [random_request(chance) for _ in range(400)]
    batches: list[list[RequestRecord]] = []
    waiting = list(records)
    while waiting:
        size = chance.randrange(1, 60)
        batches.append(waiting[:size])
        waiting = waiting[size:]
    store = RequestStore(database)
    # Sent twice here and there, as the log writer does where it does not know the fate of a batch.
    batches += chance.sample(batches, 2)
    await asyncio.gather(*(store.insert_batch(batch) for batch in batches))

    hourly = ("total", "key", "model", "upstream", "client")
    assert_same(
        await held(database, "usage_hourly", hourly), sums_of(records, timedelta(hours=1), hourly)
    )
    fine = ("total", "key", "model", "client")
    assert_same(
        await held(database, "usage_5m", fine), sums_of(records, timedelta(minutes=5), fine)
    )
    counts = await database.fetch(
        "select metric, sum(count)::bigint from latency_hourly where dimension = 'total' group by 1 order by 1"
    )
    with_token = sum(record.ttft_ms is not None for record in records)
    assert [row[1] for row in counts] == [400, 400, with_token]

    before = await everything(database)
    assert await totals.recount(TODAY) == ()
    assert await everything(database) == before


async def test_a_recount_mends_what_differs_says_it_and_touches_nothing_else(
    database: Database, totals: Totals
) -> None:
    chance = random.Random(7)
    days = [MIDNIGHT, MIDNIGHT + timedelta(days=1)]
    await Partitions(database).make(now=NOW)
    await RequestStore(database).insert_batch(
        [random_request(chance, start=day) for day in days for _ in range(100)]
    )
    right = await everything(database)
    hour = MIDNIGHT + timedelta(hours=3)
    await database.write(
        "update usage_hourly set cost = cost + 1, requests = requests + 2"
        " where dimension = 'total' and bucket = $1",
        hour,
    )
    await database.write("delete from usage_5m where dimension = 'model' and bucket < $1", days[1])
    await database.write("update latency_hourly set count = count + 5 where bucket = $1", hour)

    differences = await totals.recount(TODAY)

    (cost, requests) = [d for d in differences if d.table == "usage_hourly"]
    assert cost == TotalsDifference(
        table="usage_hourly",
        bucket=hour,
        dimension="total",
        dimension_id="",
        field="cost",
        held=cost.counted + 1,
        counted=cost.counted,
    )
    assert (requests.field, requests.held - requests.counted) == ("requests", 2)
    assert {d.table for d in differences} == {"usage_hourly", "usage_5m", "latency_hourly"}
    assert {d.held - d.counted for d in differences if d.table == "latency_hourly"} == {5}
    assert any(d.field.startswith("ttft_ms ") for d in differences)
    assert await totals.recount(TODAY) == ()
    mended = await everything(database)
    changed = {name for name in right if mended[name] != right[name]}
    assert changed <= {"usage_hourly", "usage_5m"}  # where sums of floats depend on their order
    assert len(mended["usage_5m"]) == len(right["usage_5m"])


async def told(database: Database) -> tuple[Any, ...]:
    """Histograms of three days and some hours, and what each key used in a week."""
    found = await LatencyStore(database).histograms(
        "upstream", ["ttft_ms", "latency_ms"], MIDNIGHT - timedelta(days=3, hours=-5), NOW
    )
    bins = {key: sorted(values) for key, values in found.items()}
    usage = await StatsStore(database).by_key("7d", now=NOW)
    return bins, [(u.key_id, u.key_name, u.total_requests, u.total_cost) for u in usage]


def counted(bins: dict[Any, list[tuple[int, int]]]) -> int:
    return sum(count for values in bins.values() for _, count in values)


async def test_closed_days_tell_what_their_hours_told_also_after_a_late_row(
    database: Database, totals: Totals
) -> None:
    chance = random.Random(1)
    store = RequestStore(database)
    days = [MIDNIGHT - timedelta(days=n) for n in range(4)]
    await store.insert_batch([random_request(chance, start=day) for day in days for _ in range(50)])
    before = await told(database)
    closed = tuple(day.date() for day in reversed(days[1:]))

    assert await totals.close_days(now=NOW) == closed
    assert await totals.close_days(now=NOW) == ()
    assert await told(database) == before
    await database.write(
        "delete from latency_hourly where bucket between $1 and $2",
        days[2],
        days[1] - timedelta(hours=1),
    )
    assert await told(database) == before, "a closed day is not read by the hour"

    late = [random_request(chance, start=days[1]) for _ in range(20)]
    await store.insert_batch(late)
    bins, usage = await told(database)
    served = [row for row in late if row.upstream_id]
    more = sum((row.ttft_ms is not None) + 1 for row in served)
    assert counted(bins) == counted(before[0]) + more
    assert sum(row[2] for row in usage) - sum(row[2] for row in before[1]) == len(late)
    assert await totals.close_days(now=NOW) == (days[1].date(),)
    assert await told(database) == (bins, usage)

    await database.write("update requests set cost = 1 where id = $1", late[0].id)
    dearer = sum(row[3] for row in (await told(database))[1]) - sum(row[3] for row in usage)
    assert dearer == 1 - (late[0].cost or 0)
    assert await totals.close_days(now=NOW) == (days[1].date(),)


async def test_days_are_closed_later_where_rows_are_being_added(
    database: Database, totals: Totals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals_module, "_LOCK_WAIT_MS", 20)
    await RequestStore(database).insert_batch([a_request(at=MIDNIGHT - timedelta(hours=1))])
    async with database.transaction() as writer:
        await writer.execute("delete from latency_hourly where false")
        assert await totals.close_days(now=NOW) == ()
        await writer.execute("delete from requests where false")
        with pytest.raises(DatabaseUnavailable, match="lock"):
            await totals.recount(TODAY)
    assert await totals.close_days(now=NOW) == (TODAY - timedelta(days=1),)


async def test_steps_of_five_minutes_are_kept_as_long_as_a_period_reaches_back(
    database: Database, totals: Totals
) -> None:
    ages = [timedelta(days=days) for days in (31, 33)]
    await RequestStore(database).insert_batch([a_request(at=NOW - age) for age in ages])
    await totals.maintain(now=NOW)
    rows = await database.fetch("select bucket from usage_5m where dimension = 'total'")
    assert [row["bucket"].date() for row in rows] == [(NOW - ages[0]).date()]


async def test_a_new_price_of_a_row_changes_its_totals(database: Database) -> None:
    rows = [
        a_request(model="m", upstream_id=UPSTREAMS[0], cost=cost, input_tokens=3)
        for cost in (Decimal("0.5"), None)
    ]
    await RequestStore(database).insert_batch(rows)
    await database.write("update requests set cost = coalesce(cost, 0) + 0.25")
    found = await held(database, "usage_5m", ["total", "key", "model", "client"])
    assert [(row[0], row[2], row[7]) for row in found.values()] == [(2, 0, Decimal("1.00"))] * 4


@pytest.mark.parametrize(
    ("migration", "wanted"),
    [
        ("daily_totals", {("total", ""), ("model", "m")}),
        ("client_totals", {("key", ""), ("client", "Codex")}),
    ],
)
async def test_the_totals_of_an_older_database_are_there_also_where_its_rows_are_gone(
    database_url: str, schema: str, migration: str, wanted: set[tuple[str, str]]
) -> None:
    files = load_migrations()
    (number,) = [file.version for file in files if file.name == migration]
    await migrate(database_url, schema=schema, migrations=files[: number - 1])
    now = datetime.now(UTC)
    ages = [timedelta(days=n) for n in (1, 2, 40)]
    columns = (
        "id, timestamp, method, path, input_format, output_format, model, upstream_model, upstream_id, upstream_name,"
        " key_name, stream, status_code, outcome, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,"
        " cache_write_1h_tokens, reasoning_tokens, usage_estimated, cost, price_source, latency_ms, overhead_us,"
        " client_name, user_agent, remote_addr, attempts, losses, metadata"
    )
    connection = await asyncpg.connect(database_url, server_settings={"search_path": schema})
    for age in ages:
        await connection.execute(
            f"insert into requests ({columns}) values (gen_random_uuid(), $1, 'POST', '/', '', '', 'm', 'm',"
            " gen_random_uuid(), 'u', '', false, 200, 'ok', 7, 1, 0, 0, 0, 0, false, 0.5, 'model', 10, 1, 'Codex 0.169.0', '', '',"
            " '[]', '[]', '{}')",
            now - age,
        )
    await connection.execute("delete from requests where timestamp < $1", now - ages[1])
    await connection.close()

    await migrate(database_url, schema=schema)

    database = await Database.connect(database_url, schema=schema)
    try:
        found = await held(database, "usage_5m", [dimension for dimension, _ in wanted])
    finally:
        await database.close()
    assert {(key[0], key[2]) for key in found} == wanted
    assert len(found) == 2 * len(wanted)
    assert sorted({now.date() - key[1].date() for key in found}) == ages[:2]
    assert {(row[0], row[3], row[7]) for row in found.values()} == {(1, 7, Decimal("0.5"))}

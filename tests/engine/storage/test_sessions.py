"""Sums of sessions and of their agents, which the log's triggers keep, and sums by client."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

import asyncpg
import pytest

from pxbin_engine.gateway.client_names import without_version
from pxbin_engine.records import RequestRecord, SessionSums
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.migrations import load_migrations, migrate
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.sessions import MOST_AGENTS, SessionStore
from pxbin_engine.storage.stats import StatsStore
from tests.support.database import NOW, a_key, a_request

KEY, UPSTREAM = a_key(), uuid4()
LONG_AGO = NOW - timedelta(days=1000)


@pytest.fixture
def sessions(database: Database) -> SessionStore:
    return SessionStore(database)


@pytest.fixture
def requests(database: Database) -> RequestStore:
    return RequestStore(database)


def asked(session: str | None = "s1", minutes: float = 0, **values: object) -> RequestRecord:
    """A request of Claude Code with a key; ``minutes`` after ``NOW``."""
    told = {
        "session_id": session,
        "llm_key_id": KEY.id,
        "key_name": "laptop",
        "client_name": "Claude Code 2.1.330",
        "upstream_id": UPSTREAM,
        "model": "m",
    }
    return a_request(at=NOW + timedelta(minutes=minutes), **told | values)


def sums_of(rows: Sequence[RequestRecord]) -> SessionSums:
    """What the rows say, added up in Python."""
    return SessionSums(
        requests=len(rows),
        errors=sum(row.outcome not in ("ok", "cancelled") for row in rows),
        unpriced_requests=sum(row.cost is None and bool(tokens_of(row)) for row in rows),
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        cache_read_tokens=sum(row.cache_read_tokens for row in rows),
        cache_creation_tokens=sum(row.cache_creation_tokens for row in rows),
        cost=sum((row.cost or Decimal(0) for row in rows), Decimal(0)),
    )


def tokens_of(row: RequestRecord) -> int:
    return row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_creation_tokens


async def test_a_session_is_what_its_first_request_says_and_sums_all_its_agents(
    sessions: SessionStore, requests: RequestStore, database: Database
) -> None:
    await KeyStore(database).insert(KEY)
    await requests.insert_batch(
        [
            asked(minutes=1, agent_id="a1", cost=Decimal("0.25"), input_tokens=5, project="/other"),
            asked(cost=Decimal("0.5"), output_tokens=7),
        ]
    )
    await requests.insert_batch(
        [asked(minutes=2, project="/work", client_name="Claude Code 2.2.0", outcome="refused")]
    )
    (session,) = await sessions.list(since=LONG_AGO, order="recent", limit=10)
    assert session == await sessions.get("s1")
    assert (session.client, session.project, session.subagents) == ("Claude Code", "/other", 1)
    assert (session.key_id, session.key_name) == (KEY.id, KEY.name)
    assert (session.first_at, session.last_at) == (NOW, NOW + timedelta(minutes=2))
    assert session.sums == SessionSums(
        requests=3, errors=1, input_tokens=5, output_tokens=7, cost=Decimal("0.75")
    )
    main, sub = await sessions.agents("s1")
    assert (main.agent.agent_id, main.agent.project, main.agent.own.requests) == ("", "/work", 2)
    assert (sub.agent.agent_id, sub.parent_agent_id, sub.agent.project) == ("a1", "", "/other")


async def test_what_no_key_vouches_for_is_no_session(
    sessions: SessionStore, requests: RequestStore
) -> None:
    await requests.insert_batch([asked(llm_key_id=None), asked(session=None)])
    assert await sessions.count(since=LONG_AGO) == 0
    assert await sessions.get("s1") is None
    assert await sessions.agents("s1") == ()


async def test_lists_by_age_and_by_cost_and_page_by_page(
    sessions: SessionStore, requests: RequestStore
) -> None:
    costs = {"old": 9, "cheap": 1, "dear": 5, "newest": 2}
    await requests.insert_batch(
        [
            asked(name, minutes=number - 1000 * (name == "old"), cost=Decimal(cost))
            for number, (name, cost) in enumerate(costs.items())
        ]
    )

    async def names(order: str, **page: int) -> list[str]:
        found = await sessions.list(since=NOW, order=order, **{"limit": 10} | page)  # type: ignore[arg-type]
        return [session.session_id for session in found]

    assert await sessions.count(since=NOW) == 3
    assert await names("recent") == ["newest", "dear", "cheap"]
    assert await names("cost") == ["dear", "newest", "cheap"]
    assert await names("cost", limit=1, offset=1) == ["newest"]


async def test_of_very_many_agents_the_newest_are_told(
    sessions: SessionStore, requests: RequestStore
) -> None:
    agents = [asked(minutes=n / 60, agent_id=f"a{n}") for n in range(MOST_AGENTS + 5)]
    await requests.insert_batch([asked(minutes=-1), *agents])
    told = [row.agent.agent_id for row in await sessions.agents("s1")]
    assert told[0] == ""
    assert told[1] == f"a{MOST_AGENTS + 4}"
    assert len(told) == MOST_AGENTS
    session = await sessions.get("s1")
    assert session is not None
    assert session.subagents == MOST_AGENTS + 5


def random_rows(random: Random) -> list[RequestRecord]:
    def tokens() -> int:
        return random.choice((0, random.randrange(1000), 10**11))

    return [
        asked(
            random.choice((None, "s1", "s2", "s3")),
            minutes=random.randrange(-3000, 3000),
            agent_id=random.choice((None, "a", "b", "c")),
            parent_agent_id=random.choice((None, "a")),
            llm_key_id=random.choice((None, KEY.id, KEY.id)),
            upstream_id=random.choice((None, UPSTREAM, UPSTREAM)),
            client_name=random.choice(("", "Codex 0.169.0", "Codex 0.170.0", "curl 8.1")),
            outcome=random.choice(("ok", "ok", "refused", "cancelled", "stream_error")),
            input_tokens=tokens(),
            output_tokens=tokens(),
            cache_read_tokens=tokens(),
            cache_write_5m_tokens=tokens(),
            cache_write_1h_tokens=tokens(),
            cost=random.choice((None, Decimal(random.randrange(10**9)) / 10**12)),
        )
        for _ in range(random.randrange(150, 300))
    ]


@pytest.mark.parametrize("seed", range(2))
async def test_sums_are_the_rows_to_the_last_token_and_dollar(
    sessions: SessionStore, requests: RequestStore, database: Database, seed: int
) -> None:
    """Random rows in random batches by several writers at once, some sent twice."""
    random = Random(seed)
    rows = random_rows(random)
    rows.sort(key=lambda row: row.id)  # who sends rows again sends them in one order
    batches = [sorted(random.sample(rows, 40), key=lambda row: row.id) for _ in range(5)]
    batches += [rows[start : start + 40] for start in range(0, len(rows), 40)]
    random.shuffle(batches)
    await asyncio.gather(*map(requests.insert_batch, batches))
    await check_sums(sessions, database, rows)

    # A re-price, in one statement for many rows.
    priced = {row.id: random.choice((None, row.cost, Decimal("0.123456789"))) for row in rows}
    await database.fetch(
        "update requests r set cost = p.cost from unnest($1::uuid[], $2::numeric[]) as p (id, cost) where r.id = p.id",
        list(priced),
        list(priced.values()),
    )
    page = [await requests.get(row.id) for row in rows]
    await check_sums(sessions, database, [row for row in page if row is not None])


async def check_sums(
    sessions: SessionStore, database: Database, rows: Sequence[RequestRecord]
) -> None:
    expected: dict[tuple[str, str], list[RequestRecord]] = defaultdict(list)
    for row in rows:
        if row.session_id and row.llm_key_id:
            expected[row.session_id, row.agent_id or ""].append(row)
    names = sorted({session for session, _ in expected})
    for name in names:
        session = await sessions.get(name)
        of_session = [row for (one, _), some in expected.items() if one == name for row in some]
        assert session is not None
        assert session.sums == sums_of(of_session)
        assert session.first_at == min(row.timestamp for row in of_session)
        assert session.last_at == max(row.timestamp for row in of_session)
        found = {row.agent.agent_id: row.agent.own for row in await sessions.agents(name)}
        assert found == {
            agent: sums_of(some) for (one, agent), some in expected.items() if one == name
        }
    assert await sessions.count(since=LONG_AGO) == len(names)

    by_client: dict[str, list[RequestRecord]] = defaultdict(list)
    for row in rows:
        if row.upstream_id:
            by_client[without_version(row.client_name)].append(row)
    for usage in await StatsStore(database).by_client("30d", now=NOW + timedelta(days=3)):
        sums = sums_of(by_client.pop(usage.client))
        told = (usage.total_requests, usage.total_input_tokens, usage.total_output_tokens)
        assert told == (sums.requests, sums.input_tokens, sums.output_tokens)
        assert (usage.total_cost, usage.unpriced_requests) == (sums.cost, sums.unpriced_requests)
    assert not by_client


async def test_the_log_of_an_older_database_is_counted_once(database_url: str, schema: str) -> None:
    """Before that migration nothing was summed up by session or by client."""
    files = load_migrations()
    number = next(one.version for one in files if one.name == "sessions")
    await migrate(
        database_url, schema=schema, migrations=[one for one in files if one.version < number]
    )
    rows = random_rows(Random(7))
    columns = [
        column.strip()
        for column in [
            "id",
            " timestamp",
            " method",
            " path",
            " input_format",
            " output_format",
            " model",
            " upstream_model",
            " upstream_id",
            " upstream_name",
            " llm_key_id",
            " key_name",
            " stream",
            " status_code",
            " outcome",
            " input_tokens",
            " output_tokens",
            " cache_read_tokens",
            " cache_write_5m_tokens",
            " cache_write_1h_tokens",
            " reasoning_tokens",
            " usage_estimated",
            " cost",
            " price_source",
            " latency_ms",
            " overhead_us",
            " session_id",
            " agent_id",
            " parent_agent_id",
            " client_name",
            " user_agent",
            " remote_addr",
            " attempts",
            " losses",
            " metadata",
        ]
    ]
    json = {"attempts": "[]", "losses": "[]", "metadata": "{}"}
    connection = await asyncpg.connect(database_url, server_settings={"search_path": schema})
    await connection.copy_records_to_table(
        "requests",
        columns=columns,
        records=[
            tuple(json.get(column) or getattr(row, column) for column in columns) for row in rows
        ],
    )
    await connection.close()

    await migrate(database_url, schema=schema)

    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=2)
    try:
        await check_sums(SessionStore(database), database, rows)
    finally:
        await database.close()

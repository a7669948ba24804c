"""The database and ``records.fits`` mean the same by every filter, and indexes serve those that they are made for."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest

from pxbin_engine.admin.log_query import parse
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import FilterWord, Outcome, RequestFilter, RequestRecord, fits
from pxbin_engine.records.log_filter import VALUES
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.request_filters import COLUMNS, FAILED, REFUSED, sql_of
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import NOW, a_request

SEED = 5
TERMS = [
    "model:glm", "model:GPT,claude", "model:%", "model:_", "asked:opus", "asked:glm", 'key:"my laptop"', "key:ci,MY", "client:codex",
    'client:"Claude Code 2"', "upstream:z.", "session:s1", "session:s1,s2", "session:none", "session:none,s2", "agent:a", "agent:none",
    "outcome:ok", "outcome:ok,cancelled", "outcome:upstream_error,refused", "format:messages", "format:chat,gemini", "stream:yes", "stream:no",
    "status:200", "status:4xx", "status:>=400", "status:<400", "status:>499,404", "status:2xx,5xx", "cost:>0.05", "cost:<=0.05", "cost:0",
    "cost:unknown", "cost:unknown,>1", "latency:>2s", "latency:<=800ms", "ttft:>1s", "ttft:none", "ttft:none,<100ms", "tokens:>10k", "tokens:<=999",
    "recording:kept", "recording:none,dropped",
    "timed", '"rate limit"', "glm", "opus", "s1", "curl", "text:alias,quota", "since:3h", "until:2h", "since:5h", "until:30m",
]  # fmt: skip


def random_requests(number: int) -> list[RequestRecord]:
    dice = random.Random(SEED)

    def one(place: int) -> RequestRecord:
        return a_request(
            at=NOW - timedelta(minutes=6 * place),
            model=dice.choice(("glm-4.6", "gpt-5.2", "Claude-Opus", "100%_sure")),
            asked_model=dice.choice(("", "opus", "OPUS[1m]")),
            upstream_model=dice.choice(("glm-4.6", "x")),
            key_name=dice.choice(("my laptop", "CI", "")),
            client_name=dice.choice(("Codex 0.63", "Claude Code 2.1", "")),
            upstream_name=dice.choice(("Z.ai", "OpenAI")),
            session_id=dice.choice((None, "s1", "s2")),
            agent_id=dice.choice((None, "a", "b")),
            outcome=dice.choice(get_args(Outcome)),
            input_format=dice.choice(("anthropic", "openai", "openai-responses", "gemini", "")),
            stream=dice.random() < 0.5,
            status_code=dice.choice((0, 200, 201, 404, 429, 499, 500, 529)),
            cost=dice.choice((None, Decimal(0), Decimal("0.05"), Decimal("0.0500001"), Decimal(2))),
            latency_ms=dice.choice((800.0, 2000.0, 2000.5)),
            ttft_ms=dice.choice((None, 50.0, 1000.5)),
            input_tokens=dice.choice((0, 999, 1000, 9000)),
            output_tokens=dice.choice((0, 1)),
            cache_read_tokens=dice.choice((0, 1001)),
            cache_write_5m_tokens=dice.choice((0, 5)),
            error_message=dice.choice((None, "It Timed out.", "rate limit: quota")),
            route_reason=dice.choice(("", "the alias opus")),
            recording=dice.choice(("", "kept", "dropped")),
            user_agent=dice.choice(("", "curl/8")),
        )

    return [one(place) for place in range(number)]


async def test_the_database_finds_what_fits(database: Database) -> None:
    dice = random.Random(SEED)
    records = random_requests(80)
    store = RequestStore(database)
    await store.insert_batch(records)
    queries = [*TERMS, *(f"-{term}" for term in TERMS)]
    queries += [
        " ".join(dice.choice(("", "-")) + term for term in dice.sample(TERMS, dice.randint(2, 4)))
        for _ in range(100)
    ]
    found_some = 0
    for query in queries:
        parsed = parse(query, now=NOW)
        assert parsed.problems == ()
        rows, _ = await store.rows(parsed.filter, limit=500)
        wanted = [record for record in records if fits(parsed.filter, record)]
        assert list(rows) == wanted, query
        found_some += 0 < len(wanted) < len(records)
    assert found_some > len(TERMS), "filters that find all or nothing prove little"


OLD_FILTERS: list[dict[str, Any]] = [
    {"key_id": UUID(int=1)}, {"upstream_id": UUID(int=2)}, {"model": "GLM"}, {"model": "_"}, {"model_name": "glm-4.6"},
    {"model_name": "glm"}, {"status_code": 404}, {"status_code": 400}, {"errors_only": True}, {"input_format": "gemini"},
    {"session_id": "s1"}, {"since": NOW - timedelta(hours=2)}, {"until": NOW - timedelta(hours=2)},
]  # fmt: skip


async def test_the_filters_of_old_mean_the_same(database: Database) -> None:
    records = random_requests(40)
    records[3] = a_request(at=records[3].timestamp, llm_key_id=UUID(int=1))
    records[4] = a_request(at=records[4].timestamp, upstream_id=UUID(int=2))
    store = RequestStore(database)
    await store.insert_batch(records)
    for given in OLD_FILTERS:
        where = RequestFilter(**given)
        rows, _ = await store.rows(where, limit=500)
        assert list(rows) == [record for record in records if fits(where, record)], given


def test_every_word_has_its_columns_and_its_values() -> None:
    assert COLUMNS.keys() == VALUES.keys() == {*get_args(FilterWord)}


@pytest.mark.parametrize(
    ("query", "hint", "given"),
    [
        ("outcome:upstream_error,refused", FAILED, True),
        ("-outcome:ok,cancelled", FAILED, True),
        ("-outcome:cancelled,ok,refused", FAILED, True),
        ("outcome:ok,refused", FAILED, False),
        ("-outcome:ok", FAILED, False),
        ("status:>=400", REFUSED, True),
        ("status:429,5xx", REFUSED, True),
        ("status:429,200", REFUSED, False),
        ("status:<500", REFUSED, False),
        ("-status:404", REFUSED, False),
    ],
)
def test_a_partial_index_is_offered_where_it_holds_all_that_fits(
    query: str, hint: str, given: bool
) -> None:
    conditions, _ = sql_of(parse(query, now=NOW).filter)
    assert (hint in conditions) is given


def test_no_value_stands_in_the_sql() -> None:
    hostile = "x'); drop table requests; --"
    query = parse(f'model:"{hostile}" "{hostile}" session:"{hostile}"', now=NOW)
    conditions, values = sql_of(query.filter)
    assert "drop" not in " ".join(conditions)
    assert values.count(hostile) == len(values)


async def test_a_search_that_takes_too_long_is_stopped_and_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RequestStore(database)
    await store.insert_batch([a_request(model=f"m{n}") for n in range(3)])
    where = parse("model:m", now=NOW).filter
    monkeypatch.setitem(COLUMNS, "model", ("(select model from pg_sleep(5))",))
    monkeypatch.setattr("pxbin_engine.storage.requests.SEARCHED_SECONDS", 0.05)
    with pytest.raises(InvalidInput, match=r"longer than 0.05 s. Narrow it"):
        await store.rows(where, limit=10)
    assert database.available


async def test_a_count_that_takes_too_long_is_what_is_known(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RequestStore(database)
    await store.insert_batch([a_request(at=NOW + timedelta(seconds=n)) for n in range(9)])
    where = parse("status:200", now=NOW).filter
    assert (await store.page(where, limit=4)).total == 9

    async def never(_: RequestFilter) -> None:
        return None

    monkeypatch.setattr(store, "_count", never)
    assert (await store.page(where, limit=4, page=2)).total == 9
    assert (await store.page(where, limit=4)).total == 5, "four, and at least one more"


async def test_the_last_page_needs_no_count(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RequestStore(database)
    await store.insert_batch([a_request(at=NOW + timedelta(seconds=n)) for n in range(5)])
    assert (await store.page(RequestFilter(), limit=2, page=9)).total == 5, "beyond the last one"

    async def unwanted(_: RequestFilter) -> None:
        raise AssertionError

    monkeypatch.setattr(store, "_count", unwanted)
    assert (await store.page(RequestFilter(), limit=5)).total == 5
    assert (await store.page(RequestFilter(), limit=2, page=3)).total == 5
    assert (await store.page(RequestFilter(model="none"), limit=2)).total == 0

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import pytest

from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import AttemptRecord, LossRecord, RequestFilter, RequestRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.requests import COLUMNS, RequestStore, time_of
from tests.support.database import NOW, a_request, uuid7


@pytest.fixture
def requests(database: Database) -> RequestStore:
    return RequestStore(database)


def a_full_request() -> RequestRecord:
    return a_request(
        input_format="anthropic",
        output_format="openai",
        model="claude-sonnet",
        upstream_model="gpt-4o",
        upstream_id=uuid4(),
        upstream_name="main",
        asked_model="opus",
        route_reason="the alias opus",
        llm_key_id=uuid4(),
        key_name="laptop",
        stream=True,
        status_code=529,
        outcome="stream_error",
        error_type="overloaded_error",
        error_message="über Last\nzwei",
        stop_reason="tool_use",
        input_tokens=2**40,
        output_tokens=2,
        cache_read_tokens=3,
        cache_write_5m_tokens=4,
        cache_write_1h_tokens=5,
        reasoning_tokens=1,
        input_audio_tokens=6,
        cache_read_audio_tokens=7,
        output_audio_tokens=8,
        output_image_tokens=9,
        usage_estimated=True,
        cost=Decimal("0.000000123456789"),
        cost_input=Decimal(0),
        cost_output=Decimal("0.1"),
        cost_cache_read=Decimal("0.2"),
        cost_cache_write=Decimal("0.3"),
        price_source="published",
        price_id=uuid4(),
        price_valid_from=NOW,
        service_tier="flex",
        project="/home/me/project",
        queue_ms=12.5,
        latency_ms=1234.5,
        ttft_ms=321.25,
        upstream_ms=1200.0,
        overhead_us=432,
        session_id="s",
        agent_id="a",
        parent_agent_id="p",
        client_name="Claude Code 2.1.330",
        user_agent="claude-cli/2.1.330",
        remote_addr="127.0.0.1",
        attempts=(
            AttemptRecord(
                upstream_id=uuid4(), upstream_name="main", upstream_model="gpt-4o", status=529
            ),
        ),
        recording="kept",
        losses=(LossRecord("messages[0].content[1]", "no such thing there"),),
        metadata={"nested": {"list": [1, 2.5, None, "ü"]}},
    )


async def test_a_row_comes_back_as_it_was_put(requests: RequestStore) -> None:
    full, bare = a_full_request(), a_request()
    assert await requests.insert_batch([full, bare]) == ()
    assert await requests.get(full.id) == full
    assert await requests.get(bare.id) == bare
    same = {name for name in COLUMNS if getattr(full, name) == getattr(bare, name)}
    assert same == {"timestamp", "method", "path"}, (
        "each column needs a value that is not its default"
    )


async def test_the_columns_are_the_fields_of_the_record(database: Database, schema: str) -> None:
    rows = await database.fetch(
        "select column_name from information_schema.columns where table_schema = $1 and table_name = 'requests'",
        schema,
    )
    assert sorted(row["column_name"] for row in rows) == sorted(COLUMNS)


async def test_behaviour_28_one_bad_row_never_loses_its_batch(requests: RequestStore) -> None:
    good = [a_request(at=NOW + timedelta(seconds=n), model=f"m{n}") for n in range(20)]
    unencodable = a_request(status_code=2**40)
    too_large = a_request(input_tokens=2**80)
    unindexable = a_request(model=random.Random(1).randbytes(50_000).hex())
    batch = [*good[:7], unencodable, *good[7:], too_large, unindexable]

    rejected = await requests.insert_batch(batch)

    assert {row.record.id for row in rejected} == {unencodable.id, too_large.id, unindexable.id}
    assert all(row.reason for row in rejected)
    page = await requests.page(RequestFilter(), limit=100)
    assert {record.id for record in page.items} == {record.id for record in good}


async def test_behaviour_28_texts_that_postgresql_cannot_hold_are_repaired(
    requests: RequestStore,
) -> None:
    bad = a_request(
        model="a\x00b", metadata={"k\x00": ["v\x00"]}, user_agent="\ud800", cost=Decimal("1.5")
    )
    assert await requests.insert_batch([a_request(), bad]) == ()
    row = await requests.get(bad.id)
    assert row is not None
    assert (row.model, row.user_agent, row.metadata) == (
        "a\ufffdb",
        "?",
        {"k\ufffd": ["v\ufffd"]},
    )
    assert row.cost == Decimal("1.5")


async def test_a_batch_sent_again_is_there_once(requests: RequestStore, database: Database) -> None:
    batch = [a_request(at=NOW + timedelta(seconds=n)) for n in range(5)]
    await requests.insert_batch(batch[:3])
    assert await requests.insert_batch([*batch, batch[4]]) == ()
    await requests.insert_batch(batch)

    assert (await requests.page(RequestFilter())).total == 5
    totals = await database.fetch(
        "select sum(requests) as n from usage_hourly where dimension = 'total'"
    )
    assert totals[0]["n"] == 5


async def test_an_empty_batch_is_nothing(requests: RequestStore) -> None:
    assert await requests.insert_batch([]) == ()


async def test_get_knows_only_what_is_there(requests: RequestStore) -> None:
    await requests.insert_batch([a_request()])
    assert await requests.get(uuid7()) is None
    assert await requests.get(uuid4()) is None


def test_the_time_of_an_id() -> None:
    assert time_of(uuid7(NOW)) == NOW
    assert time_of(UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")) == datetime(
        2022, 2, 22, 19, 22, 22, tzinfo=UTC
    )
    assert time_of(uuid4()) is None


async def test_pages_by_cursor_show_each_row_once_newest_first(requests: RequestStore) -> None:
    # Rows of one instant are the hard case: the id decides.
    records = [a_request(at=NOW + timedelta(microseconds=n // 3)) for n in range(11)]
    await requests.insert_batch(records)

    seen, cursor = [], None
    for _ in range(4):
        page = await requests.page(RequestFilter(), cursor=cursor, limit=3)
        seen += page.items
        cursor = page.next_cursor
        assert page.total == 11

    assert cursor is None
    assert seen == sorted(records, key=lambda record: (record.timestamp, record.id), reverse=True)


async def test_pages_by_number(requests: RequestStore) -> None:
    records = [a_request(at=NOW + timedelta(seconds=n)) for n in range(5)]
    await requests.insert_batch(records)
    pages = [await requests.page(RequestFilter(), page=number, limit=2) for number in (1, 2, 3, 4)]
    assert [page.items for page in pages] == [
        (records[4], records[3]),
        (records[2], records[1]),
        (records[0],),
        (),
    ]
    assert [page.next_cursor is None for page in pages] == [False, False, True, True]


@pytest.mark.parametrize(
    "cursor", ["", "x", "1.2", "1", f"{10**30}.{'0' * 32}", "; drop table requests"]
)
async def test_a_foreign_cursor_is_refused(requests: RequestStore, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        await requests.page(RequestFilter(), cursor=cursor)


KEY, UPSTREAM = uuid4(), uuid4()
FILTERS = [
    (RequestFilter(), "abcdef"),
    (RequestFilter(key_id=KEY), "ab"),
    (RequestFilter(upstream_id=UPSTREAM), "b"),
    (RequestFilter(model="GPT-4"), "a"),
    (RequestFilter(model="%"), ""),
    (RequestFilter(model="_x"), "c"),
    (RequestFilter(model_name="gpt-4o"), "a"),
    (RequestFilter(model_name="gpt-4"), ""),
    (RequestFilter(status_code=404), "c"),
    (RequestFilter(status_code=400), "cd"),
    (RequestFilter(status_code=200), "abe"),
    (RequestFilter(status_code=500), "f"),
    (RequestFilter(errors_only=True), "cdf"),
    (RequestFilter(input_format="openai"), "d"),
    (RequestFilter(session_id="s1"), "e"),
    (RequestFilter(since=NOW + timedelta(seconds=1), until=NOW + timedelta(seconds=3)), "bc"),
    (RequestFilter(key_id=KEY, upstream_id=UPSTREAM, model="claude", since=NOW), "b"),
    (RequestFilter(key_id=KEY, errors_only=True), ""),
]


@pytest.mark.parametrize(("where", "expected"), FILTERS)
async def test_filters(requests: RequestStore, where: RequestFilter, expected: str) -> None:
    rows = {
        "a": a_request(llm_key_id=KEY, key_name="laptop", model="gpt-4o"),
        "b": a_request(
            llm_key_id=KEY, model="claude", upstream_id=UPSTREAM, client_name="Codex 0.63"
        ),
        "c": a_request(status_code=404, outcome="refused", model="m_x"),
        "d": a_request(
            status_code=499, outcome="client_error", input_format="openai", upstream_name="Z.ai"
        ),
        "e": a_request(outcome="cancelled", session_id="s1"),
        "f": a_request(status_code=500, outcome="upstream_error"),
    }
    batch = [
        msgspec.structs.replace(row, timestamp=NOW + timedelta(seconds=n))
        for n, row in enumerate(rows.values())
    ]
    await requests.insert_batch(batch)
    names = {row.id: name for name, row in rows.items()}

    page = await requests.page(where)

    assert "".join(sorted(names[record.id] for record in page.items)) == expected
    assert page.total == len(expected)


async def test_the_total_is_counted_only_so_far(
    requests: RequestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pxbin_engine.storage.requests.COUNTED_UP_TO", 3)
    await requests.insert_batch([a_request() for _ in range(5)])
    assert (await requests.page(RequestFilter())).total == 3


async def test_rows_are_found_in_days_that_were_made_and_in_those_that_were_not(
    requests: RequestStore, database: Database
) -> None:
    await Partitions(database).make(now=NOW)
    inside, outside = a_request(), a_request(at=NOW - timedelta(days=400))
    await requests.insert_batch([inside, outside])
    assert await requests.get(inside.id) == inside
    assert await requests.get(outside.id) == outside
    assert (await requests.page(RequestFilter())).items == (inside, outside)

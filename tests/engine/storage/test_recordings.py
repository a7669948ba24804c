from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from pxbin_engine.records import RecordedMessage, RecordedRead
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.migrations import load_migrations, migrate
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.recordings import PackedRecording, RecordingStore, pack, unpack
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import NOW, a_request, uuid7

MESSAGES = (
    RecordedMessage(
        side="client_request",
        method="POST",
        url="/v1/messages",
        headers=(("a", "b"), ("a", "c")),
        body=b"\x00\xff" * 1000,
        size=5000,
        cut=True,
        reads=(RecordedRead(1.5, 2000),),
    ),
    RecordedMessage(side="client_response", status=200),
)


def a_recording(at: datetime = NOW) -> PackedRecording:
    return PackedRecording(uuid7(at), at, pack(MESSAGES))


@pytest.fixture
def recordings(database: Database) -> RecordingStore:
    return RecordingStore(database)


async def test_a_recording_comes_back_as_it_was_put(recordings: RecordingStore) -> None:
    one, other = a_recording(), a_recording(NOW - timedelta(days=3))
    await recordings.insert([one, other])
    for put in (one, other):
        got = await recordings.get(put.request_id)
        assert got is not None
        assert (got.request_id, got.timestamp, got.messages) == (
            put.request_id,
            put.timestamp,
            MESSAGES,
        )
    assert await recordings.get(uuid7()) is None
    assert await recordings.get(uuid4()) is None


async def test_one_that_is_sent_again_is_not_there_twice(recordings: RecordingStore) -> None:
    one = a_recording()
    await recordings.insert([one])
    await recordings.insert([one, a_recording()])
    assert await recordings.erase_all() == 2


async def test_all_are_erased_and_the_rows_stay(
    recordings: RecordingStore, database: Database
) -> None:
    row = a_request(recording="kept")
    await RequestStore(database).insert_batch([row])
    await Partitions(database).make(now=NOW)
    await recordings.insert([PackedRecording(row.id, row.timestamp, pack(MESSAGES)), a_recording()])
    assert await recordings.erase_all() == 2
    assert await recordings.get(row.id) is None
    assert await RequestStore(database).get(row.id) == row
    assert await recordings.erase_all() == 0


async def test_they_go_before_their_rows_and_never_after(
    recordings: RecordingStore, database: Database
) -> None:
    partitions, store = Partitions(database), RequestStore(database)
    await partitions.make(now=NOW - timedelta(days=9))
    times = [NOW - timedelta(days=days) for days in (9, 4, 0, 20)]  # the last without a day
    rows = [a_request(at=at) for at in times]
    await store.insert_batch(rows)
    await recordings.insert([PackedRecording(row.id, row.timestamp, b"") for row in rows])

    async def kept() -> tuple[list[int], list[int]]:
        held = await database.fetch("select request_id as id from recordings")
        still = await database.fetch("select id from requests")
        ids = [row.id for row in rows]
        return (
            sorted(ids.index(row["id"]) for row in held),
            sorted(ids.index(row["id"]) for row in still),
        )

    await partitions.maintain(now=NOW, keep_days=30, keep_bodies_days=5)
    assert await kept() == ([1, 2], [0, 1, 2, 3])
    await partitions.maintain(now=NOW, keep_days=3, keep_bodies_days=5)
    assert await kept() == ([2], [2])


async def test_what_is_written_was_compressed_once(
    recordings: RecordingStore, database: Database
) -> None:
    """The database would try again, in vain: the column is stored as it is, also in days that are made later."""
    await Partitions(database).make(now=NOW)
    rows = await database.fetch(
        "select attrelid::regclass::text as name, attstorage::text as storage from pg_attribute"
        " where attname = 'content' and attrelid::regclass::text like 'recordings%' and attnum > 0"
    )
    tables = [row for row in rows if "pkey" not in row["name"]]
    assert len(tables) == 10
    assert {row["storage"] for row in tables} == {"e"}


def test_packing_gives_back_what_was_packed() -> None:
    assert unpack(pack(MESSAGES)) == MESSAGES
    assert len(pack(MESSAGES)) < 200
    assert unpack(pack(())) == ()


async def test_rows_of_the_version_before_tell_of_no_recording(
    database_url: str, schema: str
) -> None:
    before = [migration for migration in load_migrations() if migration.version < 13]
    await migrate(database_url, schema=schema, migrations=before)
    connection = await asyncpg.connect(database_url, server_settings={"search_path": schema})
    columns = await connection.fetch(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = $1 and table_name = 'requests' and is_nullable = 'NO' and column_default is null",
        schema,
    )
    values = {"uuid": f"'{uuid7()}'", "timestamp with time zone": "'2026-11-23Z'", "boolean": "false", "jsonb": "'[]'"}  # fmt: skip
    given = ", ".join(values.get(column["data_type"], "'1'") for column in columns)
    names = ", ".join(column["column_name"] for column in columns)
    await connection.execute(f"insert into requests ({names}) values ({given})")
    await connection.close()

    await migrate(database_url, schema=schema)

    database = await Database.connect(database_url, schema=schema)
    try:
        (row,) = await database.fetch("select recording, queue_ms, model from requests")
        assert tuple(row) == ("", None, "1")
    finally:
        await database.close()

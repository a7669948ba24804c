"""A database copied into another: every table, every row, once; or nothing at all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest

from pxbin_engine.errors import Conflict, DatabaseUnavailable, StorageError
from pxbin_engine.storage import database_copy, table_copy
from pxbin_engine.storage.budgets import BudgetStore
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.database_copy import (
    CopyProgress,
    Place,
    copy_database,
    look_at,
    others_use,
)
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW, a_budget, a_key, a_model, a_request, an_upstream
from tests.support.postgres import PostgresServer

AWKWARD = 'a "quoted", \\ line\nand a ␀-less tab\t é \\N'


@pytest.fixture
async def full(database: Database) -> Database:
    """A database with a row in the tables that people fill, and requests of two days and of none."""
    key, upstream = a_key(name=AWKWARD, metadata={"a": [1, None, "x"]}), an_upstream()
    await KeyStore(database).insert(key)
    await UpstreamStore(database).insert(upstream)
    await ModelStore(database).insert(a_model(display_name="", provider=AWKWARD))
    await BudgetStore(database).insert(a_budget())
    await Partitions(database).make(now=NOW)
    rows = [
        a_request(
            at=NOW + timedelta(days=days, milliseconds=number),
            llm_key_id=key.id,
            key_name=key.name,
            upstream_id=upstream.id,
            session_id="s",
            error_message=None if number % 2 else "",
            cost=Decimal("0.000000001") * number,
            latency_ms=0.1 + 0.2,
            metadata={"n": number},
        )
        for days in (-400, 0, 1)
        for number in range(20)
    ]
    await RequestStore(database).insert_batch(rows)
    return database


@pytest.fixture
async def target(postgres_server: PostgresServer, schema: str) -> AsyncIterator[Place]:
    yield Place(postgres_server.dsn, f"{schema}_target")
    quick = "SET lock_timeout = '5s'; SET client_min_messages = error;"
    postgres_server.psql(f"{quick} DROP SCHEMA IF EXISTS {schema}_target CASCADE")


async def all_contents(place: Place) -> dict[str, table_copy.Contents]:
    async with table_copy.session(place.dsn, place.schema) as connection:
        return {
            table.name: await table_copy.contents(connection, table)
            for table in await table_copy.tables(connection)
        }


def quiet(_progress: CopyProgress) -> None:
    """For those who need not know."""


async def test_every_table_arrives_as_it_was_and_goes_back_again(
    full: Database, database_url: str, schema: str, target: Place, postgres_server: PostgresServer
) -> None:
    source = Place(database_url, schema)
    before = await all_contents(source)
    told: list[CopyProgress] = []
    report = await copy_database(source, target, told.append)
    assert await all_contents(target) == before == await all_contents(source)
    assert dict(report.tables)["requests"] == 60
    assert report.rows == sum(one.rows for one in before.values())
    assert {"keys", "upstreams", "models", "model_prices", "budgets", "budget_spend"} <= {
        name for name, rows in report.tables if rows
    }
    assert {one.stage for one in told} == {"copying", "comparing"}
    assert all(one.rows <= one.total == report.rows for one in told)

    with pytest.raises(Conflict):
        await copy_database(source, target, quiet)
    assert await all_contents(target) == before

    await full.close()
    postgres_server.psql(f"set client_min_messages = error; drop schema {schema} cascade")
    await copy_database(target, source, quiet)
    assert await all_contents(source) == before


async def test_days_are_days_again_and_new_rows_are_counted(
    full: Database, database_url: str, schema: str, target: Place
) -> None:
    await copy_database(Place(database_url, schema), target, quiet)
    moved = await Database.connect(target.dsn, schema=target.schema)
    try:
        assert await Partitions(moved).days() == await Partitions(full).days()
        in_default = await moved.fetch("select count(*) as n from requests_default")
        assert in_default[0]["n"] == 20  # the day of which no partition was made
        counted = (
            "select requests from usage_hourly where dimension = 'total'"
            " and bucket = date_trunc('hour', $1::timestamptz)"
        )
        before = (await moved.fetch(counted, NOW))[0]["requests"]
        await RequestStore(moved).insert_batch([a_request()])
        assert (await moved.fetch(counted, NOW))[0]["requests"] == before + 1
    finally:
        await moved.close()


async def test_what_is_there_is_told(
    full: Database, database_url: str, schema: str, target: Place
) -> None:
    assert (await look_at(target)).state == "empty"
    place = Place(database_url, schema)
    used = await look_at(place)
    assert (used.state, used.requests) == ("used", 60)
    assert int(used.version.split(".")[0]) >= 17
    with pytest.raises(DatabaseUnavailable):
        await look_at(Place("postgresql://nobody@127.0.0.1:1/none", "public"))
    before = await others_use(place)
    assert before >= 1
    connection = await asyncpg.connect(database_url, server_settings={"application_name": "pxbin"})
    try:
        assert await others_use(place) == before + 1
    finally:
        await connection.close()


async def test_an_empty_database_is_not_copied_onto_itself(target: Place) -> None:
    separator = "&" if "?" in target.dsn else "?"
    by_another_address = Place(f"{target.dsn}{separator}connect_timeout=9", target.schema)
    async with asyncio.timeout(20):
        with pytest.raises(Conflict, match="the same database"):
            await copy_database(target, by_another_address, quiet)


async def test_what_others_lock_in_their_own_schema_holds_nothing_up(
    full: Database, database_url: str, schema: str, target: Place
) -> None:
    others = await asyncpg.connect(database_url)
    await others.execute(
        f'create schema "{schema}_others"; create table "{schema}_others".theirs ()'
    )
    try:
        async with others.transaction():
            await others.execute(f'lock table "{schema}_others".theirs')
            async with asyncio.timeout(20):
                await copy_database(Place(database_url, schema), target, quiet)
    finally:
        await others.execute(
            f'set client_min_messages = error; drop schema "{schema}_others" cascade'
        )
        await others.close()


class Stop(Exception):
    """What a failing copy is told."""


async def test_a_copy_that_does_not_reach_its_end_leaves_no_row(
    full: Database, database_url: str, schema: str, target: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Place(database_url, schema)
    before = await all_contents(source)

    def fail(stage: str) -> database_copy.Told:
        def told(progress: CopyProgress) -> None:
            if progress.stage == stage and progress.table == "requests":
                raise Stop

        return told

    def cancel(_progress: CopyProgress) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    for told, error in ((fail("copying"), Stop), (fail("comparing"), Stop)):
        with pytest.raises(error):
            await copy_database(source, target, told)
        assert (await look_at(target)).state == "empty"
    cancelled = asyncio.get_running_loop().create_task(copy_database(source, target, cancel))
    await asyncio.wait([cancelled])
    assert cancelled.cancelled()
    assert (await look_at(target)).state == "empty"

    write = table_copy.write

    async def spoil(connection: table_copy.Session, name: str, *rest: object) -> int:
        rows = await write(connection, name, *rest)  # type: ignore[arg-type]  # handed on as they are
        if name == "keys":
            await connection.execute("update keys set name = name || '!'")
        return rows

    monkeypatch.setattr(table_copy, "write", spoil)
    with pytest.raises(StorageError, match="keys did not arrive"):
        await copy_database(source, target, quiet)
    assert (await look_at(target)).state == "empty"
    monkeypatch.undo()

    assert await all_contents(source) == before
    await copy_database(source, target, quiet)  # what is left is no obstacle
    assert await all_contents(target) == before

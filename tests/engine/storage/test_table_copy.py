"""Tables as CSV: in an order that does not depend on how they were filled, and as they were."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from pxbin_engine.errors import InvalidInput, StorageError
from pxbin_engine.storage import table_copy
from pxbin_engine.storage.failures import translated
from pxbin_engine.storage.table_copy import Contents, Partition, Session, Table, TableReader

MAKE = """
    create schema {schema};
    create table parent (id int primary key, "order" text);
    create table child (id int primary key, parent_id int references parent, twice int generated always as (id * 2) stored);
    create table days (at timestamptz, n int, primary key (at, n)) partition by range (at);
    create table days_default partition of days default;
    create table days_1 partition of days for values from ('2026-01-01+00') to ('2026-01-02+00');
    create table schema_migrations (version int);
"""


@pytest.fixture
async def connection(database_url: str, schema: str) -> AsyncIterator[Session]:
    async with table_copy.session(database_url, schema) as connection:
        await connection.execute(MAKE.format(schema=schema))
        yield connection


async def read(connection: Session, table: Table) -> tuple[bytes, Contents]:
    reader = TableReader(connection, table)
    content = b"".join([chunk async for chunk in reader.chunks()])
    return content, reader.contents


async def test_tables_are_told_parents_first(connection: Session) -> None:
    found = await table_copy.tables(connection)
    assert [table.name for table in found if table.name != "days"] == ["parent", "child"]
    by_name = {table.name: table for table in found}
    assert by_name["days"].key == ("at", "n")
    assert by_name["child"].columns == ("id", "parent_id")
    (day,) = await table_copy.partitions(connection)
    assert (day.name, day.parent) == ("days_1", "days")
    await connection.execute("drop table days_1")
    await table_copy.make_partitions(connection, [day])
    await table_copy.make_partitions(connection, [day])
    assert await table_copy.partitions(connection) == (day,)


async def test_the_parts_of_another_schema_are_not_waited_for(
    connection: Session, database_url: str, schema: str
) -> None:
    others = await asyncpg.connect(database_url)
    await others.execute(
        MAKE.format(schema=f"{schema}_others").replace(
            ";", f"; set search_path to {schema}_others;", 1
        )
    )
    # the order in which a planner that knows the catalog well joins
    await connection.execute("set enable_nestloop to off; set lock_timeout to '5s'")
    try:
        async with others.transaction():
            await others.execute("lock table days in access exclusive mode")
            assert [day.name for day in await table_copy.partitions(connection)] == ["days_1"]
    finally:
        await others.execute(
            f"set client_min_messages = error; drop schema {schema}_others cascade"
        )
        await others.close()


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("days_2", "DEFAULT; drop table parent"),
        ("days_2", "FOR VALUES FROM ('2026-01-02') TO ('2026-01-03'); drop table parent --"),
        (
            'days_2" partition of days default; --',
            "FOR VALUES FROM ('2026-01-02') TO ('2026-01-03')",
        ),
    ],
    ids=range(3),
)
async def test_words_of_a_backup_are_no_sql(connection: Session, name: str, bound: str) -> None:
    with pytest.raises(InvalidInput):
        await table_copy.make_partitions(connection, [Partition(name, "days", bound)])
    assert "parent" in {table.name for table in await table_copy.tables(connection)}


async def test_equal_tables_have_equal_checksums(connection: Session) -> None:
    table = next(one for one in await table_copy.tables(connection) if one.name == "parent")
    assert await table_copy.is_empty(connection, [table])
    await connection.execute(
        """insert into parent values (2, 'a "b"' || chr(10)), (1, null), (3, '')"""
    )
    content, first = await read(connection, table)
    assert content == b'id,order\n1,\n2,"a ""b""\n"\n3,""\n'
    await connection.execute("truncate parent cascade")

    async def again() -> AsyncIterator[bytes]:
        yield content

    assert await table_copy.write(connection, "parent", table.columns, again()) == 3
    assert await table_copy.contents(connection, table) == first
    assert first.rows == await table_copy.count(connection, table) == 3
    await connection.execute('update parent set "order" = null where id = 3')
    assert await table_copy.contents(connection, table) != first


async def test_triggers_are_off_and_on_again(connection: Session) -> None:
    await connection.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;"
        "create trigger refuse before insert on parent for each statement execute function refuse()"
    )
    tables = await table_copy.tables(connection)
    await table_copy.set_triggers(connection, tables, on=False)
    await connection.execute("insert into parent values (1, 'a')")
    await table_copy.set_triggers(connection, tables, on=True)
    with pytest.raises(asyncpg.RaiseError):
        await connection.execute("insert into parent values (2, 'b')")


async def test_a_table_that_is_gone_is_an_error_of_ours(connection: Session) -> None:
    with pytest.raises(StorageError), translated():
        await read(connection, Table("nowhere", ("id",), ("id",)))
    assert await connection.fetchval("select 1") == 1

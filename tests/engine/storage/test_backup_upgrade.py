"""A backup passes through a schema of its own and nothing stays of that; older ones are in ``maintenance/test_backups``."""

from collections.abc import AsyncGenerator, Callable

import pytest

from pxbin_engine.errors import InvalidInput
from pxbin_engine.storage import table_copy
from pxbin_engine.storage.backup_upgrade import SchemaSource, brought_up_to_date
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.migrations import load_migrations
from pxbin_engine.storage.restoring import StoredTable, part_of
from tests.support.database import a_key

SCHEMAS = "select nspname from pg_namespace where nspname like 'pxbin_restore_%'"


async def test_it_holds_what_the_backup_has_and_leaves_nothing(
    database: Database, database_url: str, schema: str
) -> None:
    await KeyStore(database).insert(a_key(name="laptop"))
    async with table_copy.session(database_url, schema) as connection:
        backup = SchemaSource(
            connection,
            await table_copy.tables(connection),
            await table_copy.partitions(connection),
        )
        await backup.count()
        stored = {table.name: table for table in backup.tables}
        assert all(part_of(name) for name in stored)
        assert stored["keys"].contents.rows == 1
        async with brought_up_to_date(database_url, backup, len(load_migrations())) as brought:
            (own,) = await connection.fetch(SCHEMAS)
            assert {table.name: table for table in brought.tables} == stored
            keys = next(table for table in brought.tables if table.name == "keys")
            lines = b"".join([chunk async for chunk in brought.chunks(keys, lambda _: None)])
            assert b"laptop" in lines
        assert own not in await connection.fetch(SCHEMAS)


class Broken(SchemaSource):
    """A backup that cannot be read."""

    async def chunks(
        self, table: StoredTable, told: Callable[[int], None]
    ) -> AsyncGenerator[bytes, None]:
        yield b""
        raise InvalidInput(f"{table.name} cannot be read")


async def test_a_backup_that_breaks_leaves_no_schema(
    database: Database, database_url: str, schema: str
) -> None:
    async with table_copy.session(database_url, schema) as connection:
        before = await connection.fetch(SCHEMAS)
        backup = Broken(connection, await table_copy.tables(connection), ())
        await backup.count()
        with pytest.raises(InvalidInput, match="cannot be read"):
            async with brought_up_to_date(database_url, backup, len(load_migrations())):
                pass
        assert await connection.fetch(SCHEMAS) == before

"""A backup of an older pxbin as this one would have made it: the migrations since then applied to it, in a schema of its own."""

from __future__ import annotations  # asyncpg's classes are generic only for the type checker

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

from pxbin_engine.storage import table_copy
from pxbin_engine.storage.migrations import load_migrations, migrate
from pxbin_engine.storage.restoring import Source, StoredTable, part_of, saved_columns
from pxbin_engine.storage.table_copy import Partition, Session, Table, TableReader


class SchemaSource:
    """The tables of a schema, as a source."""

    def __init__(
        self, connection: Session, tables: Sequence[Table], partitions: Sequence[Partition]
    ) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in tables}
        self.partitions = tuple(partitions)
        self.tables: tuple[StoredTable, ...] = ()

    async def count(self) -> None:
        """Find out what is in them; ``tables`` is empty before."""
        found = []
        for table in self._tables.values():
            if part_of(table.name) is not None:
                columns = saved_columns(table)
                reader = TableReader(self._connection, table, columns=columns)
                async for _ in reader.chunks():
                    pass
                found.append(StoredTable(table.name, columns, reader.contents))
        self.tables = tuple(found)

    def chunks(
        self, table: StoredTable, told: Callable[[int], None]
    ) -> AsyncGenerator[bytes, None]:
        """A table's CSV."""
        reader = TableReader(
            self._connection, self._tables[table.name], columns=table.columns, told=told
        )
        return reader.chunks()


@asynccontextmanager
async def brought_up_to_date(dsn: str, source: Source, version: int) -> AsyncIterator[SchemaSource]:
    """The backup, made by a pxbin that had the first ``version`` migrations; its schema is dropped at the end.

    Raises:
        MigrationError: this role may not make a schema, or a migration failed.
    """
    schema = f"pxbin_restore_{secrets.token_hex(4)}"
    try:
        await migrate(dsn, schema=schema, migrations=load_migrations()[:version])
        async with table_copy.session(dsn, schema) as connection, connection.transaction():
            await _fill(connection, source)
        await migrate(dsn, schema=schema)
        async with table_copy.session(dsn, schema) as connection:
            brought = SchemaSource(
                connection,
                await table_copy.tables(connection),
                await table_copy.partitions(connection),
            )
            await brought.count()
            yield brought
    finally:
        async with table_copy.session(dsn, schema) as connection:
            await connection.execute(f'drop schema if exists "{schema}" cascade')


async def _fill(connection: Session, source: Source) -> None:
    there = {table.name: table for table in await table_copy.tables(connection)}
    await connection.execute(
        "alter table upstream_keys alter column secret_place set default 'keyring'"
    )
    await table_copy.set_triggers(connection, there.values(), on=False)
    await table_copy.make_partitions(
        connection, (one for one in source.partitions if one.parent in there)
    )
    stored = {table.name: table for table in source.tables}
    for name in there:
        if name in stored:
            table = stored[name]
            async with aclosing(source.chunks(table, lambda _lines: None)) as chunks:
                await table_copy.write(connection, name, table.columns, chunks)
    await table_copy.set_triggers(connection, there.values(), on=True)

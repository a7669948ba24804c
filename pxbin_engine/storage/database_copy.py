"""All of pxbin's tables from one database into another, which is empty: in one transaction, and compared before it ends."""

from __future__ import annotations  # asyncpg's classes are generic only for the type checker

import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Literal

from msgspec import Struct

from pxbin_engine.errors import Conflict, StorageError
from pxbin_engine.storage import table_copy
from pxbin_engine.storage.failures import translated
from pxbin_engine.storage.migrations import migrate
from pxbin_engine.storage.table_copy import Contents, Session, Table, TableReader

logger = logging.getLogger(__name__)


class Place(Struct, frozen=True):
    """A schema of a database."""

    dsn: str
    schema: str


class CopyProgress(Struct, frozen=True):
    """How far a copy is; ``rows`` of ``total`` in this stage, about."""

    stage: Literal["copying", "comparing"]
    table: str
    rows: int
    total: int


Told = Callable[[CopyProgress], None]


class CopyReport(Struct, frozen=True):
    """What was copied: the rows of each table."""

    tables: tuple[tuple[str, int], ...]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(rows for _, rows in self.tables)


class PlaceReport(Struct, frozen=True):
    """What is at a place.

    Attributes:
        version: of PostgreSQL, as ``17.6``.
        state: ``empty``: nothing of pxbin's, or tables without a row; ``used``: another pxbin keeps its data there.
        requests: rows of its log.
    """

    version: str
    state: Literal["empty", "used"]
    requests: int = 0


async def look_at(place: Place) -> PlaceReport:
    """What is there; nothing is changed.

    Raises:
        DatabaseUnavailable: it cannot be reached, or refuses the login.
        ConfigError: the address cannot be understood.
    """
    with translated():
        async with table_copy.session(place.dsn, place.schema) as connection:
            version = str(await connection.fetchval("show server_version")).split()[0]
            if not await _has_tables(connection, place.schema):
                return PlaceReport(version, "empty")
            found = await table_copy.tables(connection)
            if await table_copy.is_empty(connection, found):
                return PlaceReport(version, "empty")
            requests = await connection.fetchval("select count(*) from requests")
            return PlaceReport(version, "used", int(requests))


async def others_use(place: Place) -> int:
    """How many other connections of pxbin's the database has now."""
    with translated():
        async with table_copy.session(place.dsn, place.schema) as connection:
            return int(
                await connection.fetchval(
                    "select count(*) from pg_stat_activity where application_name = 'pxbin'"
                    " and datname = current_database() and pid <> pg_backend_pid()"
                )
            )


async def copy_database(source: Place, target: Place, told: Told) -> CopyReport:
    """Copy all tables. Nobody may write to ``source`` meanwhile. The target has all of it afterwards, or no row.

    Raises:
        Conflict: the target is not empty, or is the source by another address.
        DatabaseUnavailable, MigrationError: one of them is away, or cannot be brought to this version.
        StorageError: what arrived is not what was sent.
    """
    await migrate(source.dsn, schema=source.schema)
    await migrate(target.dsn, schema=target.schema)
    with translated():
        async with (
            table_copy.session(source.dsn, source.schema) as reading,
            table_copy.session(target.dsn, target.schema) as writing,
            reading.transaction(isolation="repeatable_read", readonly=True),
            writing.transaction(),
        ):
            await _claim(reading, source)
            await _claim(writing, target)
            report = await _Copy(reading, writing, told).run()
        async with table_copy.session(target.dsn, target.schema) as connection:
            # Not the whole database: what others lock in theirs would hold this up.
            names = ", ".join(f'"{name}"' for name, _ in report.tables)
            await connection.execute(f"analyze {names}")
    logger.info("database.copied tables=%d rows=%d", len(report.tables), report.rows)
    return report


class _Copy:
    """One copy, in a transaction at either side."""

    def __init__(self, reading: Session, writing: Session, told: Told) -> None:
        self._reading, self._writing, self._told = reading, writing, told
        self._total = 0

    async def run(self) -> CopyReport:
        sources = await table_copy.tables(self._reading)
        targets = await table_copy.tables(self._writing)
        if sources != targets:
            raise StorageError("The two databases do not have the same tables.")
        names = ", ".join(f'"{table.name}"' for table in targets)
        await self._writing.execute(f"lock table {names} in access exclusive mode")
        if not await table_copy.is_empty(self._writing, targets):
            raise Conflict("Another pxbin keeps its data there.")
        self._total = sum([await table_copy.count(self._reading, table) for table in sources])
        await table_copy.make_partitions(self._writing, await table_copy.partitions(self._reading))
        await table_copy.set_triggers(self._writing, targets, on=False)
        sent = await self._send(sources)
        await self._compare(targets, sent)
        await table_copy.set_triggers(self._writing, targets, on=True)
        return CopyReport(
            tuple((table.name, was.rows) for table, was in zip(targets, sent, strict=True))
        )

    async def _send(self, sources: Sequence[Table]) -> list[Contents]:
        sent: list[Contents] = []
        for table in sources:
            reader = TableReader(self._reading, table, told=self._counter("copying", table, sent))
            async with aclosing(reader.chunks()) as chunks:
                await table_copy.write(self._writing, table.name, table.columns, chunks)
            sent.append(reader.contents)
        return sent

    async def _compare(self, targets: Sequence[Table], sent: Sequence[Contents]) -> None:
        compared: list[Contents] = []
        for table, was in zip(targets, sent, strict=True):
            told = self._counter("comparing", table, compared)
            arrived = await table_copy.contents(self._writing, table, told=told)
            if arrived != was:
                raise StorageError(
                    f"The table {table.name} did not arrive as it was sent"
                    f" ({was.rows} rows were sent, {arrived.rows} are there)."
                )
            compared.append(arrived)

    def _counter(
        self, stage: Literal["copying", "comparing"], table: Table, done: Sequence[Contents]
    ) -> Callable[[int], None]:
        rows = sum(one.rows for one in done)

        def count(lines: int) -> None:
            nonlocal rows
            rows = min(rows + lines, self._total)
            self._told(CopyProgress(stage, table.name, rows, self._total))

        return count


async def _claim(connection: Session, place: Place) -> None:
    """Have a place to oneself until the transaction ends: locking its tables would wait for ourselves otherwise."""
    claimed = await connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"pxbin.copy.{place.schema}"
    )
    if not claimed:
        raise Conflict("Both are the same database, or it is being copied already.")


async def _has_tables(connection: Session, schema: str) -> bool:
    found = await connection.fetchval(
        "select to_regclass(format('%I.schema_migrations', $1::text)) is not null", schema
    )
    return bool(found)

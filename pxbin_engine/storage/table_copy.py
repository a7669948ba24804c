"""Whole tables as CSV, read and written in order, with a checksum of what passed: what backups and moves are made of.

CSV is what any PostgreSQL reads alike, and other programs too. A table is always read by its primary key, so equal tables
have equal checksums.
"""

from __future__ import annotations  # asyncpg's classes are generic only for the type checker

import asyncio
import hashlib
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Sequence,
)
from contextlib import asynccontextmanager
from graphlib import TopologicalSorter
from typing import TypeAlias

import asyncpg
from msgspec import Struct

from pxbin_engine.errors import InvalidInput
from pxbin_engine.storage.database import Connector
from pxbin_engine.storage.failures import translated
from pxbin_engine.tasks import spawn

NOT_DATA = frozenset({"schema_migrations", "budget_leases"})
"""What a database keeps of itself, and what the engines that use it hold at the moment."""

_CHUNKS_AHEAD = 8
_NAME = re.compile(r"[a-z0-9_]{1,63}")
_BOUND = re.compile(r"FOR VALUES FROM \('[0-9 :+-]+'\) TO \('[0-9 :+-]+'\)")


class Table(Struct, frozen=True):
    """A table of pxbin's: its columns in order, and those that its rows are told apart by."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


class Partition(Struct, frozen=True):
    """A part of a partitioned table; ``bound`` is SQL, such as ``FOR VALUES FROM (...) TO (...)``."""

    name: str
    parent: str
    bound: str


class Contents(Struct, frozen=True):
    """What a table had in it."""

    rows: int
    sha256: str


Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@asynccontextmanager
async def session(dsn: str, schema: str) -> AsyncIterator[Session]:
    """A connection on which values are written alike whatever the server's settings are, and which may take its time.

    Raises:
        DatabaseUnavailable: the database is away.
    """
    with translated():
        connection = await Connector(dsn, schema=schema).connect()
        try:
            await connection.execute(
                "set datestyle to iso; set intervalstyle to postgres; set extra_float_digits to 1;"
                "set bytea_output to hex; set idle_in_transaction_session_timeout to 0;"
                "set statement_timeout to 0"
            )
            yield connection
        finally:
            await connection.close(timeout=5)


async def tables(connection: Session) -> tuple[Table, ...]:
    """All tables that hold data, parents before those that refer to them."""
    rows = await connection.fetch(_TABLES)
    found = {
        row["name"]: Table(row["name"], tuple(row["columns"]), tuple(row["key"]))
        for row in rows
        if row["name"] not in NOT_DATA
    }
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(found, ()))
    for row in await connection.fetch(_REFERENCES):
        if row["child"] in found and row["child"] != row["parent"]:
            order.add(row["child"], row["parent"])
    return tuple(found[name] for name in order.static_order() if name in found)


async def partitions(connection: Session) -> tuple[Partition, ...]:
    """The parts of the partitioned tables, but for the ones that take what no other does."""
    rows = await connection.fetch(_PARTITIONS)
    return tuple(Partition(**dict(row)) for row in rows)


async def make_partitions(connection: Session, wanted: Iterable[Partition]) -> None:
    """Make those that are missing.

    Raises:
        InvalidInput: one is not what pxbin makes; its words would be run as SQL.
    """
    for partition in wanted:
        if not (_NAME.fullmatch(partition.name) and _BOUND.fullmatch(partition.bound)):
            raise InvalidInput(f"There is no such part of {partition.parent}: {partition.bound}.")
        await connection.execute(
            f'create table if not exists "{partition.name}" partition of "{partition.parent}" {partition.bound}'
        )


async def count(connection: Session, table: Table) -> int:
    """How many rows it has."""
    return int(await connection.fetchval(f'select count(*) from "{table.name}"'))  # noqa: S608  # a name of the catalog


async def is_empty(connection: Session, wanted: Iterable[Table]) -> bool:
    """Whether none of them has a row."""
    for table in wanted:
        if await connection.fetchval(f'select exists (select from "{table.name}")'):  # noqa: S608  # as above
            return False
    return True


async def set_triggers(connection: Session, wanted: Iterable[Table], *, on: bool) -> None:
    """Let changes of these tables fire pxbin's triggers, or not: rows that are brought back were counted once already."""
    for table in wanted:
        await connection.execute(
            f'alter table "{table.name}" {"enable" if on else "disable"} trigger user'
        )


class TableReader:
    """Reads a table once; ``contents`` tells what passed when it was read to the end.

    Args:
        columns: those to read; None: all.
        told: hears of the lines that passed, again and again; a row may have more than one.
    """

    def __init__(
        self,
        connection: Session,
        table: Table,
        *,
        columns: Sequence[str] | None = None,
        told: Callable[[int], None] = lambda _lines: None,
    ) -> None:
        self._connection = connection
        self._table = table
        self._told = told
        self._columns = table.columns if columns is None else tuple(columns)
        self._digest = hashlib.sha256()
        self._rows = 0
        self._given_up = False

    @property
    def contents(self) -> Contents:
        """Rows and checksum of what was read."""
        return Contents(self._rows, self._digest.hexdigest())

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The CSV in pieces, with the columns' names as its first line."""
        ahead: asyncio.Queue[bytes | int | BaseException] = asyncio.Queue(_CHUNKS_AHEAD)
        reader = spawn(self._read(ahead), name=f"table.read {self._table.name}")
        try:
            while isinstance(piece := await ahead.get(), bytes):
                self._digest.update(piece)
                yield piece
                self._told(piece.count(b"\n"))
            if isinstance(piece, BaseException):
                raise piece
            self._rows = piece
        finally:
            # Read to the end where nobody wants the rest: a COPY that is cancelled can take its connection with it.
            self._given_up = True
            while not ahead.empty():
                ahead.get_nowait()
            await asyncio.wait([reader])

    async def _read(self, ahead: asyncio.Queue[bytes | int | BaseException]) -> None:
        columns = _names(self._columns)
        order = _names(self._table.key or self._table.columns)

        async def put(piece: bytes) -> None:  # a bytearray, in truth
            if not self._given_up:
                await ahead.put(bytes(piece))

        query = f'select {columns} from "{self._table.name}" order by {order}'  # noqa: S608  # names of the catalog
        try:
            status = await self._connection.copy_from_query(
                query, output=put, format="csv", header=True
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            await ahead.put(error)
        else:
            await ahead.put(int(status.split()[-1]))


async def write(
    connection: Session, name: str, columns: Sequence[str], chunks: AsyncIterable[bytes]
) -> int:
    """Add rows from CSV, whose first line is skipped; returns how many."""
    status = await connection.copy_to_table(
        name, source=chunks, columns=list(columns), format="csv", header=True
    )
    return int(status.split()[-1])


async def contents(
    connection: Session, table: Table, *, told: Callable[[int], None] = lambda _lines: None
) -> Contents:
    """Rows and checksum of a table as it is now."""
    reader = TableReader(connection, table, told=told)
    async for _ in reader.chunks():
        pass
    return reader.contents


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


_TABLES = """
    select c.relname as name,
           (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
           coalesce((select array_agg(a.attname::text order by k.place)
                     from pg_index i cross join unnest(i.indkey::smallint[]) with ordinality as k (number, place)
                     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
                     where i.indrelid = c.oid and i.indisprimary), '{}') as key
    from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname
"""
_REFERENCES = """
    select child.relname as child, parent.relname as parent
    from pg_constraint k
    join pg_class child on child.oid = k.conrelid
    join pg_class parent on parent.oid = k.confrelid
    where k.contype = 'f' and child.relnamespace = current_schema()::regnamespace
    order by 1, 2
"""
# pg_get_expr() locks the table: asked of any but these, it would wait for a copy into another schema of this database,
# which may be our own. "Materialized" keeps the planner from asking first and choosing then.
_PARTITIONS = """
    with ours as materialized (
        select c.oid, c.relname as name, p.relname as parent, c.relpartbound
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        join pg_class p on p.oid = i.inhparent
        where p.relnamespace = current_schema()::regnamespace and p.relkind = 'p'
    ), bounds as (
        select name, parent, pg_get_expr(relpartbound, oid) as bound from ours
    )
    select name, parent, bound from bounds where bound <> 'DEFAULT' order by name
"""

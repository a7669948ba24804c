"""The tables of a backup put in place of those that are there, in one transaction.

1. Configuration: what the backup does not have goes, the rest becomes what it was. Rows that stay keep what refers to them.
2. The history of prices only grows: rows of the log here may name a price that the backup does not know.
3. Upstream keys come back with the secret that the backup has, else with the one that is still here, else not at all.
4. The log, where it is wanted, is replaced with all its totals. Otherwise it is left alone, but for budgets: one that counts
   something else than it did is counted anew from the rows that are there.
"""

from __future__ import annotations  # asyncpg's classes are generic only for the type checker

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from pxbin_engine.errors import InvalidInput, StorageError
from pxbin_engine.records import SecretPlace
from pxbin_engine.storage import table_copy
from pxbin_engine.storage.budgets import RECOUNT
from pxbin_engine.storage.table_copy import Contents, Partition, Session, Table

Part = Literal["configuration", "log"]

CONFIGURATION = frozenset(
    {
        "keys",
        "upstreams",
        "upstream_keys",
        "learned_quirks",
        "models",
        "model_targets",
        "model_prices",
        "aliases",
        "budgets",
    }
)
_LEFT_OUT = frozenset({"recordings"})
"""What was said in conversations is in no backup."""

KEPT_APART = {"upstream_keys": ("secret_place", "sealed_secret")}
"""Columns that a backup does not have: secrets are sealed by their own passphrase, or not in it."""

_GROWS_ONLY = frozenset({"model_prices"})
_LOCK_WAIT = "10s"


def part_of(table: str) -> Part | None:
    """What a table belongs to; None: no backup has it."""
    if table in _LEFT_OUT:
        return None
    return "configuration" if table in CONFIGURATION else "log"


def saved_columns(table: Table) -> tuple[str, ...]:
    """The columns of a table that a backup has."""
    apart = KEPT_APART.get(table.name, ())
    return tuple(column for column in table.columns if column not in apart)


class StoredTable(Struct, frozen=True):
    """A table as a backup has it."""

    name: str
    columns: tuple[str, ...]
    contents: Contents


class Source(Protocol):
    """Where the tables come from."""

    @property
    def tables(self) -> Sequence[StoredTable]: ...
    @property
    def partitions(self) -> Sequence[Partition]: ...
    def chunks(
        self, table: StoredTable, told: Callable[[int], None]
    ) -> AsyncGenerator[bytes, None]: ...


class KeptSecret(Struct, frozen=True):
    """Where a key's secret is now."""

    place: SecretPlace
    sealed: bytes | None = None


class Restored(Struct, frozen=True):
    """What was put in place.

    Attributes:
        tables: the rows of each.
        without_secret: the upstreams' names, one for each key whose secret is nowhere.
        gone_keys: the ids of keys that the backup does not have, and whose secrets are the OS keyring's.
    """

    tables: tuple[tuple[str, int], ...]
    without_secret: tuple[str, ...]
    gone_keys: tuple[UUID, ...]


class Restoration:
    """One restoration, inside a transaction of the caller's on ``connection``."""

    def __init__(
        self,
        connection: Session,
        source: Source,
        *,
        kept: Mapping[UUID, KeptSecret],
        now: datetime,
        told: Callable[[str, int], None] = lambda _table, _lines: None,
    ) -> None:
        """``kept`` has the secrets that came with the backup; ``told`` hears of each table's lines."""
        self._connection, self._source = connection, source
        self._kept, self._now, self._told = kept, now, told
        self._restored: list[tuple[str, int]] = []

    async def run(self, parts: frozenset[Part]) -> Restored:
        """Put these parts in place.

        Raises:
            InvalidInput: the backup does not fit.
            StorageError: what arrived is not what the backup has.
        """
        there = {table.name: table for table in await table_copy.tables(self._connection)}
        stored = {table.name: table for table in self._source.tables}
        wanted = [table for table in there.values() if part_of(table.name) in parts]
        missing = {table.name for table in wanted if part_of(table.name) == "configuration"}
        for table in stored.values():
            missing.discard(table.name)
            if table.name not in there or set(table.columns) - set(there[table.name].columns):
                raise InvalidInput(f"The backup does not fit this pxbin: {table.name}.")
        if missing:
            raise InvalidInput(f"The backup does not have all: {', '.join(sorted(missing))}.")
        await self._lock(wanted)
        await table_copy.set_triggers(self._connection, wanted, on=False)
        configuration = [one for one in wanted if part_of(one.name) == "configuration"]
        without, gone = await self._restore_configuration(configuration, stored)
        log = [one for one in wanted if part_of(one.name) == "log"]
        if log:
            await self._restore_log(log, stored)
        await table_copy.set_triggers(self._connection, wanted, on=True)
        for what in ("keys", "upstreams", "models", "aliases", "budgets"):
            await self._connection.execute("select pg_notify('pxbin_configuration', $1)", what)
        return Restored(tuple(self._restored), without, gone)

    async def _lock(self, wanted: Sequence[Table]) -> None:
        names = ", ".join(f'"{table.name}"' for table in wanted)
        await self._connection.execute(f"set local lock_timeout = '{_LOCK_WAIT}'")
        await self._connection.execute(f"lock table {names} in access exclusive mode")

    # ------------------------------------------------------------------ configuration

    async def _restore_configuration(
        self, tables: Sequence[Table], stored: Mapping[str, StoredTable]
    ) -> tuple[tuple[str, ...], tuple[UUID, ...]]:
        connection = self._connection
        await connection.execute(
            "create temporary table meters_before on commit drop as " + _METERS
        )
        for table in tables:
            await self._stage(table, stored[table.name])
        gone = tuple(row["id"] for row in await connection.fetch(_GONE_KEYS))
        for table in reversed(tables):
            if table.name not in _GROWS_ONLY:
                await connection.execute(_delete_missing(table))
        without: tuple[str, ...] = ()
        for table in tables:
            if table.name == "upstream_keys":
                without = await self._restore_upstream_keys()
                continue
            await connection.execute(_upsert(table, stored[table.name].columns))
            if table.name not in _GROWS_ONLY:
                await self._compare(table, stored[table.name])
        await self._recount_budgets()
        return without, gone

    async def _stage(self, table: Table, stored: StoredTable) -> None:
        """Read a table of the backup into a temporary one."""
        name = _staged(table)
        await self._connection.execute(
            f'create temporary table "{name}" (like "{table.name}" including defaults) on commit drop'
        )
        for column in KEPT_APART.get(table.name, ()):
            await self._connection.execute(
                f'alter table "{name}" alter column "{column}" drop not null'
            )
        await self._read(stored, name)

    async def _read(self, stored: StoredTable, into: str) -> None:
        def told(lines: int) -> None:
            self._told(stored.name, lines)

        async with aclosing(self._source.chunks(stored, told)) as chunks:
            rows = await table_copy.write(self._connection, into, stored.columns, chunks)
        self._restored.append((stored.name, rows))

    async def _restore_upstream_keys(self) -> tuple[str, ...]:
        """Those with a secret; the names of the upstreams of the others."""
        await self._connection.execute(_KEEP_KEYS)
        ids = list(self._kept)
        await self._connection.execute(
            _ADD_KEYS,
            ids,
            [self._kept[key_id].place for key_id in ids],
            [self._kept[key_id].sealed for key_id in ids],
        )
        return tuple(row["name"] for row in await self._connection.fetch(_WITHOUT_SECRET))

    async def _recount_budgets(self) -> None:
        for row in await self._connection.fetch(_CHANGED_BUDGETS):
            await self._connection.execute(
                "delete from budget_spend where budget_id = $1", row["id"]
            )
            await self._connection.execute(RECOUNT, row["id"], self._now)

    # ------------------------------------------------------------------ the log

    async def _restore_log(
        self, tables: Sequence[Table], stored: Mapping[str, StoredTable]
    ) -> None:
        names = ", ".join(f'"{table.name}"' for table in tables)
        await self._connection.execute(f"truncate {names}")
        known = {table.name for table in tables}
        await table_copy.make_partitions(
            self._connection, (one for one in self._source.partitions if one.parent in known)
        )
        for table in tables:
            if table.name in stored:
                await self._read(stored[table.name], table.name)
                await self._compare(table, stored[table.name])

    async def _compare(self, table: Table, stored: StoredTable) -> None:
        """As long as no column came in since, the table is now what the backup has, to the byte."""
        if stored.columns != table.columns:
            return
        if await table_copy.contents(self._connection, table) != stored.contents:
            raise StorageError(f"The table {table.name} did not arrive as the backup has it.")


def _staged(table: Table) -> str:
    return f"staged_{table.name}"


def _delete_missing(table: Table) -> str:
    key = ", ".join(f'"{column}"' for column in table.key)
    return f'delete from "{table.name}" where ({key}) not in (select {key} from "{_staged(table)}")'  # noqa: S608  # names of the catalog


def _upsert(table: Table, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    key = ", ".join(f'"{column}"' for column in table.key)
    others = [column for column in columns if column not in table.key]
    change = ", ".join(f'"{column}" = excluded."{column}"' for column in others)
    does = "nothing" if table.name in _GROWS_ONLY or not others else f"update set {change}"
    return (
        f'insert into "{table.name}" ({names}) select {names} from "{_staged(table)}"'  # noqa: S608  # as above
        f" on conflict ({key}) do {does}"
    )


_METERS = "select id, scope, subject, period, time_zone from budgets"
_CHANGED_BUDGETS = f"select id from ({_METERS} except select * from meters_before) changed"  # noqa: S608  # constants
_GONE_KEYS = """
    select id from upstream_keys
    where secret_place = 'keyring' and id not in (select id from staged_upstream_keys)
"""
_KEEP_KEYS = """
    update upstream_keys k set
        upstream_id = s.upstream_id, label = s.label, is_active = s.is_active, position = s.position,
        updated_at = clock_timestamp()
    from staged_upstream_keys s where s.id = k.id
"""
_ADD_KEYS = """
    insert into upstream_keys
        (id, upstream_id, label, secret_place, sealed_secret, is_active, position, created_at, updated_at)
    select s.id, s.upstream_id, s.label, w.place, w.sealed, s.is_active, s.position, s.created_at, clock_timestamp()
    from unnest($1::uuid[], $2::text[], $3::bytea[]) as w (id, place, sealed)
    join staged_upstream_keys s using (id)
    on conflict (id) do update set
        secret_place = excluded.secret_place, sealed_secret = excluded.sealed_secret, updated_at = excluded.updated_at
"""
_WITHOUT_SECRET = """
    select u.name from staged_upstream_keys s join upstreams u on u.id = s.upstream_id
    where s.id not in (select id from upstream_keys) order by u.name, s.position
"""

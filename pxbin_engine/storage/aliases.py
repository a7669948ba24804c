"""The table ``aliases``: names and patterns that mean a model."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from pxbin_engine.errors import NotFound
from pxbin_engine.records import AliasRecord
from pxbin_engine.storage.database import Connection, Database

_INSERT = (
    "insert into aliases (id, pattern, model, key_id, client, is_active, created_at, updated_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)"
)
_REPLACE = (
    _INSERT + " on conflict (pattern, key_id, client) do update set"
    " model = excluded.model, is_active = excluded.is_active, updated_at = excluded.updated_at"
)


class AliasStore:
    """Rows of ``aliases``; there is one for each pattern, key and client."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> tuple[AliasRecord, ...]:
        """All aliases: those for everyone first, then by client, then by pattern."""
        rows = await self._database.fetch(
            "select * from aliases order by key_id nulls first, client, pattern"
        )
        return tuple(map(_record, rows))

    async def get(self, alias_id: UUID) -> AliasRecord | None:
        """One alias."""
        row = await self._database.fetch_one("select * from aliases where id = $1", alias_id)
        return _record(row) if row else None

    async def insert(self, alias: AliasRecord) -> AliasRecord:
        """Add an alias.

        Raises:
            Conflict: that pattern means something already for that key and client.
            InvalidInput: there is no such key.
        """
        rows = await self._database.write(f"{_INSERT} returning *", *_values(alias))
        return _record(rows[0])

    async def update(self, alias: AliasRecord) -> AliasRecord:
        """Write all of ``alias``.

        Raises:
            NotFound: there is no alias with its id.
            Conflict, InvalidInput: see ``insert``.
        """
        rows = await self._database.write(
            "update aliases set pattern = $2, model = $3, key_id = $4, client = $5, is_active = $6, created_at = $7,"
            " updated_at = $8 where id = $1 returning *",
            *_values(alias),
        )
        if not rows:
            raise NotFound(f"there is no alias {alias.id}")
        return _record(rows[0])

    async def set_of_client(
        self, aliases: Sequence[AliasRecord], client: str, *, without: Sequence[str]
    ) -> None:
        """Write ``aliases`` over those of the same pattern, and drop the client's for ``without``; all or nothing."""
        async with self._database.transaction() as connection:
            await _drop(connection, client, without)
            await connection.executemany(_REPLACE, [_values(alias) for alias in aliases])

    async def delete(self, alias_id: UUID) -> bool:
        """Delete an alias; returns whether it was there."""
        rows = await self._database.write(
            "delete from aliases where id = $1 returning id", alias_id
        )
        return bool(rows)


async def _drop(connection: Connection, client: str, patterns: Sequence[str]) -> None:
    await connection.execute(
        "delete from aliases where key_id is null and client = $1 and pattern = any($2::text[])",
        client,
        list(patterns),
    )


def _values(alias: AliasRecord) -> tuple[object, ...]:
    return (
        alias.id,
        alias.pattern,
        alias.model,
        alias.key_id,
        alias.client,
        alias.is_active,
        alias.created_at,
        alias.updated_at,
    )


def _record(row: asyncpg.Record) -> AliasRecord:
    return AliasRecord(**dict(row))

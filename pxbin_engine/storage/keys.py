"""The table ``keys``: pxbin's own keys, as hashes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from pxbin_engine.errors import NotFound
from pxbin_engine.records import KeyRecord, KeyType
from pxbin_engine.storage.database import Database


class KeyStore:
    """Rows of ``keys``. A key is never deleted, so that the log can name whose request it was."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, key_type: KeyType | None = None) -> tuple[KeyRecord, ...]:
        """All keys (of one type), newest first."""
        rows = await self._database.fetch(
            "select * from keys where $1::text is null or type = $1 order by created_at desc, id desc",
            key_type,
        )
        return tuple(map(_record, rows))

    async def get(self, key_id: UUID) -> KeyRecord | None:
        """One key, of whichever type."""
        row = await self._database.fetch_one("select * from keys where id = $1", key_id)
        return _record(row) if row else None

    async def insert(self, key: KeyRecord) -> KeyRecord:
        """Add a key.

        Raises:
            Conflict: its hash is there already.
        """
        rows = await self._database.write(
            "insert into keys (id, type, name, key_prefix, key_hash, is_active, rate_limit, permissions, metadata,"
            " tokens_per_minute, max_concurrency, allowed_models, expires_at, created_at, updated_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning *",
            key.id,
            key.type,
            key.name,
            key.key_prefix,
            key.key_hash,
            key.is_active,
            key.rate_limit,
            key.permissions,
            key.metadata,
            key.tokens_per_minute,
            key.max_concurrency,
            key.allowed_models,
            key.expires_at,
            key.created_at,
            key.updated_at,
        )
        return _record(rows[0])

    async def update(self, key: KeyRecord) -> KeyRecord:
        """Write all of ``key`` that a person can change.

        Raises:
            NotFound: there is no key with its id.
        """
        rows = await self._database.write(
            "update keys set name = $2, is_active = $3, rate_limit = $4, permissions = $5, metadata = $6,"
            " tokens_per_minute = $7, max_concurrency = $8, allowed_models = $9, expires_at = $10,"
            " updated_at = $11 where id = $1 returning *",
            key.id,
            key.name,
            key.is_active,
            key.rate_limit,
            key.permissions,
            key.metadata,
            key.tokens_per_minute,
            key.max_concurrency,
            key.allowed_models,
            key.expires_at,
            key.updated_at,
        )
        return _one(rows, key.id)

    async def deactivate(self, key_id: UUID, *, now: datetime) -> KeyRecord:
        """Revoke a key.

        Raises:
            NotFound: there is no key with this id.
        """
        rows = await self._database.write(
            "update keys set is_active = false, updated_at = $2 where id = $1 returning *",
            key_id,
            now,
        )
        return _one(rows, key_id)

    async def touch(self, used: Mapping[UUID, datetime]) -> None:
        """Set ``last_used_at`` of many keys; never back in time. Notifies nobody."""
        await self._database.write(
            "update keys set last_used_at = greatest(last_used_at, used.at)"
            " from unnest($1::uuid[], $2::timestamptz[]) as used (id, at) where keys.id = used.id",
            list(used.keys()),
            list(used.values()),
        )


def _one(rows: list[asyncpg.Record], key_id: UUID) -> KeyRecord:
    if not rows:
        raise NotFound(f"there is no key {key_id}")
    return _record(rows[0])


def _record(row: asyncpg.Record) -> KeyRecord:
    values: dict[str, Any] = dict(row)
    lists = {name: tuple(values[name]) for name in ("permissions", "allowed_models")}
    return KeyRecord(**values | lists)

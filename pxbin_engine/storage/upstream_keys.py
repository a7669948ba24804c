"""The table ``upstream_keys``: which keys each upstream has, where they live, and those that are sealed in it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from pxbin_engine.errors import NotFound
from pxbin_engine.records import SecretPlace, UpstreamKeyRecord
from pxbin_engine.storage.database import Database

_INSERT = """
    insert into upstream_keys
        (id, upstream_id, label, secret_place, sealed_secret, is_active, position, created_at, updated_at)
    select $2, u.id, $3, $4, $5, $6,
           (select coalesce(max(k.position) + 1, 0) from upstream_keys k where k.upstream_id = u.id), $7, $8
    from upstreams u where u.id = $1
    returning *
"""
_REORDER = """
    update upstream_keys k set position = wanted.number - 1
    from unnest($2::uuid[]) with ordinality as wanted(id, number)
    where k.upstream_id = $1 and k.id = wanted.id and k.position <> wanted.number - 1
"""


class UpstreamKeyStore:
    """Rows of ``upstream_keys``; they are read with their upstreams."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(
        self, upstream_id: UUID, key: UpstreamKeyRecord, sealed: bytes | None = None
    ) -> UpstreamKeyRecord:
        """Add a key after those that are there; ``sealed`` is the key itself where it lives here.

        Raises:
            NotFound: there is no such upstream.
            Conflict: another key of the upstream has its label.
        """
        rows = await self._database.write(
            _INSERT,
            upstream_id,
            key.id,
            key.label,
            key.secret_place,
            sealed,
            key.is_active,
            key.created_at,
            key.updated_at,
        )
        if not rows:
            raise NotFound(f"there is no upstream {upstream_id}")
        return _record(rows[0])

    async def update(self, key: UpstreamKeyRecord) -> UpstreamKeyRecord:
        """Write the key's label and whether it is used.

        Raises:
            NotFound: there is no key with its id.
            Conflict: another key of the upstream has its label.
        """
        rows = await self._database.write(
            "update upstream_keys set label = $2, is_active = $3, updated_at = $4 where id = $1 returning *",
            key.id,
            key.label,
            key.is_active,
            key.updated_at,
        )
        return _record(_found(rows, key.id))

    async def set_secret(
        self, key_id: UUID, place: SecretPlace, sealed: bytes | None = None
    ) -> UpstreamKeyRecord:
        """Say where the key lives now, and that it is another one.

        Raises:
            NotFound: there is no key with this id.
        """
        rows = await self._database.write(
            "update upstream_keys set secret_place = $2, sealed_secret = $3, updated_at = clock_timestamp()"
            " where id = $1 returning *",
            key_id,
            place,
            sealed,
        )
        return _record(_found(rows, key_id))

    async def reorder(self, upstream_id: UUID, key_ids: Sequence[UUID]) -> None:
        """Number the upstream's keys in this order."""
        await self._database.write(_REORDER, upstream_id, list(key_ids))

    async def delete(self, key_id: UUID) -> bool:
        """Delete a key; whether it was there."""
        rows = await self._database.write(
            "delete from upstream_keys where id = $1 returning id", key_id
        )
        return bool(rows)

    async def sealed_secret(self, key_id: UUID) -> bytes | None:
        """The sealed key; None where it lives elsewhere, or is gone."""
        row = await self._database.fetch_one(
            "select sealed_secret from upstream_keys where id = $1", key_id
        )
        sealed: bytes | None = row["sealed_secret"] if row else None
        return sealed


def _found(rows: Sequence[asyncpg.Record], key_id: UUID) -> asyncpg.Record:
    if not rows:
        raise NotFound(f"there is no key {key_id}")
    return rows[0]


def _record(row: asyncpg.Record) -> UpstreamKeyRecord:
    values: dict[str, Any] = dict(row)
    del values["upstream_id"], values["sealed_secret"]
    return UpstreamKeyRecord(**values)

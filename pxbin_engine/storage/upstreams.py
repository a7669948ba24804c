"""The table ``upstreams``: where requests can be sent, and the sealed key of those whose key is not in a keyring."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from pxbin_engine.errors import NotFound
from pxbin_engine.records import SecretPlace, UpstreamRecord
from pxbin_engine.storage.database import Database


class UpstreamStore:
    """Rows of ``upstreams``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> tuple[UpstreamRecord, ...]:
        """All upstreams, in the order in which they are tried."""
        rows = await self._database.fetch("select * from upstreams order by priority, name")
        return tuple(map(_record, rows))

    async def get(self, upstream_id: UUID) -> UpstreamRecord | None:
        """One upstream."""
        row = await self._database.fetch_one("select * from upstreams where id = $1", upstream_id)
        return _record(row) if row else None

    async def insert(self, upstream: UpstreamRecord) -> UpstreamRecord:
        """Add an upstream, without a key: ``SecretStore.put`` adds that.

        Raises:
            Conflict: its name is taken.
        """
        rows = await self._database.write(
            "insert into upstreams (id, name, base_url, format, is_active, priority, created_at, updated_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8) returning *",
            upstream.id,
            upstream.name,
            upstream.base_url,
            upstream.format,
            upstream.is_active,
            upstream.priority,
            upstream.created_at,
            upstream.updated_at,
        )
        return _record(rows[0])

    async def update(self, upstream: UpstreamRecord) -> UpstreamRecord:
        """Write all of ``upstream`` but where its key lives.

        Raises:
            NotFound: there is no upstream with its id.
            Conflict: its name is taken.
        """
        rows = await self._database.write(
            "update upstreams set name = $2, base_url = $3, format = $4, is_active = $5, priority = $6,"
            " updated_at = $7 where id = $1 returning *",
            upstream.id,
            upstream.name,
            upstream.base_url,
            upstream.format,
            upstream.is_active,
            upstream.priority,
            upstream.updated_at,
        )
        if not rows:
            raise NotFound(f"there is no upstream {upstream.id}")
        return _record(rows[0])

    async def delete_many(self, upstream_ids: Sequence[UUID]) -> tuple[UpstreamRecord, ...]:
        """Delete upstreams with their targets; returns those that were there."""
        rows = await self._database.write(
            "delete from upstreams where id = any($1::uuid[]) returning *", list(upstream_ids)
        )
        return tuple(map(_record, rows))

    async def set_secret(
        self, upstream_id: UUID, place: SecretPlace, sealed: bytes | None = None
    ) -> None:
        """Say where the upstream's key lives now; ``sealed`` is the key itself where ``place`` is ``sealed``.

        Raises:
            NotFound: there is no upstream with this id.
        """
        rows = await self._database.write(
            "update upstreams set secret_place = $2, sealed_secret = $3, updated_at = clock_timestamp()"
            " where id = $1 returning id",
            upstream_id,
            place,
            sealed,
        )
        if not rows:
            raise NotFound(f"there is no upstream {upstream_id}")

    async def sealed_secret(self, upstream_id: UUID) -> bytes | None:
        """The sealed key; None where it lives elsewhere."""
        row = await self._database.fetch_one(
            "select sealed_secret from upstreams where id = $1", upstream_id
        )
        sealed: bytes | None = row["sealed_secret"] if row else None
        return sealed


def _record(row: asyncpg.Record) -> UpstreamRecord:
    values: dict[str, Any] = dict(row)
    del values["sealed_secret"]
    return UpstreamRecord(**values)

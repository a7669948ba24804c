"""The table ``upstreams``: where requests can be sent, and the sealed key of those whose key is not in a keyring; and
``learned_quirks``: what their refusals have taught."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from pxbin_engine.errors import NotFound
from pxbin_engine.records import LearnedQuirk, SecretPlace, UpstreamRecord
from pxbin_engine.storage.database import Database

_LEARNED = (
    "(select coalesce(jsonb_agg(to_jsonb(l) - 'upstream_id' order by l.learned_at, l.quirk), '[]')"
    " from learned_quirks l where l.upstream_id = u.id) as learned"
)
_SELECT = f"select u.*, {_LEARNED} from upstreams u"  # noqa: S608  # a constant of this file
_CHANGES = "name = $2, base_url = $3, format = $4, is_active = $5, priority = $6, preset = $7, updated_at = $8"
_UPDATE = f"update upstreams u set {_CHANGES} where id = $1 returning u.*, {_LEARNED}"  # noqa: S608  # as above


class UpstreamStore:
    """Rows of ``upstreams``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> tuple[UpstreamRecord, ...]:
        """All upstreams, in the order in which they are tried."""
        rows = await self._database.fetch(f"{_SELECT} order by u.priority, u.name")
        return tuple(map(_record, rows))

    async def get(self, upstream_id: UUID) -> UpstreamRecord | None:
        """One upstream."""
        row = await self._database.fetch_one(f"{_SELECT} where u.id = $1", upstream_id)
        return _record(row) if row else None

    async def insert(self, upstream: UpstreamRecord) -> UpstreamRecord:
        """Add an upstream, without a key: ``SecretStore.put`` adds that.

        Raises:
            Conflict: its name is taken.
        """
        rows = await self._database.write(
            "insert into upstreams"
            " (id, name, base_url, format, is_active, priority, preset, created_at, updated_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning *",
            upstream.id,
            upstream.name,
            upstream.base_url,
            upstream.format,
            upstream.is_active,
            upstream.priority,
            upstream.preset,
            upstream.created_at,
            upstream.updated_at,
        )
        return _record(rows[0])

    async def update(self, upstream: UpstreamRecord) -> UpstreamRecord:
        """Write all of ``upstream`` but where its key lives and what it has taught.

        Raises:
            NotFound: there is no upstream with its id.
            Conflict: its name is taken.
        """
        rows = await self._database.write(
            _UPDATE,
            upstream.id,
            upstream.name,
            upstream.base_url,
            upstream.format,
            upstream.is_active,
            upstream.priority,
            upstream.preset,
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

    async def learn(
        self, upstream_id: UUID, quirks: Iterable[LearnedQuirk]
    ) -> tuple[LearnedQuirk, ...]:
        """Keep what an upstream has taught; returns what was new. Nothing is kept for one that is gone."""
        rows = await self._database.write(
            "insert into learned_quirks"
            " select u.id, q.* from upstreams u, jsonb_to_recordset($2) as q(upstream_model text, quirk text,"
            " value jsonb, description text, said text, learned_at timestamptz) where u.id = $1"
            " on conflict do nothing returning to_jsonb(learned_quirks) - 'upstream_id' as learned",
            upstream_id,
            [msgspec.to_builtins(quirk) for quirk in quirks],
        )
        return msgspec.convert([row["learned"] for row in rows], tuple[LearnedQuirk, ...])

    async def forget(self, upstream_id: UUID) -> int:
        """Drop all that an upstream has taught; how much it was."""
        rows = await self._database.write(
            "delete from learned_quirks where upstream_id = $1 returning quirk", upstream_id
        )
        return len(rows)

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
    learned = msgspec.convert(values.pop("learned", ()), tuple[LearnedQuirk, ...])
    return UpstreamRecord(**values, learned=learned)

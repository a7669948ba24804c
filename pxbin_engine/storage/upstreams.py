"""The table ``upstreams``: where requests can be sent; and ``learned_quirks``: what their refusals have taught."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from pxbin_engine.errors import NotFound
from pxbin_engine.records import LearnedQuirk, UpstreamKeyRecord, UpstreamRecord
from pxbin_engine.storage.database import Database

_LEARNED = (
    "(select coalesce(jsonb_agg(to_jsonb(l) - 'upstream_id' order by l.learned_at, l.quirk), '[]')"
    " from learned_quirks l where l.upstream_id = u.id) as learned"
)
_KEYS = (
    "(select coalesce(jsonb_agg(to_jsonb(k) - '{upstream_id,sealed_secret}'::text[]"
    " order by k.position, k.created_at), '[]')"
    " from upstream_keys k where k.upstream_id = u.id) as keys"
)
_WHOLE = f"u.*, {_KEYS}, {_LEARNED}"
_FIELDS = (
    "name",
    "base_url",
    "format",
    "is_active",
    "priority",
    "preset",
    "first_byte_timeout_seconds",
    "idle_timeout_seconds",
    "created_at",
    "updated_at",
)
_SELECT = f"select {_WHOLE} from upstreams u"  # noqa: S608  # constants of this file
_INSERT = (
    f"insert into upstreams as u (id, {', '.join(_FIELDS)})"  # noqa: S608  # as above
    f" values ($1, {', '.join(f'${number}' for number in range(2, len(_FIELDS) + 2))}) returning {_WHOLE}"
)
_UPDATE = (
    f"update upstreams u set {', '.join(f'{field} = ${number}' for number, field in enumerate(_FIELDS, 2))}"  # noqa: S608  # as above
    f" where id = $1 returning {_WHOLE}"
)
_DELETE = f"delete from upstreams u where id = any($1::uuid[]) returning {_WHOLE}"  # noqa: S608  # as above


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
        """Add an upstream, without keys: ``SecretStore.add`` adds those.

        Raises:
            Conflict: its name is taken.
        """
        rows = await self._database.write(_INSERT, upstream.id, *_values(upstream))
        return _record(rows[0])

    async def update(self, upstream: UpstreamRecord) -> UpstreamRecord:
        """Write all of ``upstream`` but its keys and what it has taught.

        Raises:
            NotFound: there is no upstream with its id.
            Conflict: its name is taken.
        """
        rows = await self._database.write(_UPDATE, upstream.id, *_values(upstream))
        if not rows:
            raise NotFound(f"there is no upstream {upstream.id}")
        return _record(rows[0])

    async def delete_many(self, upstream_ids: Sequence[UUID]) -> tuple[UpstreamRecord, ...]:
        """Delete upstreams with their keys and targets; returns those that were there, as they were."""
        rows = await self._database.write(_DELETE, list(upstream_ids))
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


def _values(upstream: UpstreamRecord) -> tuple[Any, ...]:
    return tuple(getattr(upstream, field) for field in _FIELDS)


def _record(row: asyncpg.Record) -> UpstreamRecord:
    values: dict[str, Any] = dict(row)
    keys = msgspec.convert(values.pop("keys"), tuple[UpstreamKeyRecord, ...])
    learned = msgspec.convert(values.pop("learned"), tuple[LearnedQuirk, ...])
    place = keys[0].secret_place if keys else "none"
    return UpstreamRecord(**values, secret_place=place, keys=keys, learned=learned)

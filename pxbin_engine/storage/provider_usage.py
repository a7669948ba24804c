"""What providers say was used (``provider_*``), and what pxbin counted in the same terms (``served_usage``)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import asyncpg
from msgspec import Struct

from pxbin_engine.errors import NotFound
from pxbin_engine.records import (
    ProviderUsage,
    ServedUsage,
    UsageExportFormat,
    UsageImport,
)
from pxbin_engine.storage.database import Connection, Database

_FIGURES = (
    "requests",
    "prompt_tokens",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "cost",
    "cost_rounding",
)
_INSERT_USAGE = (
    f"insert into provider_usage values ({', '.join(f'${n}' for n in range(1, len(_FIGURES) + 4))})"  # noqa: S608  # numbers
)

# With the days go the figures.
_REPLACE = """
    delete from provider_days d using provider_imports i
    where i.id = d.import_id and i.upstream_id = $1 and i.format = any($2) and d.day = any($3)
    returning d.day
"""
_FORGET_EMPTY = """
    delete from provider_imports i
    where i.upstream_id = $1 and not exists (select from provider_days d where d.import_id = i.id)
"""
_IMPORTS = """
    select i.id, i.upstream_id, u.name as upstream_name, i.format, i.file_name, i.sha256, i.imported_at,
           d.first_day, d.last_day, d.days, s.models, s.requests, s.prompt_tokens, s.output_tokens, s.cost
    from provider_imports i
    join upstreams u on u.id = i.upstream_id
    cross join lateral (
        select min(day) as first_day, max(day) as last_day, count(*)::int as days from provider_days where import_id = i.id
    ) d
    cross join lateral (
        select count(distinct model)::int as models, sum(requests)::bigint as requests,
               sum(prompt_tokens)::bigint as prompt_tokens, sum(output_tokens)::bigint as output_tokens, sum(cost) as cost
        from provider_usage where import_id = i.id
    ) s
"""
_DAYS = """
    select d.day, i.format, i.imported_at from provider_days d join provider_imports i on i.id = d.import_id
    where i.upstream_id = $1 and d.day >= $2 and d.day <= $3
"""
_TOLD = f"""
    select s.day, s.model, {", ".join(f"s.{name}" for name in _FIGURES)}
    from provider_usage s join provider_imports i on i.id = s.import_id
    where i.upstream_id = $1 and s.day >= $2 and s.day <= $3
"""  # noqa: S608  # constants of this file
_SERVED = """
    select day, upstream_model as model, requests, estimated, unpriced, input_tokens, cache_read_tokens, cache_write_tokens,
           output_tokens, cost
    from served_usage where upstream_id = $1 and day >= $2 and day <= $3
"""


class ToldDay(Struct, frozen=True):
    """A day that an import tells of."""

    day: date
    format: UsageExportFormat
    imported_on: date
    """In UTC."""


class ProviderUsageStore:
    """Imports, and both sides of a comparison."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(
        self,
        made: UsageImport,
        days: Collection[date],
        usage: Collection[ProviderUsage],
        *,
        formats: Collection[UsageExportFormat],
    ) -> int:
        """Add an import in place of what earlier ones of ``formats`` told of ``days``; returns of how many they had.

        All of it, or nothing.

        Raises:
            NotFound: there is no such upstream.
        """
        async with self._database.transaction() as connection:
            # Imports of one upstream come one after another.
            upstream = await connection.fetchval(
                "select id from upstreams where id = $1 for no key update", made.upstream_id
            )
            if upstream is None:
                raise NotFound(f"There is no upstream {made.upstream_id}.")
            replaced = await connection.fetch(_REPLACE, made.upstream_id, list(formats), list(days))
            await connection.execute(_FORGET_EMPTY, made.upstream_id)
            await _insert(connection, made, days, usage)
        return len({row["day"] for row in replaced})

    async def list(self) -> tuple[UsageImport, ...]:
        """All imports, the newest first."""
        rows = await self._database.fetch(f"{_IMPORTS} order by i.imported_at desc, i.id")
        return tuple(UsageImport(**dict(row)) for row in rows)

    async def get(self, import_id: UUID) -> UsageImport | None:
        """One import."""
        row = await self._database.fetch_one(f"{_IMPORTS} where i.id = $1", import_id)
        return UsageImport(**dict(row)) if row else None

    async def delete(self, import_id: UUID) -> bool:
        """Forget an import; False where there is none."""
        rows = await self._database.write(
            "delete from provider_imports where id = $1 returning id", import_id
        )
        return bool(rows)

    async def told_days(self, upstream_id: UUID, first: date, last: date) -> tuple[ToldDay, ...]:
        """The days of the range that imports tell of; one for each import."""
        rows = await self._database.fetch(_DAYS, upstream_id, first, last)
        return tuple(ToldDay(row["day"], row["format"], row["imported_at"].date()) for row in rows)

    async def told(self, upstream_id: UUID, first: date, last: date) -> tuple[ProviderUsage, ...]:
        """What the provider says; a model has one for each import that tells of it."""
        rows = await self._database.fetch(_TOLD, upstream_id, first, last)
        return tuple(ProviderUsage(**dict(row)) for row in rows)

    async def served(self, upstream_id: UUID, first: date, last: date) -> tuple[ServedUsage, ...]:
        """What pxbin counted; the rows of the log may be gone."""
        rows = await self._database.fetch(_SERVED, upstream_id, first, last)
        return tuple(map(_served, rows))

    async def counted_since(self) -> date | None:
        """The first day that pxbin has counted; None where it has counted nothing."""
        row = await self._database.fetch_one("select min(day) as day from served_usage")
        return row["day"] if row else None


async def _insert(
    connection: Connection,
    made: UsageImport,
    days: Collection[date],
    usage: Collection[ProviderUsage],
) -> None:
    await connection.execute(
        "insert into provider_imports values ($1, $2, $3, $4, $5, $6)",
        made.id,
        made.upstream_id,
        made.format,
        made.file_name,
        made.sha256,
        made.imported_at,
    )
    await connection.execute(
        "insert into provider_days select $1, day from unnest($2::date[]) day", made.id, list(days)
    )
    await connection.executemany(
        _INSERT_USAGE,
        [
            (made.id, one.day, one.model, *(getattr(one, name) for name in _FIGURES))
            for one in usage
        ],
    )


def _served(row: asyncpg.Record) -> ServedUsage:
    return ServedUsage(**dict(row))

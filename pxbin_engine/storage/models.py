"""The tables ``models`` and ``model_targets``: the names that clients use, and what serves them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from pxbin_engine.errors import NotFound
from pxbin_engine.records import PRICE_FIELDS, ModelRecord, PriceTier, TargetRecord
from pxbin_engine.storage.database import Connection, Database

# A first target is the one that is tried first: by its own priority, then by its upstream's.
_SELECT = """
    select m.*, coalesce(t.targets, '[]') as targets
    from models m
    left join lateral (
        select jsonb_agg(
            jsonb_build_object('upstream_id', t.upstream_id, 'upstream_model', t.upstream_model, 'priority', t.priority,
                               'weight', t.weight)
            order by t.priority, u.priority, u.name, t.upstream_model
        ) as targets
        from model_targets t join upstreams u on u.id = t.upstream_id
        where t.model_id = m.id
    ) t on true
    where $1::uuid[] is null or m.id = any($1)
    order by m.name
"""

_FIELDS = (
    "name",
    "display_name",
    "provider",
    *PRICE_FIELDS,
    "price_tiers",
    "price_source",
    "context_window",
    "max_output_tokens",
    "is_active",
    "created_at",
    "updated_at",
)

_INSERT = (
    f"insert into models (id, {', '.join(_FIELDS)})"  # noqa: S608  # constants of this file
    f" values ($1, {', '.join(f'${number}' for number in range(2, len(_FIELDS) + 2))})"
)
_UPDATE = (
    f"update models set {', '.join(f'{field} = ${number}' for number, field in enumerate(_FIELDS, 2))}"  # noqa: S608  # as above
    " where id = $1 returning id"
)


class ModelStore:
    """Rows of ``models`` with their targets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> tuple[ModelRecord, ...]:
        """All models by name; their targets in the order in which they are tried."""
        return tuple(map(_record, await self._database.fetch(_SELECT, None)))

    async def get(self, model_id: UUID) -> ModelRecord | None:
        """One model."""
        row = await self._database.fetch_one(_SELECT, [model_id])
        return _record(row) if row else None

    async def insert(self, model: ModelRecord) -> ModelRecord:
        """Add a model with its targets.

        Raises:
            Conflict: its name is taken.
            InvalidInput: a target's upstream does not exist.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_INSERT, model.id, *_values(model))
            await _add_targets(connection, model)
            return await _read(connection, model.id)

    async def insert_new(self, models: Sequence[ModelRecord]) -> tuple[ModelRecord, ...]:
        """Add those of ``models`` whose name is not taken, in one transaction; returns what was added."""
        added = []
        async with self._database.transaction() as connection:
            for model in models:
                statement = _INSERT + " on conflict (name) do nothing returning id"
                if await connection.fetchval(statement, model.id, *_values(model)) is not None:
                    await _add_targets(connection, model)
                    added.append(await _read(connection, model.id))
        return tuple(added)

    async def update(self, model: ModelRecord) -> ModelRecord:
        """Write all of ``model``, its targets too.

        Raises:
            NotFound: there is no model with its id.
            Conflict: its name is taken.
            InvalidInput: a target's upstream does not exist.
        """
        async with self._database.transaction() as connection:
            if await connection.fetchval(_UPDATE, model.id, *_values(model)) is None:
                raise NotFound(f"there is no model {model.id}")
            await connection.execute("delete from model_targets where model_id = $1", model.id)
            await _add_targets(connection, model)
            return await _read(connection, model.id)

    async def delete_many(self, model_ids: Sequence[UUID]) -> int:
        """Delete models with their targets; returns how many were there."""
        rows = await self._database.write(
            "delete from models where id = any($1::uuid[]) returning id", list(model_ids)
        )
        return len(rows)


def _values(model: ModelRecord) -> tuple[Any, ...]:
    return tuple(getattr(model, field) for field in _FIELDS)


async def _add_targets(connection: Connection, model: ModelRecord) -> None:
    await connection.executemany(
        "insert into model_targets (model_id, upstream_id, upstream_model, priority, weight)"
        " values ($1, $2, $3, $4, $5)",
        [
            (model.id, target.upstream_id, target.upstream_model, target.priority, target.weight)
            for target in model.targets
        ],
    )


async def _read(connection: Connection, model_id: UUID) -> ModelRecord:
    rows = await connection.fetch(_SELECT, [model_id])
    return _record(rows[0])


def _record(row: asyncpg.Record) -> ModelRecord:
    values: dict[str, Any] = dict(row)
    targets = msgspec.convert(values.pop("targets"), tuple[TargetRecord, ...])
    values["price_tiers"] = msgspec.convert(values["price_tiers"], tuple[PriceTier, ...])
    return ModelRecord(
        **values, targets=targets, upstream_id=targets[0].upstream_id if targets else None
    )

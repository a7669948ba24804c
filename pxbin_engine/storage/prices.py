"""The tables ``model_prices``, ``repricings`` and ``repriced_requests``: what tokens cost when, and what a re-price changed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from pxbin_engine.errors import NotFound
from pxbin_engine.records import (
    ModelPrice,
    ModelRecord,
    PriceRecord,
    RepricedRequest,
    RepricingRecord,
    RequestRecord,
    price_fields,
)
from pxbin_engine.storage.database import Connection, Database
from pxbin_engine.storage.requests import record_of_row

_HISTORY = """
    select id, model_id, valid_from, recorded_at, price from model_prices
    where model_id = any($1::uuid[])
    order by model_id, valid_from, recorded_at
"""

# A price that held before the present one began becomes part of the past alone.
_ADD_PAST = """
    insert into model_prices (id, model_id, model, valid_from, price)
    select gen_random_uuid(), m.id, m.name, $2, $3
    from models m where m.id = $1 and m.price_valid_from > $2
    returning id, model_id, valid_from, recorded_at, price
"""

# The row is held until its batch is committed: two re-prices at once change it one after the other.
_NEXT = """
    select * from requests
    where (timestamp, id) > ($1, $2) and timestamp >= $3 and timestamp < $4
      and model = any($5::text[]) and (cost is null or $6)
      and input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens > 0
    order by timestamp, id
    limit $7
    for update
"""

_CHANGE = """
    update requests r set
        cost = c.cost, cost_input = c.cost_input, cost_output = c.cost_output, cost_cache_read = c.cost_cache_read,
        cost_cache_write = c.cost_cache_write, price_source = c.price_source, price_id = c.price_id,
        price_valid_from = c.price_valid_from
    from unnest($1::timestamptz[], $2::uuid[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],
                $8::text[], $9::uuid[], $10::timestamptz[])
        as c (timestamp, id, cost, cost_input, cost_output, cost_cache_read, cost_cache_write, price_source, price_id,
              price_valid_from)
    where r.timestamp = c.timestamp and r.id = c.id
"""
_CHANGED = (
    "timestamp",
    "id",
    "cost",
    "cost_input",
    "cost_output",
    "cost_cache_read",
    "cost_cache_write",
    "price_source",
    "price_id",
    "price_valid_from",
)

_START = """
    insert into repricings (id, started_at, by, model, since, until, every) values ($1, $2, $3, $4, $5, $6, $7)
"""
_COUNT = """
    update repricings set requests_seen = requests_seen + $2, requests_priced = requests_priced + $3,
        requests_unknown = requests_unknown + $4, difference = difference + $5
    where id = $1
"""


class PriceStore:
    """Rows of ``model_prices``; the present one of each model is made by the database when the model changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history(self, model_ids: Sequence[UUID]) -> tuple[PriceRecord, ...]:
        """All prices of these models, by model and then by when they began to hold."""
        rows = await self._database.fetch(_HISTORY, list(model_ids))
        return tuple(map(_price, rows))

    async def add(
        self, model: ModelRecord, price: ModelPrice, *, valid_from: datetime, now: datetime
    ) -> None:
        """Record that ``price`` holds from ``valid_from`` on, until the next one that is known.

        Raises:
            NotFound: there is no such model any more.
        """
        columns = price_fields(price)
        assignments = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 4))
        async with self._database.transaction() as connection:
            if await connection.fetchrow(_ADD_PAST, model.id, valid_from, price) is not None:
                return
            changed = await connection.fetchval(
                f"update models set {assignments}, price_valid_from = $2, updated_at = $3 where id = $1 returning id",  # noqa: S608  # names of columns of this package
                model.id,
                valid_from,
                now,
                *columns.values(),
            )
            if changed is None:
                raise NotFound(f"There is no model {model.id}.")


class RepricingStore:
    """Rows of ``repricings``, and the batches of rows of the log that each one changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> tuple[RepricingRecord, ...]:
        """The newest hundred, newest first."""
        rows = await self._database.fetch(
            "select * from repricings order by started_at desc limit 100"
        )
        return tuple(RepricingRecord(**dict(row)) for row in rows)

    async def changes(self, repricing_id: UUID, limit: int) -> tuple[RepricedRequest, ...]:
        """What it changed of the log's rows, oldest first."""
        rows = await self._database.fetch(
            "select request_id, timestamp, model, price_id_before, price_id, cost_before, cost from repriced_requests"
            " where repricing_id = $1 order by timestamp, request_id limit $2",
            repricing_id,
            limit,
        )
        return tuple(RepricedRequest(**dict(row)) for row in rows)

    async def start(self, repricing: RepricingRecord) -> None:
        """Say that it begins, before anything changes."""
        await self._database.write(
            _START,
            repricing.id,
            repricing.started_at,
            repricing.by,
            repricing.model,
            repricing.since,
            repricing.until,
            repricing.every,
        )

    async def finish(self, repricing_id: UUID, now: datetime) -> None:
        """Say that it is through."""
        await self._database.write(
            "update repricings set finished_at = $2 where id = $1", repricing_id, now
        )

    @asynccontextmanager
    async def batch(self) -> AsyncIterator["RepricingBatch"]:
        """One transaction: rows, totals, budgets and what is said of the re-price change together, or not at all."""
        async with self._database.transaction() as connection:
            yield RepricingBatch(connection)


class RepricingBatch:
    """The rows of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def next(
        self,
        after: tuple[datetime, UUID],
        *,
        since: datetime,
        until: datetime,
        models: Sequence[str],
        every: bool,
        limit: int,
    ) -> tuple[RequestRecord, ...]:
        """Rows that used tokens, oldest first, behind ``after``; without ``every`` only those whose cost is unknown."""
        rows = await self._connection.fetch(_NEXT, *after, since, until, list(models), every, limit)
        return tuple(map(record_of_row, rows))

    async def change(
        self,
        repricing_id: UUID,
        changes: Sequence[tuple[RequestRecord, RequestRecord]],
        *,
        seen: int,
        unknown: int,
    ) -> None:
        """Write rows as they are from now on, and what they were before: pairs of (before, after)."""
        columns = [[getattr(after, name) for _, after in changes] for name in _CHANGED]
        await self._connection.execute(_CHANGE, *columns)
        await self._connection.executemany(
            "insert into repriced_requests values ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                (
                    repricing_id,
                    after.id,
                    after.timestamp,
                    after.model,
                    before.price_id,
                    after.price_id,
                    before.cost,
                    after.cost,
                )
                for before, after in changes
            ],
        )
        difference = sum((after.cost or 0) - (before.cost or 0) for before, after in changes)
        await self._connection.execute(
            _COUNT, repricing_id, seen, len(changes), unknown, difference
        )


def _price(row: asyncpg.Record) -> PriceRecord:
    values = dict(row)
    return PriceRecord(**values | {"price": msgspec.convert(values["price"], ModelPrice)})

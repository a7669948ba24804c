"""The tables ``budgets``, ``budget_spend`` and ``budget_leases``: limits, what was spent, and who holds how much of the rest."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from msgspec import Struct

from pxbin_engine.errors import NotFound
from pxbin_engine.records import BudgetRecord
from pxbin_engine.storage.database import Connection, Database

LEASE_SECONDS = 60
"""How long what an engine holds stays its own after it was last heard of."""

LEASES = "leases"
"""The notification by which an engine that goes short asks the others for what they do not need."""

_FIELDS = (
    "name",
    "scope",
    "subject",
    "period",
    "time_zone",
    '"limit"',
    "warn_share",
    "is_hard",
    "is_active",
    "created_at",
    "updated_at",
)
_INSERT = (
    f"insert into budgets (id, {', '.join(_FIELDS)})"  # noqa: S608  # constants of this file
    f" values ($1, {', '.join(f'${number}' for number in range(2, len(_FIELDS) + 2))}) returning *"
)
_UPDATE = (
    f"update budgets set {', '.join(f'{field} = ${number}' for number, field in enumerate(_FIELDS, 2))}"  # noqa: S608  # as above
    " where id = $1 returning *"
)

# The same sum as the trigger's, over what the log still holds of the present period.
RECOUNT = """
    insert into budget_spend
    select b.id, m.subject, budget_period_start(b.period, b.time_zone, r.timestamp) as period_start,
           coalesce(sum(r.cost), 0), count(*) filter (where r.cost is null), clock_timestamp()
    from budgets b
    join requests r on r.timestamp >= budget_period_start(b.period, b.time_zone, $2)
    cross join lateral budget_meter(b.scope, b.subject, r.llm_key_id, r.model, r.upstream_name, r.client_name,
                                    r.session_id) as m (subject)
    where b.id = $1 and r.cost is distinct from 0 and m.subject is not null
    group by b.id, m.subject, period_start
"""

_METERS = """
    select b.id as budget_id, coalesce(s.subject, '') as subject, p.starts_at as period_start,
           coalesce(s.spent, 0) as spent, coalesce(s.unpriced, 0) as unpriced,
           coalesce(k.name, s.subject, '') as label
    from budgets b
    cross join lateral budget_period_start(b.period, b.time_zone, $1) as p (starts_at)
    left join budget_spend s on s.budget_id = b.id and s.period_start = p.starts_at
    left join keys k on b.scope = 'key' and k.id::text = s.subject
    where s.updated_at >= $2 or (s.budget_id is null and (b.scope = 'all' or b.subject <> ''))
    order by b.name, s.spent desc, s.subject
    limit 10000
"""

# Locked in the order of the primary key, as the trigger does it.
_OPEN_METERS = """
    insert into budget_spend
    select w.budget_id, w.subject, w.period_start, 0, 0, clock_timestamp()
    from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as w (budget_id, subject, period_start)
    join budgets b on b.id = w.budget_id
    order by 1, 2, 3
    on conflict do nothing
"""
_LOCK_METERS = """
    select 1 from budget_spend s
    join unnest($1::uuid[], $2::text[], $3::timestamptz[]) as w (budget_id, subject, period_start)
        using (budget_id, subject, period_start)
    order by s.budget_id, s.subject, s.period_start
    for update of s
"""

# What is kept in any case; what is needed, and then a share of what is left: half of it for an engine alone, less beside others, nothing where one
# of them went short.
_GRANT = """
    with asked as (
        select w.*, b."limit", s.spent, s.unpriced, o.held, o.engines, o.unmet, coalesce(mine.unmet, 0) as unmet_before,
               greatest(b."limit" - s.spent - o.held, 0) as available
        from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::numeric[], $5::numeric[], $8::boolean[])
             as w (budget_id, subject, period_start, need, kept, is_idle)
        join budgets b on b.id = w.budget_id
        join budget_spend s
            on (s.budget_id, s.subject, s.period_start) = (w.budget_id, w.subject, w.period_start)
        cross join lateral (
            select coalesce(sum(l.amount), 0) as held, count(*) as engines, coalesce(sum(l.unmet), 0) as unmet
            from budget_leases l
            where (l.budget_id, l.subject, l.period_start) = (w.budget_id, w.subject, w.period_start)
              and l.engine_id <> $6 and l.expires_at > clock_timestamp()
        ) o
        left join budget_leases mine
            on (mine.budget_id, mine.subject, mine.period_start, mine.engine_id)
               = (w.budget_id, w.subject, w.period_start, $6)
    ), granted as (
        select *, greatest(kept, least(available, need + case
            when unmet > 0 or (is_idle and engines > 0) then 0
            else greatest(available - need, 0) / (engines + 2)
        end)) as amount
        from asked
    ), kept as (
        insert into budget_leases
        select budget_id, subject, period_start, $6, amount, greatest(need - amount, 0),
               clock_timestamp() + make_interval(secs => $7)
        from granted
        order by 1, 2, 3
        on conflict (budget_id, subject, period_start, engine_id) do update set
            amount = excluded.amount, unmet = excluded.unmet, expires_at = excluded.expires_at
    )
    select budget_id, subject, period_start, amount, spent, unpriced, engines = 0 as alone,
           need > amount and engines > 0 and unmet_before = 0 as goes_short
    from granted
"""

_RELEASE = """
    delete from budget_leases l
    using unnest($1::uuid[], $2::text[], $3::timestamptz[]) as w (budget_id, subject, period_start)
    where (l.budget_id, l.subject, l.period_start) = (w.budget_id, w.subject, w.period_start) and l.engine_id = $4
"""

_KEPT_PERIODS = "400 days"


MeterKey = tuple[UUID, str, datetime]
"""Budget, subject, start of the period."""


class MeterSpend(Struct, frozen=True):
    """What the rows of the log have spent of one meter; ``label`` is what its subject is called."""

    budget_id: UUID
    subject: str
    period_start: datetime
    spent: Decimal
    unpriced: int
    label: str


class LeaseWish(Struct, frozen=True):
    """What an engine asks of one meter: all that it has promised or spent and not written, and what waits to be let in."""

    budget_id: UUID
    subject: str
    period_start: datetime
    need: Decimal
    kept: Decimal = Decimal(0)
    """What it goes on spending from while it asks, or has spent: so much it holds, and it must not be given to others. Rows
    that were written since count twice until the next renewal, so there may seem to be less than that."""
    is_idle: bool = False
    """Nothing was asked of it for a while: no more than the need, where other engines use it."""


class Lease(Struct, frozen=True):
    """What was granted of one meter; ``alone``: no other engine held any of it."""

    budget_id: UUID
    subject: str
    period_start: datetime
    amount: Decimal
    spent: Decimal
    unpriced: int
    alone: bool
    goes_short: bool = False
    """It is less than was needed, for the first time; the other engines have been told."""


class BudgetStore:
    """Rows of budgets, and what belongs to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> tuple[BudgetRecord, ...]:
        """All budgets by name."""
        rows = await self._database.fetch("select * from budgets order by name")
        return tuple(map(_record, rows))

    async def get(self, budget_id: UUID) -> BudgetRecord | None:
        """One budget."""
        row = await self._database.fetch_one("select * from budgets where id = $1", budget_id)
        return _record(row) if row else None

    async def insert(self, budget: BudgetRecord) -> BudgetRecord:
        """Add a budget; what the log holds of its present period counts from the start.

        Raises:
            Conflict: its name is taken.
            InvalidInput: the database does not know its time zone.
        """
        async with self._changing() as connection:
            row = await connection.fetchrow(_INSERT, *_values(budget))
            await connection.execute(RECOUNT, budget.id, budget.updated_at)
        return _one(row, budget.id)

    async def update(self, budget: BudgetRecord, *, recount: bool) -> BudgetRecord:
        """Write all of ``budget``; ``recount`` where it counts something else than before, or by another calendar.

        Raises:
            NotFound, Conflict, InvalidInput: see ``insert``.
        """
        async with self._changing() as connection:
            row = await connection.fetchrow(_UPDATE, *_values(budget))
            record = _one(row, budget.id)
            if recount:
                await connection.execute(
                    "delete from budget_leases where budget_id = $1", budget.id
                )
                await connection.execute("delete from budget_spend where budget_id = $1", budget.id)
                await connection.execute(RECOUNT, budget.id, budget.updated_at)
        return record

    async def delete(self, budget_id: UUID) -> None:
        """Delete a budget with its meters.

        Raises:
            NotFound: there is no budget with this id.
        """
        async with self._changing() as connection:
            row = await connection.fetchrow(
                "delete from budgets where id = $1 returning *", budget_id
            )
            _one(row, budget_id)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Connection]:
        """A transaction in which no row of the log is counted: each is counted before or after the change, and once."""
        async with self._database.transaction() as connection:
            await connection.execute("lock table budgets in exclusive mode")
            yield connection

    async def meters(
        self, *, now: datetime, since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    ) -> tuple[MeterSpend, ...]:
        """Every meter of a period that holds at ``now`` and was added to ``since``; the first 10,000."""
        rows = await self._database.fetch(_METERS, now, since)
        return tuple(MeterSpend(**dict(row)) for row in rows)

    async def renew(self, engine_id: UUID, wishes: Sequence[LeaseWish]) -> tuple[Lease, ...]:
        """Grant what can be; a meter whose budget is gone is left out. Never is more granted than is left.

        Raises:
            StorageError: the database is away; it is not known what was granted.
        """
        meters = _columns([(wish.budget_id, wish.subject, wish.period_start) for wish in wishes])
        async with self._database.transaction() as connection:
            await connection.execute("lock table budgets in row share mode")
            await connection.execute(_OPEN_METERS, *meters)
            await connection.execute(_LOCK_METERS, *meters)
            rows = await connection.fetch(
                _GRANT,
                *meters,
                [wish.need for wish in wishes],
                [wish.kept for wish in wishes],
                engine_id,
                LEASE_SECONDS,
                [wish.is_idle for wish in wishes],
            )
            leases = tuple(Lease(**dict(row)) for row in rows)
            if any(lease.goes_short for lease in leases):
                await connection.execute("select pg_notify('pxbin_configuration', $1)", LEASES)
        return leases

    async def release(self, engine_id: UUID, meters: Sequence[MeterKey]) -> None:
        """Give back what is held of these meters."""
        await self._database.write(_RELEASE, *_columns(meters), engine_id)

    async def prune(self) -> None:
        """Drop the leases of engines long gone, and the meters of periods long over."""
        await self._database.write(
            "delete from budget_leases where expires_at < now() - interval '1 day'"
        )
        await self._database.write(
            "delete from budget_spend s using budgets b where b.id = s.budget_id and b.period <> 'total'"
            " and s.period_start < now() - $1::text::interval",
            _KEPT_PERIODS,
        )


def _columns(meters: Sequence[MeterKey]) -> tuple[list[UUID], list[str], list[datetime]]:
    return (
        [budget_id for budget_id, _, _ in meters],
        [subject for _, subject, _ in meters],
        [starts_at for _, _, starts_at in meters],
    )


def _values(budget: BudgetRecord) -> list[object]:
    return [budget.id, *(getattr(budget, field.strip('"')) for field in _FIELDS)]


def _one(row: asyncpg.Record | None, budget_id: UUID) -> BudgetRecord:
    if row is None:
        raise NotFound(f"There is no budget {budget_id}.")
    return _record(row)


def _record(row: asyncpg.Record) -> BudgetRecord:
    return BudgetRecord(**dict(row))

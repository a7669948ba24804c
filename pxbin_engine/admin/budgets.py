"""Budgets: make, change, delete; how each of their meters stands."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID, uuid4
from zoneinfo import ZoneInfoNotFoundError

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pxbin_engine.admin import OnChanged
from pxbin_engine.admin.checks import a_name, given
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.gateway.budgets.gate import BudgetGate
from pxbin_engine.gateway.budgets.level import status_of
from pxbin_engine.gateway.budgets.period import zone_of
from pxbin_engine.gateway.client_names import without_version
from pxbin_engine.records import BudgetPeriod, BudgetRecord, BudgetScope, BudgetStatus
from pxbin_engine.storage.budgets import BudgetStore, MeterSpend
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.upstreams import UpstreamStore

logger = logging.getLogger(__name__)

LARGEST_LIMIT = Decimal(10**9)
_SMALLEST_LIMIT = Decimal("0.000001")
_MEANING = ("scope", "subject", "period", "time_zone")
"""What changes what is counted, or when: then the present period is counted anew from the log."""


class BudgetAdmin:
    """The use cases of budgets.

    Args:
        gate: what this process holds of them; None where it serves no requests.
    """

    def __init__(
        self,
        store: BudgetStore,
        on_changed: OnChanged,
        *,
        keys: KeyStore,
        models: ModelStore,
        upstreams: UpstreamStore,
        gate: BudgetGate | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._on_changed = on_changed
        self._keys, self._models, self._upstreams = keys, models, upstreams
        self._gate = gate
        self._clock = clock

    async def list(self) -> tuple[BudgetRecord, ...]:
        """All budgets by name."""
        return await self._store.list()

    async def get(self, budget_id: UUID) -> BudgetRecord:
        """One budget.

        Raises:
            NotFound: there is none of that id.
        """
        record = await self._store.get(budget_id)
        if record is None:
            raise NotFound(f"There is no budget {budget_id}.")
        return record

    async def create(
        self,
        *,
        name: str,
        limit: Decimal,
        scope: BudgetScope = "all",
        subject: str = "",
        period: BudgetPeriod = "month",
        time_zone: str = "UTC",
        warn_share: float = 0.8,
        is_hard: bool = True,
        is_active: bool = True,
    ) -> BudgetRecord:
        """Make a budget; what the log holds of its present period counts.

        Raises:
            InvalidInput: a value cannot be used, or the subject does not exist.
            Conflict: there is a budget of that name.
        """
        now = self._clock()
        record = BudgetRecord(
            id=uuid4(),
            name=name,
            scope=scope,
            subject=subject,
            period=period,
            time_zone=time_zone,
            limit=limit,
            warn_share=warn_share,
            is_hard=is_hard,
            is_active=is_active,
            created_at=now,
            updated_at=now,
        )
        record = await self._store.insert(await self._checked(record))
        await self._changed("created", record)
        return record

    async def update(
        self,
        budget_id: UUID,
        *,
        name: str | UnsetType = UNSET,
        limit: Decimal | UnsetType = UNSET,
        scope: BudgetScope | UnsetType = UNSET,
        subject: str | UnsetType = UNSET,
        period: BudgetPeriod | UnsetType = UNSET,
        time_zone: str | UnsetType = UNSET,
        warn_share: float | UnsetType = UNSET,
        is_hard: bool | UnsetType = UNSET,
        is_active: bool | UnsetType = UNSET,
    ) -> BudgetRecord:
        """Change what is given; where that is what it counts, the present period is counted anew.

        Raises:
            NotFound: there is none of that id.
            InvalidInput, Conflict: see ``create``.
        """
        before = await self.get(budget_id)
        changes = given(
            name=name,
            limit=limit,
            scope=scope,
            subject=subject,
            period=period,
            time_zone=time_zone,
            warn_share=warn_share,
            is_hard=is_hard,
            is_active=is_active,
        )
        record = replace(before, **changes, updated_at=self._clock())
        # A subject that is gone since must not keep its budget from being changed or switched off.
        if changes.keys() & {"scope", "subject"}:
            record = await self._with_subject(record)
        record = _with_plain_values(record)
        recount = any(getattr(record, name) != getattr(before, name) for name in _MEANING)
        record = await self._store.update(record, recount=recount)
        await self._changed("changed", record)
        return record

    async def delete(self, budget_id: UUID) -> None:
        """Delete a budget and what was counted for it.

        Raises:
            NotFound: there is none of that id.
        """
        record = await self.get(budget_id)
        await self._store.delete(budget_id)
        await self._changed("deleted", record)

    async def status(self) -> tuple[BudgetStatus, ...]:
        """How every meter stands in its present period, by budget; of several the one that spent most first."""
        now = self._clock()
        budgets = {budget.id: budget for budget in await self._store.list()}
        return tuple(
            self._status(budgets[meter.budget_id], meter, now)
            for meter in await self._store.meters(now=now)
            if meter.budget_id in budgets
        )

    def _status(self, budget: BudgetRecord, spend: MeterSpend, now: datetime) -> BudgetStatus:
        key = (spend.budget_id, spend.subject, spend.period_start)
        meter = self._gate.book.find(*key) if self._gate else None
        return status_of(
            budget,
            now=now,
            subject=spend.subject,
            label=spend.label,
            spent=spend.spent + (meter.unwritten if meter else 0),
            reserved=meter.reserved if meter else Decimal(0),
            unpriced=spend.unpriced,
            too_much=meter.too_much if meter else Decimal(0),
        )

    # ------------------------------------------------------------------ what can be used

    async def _checked(self, record: BudgetRecord) -> BudgetRecord:
        return _with_plain_values(await self._with_subject(record))

    async def _with_subject(self, record: BudgetRecord) -> BudgetRecord:
        """With its subject as rows have it; one that nothing could ever count on is refused."""
        subject = record.subject.strip()
        if record.scope not in get_args(BudgetScope):
            raise InvalidInput(_one_of("scope", BudgetScope), field="scope")
        if record.scope == "all" or not subject:
            if subject:
                raise InvalidInput("A budget for all has no subject.", field="subject")
            return replace(record, subject="")
        known = await self._known(record.scope)
        if record.scope == "client":
            subject = without_version(subject)
        elif record.scope == "key":
            subject = subject.lower()
        if known is not None and subject not in known:
            raise InvalidInput(f"There is no {record.scope} {subject!r}.", field="subject")
        return replace(record, subject=a_name(subject, field="subject"))

    async def _known(self, scope: BudgetScope) -> frozenset[str] | None:
        """All subjects of a scope; None where any text may be one."""
        if scope == "key":
            return frozenset(str(key.id) for key in await self._keys.list("llm"))
        if scope == "model":
            return frozenset(model.name for model in await self._models.list())
        if scope == "upstream":
            return frozenset(upstream.name for upstream in await self._upstreams.list())
        return None

    async def _changed(self, verb: str, record: BudgetRecord) -> None:
        logger.info("budget.%s name=%r limit=%s", verb, record.name, record.limit)
        await self._on_changed("budgets")


def _with_plain_values(record: BudgetRecord) -> BudgetRecord:
    if record.period not in get_args(BudgetPeriod):
        raise InvalidInput(_one_of("period", BudgetPeriod), field="period")
    if not 0 < record.warn_share <= 1:
        raise InvalidInput("warn_share must be above 0 and at most 1.", field="warn_share")
    if not record.limit.is_finite() or not _SMALLEST_LIMIT <= record.limit <= LARGEST_LIMIT:
        raise InvalidInput(
            f"limit must be from {_SMALLEST_LIMIT:f} to {LARGEST_LIMIT} dollars.", field="limit"
        )
    try:
        zone_of(record.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"time_zone: there is no time zone {record.time_zone!r}.", field="time_zone"
        ) from None
    return replace(record, name=a_name(record.name))


def _one_of(field: str, values: Any) -> str:
    return f"{field} must be one of: {', '.join(get_args(values))}."

"""``engine.budgets`` in memory: what was spent is what the test says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from pxbin_engine.errors import Conflict, InvalidInput, NotFound, PxbinError
from pxbin_engine.events import ConfigurationChanged, EventBus
from pxbin_engine.records import BudgetLevel, BudgetRecord, BudgetStatus
from tests.support.database import NOW

_DAYS = {"day": 1, "week": 7, "month": 30}


def a_budget(**values: Any) -> BudgetRecord:
    """A budget of ten dollars a day for all requests."""
    defaults: dict[str, Any] = {
        "id": uuid4(),
        "name": "Team",
        "period": "day",
        "limit": Decimal(10),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return BudgetRecord(**defaults | values)


def a_status(budget: BudgetRecord | None = None, spent: str = "2.5", **values: Any) -> BudgetStatus:
    """How a budget stands at noon of the day that ``NOW`` is in."""
    budget = budget or a_budget()
    now = NOW.astimezone(ZoneInfo(budget.time_zone))
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    total = budget.period == "total"
    share = Decimal(spent) / budget.limit
    level: BudgetLevel = "ok" if share < Decimal("0.8") else "warning"
    defaults: dict[str, Any] = {
        "budget": budget,
        "subject": "",
        "label": budget.name,
        "starts_at": None if total else start,
        "ends_at": None if total else start + timedelta(days=_DAYS[budget.period]),
        "spent": Decimal(spent),
        "pace": None if total else float(share * 2),
        "forecast": None if total else Decimal(spent) * 2,
        "level": "exhausted" if share >= 1 else level,
    }
    return BudgetStatus(**defaults | values)


class MemoryBudgets:
    """The use cases of budgets; ``meters`` is what ``status`` answers, ``failure`` is raised while it is set."""

    def __init__(self, events: EventBus, clock: Callable[[], datetime] = lambda: NOW) -> None:
        self._events = events
        self._clock = clock
        self.rows: dict[UUID, BudgetRecord] = {}
        self.meters: list[BudgetStatus] = []
        self.failure: PxbinError | None = None
        self.asked: list[str] = []

    def put(self, *meters: BudgetStatus) -> None:
        """These budgets are there, and stand like this."""
        self.meters.extend(meters)
        self.rows |= {meter.budget.id: meter.budget for meter in meters}

    def _reach(self, asked: str) -> None:
        self.asked.append(asked)
        if self.failure is not None:
            raise self.failure

    async def list(self) -> tuple[BudgetRecord, ...]:
        self._reach("list")
        return tuple(sorted(self.rows.values(), key=lambda one: one.name))

    async def get(self, budget_id: UUID) -> BudgetRecord:
        self._reach("get")
        if budget_id not in self.rows:
            raise NotFound(f"there is no budget {budget_id}")
        return self.rows[budget_id]

    async def create(self, **values: Any) -> BudgetRecord:
        self._reach("create")
        now = self._clock()
        return self._keep(BudgetRecord(id=uuid4(), created_at=now, updated_at=now, **values))

    async def update(self, budget_id: UUID, **values: Any) -> BudgetRecord:
        self._reach("update")
        return self._keep(replace(await self.get(budget_id), **values))

    async def delete(self, budget_id: UUID) -> None:
        self._reach("delete")
        if self.rows.pop(budget_id, None) is None:
            raise NotFound(f"there is no budget {budget_id}")
        self.meters = [one for one in self.meters if one.budget.id != budget_id]
        self._events.publish(ConfigurationChanged(what="budgets"))

    async def status(self) -> tuple[BudgetStatus, ...]:
        self._reach("status")
        return tuple(self.meters)

    def _keep(self, record: BudgetRecord) -> BudgetRecord:
        if not record.name.strip():
            raise InvalidInput("name must not be empty.", field="name")
        if any(row.name == record.name and row.id != record.id for row in self.rows.values()):
            raise Conflict(f"The name {record.name!r} is taken.")
        self.rows[record.id] = record
        self._events.publish(ConfigurationChanged(what="budgets"))
        return record

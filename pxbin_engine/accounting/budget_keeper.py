"""The keeper of budgets: renews what this engine holds of them, and tells when one comes to another level.

The rules:

1. Leases are renewed in one transaction for all meters that are due; a request that waits for more has it done at once.
2. While the database is away nothing is renewed: the gate goes on with what is held, then refuses.
3. What was spent is read a moment after rows were written, and every few seconds for what other engines spend. Each change
   of level is told once. How things stood at the start is no change.
4. At the end all leases are given back; those of an engine that was killed run out.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfoNotFoundError

from pxbin_engine.errors import PxbinError, StorageError
from pxbin_engine.events import BudgetChanged, EventBus
from pxbin_engine.gateway.budgets.book import Meter, MeterKey
from pxbin_engine.gateway.budgets.gate import BudgetGate
from pxbin_engine.gateway.budgets.level import status_of
from pxbin_engine.gateway.budgets.period import period_of, zone_of
from pxbin_engine.records import BudgetRecord, BudgetStatus, RequestRecord
from pxbin_engine.storage.budgets import BudgetStore, LeaseWish, MeterSpend
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

_TICK_SECONDS = 0.25
_IDLE_TICK_SECONDS = 2.0
_AWAY_TICK_SECONDS = 1.0
_LEAST_SECONDS_BETWEEN = 0.05
"""Of two renewals: requests that come short together are served by one."""
_LOOK_SECONDS = 5.0
_LOOK_AFTER_WRITE_SECONDS = 0.5
_OVERLAP = timedelta(seconds=30)
"""How far a look goes back behind the last one: rows are dated before they can be seen."""

_MeterName = tuple[UUID, str]


class BudgetKeeper:
    """Keeps the gate's book in step with the database.

    Args:
        clock: monotonic seconds, the gate's.
        now: the wall clock.
    """

    def __init__(
        self,
        gate: BudgetGate,
        store: BudgetStore,
        events: EventBus,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.engine_id = uuid4()
        self.available = True
        """Whether the database answered last."""
        self._gate = gate
        self._book = gate.book
        self._store = store
        self._events = events
        self._clock = clock
        self._now = now
        self._budgets: dict[UUID, BudgetRecord] = {}
        self._spends: dict[_MeterName, MeterSpend] = {}
        self._statuses: dict[_MeterName, BudgetStatus] = {}
        self._looked_at: datetime | None = None
        self._look_due = float("-inf")
        self._has_judged = False
        self._wake = asyncio.Event()
        self._renewed: asyncio.Future[bool] | None = None
        self._task: asyncio.Task[None] | None = None

    async def list(self) -> tuple[BudgetRecord, ...]:
        """All budgets, as the database has them."""
        return await self._store.list()

    async def prune(self) -> None:
        """Drop what nobody will ask for any more."""
        await self._store.prune()

    # ------------------------------------------------------------------ what it is told

    def replace(self, budgets: Sequence[BudgetRecord]) -> None:
        """Hold to these budgets from now on."""
        known = [budget for budget in budgets if _zone_is_known(budget)]
        if known == [*self._budgets.values()]:
            return
        self._budgets = {budget.id: budget for budget in known}
        self._book.replace(known)
        self._looked_at, self._look_due = None, float("-inf")
        self._wake.set()

    def share(self) -> None:
        """Another engine went short: give back what is not needed here."""
        self._book.give_back()
        self._wake.set()

    def written(self, records: Iterable[RequestRecord]) -> None:
        """Rows are in the database, or never will be."""
        self._gate.written(records)
        self._look_due = min(self._look_due, self._clock() + _LOOK_AFTER_WRITE_SECONDS)

    @property
    def statuses(self) -> tuple[BudgetStatus, ...]:
        """How each meter stood when it was last looked at."""
        return tuple(self._statuses.values())

    # ------------------------------------------------------------------ its task

    async def start(self) -> None:
        """Look how things stand, take the first leases, and go on."""
        await self._work()
        self._gate.top_up = self.top_up
        self._gate.spent_of = self._spent_of
        self._task = spawn(self._run(), name="budgets.keep")

    async def stop(self) -> None:
        """Give everything back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        if self._renewed is not None and not self._renewed.done():
            self._renewed.set_result(False)
        self._book.replace(())
        given_back, self._book.given_back = self._book.given_back, []
        try:
            # What waits in the spool is not counted yet: that lease must run out by itself.
            await self._release([meter for meter in given_back if not meter.unwritten])
        except StorageError as error:
            logger.warning("budgets.not_released reason=%s", error.message)

    async def top_up(self) -> bool:
        """Have the leases renewed now; returns whether the database answered."""
        if self._renewed is None:
            self._renewed = asyncio.get_running_loop().create_future()
        self._wake.set()
        return await asyncio.shield(self._renewed)

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            if not self._budgets and not self._book.given_back:
                waiting, self._renewed = self._renewed, None
                self._answer(waiting, answered=True)
                await self._wake.wait()
                continue
            await self._work()
            await asyncio.sleep(_LEAST_SECONDS_BETWEEN)

    def _pause(self) -> float:
        if not self.available:
            return _AWAY_TICK_SECONDS
        return _TICK_SECONDS if self._book.in_use(self._clock()) else _IDLE_TICK_SECONDS

    async def _work(self) -> None:
        waiting, self._renewed = self._renewed, None
        try:
            await self._renew()
            await self._give_back()
            self._answer(waiting, answered=True)
            if self._clock() >= self._look_due:
                await self._look()
        except (
            PxbinError
        ) as error:  # whatever it is, the next time may do better; ending would refuse everything
            if self.available:
                logger.warning("budgets.not_renewed reason=%s", error.message)
            self.available = False
            self._answer(waiting, answered=False)
        except BaseException:
            self._answer(waiting, answered=False)
            raise
        else:
            self.available = True

    def _answer(self, waiting: "asyncio.Future[bool] | None", *, answered: bool) -> None:
        if waiting is not None and not waiting.done():
            waiting.set_result(answered)

    # ------------------------------------------------------------------ leases

    async def _renew(self) -> None:
        asked_at = self._clock()
        self._book.open_shared(self._now(), asked_at)
        due = {meter.key: (meter, meter.written) for meter in self._book.due(asked_at)}
        if not due:
            return
        wishes = [_wish(meter, asked_at) for meter, _ in due.values()]
        try:
            leases = await self._store.renew(self.engine_id, wishes)
        finally:
            for meter, _ in due.values():
                meter.frozen = False
        for lease in leases:
            meter, written = due[lease.budget_id, lease.subject, lease.period_start]
            meter.grant(
                lease.amount,
                spent=lease.spent,
                alone=lease.alone,
                asked_at=asked_at,
                written=written,
            )

    async def _give_back(self) -> None:
        self._book.forget(self._clock(), self._now())
        if meters := tuple(self._book.given_back):
            await self._release(meters)
            del self._book.given_back[: len(meters)]

    async def _release(self, meters: Sequence[Meter]) -> None:
        if meters:
            await self._store.release(self.engine_id, [meter.key for meter in meters])

    # ------------------------------------------------------------------ levels

    async def _look(self) -> None:
        """Read what was spent, and tell what came to another level."""
        now = self._now()
        first = self._looked_at is None
        since = {} if self._looked_at is None else {"since": self._looked_at - _OVERLAP}
        self._look_due = self._clock() + _LOOK_SECONDS
        found = await self._store.meters(now=now, **since)
        if first:
            self._spends = {}
        self._spends.update(((meter.budget_id, meter.subject), meter) for meter in found)
        self._looked_at = now
        self._judge(now)

    def _judge(self, now: datetime) -> None:
        """Work out every status anew, and tell whose level is another than before."""
        before, self._statuses = self._statuses, {}
        self._spends = {
            name: spend for name, spend in self._spends.items() if self._is_present(spend, now)
        }
        for name, spend in self._spends.items():
            status = self._status(self._budgets[spend.budget_id], spend, now, before.get(name))
            self._statuses[name] = status
            self._tell(before.get(name), status)
        for name in before.keys() - self._statuses.keys():
            budget = self._budgets.get(before[name].budget.id)
            if budget is not None:  # its period is over, and nothing was spent in the new one
                self._tell(before[name], _untouched(budget, before[name], now))
        self._has_judged = True

    def _is_present(self, spend: MeterSpend, now: datetime) -> bool:
        budget = self._budgets.get(spend.budget_id)
        if budget is None:
            return False
        return period_of(budget.period, budget.time_zone, now).starts_at == spend.period_start

    def _spent_of(self, meter: MeterKey) -> Decimal | None:
        budget_id, subject, period_start = meter
        spend = self._spends.get((budget_id, subject))
        return spend.spent if spend is not None and spend.period_start == period_start else None

    def _status(
        self, budget: BudgetRecord, spend: MeterSpend, now: datetime, before: BudgetStatus | None
    ) -> BudgetStatus:
        meter = self._book.find(spend.budget_id, spend.subject, spend.period_start)
        return status_of(
            budget,
            now=now,
            subject=spend.subject,
            label=spend.label,
            spent=spend.spent + (meter.unwritten if meter else 0),
            reserved=meter.reserved if meter else Decimal(0),
            unpriced=spend.unpriced,
            too_much=meter.too_much if meter else Decimal(0),
            before=before.level if before else "ok",
        )

    def _tell(self, before: BudgetStatus | None, status: BudgetStatus) -> None:
        if not self._has_judged or not status.budget.is_active:
            return
        if status.level != (before.level if before else "ok"):
            logger.info(
                "budget.%s name=%r subject=%r spent=%s limit=%s",
                status.level,
                status.budget.name,
                status.subject,
                status.spent,
                status.budget.limit,
            )
            self._events.publish(BudgetChanged(status))


def _zone_is_known(budget: BudgetRecord) -> bool:
    try:
        zone_of(budget.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        logger.warning("budget.left_out name=%r unknown_zone=%r", budget.name, budget.time_zone)
        return False
    return True


def _untouched(budget: BudgetRecord, before: BudgetStatus, now: datetime) -> BudgetStatus:
    return status_of(budget, now=now, subject=before.subject, label=before.label, spent=Decimal(0))


def _wish(meter: Meter, now: float) -> LeaseWish:
    need, kept = meter.ask(now)
    return LeaseWish(*meter.key, need, kept, is_idle=meter.is_idle(now))

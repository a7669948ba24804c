"""The book: what this engine holds of each meter of each budget; pure, the clock passed in.

The rules:

1. A request is let in where each meter that it counts on has headroom for its estimate; then that much is reserved. When it
   has ended, the reservation is replaced by what it cost, which stays held until its row is in the database.
2. Headroom is the lease without what is reserved and what is not written yet. A lease is granted by the database
   (``BudgetStore.renew``), in which its part becomes ``spent`` when rows are written; so both shrink together here.
3. What was written while a grant was under way may or may not be in it: the grant is taken as if it were not. Requests go
   on being let in meanwhile, so the database is told what they are let in by, which it leaves to this engine. What is to
   be given back is lowered here before it is there.
4. A lease ends by this clock before it ends in the database. Where no other engine held any of the meter it stays good
   while the database cannot be asked: nobody else can be granted it then either.
5. Budgets that only tell (``is_hard`` false) and those switched off hold nobody up, and have no meters here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from pxbin_engine.gateway.budgets.period import Span, period_of
from pxbin_engine.records import BudgetRecord, BudgetScope, RequestRecord

MeterKey = tuple[UUID, str, datetime]
"""Budget, subject, start of the period: as the database has it."""

IDLE_SECONDS = 10.0
"""Without a request, after which other engines get the headroom."""
FORGET_SECONDS = 600.0
LEASE_LASTS = 45.0
"""Of the 60 seconds in the database: what is between the two is for slow answers."""
RENEW_SECONDS = 15.0
SHARED_RENEW_SECONDS = 0.4
"""Where other engines hold some of the meter too: their needs shrink what is left to this one."""

_NOTHING = Decimal(0)


class Meter:
    """One meter of a hard budget, as this engine sees it.

    Attributes:
        lease: what may be spent and is not known to be in the database.
        reserved: of it, for requests in flight.
        unwritten: of it, what ended requests cost whose rows are not written yet.
        slack: the headroom that came with the lease.
        wanted: what waits to be let in.
        written: all that was ever written; shows what was while a grant was under way.
        spent: as the database said last; None before the first grant.
        gives_back: another engine went short; the headroom is given back at the next renewal.
        frozen: a lease that may be another's by now is being renewed; nothing is let in by it.
        too_much: the estimate of the request that was refused last because so much was spent.
    """

    def __init__(self, budget: BudgetRecord, subject: str, span: Span) -> None:
        self.budget = budget
        self.subject = subject
        self.span = span
        self.lease = self.reserved = self.unwritten = self.wanted = self.written = _NOTHING
        self.slack = self.too_much = _NOTHING
        self.spent: Decimal | None = None
        self.alone = self.gives_back = self.frozen = False
        self.expires_at = self.renewed_at = self.used_at = float("-inf")

    @property
    def key(self) -> MeterKey:
        """How the database calls it."""
        return self.budget.id, self.subject, self.span.starts_at

    @property
    def need(self) -> Decimal:
        """What must be held, whatever comes."""
        return self.reserved + self.unwritten

    def headroom(self, now: float) -> Decimal:
        """What can still be reserved; below zero where more was spent than held."""
        if self.frozen or (now >= self.expires_at and not self.alone):
            return min(_NOTHING, -self.need)
        return self.lease - self.need

    def lets_in(self, amount: Decimal | None, now: float) -> bool:
        """Whether a request of that estimate fits; None: an unknown price, which needs only that something is left."""
        return _fits(amount, self.headroom(now))

    def hopeless(self, amount: Decimal | None) -> bool:
        """Whether no grant can be enough: so much is spent, or held here."""
        if self.spent is None:
            return False
        return not _fits(amount, self.budget.limit - self.spent - self.need)

    def is_spent(self, amount: Decimal | None) -> bool:
        """Whether it would not fit even if nothing else were in flight, here or at other engines."""
        return not _fits(amount, self.budget.limit - (self.spent or _NOTHING) - self.unwritten)

    def is_idle(self, now: float) -> bool:
        """Whether it was left alone for a while."""
        return now - self.used_at > IDLE_SECONDS and not self.wanted

    def is_due(self, now: float) -> bool:
        """Whether its lease should be renewed now."""
        if self.wanted or self.gives_back or self.spent is None:
            return True
        age = now - self.renewed_at
        if self.is_idle(now):
            return age > RENEW_SECONDS
        if self.alone and self.lease - self.need >= self.slack / 4:
            return age > RENEW_SECONDS
        return age > SHARED_RENEW_SECONDS

    def is_over(self, now: float, at: datetime) -> bool:
        """Whether it can be given back and forgotten."""
        if self.need or self.wanted:
            return False
        return now - self.used_at > FORGET_SECONDS or not self.span.holds(at)

    def ask(self, now: float) -> tuple[Decimal, Decimal]:
        """What is to be asked for, and what is kept meanwhile in any case."""
        need = self.need + self.wanted
        if self.gives_back or (self.is_idle(now) and not self.alone):
            self.lease = min(self.lease, need)
        self.gives_back = False
        self.frozen = now >= self.expires_at
        return need, self.need if self.frozen else max(self.lease, self.need)

    def grant(
        self, amount: Decimal, *, spent: Decimal, alone: bool, asked_at: float, written: Decimal
    ) -> None:
        """Take what was granted; ``asked_at`` and ``written`` are those of when it was asked for."""
        self.lease = amount - (self.written - written)
        self.slack = self.lease - self.need
        self.spent = spent
        self.alone = alone
        self.renewed_at = asked_at
        self.expires_at = asked_at + LEASE_LASTS


class Hold(Struct):
    """What is held for one request; ``amount`` None: its price is unknown."""

    amount: Decimal | None
    prompt_tokens: int
    meters: tuple[Meter, ...] = ()
    upstream: tuple[Meter, ...] = ()
    """Those of the upstream that is being tried."""


class Book:
    """The meters of this engine, and what each request holds of them."""

    def __init__(self) -> None:
        self.given_back: list[Meter] = []
        """Meters to be released in the database."""
        self._budgets: dict[UUID, BudgetRecord] = {}
        self._index: dict[tuple[BudgetScope, str], list[BudgetRecord]] = {}
        self._spans: dict[UUID, Span] = {}
        self._meters: dict[MeterKey, Meter] = {}
        self._holds: dict[UUID, Hold] = {}
        self._charges: dict[UUID, tuple[tuple[Meter, ...], Decimal]] = {}

    # ------------------------------------------------------------------ configuration

    def replace(self, budgets: Iterable[BudgetRecord]) -> None:
        """Hold to these from now on. What a budget counts in another way than before begins anew."""
        before, self._budgets = (
            self._budgets,
            {budget.id: budget for budget in budgets if budget.is_active and budget.is_hard},
        )
        self._index = {}
        for budget in self._budgets.values():
            self._index.setdefault((budget.scope, budget.subject), []).append(budget)
            if budget.id in before and _meaning(before[budget.id]) != _meaning(budget):
                del before[budget.id]
        self._spans = {}
        for meter in tuple(self._meters.values()):
            budget_id = meter.budget.id
            if budget_id not in self._budgets or budget_id not in before:
                self._drop(meter)
            elif self._budgets[budget_id] != meter.budget:
                meter.budget, meter.too_much = self._budgets[budget_id], _NOTHING
                meter.gives_back = True  # its limit may be lower

    @property
    def active(self) -> bool:
        """Whether any budget can refuse a request."""
        return bool(self._budgets)

    def counts(self, *scopes: BudgetScope) -> bool:
        """Whether any budget that can refuse has one of these scopes."""
        return any(budget.scope in scopes for budget in self._budgets.values())

    # ------------------------------------------------------------------ meters

    def meters_for(self, subjects: Mapping[BudgetScope, str], at: datetime) -> tuple[Meter, ...]:
        """Every meter on which a request of these subjects counts that arrived ``at``."""
        return tuple(
            self._meter(budget, subject, at)
            for scope, said in subjects.items()
            for budget, subject in self._fitting(scope, said)
        )

    def look(
        self,
        subjects: Mapping[BudgetScope, str],
        at: datetime,
        spent_of: Callable[[MeterKey], Decimal | None],
    ) -> Iterator[Meter]:
        """The same as they stand, for a question alone: none is opened; ``spent_of`` tells what others have spent."""
        for scope, said in subjects.items():
            for budget, subject in self._fitting(scope, said):
                span = period_of(budget.period, budget.time_zone, at)
                meter = Meter(budget, subject, span)
                meter.spent = spent_of(meter.key)
                yield self._meters.get(meter.key, meter)

    def _fitting(self, scope: BudgetScope, said: str) -> Iterator[tuple[BudgetRecord, str]]:
        if said or scope == "all":
            for budget in self._index.get((scope, said), ()):
                yield budget, ""
        if said:
            for budget in self._index.get((scope, ""), ()):
                yield budget, said

    def _meter(self, budget: BudgetRecord, subject: str, at: datetime) -> Meter:
        span = self._spans.get(budget.id)
        if span is None or not span.holds(at):
            span = self._spans[budget.id] = period_of(budget.period, budget.time_zone, at)
        key = (budget.id, subject, span.starts_at)
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = Meter(budget, subject, span)
        return meter

    def open_shared(self, at: datetime, now: float) -> None:
        """Have the meters of budgets that have only one, so that their first request need not wait for a lease."""
        for budget in self._budgets.values():
            if budget.subject or budget.scope == "all":
                meter = self._meter(budget, "", at)
                if meter.spent is None:  # it counts as idle, for others may need the rest
                    meter.used_at = max(meter.used_at, now - IDLE_SECONDS - 1)

    def find(self, budget_id: UUID, subject: str, starts_at: datetime) -> Meter | None:
        """A meter, where this engine has it."""
        return self._meters.get((budget_id, subject, starts_at))

    def due(self, now: float) -> list[Meter]:
        """The meters whose lease should be renewed."""
        return [meter for meter in self._meters.values() if meter.is_due(now)]

    def give_back(self) -> None:
        """Have the headroom of every meter given back."""
        for meter in self._meters.values():
            meter.gives_back = True

    def in_use(self, now: float) -> bool:
        """Whether any was used a moment ago."""
        return any(not meter.is_idle(now) for meter in self._meters.values())

    def forget(self, now: float, at: datetime) -> None:
        """Give back the meters that nothing needs any more."""
        for meter in tuple(self._meters.values()):
            if meter.is_over(now, at):
                self._drop(meter)

    def _drop(self, meter: Meter) -> None:
        del self._meters[meter.key]
        self.given_back.append(meter)

    def all_meters(self) -> tuple[Meter, ...]:
        """Every meter that this engine has."""
        return tuple(self._meters.values())

    # ------------------------------------------------------------------ requests

    def begin(self, request_id: UUID, hold: Hold) -> None:
        """Keep what a request will hold; ``hold.meters`` stay untouched until ``reserve``."""
        self._holds[request_id] = hold

    def hold_of(self, request_id: UUID) -> Hold | None:
        """What a request holds."""
        return self._holds.get(request_id)

    def reserve(
        self, meters: tuple[Meter, ...], amount: Decimal | None, now: float
    ) -> Meter | None:
        """Reserve on all of ``meters``, or on none; then the first that has too little is returned."""
        for meter in meters:
            meter.used_at = now
            if not meter.lets_in(amount, now):
                return meter
        for meter in meters:
            meter.reserved += amount or _NOTHING
        return None

    def free(self, meters: tuple[Meter, ...], amount: Decimal | None) -> None:
        """Undo ``reserve``."""
        for meter in meters:
            meter.reserved -= amount or _NOTHING

    def settle(self, record: RequestRecord) -> Hold | None:
        """A request has ended: what it cost takes the place of what was reserved; returns what it held."""
        hold = self._holds.pop(record.id, None)
        if hold is None:
            return None
        meters = hold.meters + hold.upstream
        self.free(meters, hold.amount)
        if record.cost and meters:
            for meter in meters:
                meter.unwritten += record.cost
            self._charges[record.id] = meters, record.cost
        return hold

    def written(self, request_ids: Iterable[UUID]) -> None:
        """Their rows are in the database: it counts them from now on. An id may come again."""
        for request_id in request_ids:
            charged = self._charges.pop(request_id, None)
            if charged is not None:
                meters, cost = charged
                for meter in meters:
                    meter.unwritten -= cost
                    meter.lease -= cost
                    meter.written += cost


def _fits(amount: Decimal | None, left: Decimal) -> bool:
    return left > 0 if amount is None else left >= amount


def _meaning(budget: BudgetRecord) -> tuple[object, ...]:
    return budget.scope, budget.subject, budget.period, budget.time_zone

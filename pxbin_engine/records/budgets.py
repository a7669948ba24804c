"""Budgets in dollars: what may be spent on what, and how it stands."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

BudgetScope = Literal["all", "key", "model", "upstream", "client", "session"]
"""What a budget counts. ``client`` by the name without its version (``Claude Code``), ``model`` and ``upstream`` by the
name that pxbin has for them."""

BudgetPeriod = Literal["day", "week", "month", "total"]
"""In the budget's time zone; a week begins on Monday. ``total`` never ends."""

BudgetLevel = Literal["ok", "fast", "warning", "exhausted"]
"""``fast``: at this pace it will not last for its period. ``warning``: past its soft threshold."""


class BudgetRecord(Struct, frozen=True, kw_only=True):
    """A limit in US dollars."""

    id: UUID
    name: str
    scope: BudgetScope = "all"
    subject: str = ""
    """Which key (its id), model, upstream, client or session; empty: each of them has the limit for itself."""
    period: BudgetPeriod = "month"
    time_zone: str = "UTC"
    """An IANA name: where its days begin."""
    limit: Decimal
    warn_share: float = 0.8
    """The share of the limit from which on the person is told."""
    is_hard: bool = True
    """Whether requests are refused once it is used up, or the person is only told."""
    is_active: bool = True
    created_at: datetime
    updated_at: datetime


class BudgetStatus(Struct, frozen=True, kw_only=True):
    """How one meter of a budget stands: there is one, or one for each subject."""

    budget: BudgetRecord
    subject: str
    """Empty where the budget has one meter."""
    label: str
    """What the subject is called (a key's name); the budget's own name where it has one meter."""
    starts_at: datetime | None
    ends_at: datetime | None
    """None: ``total``."""
    spent: Decimal
    reserved: Decimal = Decimal(0)
    """Held for requests in flight in this process, by estimate."""
    pace: float | None = None
    """Spent share over elapsed share; above 1 it will not last. None for ``total``."""
    forecast: Decimal | None = None
    """What will have been spent at the end of the period, at this pace; None for ``total``."""
    level: BudgetLevel = "ok"
    unpriced_requests: int = 0
    """Requests whose price is unknown: they are missing from ``spent``."""

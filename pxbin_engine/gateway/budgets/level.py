"""How a meter of a budget stands: pace, forecast, and the level that a person is told of; pure.

1. The pace is the spent share of the limit over the elapsed share of the period. The forecast goes on at it to the end.
   In the first hundredth of a period neither says anything.
2. ``fast`` begins above a pace of 1.2, once a tenth of the limit is spent and a twentieth of the period is over; it ends
   below 1.0, so that it does not come and go.
3. ``warning`` begins at ``warn_share``. ``exhausted`` means that nothing is left, or less than a request was refused for.
   The graver level is the one that is told.
"""

from datetime import datetime
from decimal import Decimal

from pxbin_engine.gateway.budgets.period import Span, period_of
from pxbin_engine.records import BudgetLevel, BudgetRecord, BudgetStatus

_TOO_EARLY = 0.01
_FAST, _NO_LONGER_FAST = 1.2, 1.0
_LEAST_SPENT, _LEAST_ELAPSED = 0.1, 0.05


def status_of(
    budget: BudgetRecord,
    *,
    now: datetime,
    spent: Decimal,
    subject: str = "",
    label: str = "",
    reserved: Decimal = Decimal(0),
    unpriced: int = 0,
    too_much: Decimal = Decimal(0),
    before: BudgetLevel = "ok",
) -> BudgetStatus:
    """How one meter stands in the period of ``now``.

    Args:
        too_much: the estimate of a request that was refused.
        before: its level until now.
    """
    span = period_of(budget.period, budget.time_zone, now)
    elapsed = _elapsed(span, now)
    share = float(spent / budget.limit)
    pace = None if elapsed is None or elapsed < _TOO_EARLY else share / elapsed
    return BudgetStatus(
        budget=budget,
        subject=subject,
        label=label or budget.name,
        starts_at=None if span.ends_at is None else span.starts_at,
        ends_at=span.ends_at,
        spent=spent,
        reserved=reserved,
        pace=pace,
        forecast=None if pace is None else budget.limit * Decimal(f"{pace:.6f}"),
        level=_level(budget, share, pace, elapsed or 0.0, before)
        if budget.limit - spent >= too_much
        else "exhausted",
        unpriced_requests=unpriced,
    )


def _elapsed(span: Span, now: datetime) -> float | None:
    """From 0 to 1; None where it never ends."""
    if span.ends_at is None:
        return None
    return min(1.0, max(0.0, (now - span.starts_at) / (span.ends_at - span.starts_at)))


def _level(
    budget: BudgetRecord,
    share: float,
    pace: float | None,
    elapsed: float,
    before: BudgetLevel,
) -> BudgetLevel:
    if share >= 1.0:
        return "exhausted"
    if share >= budget.warn_share:
        return "warning"
    threshold = _NO_LONGER_FAST if before == "fast" else _FAST
    if pace is None or pace <= threshold or share < _LEAST_SPENT or elapsed < _LEAST_ELAPSED:
        return "ok"
    return "fast"

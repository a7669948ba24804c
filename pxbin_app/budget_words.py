"""What is said of a budget: on its card, in a notice, in the tray. No Qt here."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pxbin_app.theme import Tone
from pxbin_app.widgets.format import dollars, percent
from pxbin_engine.records import (
    BudgetLevel,
    BudgetPeriod,
    BudgetRecord,
    BudgetScope,
    BudgetStatus,
)

SCOPES: dict[BudgetScope, str] = {
    "all": "All requests",
    "key": "A key",
    "model": "A model",
    "upstream": "An upstream",
    "client": "A client",
    "session": "A session",
}
PERIODS: dict[BudgetPeriod, str] = {
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "total": "In total",
}
LEVELS: dict[BudgetLevel, tuple[str, Tone]] = {
    "ok": ("on track", "ok"),
    "fast": ("too fast", "warn"),
    "warning": ("running low", "warn"),
    "exhausted": ("used up", "err"),
}
"""Each level in words, and the tone whose sign has a shape of its own."""

_GRAVITY: tuple[BudgetLevel, ...] = ("ok", "fast", "warning", "exhausted")
_A_WHILE = timedelta(days=2)


def gravity(level: BudgetLevel) -> int:
    """Levels in the order in which they trouble: 0 is ``ok``."""
    return _GRAVITY.index(level)


def share(status: BudgetStatus) -> float:
    """How much of the limit is spent: 1 is all of it."""
    limit = status.budget.limit
    return float(status.spent / limit) if limit else float(status.spent > 0)


def by_trouble(statuses: Iterable[BudgetStatus]) -> list[BudgetStatus]:
    """The worst first: by level, then by how much is spent."""
    return sorted(
        statuses,
        key=lambda one: (-gravity(one.level), -share(one), one.budget.name, one.label),
    )


def limit_text(limit: Decimal) -> str:
    """A limit as one says it: ``$10``, ``$2.50``, ``$0.005``."""
    whole = limit.to_integral_value()
    return f"${whole:,}" if limit == whole else dollars(limit)


def spent_text(status: BudgetStatus) -> str:
    """``$6.89 of $10``."""
    return f"{dollars(status.spent)} of {limit_text(status.budget.limit)}"


def about(budget: BudgetRecord, subject: str) -> str:
    """What it counts, how long, and what it does: ``Each key · a day · refuses``.

    Args:
        subject: what the budget's subject is called; empty: it has none, or each has its own meter.
    """
    does = "refuses when used up" if budget.is_hard else "only tells"
    return " · ".join((counts(budget, subject), _EACH[budget.period], does))


_EACH: dict[BudgetPeriod, str] = {
    "day": "a day",
    "week": "a week",
    "month": "a month",
    "total": "in total",
}
_SPAN: dict[BudgetPeriod, str] = {
    "day": "today",
    "week": "this week",
    "month": "this month",
    "total": "in total",
}


def counts(budget: BudgetRecord, subject: str) -> str:
    """What a budget counts: ``All requests``, ``Each key``, ``Key Claude Code laptop``."""
    if budget.scope == "all":
        return SCOPES["all"]
    return f"{budget.scope.capitalize()} {subject}" if subject else f"Each {budget.scope}"


def span(period: BudgetPeriod) -> str:
    """The running period: ``today``, ``this month``."""
    return _SPAN[period]


def ends_text(status: BudgetStatus, now: datetime) -> str:
    """Until when it counts: ``ends in 9 h``, ``ends in 8 days, on 1 Dec``; empty where it never ends.

    The day is that of the budget's own zone; the zone is named where its clock is not the person's.
    """
    if status.ends_at is None:
        return ""
    left = status.ends_at - now
    zone, foreign = _zone_of(status.budget, now)
    where = f" ({status.budget.time_zone})" if foreign else ""
    if left <= _A_WHILE:
        return f"ends in {_left(left)}{where}"
    last = status.ends_at.astimezone(zone)
    return f"ends in {_left(left)}, on {last.day} {last:%b}{where}"


def _zone_of(budget: BudgetRecord, now: datetime) -> tuple[ZoneInfo | None, bool]:
    """The budget's zone (None: the person's), and whether its clock shows another time than the person's."""
    try:
        zone = ZoneInfo(budget.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None, False
    return zone, now.astimezone(zone).utcoffset() != now.astimezone().utcoffset()


def _left(left: timedelta) -> str:
    minutes = max(0, int(left.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if left <= _A_WHILE else f"{hours // 24} days"


def outlook(status: BudgetStatus) -> str:
    """Pace and forecast in a sentence; what happens now where it is used up."""
    budget = status.budget
    if status.level == "exhausted":
        return used_up(budget)
    left = dollars(max(Decimal(0), budget.limit - status.spent))
    if status.forecast is None:
        return f"{left} left."
    end = _END[budget.period]
    if status.forecast > budget.limit:
        over = dollars(status.forecast - budget.limit)
        return f"At this pace {dollars(status.forecast)} by {end}: {over} too much."
    return f"At this pace {dollars(status.forecast)} by {end}; {left} left."


_END: dict[BudgetPeriod, str] = {
    "day": "the end of the day",
    "week": "the end of the week",
    "month": "the end of the month",
    "total": "its end",
}


def used_up(budget: BudgetRecord) -> str:
    """What it means that a budget is used up."""
    if not budget.is_hard:
        return "Requests go on: this budget only tells."
    until = "its limit is raised" if budget.period == "total" else f"the next {budget.period}"
    return f"Requests are refused until {until}."


def whose(status: BudgetStatus) -> str:
    """The budget's name, and which of its meters: ``Team``, ``Per key, CI``."""
    name = status.budget.name
    return f"{name}, {status.label}" if status.subject and status.label != name else name


def notice(status: BudgetStatus) -> tuple[str, str]:
    """Title and text of the notice that a budget came to this level."""
    told = f"{spent_text(status)} {span(status.budget.period)}."
    titles: dict[BudgetLevel, str] = {
        "ok": f"{whose(status)} is on track again",
        "fast": f"{whose(status)} is being spent too fast",
        "warning": f"{whose(status)}: {percent(share(status))} is spent",
        "exhausted": f"{whose(status)} is used up",
    }
    return titles[status.level], f"{told} {outlook(status)}"

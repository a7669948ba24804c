"""``pxbin-engine budgets``: add, list, change and remove budgets, and show how they stand."""

from argparse import Namespace
from decimal import Decimal

from msgspec import UNSET

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import on_engine
from pxbin_engine.cli.lookup import find
from pxbin_engine.engine import Engine
from pxbin_engine.records import BudgetRecord, BudgetScope, BudgetStatus

_CENT = Decimal("0.01")


@on_engine
async def add(engine: Engine, arguments: Namespace) -> Answer:
    """Make a budget."""
    budget = await engine.budgets.create(
        name=arguments.name,
        limit=arguments.limit,
        scope=arguments.scope,
        subject=await _subject(engine, arguments.scope, arguments.subject or ""),
        period=arguments.period,
        time_zone=arguments.time_zone,
        warn_share=arguments.warn_share,
        is_hard=not arguments.soft,
    )
    return Answer(f"{budget.name} was added: {_described(budget)}.", budget)


@on_engine
async def list_all(engine: Engine, _: Namespace) -> Answer:
    """Every budget."""
    budgets = await engine.budgets.list()
    rows = [
        (b.name, b.limit, b.period, b.time_zone, _of(b), b.is_hard, b.is_active, b.id)
        for b in budgets
    ]
    titles = ("NAME", "LIMIT $", "PERIOD", "TIME ZONE", "OF", "HARD", "ACTIVE", "ID")
    return Answer(as_table(titles, rows), budgets)


@on_engine
async def status(engine: Engine, _: Namespace) -> Answer:
    """How every meter of every budget stands."""
    statuses = await engine.budgets.status()
    rows = [
        (
            s.budget.name,
            s.label if s.subject else "",
            s.spent.quantize(_CENT),
            s.budget.limit,
            f"{_percent(s)} %",
            None if s.forecast is None else s.forecast.quantize(_CENT),
            s.level if s.budget.is_active else "off",
            s.ends_at,
            s.unpriced_requests,
        )
        for s in statuses
    ]
    titles = (
        "BUDGET", "FOR", "SPENT $", "LIMIT $", "USED", "FORECAST $", "LEVEL", "BEGINS ANEW", "UNPRICED",
    )  # fmt: skip
    return Answer(as_table(titles, rows), statuses)


@on_engine
async def update(engine: Engine, arguments: Namespace) -> Answer:
    """Change what is given."""
    budget = await _find(engine, arguments)
    scope = arguments.scope or budget.scope
    subject = arguments.subject
    changes = {
        "name": arguments.name,
        "limit": arguments.limit,
        "scope": arguments.scope,
        "subject": None if subject is None else await _subject(engine, scope, subject),
        "period": arguments.period,
        "time_zone": arguments.time_zone,
        "warn_share": arguments.warn_share,
        "is_hard": arguments.hard,
        "is_active": arguments.active,
    }
    budget = await engine.budgets.update(
        budget.id, **{name: UNSET if value is None else value for name, value in changes.items()}
    )
    return Answer(f"{budget.name} was changed: {_described(budget)}.", budget)


@on_engine
async def remove(engine: Engine, arguments: Namespace) -> Answer:
    """Delete a budget; the rows of the log stay."""
    budget = await _find(engine, arguments)
    await engine.budgets.delete(budget.id)
    return Answer(f"{budget.name} was removed.", {"deleted": 1})


async def _subject(engine: Engine, scope: BudgetScope, said: str) -> str:
    """A key is said by its name; everything else is what it is called."""
    if scope != "key" or not said:
        return said
    return str(find(await engine.keys.list("llm"), said, kind="key").id)


async def _find(engine: Engine, arguments: Namespace) -> BudgetRecord:
    return find(await engine.budgets.list(), arguments.budget, kind="budget")


def _described(budget: BudgetRecord) -> str:
    every = "in total" if budget.period == "total" else f"a {budget.period} ({budget.time_zone})"
    return f"{budget.limit:f} dollars {every} for {_of(budget)}"


def _of(budget: BudgetRecord) -> str:
    if budget.scope == "all":
        return "all"
    return f"{budget.scope} {budget.subject}" if budget.subject else f"each {budget.scope}"


def _percent(status: BudgetStatus) -> int:
    return int(100 * status.spent / status.budget.limit)

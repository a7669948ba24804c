"""``pxbin-engine reconcile``: a provider's usage exports, beside what pxbin counted."""

from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.cli.lookup import find
from pxbin_engine.cli.values import a_day
from pxbin_engine.engine import Engine
from pxbin_engine.errors import NotFound
from pxbin_engine.records import (
    REASONS,
    STATES,
    Compared,
    ReconcileLine,
    Reconciliation,
    UpstreamRecord,
    UsageImport,
)

_IMPORT_TITLES = ("FILE", "FORMAT", "UPSTREAM", "FIRST DAY", "LAST DAY", "MODELS", "IMPORTED", "ID")


@on_engine
async def import_usage(engine: Engine, arguments: Namespace) -> Answer:
    """Import what a provider's export says."""
    upstream = await _upstream(engine, arguments)
    made = await engine.reconcile.import_file(upstream.id, arguments.file)
    span = f"{made.first_day} to {made.last_day}"
    replaced = f", {made.replaced_days} of them in place of what was there" if made.replaced_days else ""  # fmt: skip
    told = f"{made.format} of {upstream.name}: {made.days} days, {span}{replaced}."
    return Answer(f"Imported {told}", made)


@on_engine
async def list_imports(engine: Engine, arguments: Namespace) -> Answer:
    """The imports, the newest first."""
    imports = await engine.reconcile.imports()
    return Answer(as_table(_IMPORT_TITLES, map(_import, imports)), imports)


@on_engine
async def forget(engine: Engine, arguments: Namespace) -> Answer:
    """Take an import out again."""
    made = [one for one in await engine.reconcile.imports() if str(one.id) == arguments.id]
    if not made:
        raise NotFound(f"There is no import {arguments.id!r}.")
    await engine.reconcile.delete(made[0].id)
    return Answer(f"Forgotten: {made[0].file_name or made[0].id}.", {"deleted": 1})


@on_engine
async def show(engine: Engine, arguments: Namespace) -> Answer:
    """Both sides of each day and model, what differs, and why."""
    upstream = await _upstream(engine, arguments)
    found = await engine.reconcile.comparison(
        upstream.id, first=arguments.since, last=arguments.until
    )
    if found.first_day is None:
        return Answer(f"No import tells of {upstream.name} in these days.", found)
    return Answer(_drawn(found, by_model=arguments.by == "model"), found)


def _drawn(found: Reconciliation, *, by_model: bool) -> str:
    lines = found.models if by_model else found.lines
    titles = ("DAY", "MODEL", "IN", "IN HERE", "OUT", "OUT HERE", "COST $", "COST HERE $", "DIFFERENCE $", "%", "STATE")  # fmt: skip
    table = as_table(titles, [_line(one) for one in (*lines, found.total)])
    days = f"{found.first_day} to {found.last_day} (UTC)"
    why = [REASONS[reason] for reason in REASONS if any(reason in one.reasons for one in lines)]
    return "\n".join([f"{found.upstream_name}, {days}", "", table, *([""] if why else []), *why])


def _line(one: ReconcileLine) -> tuple[object, ...]:
    sums = (*_both(one.prompt_tokens), *_both(one.output_tokens), *_both(one.cost))
    total = "" if one.model else "all"
    return (
        one.day or total,
        one.model,
        *sums,
        one.cost.difference,
        one.cost.percent,
        STATES[one.state],
    )


def _both(one: Compared) -> Iterable[object]:
    return one.provider, one.pxbin


def _import(made: UsageImport) -> tuple[object, ...]:
    return (
        made.file_name,
        made.format,
        made.upstream_name,
        made.first_day,
        made.last_day,
        made.models,
        made.imported_at,
        made.id,
    )


async def _upstream(engine: Engine, arguments: Namespace) -> UpstreamRecord:
    return find(await engine.upstreams.list(), arguments.upstream, kind="upstream")


_UPSTREAM = option(
    "--upstream", required=True, help="the one that stands for this account: its name or id"
)
COMMANDS = (
    Command(
        "reconcile import",
        "import a provider's usage or cost export (OpenAI, Anthropic, OpenRouter)",
        import_usage,
        (option("file", type=Path, help="CSV, or a report of Anthropic's Admin API"), _UPSTREAM),
    ),
    Command("reconcile imports", "list what was imported", list_imports),
    Command(
        "reconcile forget",
        "take an import out again",
        forget,
        (option("id", help="as reconcile imports shows it"),),
    ),
    Command(
        "reconcile show",
        "compare what the provider says with what pxbin counted",
        show,
        (
            _UPSTREAM,
            option("--since", type=a_day, metavar="DAY", help="from this day on (UTC)"),
            option("--until", type=a_day, metavar="DAY", help="up to this day (UTC)"),
            option("--by", choices=("day", "model"), default="day", help="lines, or totals"),
        ),
    ),
)
"""The commands of this module."""

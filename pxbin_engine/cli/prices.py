"""``pxbin-engine models prices``, ``sync-pricing`` and ``reprice``: what tokens cost since when, and a cost for rows that have none."""

import argparse
from argparse import Namespace
from datetime import datetime
from typing import Any

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.cli.lookup import find
from pxbin_engine.cli.values import a_price
from pxbin_engine.engine import Engine
from pxbin_engine.records import (
    ModelPrice,
    ModelRecord,
    PriceChange,
    PriceTier,
    TokenPrices,
)

_CLASSES = TokenPrices.__struct_fields__
_BY = "command line"


@on_engine
async def list_all(engine: Engine, arguments: Namespace) -> Answer:
    """Every price that a model had, newest first; a tier is a line of its own."""
    model = await _model(engine, arguments.model)
    history = await engine.prices.history(model.id)
    rows = [row for one in history for row in _rows(one.price, one.valid_from)]
    titles = ("SINCE", "FROM", "FOR", *(name.upper() for name in _CLASSES))
    return Answer(as_table(titles, rows), history)


@on_engine
async def add(engine: Engine, arguments: Namespace) -> Answer:
    """Record a price of the person's own."""
    model = await _model(engine, arguments.model)
    price: dict[str, Any] = {name: getattr(arguments, name) for name in _CLASSES}
    price["tiers"] = tuple(arguments.tiers)
    added = await engine.prices.add(model.id, price, valid_from=arguments.since)
    said = f"{model.name} has this price since {added.valid_from.astimezone():%Y-%m-%d %H:%M}."
    return Answer(f"{said} Rows of the past keep theirs; see: models reprice", added)


@on_engine
async def sync(engine: Engine, arguments: Namespace) -> Answer:
    """Fill in and renew listed and published prices, of all models or of those that are named; a person's own stay."""
    models = await engine.models.list()
    wanted = {find(models, said, kind="model").id for said in arguments.models} or None
    work = engine.models.preview_pricing if arguments.dry_run else engine.models.sync_pricing
    report = await work(wanted)
    rows = [row for change in report.changes for row in rows_of_change(change)]
    would = "would change" if arguments.dry_run else "changed"
    said = (
        f"{report.models_updated} of {report.total_models} {would},"
        f" {report.models_not_found} have no price that is known."
    )
    titles = ("MODEL", "", "FROM", "FOR", *(name.upper() for name in _CLASSES))
    return Answer(f"{as_table(titles, rows)}\n\n{said}" if rows else said, report)


@on_engine
async def reprice(engine: Engine, arguments: Namespace) -> Answer:
    """Give a cost to rows that have none."""
    model = await _model(engine, arguments.model) if arguments.model else None
    done = await engine.prices.reprice(
        by=_BY,
        model_id=model.id if model else None,
        since=arguments.since,
        until=arguments.until,
        every=arguments.every,
        dry_run=arguments.dry_run,
    )
    would = "would get" if arguments.dry_run else "got"
    said = (
        f"{done.requests_priced} of {done.requests_seen} requests {would} another cost"
        f" ({done.difference:+f} dollars); {done.requests_unknown} still have none."
    )
    return Answer(said, done)


@on_engine
async def list_repricings(engine: Engine, _: Namespace) -> Answer:
    """What re-prices did, newest first."""
    repricings = await engine.prices.repricings()
    rows = [
        (
            one.started_at,
            one.by,
            one.model or "all",
            one.requests_seen,
            one.requests_priced,
            one.requests_unknown,
            one.difference,
            one.finished_at is not None,
            one.id,
        )
        for one in repricings
    ]
    titles = (
        "STARTED", "BY", "MODEL", "SEEN", "PRICED", "UNKNOWN", "DIFFERENCE $", "FINISHED", "ID",
    )  # fmt: skip
    return Answer(as_table(titles, rows), repricings)


async def _model(engine: Engine, said: str) -> ModelRecord:
    return find(await engine.models.list(), said, kind="model")


def rows_of_change(change: PriceChange) -> list[tuple[object, ...]]:
    """What a model's price was, and below it what it becomes; a tier is a line of its own."""
    was = [("", *row) for row in _rows(change.before, "was")]
    becomes = [("", *row) for row in _rows(change.after, "becomes")]
    return [(change.model, *was[0][1:]), *was[1:], *becomes]


def _rows(price: ModelPrice, since: object) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = [
        (since, price.source, "", *(getattr(price, name) for name in _CLASSES))
    ]
    for tier in price.tiers:
        figures = (getattr(tier, name) for name in _CLASSES)
        lines.append(("", "", _holds_for(tier), *figures))
    return lines


def _holds_for(tier: PriceTier) -> str:
    longer = f"> {tier.above_prompt_tokens} tokens" if tier.above_prompt_tokens else ""
    return " ".join(part for part in (tier.service_tier, longer) if part)


def a_tier(text: str) -> PriceTier:
    """``above=200000,service=batch,input=6,output=22.5``: what it holds for, and its prices."""
    fields: dict[str, Any] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name == "above" and value.isdecimal():
            fields["above_prompt_tokens"] = int(value)
        elif name == "service" and value in ("batch", "fast", "flex", "priority"):
            fields["service_tier"] = value
        elif name in _CLASSES:
            fields[name] = a_price(value)
        else:
            raise argparse.ArgumentTypeError(
                f"{part!r} is neither above=TOKENS nor service=TIER nor a price such as input=6"
            )
    return PriceTier(**fields)


def a_date(text: str) -> datetime:
    """A date, or a date and time; of this machine's zone, unless it names one."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date, such as 2026-01-31 or 2026-01-31T18:00"
        ) from None


_MODEL = option("model", help="its name or id")
COMMANDS = (
    Command(
        "models sync-pricing",
        "fill in and renew listed and published prices; your own stay",
        sync,
        (
            option("models", nargs="*", metavar="model", help="names or ids; default: all models"),
            option("--dry-run", action="store_true", help="only say what would change"),
        ),
    ),
    Command("models prices", "show every price that a model had", list_all, (_MODEL,)),
    Command(
        "models price",
        "record a price of your own, in dollars per million tokens",
        add,
        (
            _MODEL,
            *(
                option(f"--{name.replace('_', '-')}", type=a_price, metavar="USD")
                for name in _CLASSES
            ),
            option(
                "--tier",
                dest="tiers",
                type=a_tier,
                action="append",
                default=[],
                metavar="above=TOKENS,service=TIER,input=USD,...",
                help="another price for longer prompts, or for batch, fast, flex or priority; may be given again",
            ),
            option("--since", type=a_date, metavar="WHEN", help="when it began; default: now"),
        ),
    ),
    Command(
        "models reprice",
        "give a cost to logged requests that have none, by the price that held then",
        reprice,
        (
            option("model", nargs="?", help="its name or id; default: all models"),
            option("--since", type=a_date, metavar="WHEN"),
            option("--until", type=a_date, metavar="WHEN"),
            option("--every", action="store_true", help="also those that have a cost"),
            option("--dry-run", action="store_true", help="only say what would change"),
        ),
    ),
    Command("models repricings", "show what re-prices did", list_repricings),
)

"""The commands of ``pxbin-engine``, as one table, and the parser that is made from it."""

import argparse
from pathlib import Path
from typing import get_args

from msgspec import UNSET

from pxbin_engine.cli import aliases, budgets, keys, log, maintenance, models, upstreams
from pxbin_engine.cli.command import Command, Option, one_of, option
from pxbin_engine.cli.serve import serve
from pxbin_engine.cli.values import NONE, a_limit, a_moment, a_price
from pxbin_engine.records import BudgetPeriod, BudgetScope, KeyType, UpstreamFormat

FORMATS = get_args(UpstreamFormat)


def _a_count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 64")
    return int(text)


_UPSTREAM = option("upstream", help="its name or id")
_BUDGET = option("budget", help="its name or id")
_PRESET = option(
    "--preset", metavar="ID", help="which program answers there; see: upstreams presets"
)
_KEY = option("key", help="its name, its first 8 characters or its id")
_KEY_LIMITS = (
    option("--rate-limit", type=a_limit, metavar="N", default=UNSET, help="requests a minute"),
    option(
        "--tokens-per-minute", type=a_limit, metavar="N", default=UNSET, help="read and written"
    ),
    option("--max-concurrency", type=a_limit, metavar="N", default=UNSET, help="requests at once"),
    option(
        "--allow-model",
        dest="allowed_models",
        action="append",
        metavar="NAME",
        help="a model, or a pattern such as 'gpt-*', that it may use; may be given again",
    ),
    option(
        "--expires",
        dest="expires_at",
        type=a_moment,
        metavar="WHEN",
        default=UNSET,
        help=f"2030-01-31, 2030-01-31T18:00, 12h, 30d, 8w, or {NONE}",
    ),
)
_API_KEY = one_of(
    option("--api-key-stdin", action="store_true", help="read the key from a line of stdin"),
    option("--api-key-env", metavar="VARIABLE", help="read the key from that environment variable"),
    option("--api-key", metavar="KEY", help="the key itself; others on this machine can see it"),
    option("--no-key", action="store_true", help="the upstream needs no key"),
)

COMMANDS = (
    Command(
        "serve",
        "run the engine without a window, until a signal stops it",
        serve,
        (
            option("--listen", metavar="HOST:PORT", help="in place of listen_addr"),
            option("--workers", type=_a_count, default=1, metavar="N", help="as so many processes"),
            option("--as-worker", nargs=3, help=argparse.SUPPRESS),
        ),
    ),
    Command("migrate", "bring the database up to this version", maintenance.migrate),
    Command(
        "check", "check configuration, database, secret store and upstreams", maintenance.check
    ),
    Command(
        "keys create",
        "make a key; it is shown once",
        keys.create,
        (
            option("name", help="whose or what it is for"),
            option("--type", choices=get_args(KeyType), default="llm"),
            *_KEY_LIMITS,
            option(
                "--read-only", action="store_true", help="may not change anything (management keys)"
            ),
        ),
    ),
    Command(
        "keys list",
        "list the keys, revoked ones too",
        keys.list_all,
        (option("--type", choices=get_args(KeyType)),),
    ),
    Command(
        "keys update",
        f"change a key; {NONE} takes a limit away",
        keys.update,
        (
            _KEY,
            option("--name", default=UNSET, help="whose or what it is for"),
            *_KEY_LIMITS,
            option("--all-models", action="store_true", help="it may use every model"),
        ),
    ),
    Command("keys revoke", "stop a key for good", keys.revoke, (_KEY,)),
    Command(
        "upstreams add",
        "add an upstream; its key is asked for unless it is given",
        upstreams.add,
        (
            option("name"),
            option(
                "base_url", metavar="base-url", nargs="?", help="may be left out with a --preset"
            ),
            option("--format", choices=FORMATS, help="by default the preset's, else openai"),
            _PRESET,
            option("--priority", type=int, default=0, help="lower is tried first"),
            option("--inactive", action="store_true", help="add it, but do not use it yet"),
            _API_KEY,
        ),
    ),
    Command(
        "upstreams list",
        "list the upstreams in the order in which they are tried",
        upstreams.list_all,
    ),
    Command(
        "upstreams update",
        "change what is given",
        upstreams.update,
        (
            _UPSTREAM,
            option("--name"),
            option("--base-url"),
            option("--format", choices=FORMATS),
            _PRESET,
            option("--priority", type=int),
            option("--active", action=argparse.BooleanOptionalAction),
            _API_KEY,
        ),
    ),
    Command(
        "upstreams presets",
        "list the vendors and server programs whose addresses are known",
        upstreams.list_presets,
    ),
    Command(
        "upstreams forget",
        "drop what an upstream's refusals have taught; it is learned again where it still holds",
        upstreams.forget,
        (_UPSTREAM,),
    ),
    Command("upstreams remove", "delete an upstream with its key", upstreams.remove, (_UPSTREAM,)),
    Command(
        "upstreams test",
        "ask an upstream for its model list; costs nothing",
        upstreams.test,
        (
            _UPSTREAM,
            option("--paid", action="store_true", help="also ask for one tiny completion"),
            option("--model", help="the model to ask for it (implies --paid)"),
        ),
    ),
    Command(
        "models add",
        "add a model that an upstream serves",
        models.add,
        (
            option("name", help="what clients call it"),
            option("--upstream", required=True, help="its name or id"),
            option("--upstream-model", help="what the upstream calls it, where that differs"),
            option("--input-cost", type=a_price, metavar="USD", help="a million input tokens"),
            option("--output-cost", type=a_price, metavar="USD", help="a million output tokens"),
            option("--context-window", type=int, metavar="TOKENS"),
            option("--max-output-tokens", type=int, metavar="TOKENS"),
        ),
    ),
    Command("models list", "list the models", models.list_all),
    Command("models discover", "show what an upstream says it has", models.discover, (_UPSTREAM,)),
    Command(
        "models import",
        "add models that an upstream has",
        models.import_models,
        (
            _UPSTREAM,
            option("models", nargs="*", metavar="model"),
            option("--all", action="store_true", help="every model that it has"),
        ),
    ),
    Command(
        "models remove",
        "delete models",
        models.remove,
        (option("models", nargs="+", metavar="model", help="names or ids"),),
    ),
    Command("models sync-pricing", "fill in published prices; your own stay", models.sync_pricing),
    *aliases.COMMANDS,
    Command(
        "budgets add",
        "make a budget: how many dollars may be spent on what",
        budgets.add,
        (
            option("name"),
            option("limit", type=a_price, metavar="USD"),
            option(
                "--for",
                dest="scope",
                choices=get_args(BudgetScope),
                default="all",
                help="what it counts",
            ),
            option(
                "--subject",
                help="only this key, model, upstream, client or session; else each has the limit",
            ),
            option("--period", choices=get_args(BudgetPeriod), default="month"),
            option(
                "--time-zone",
                default="UTC",
                metavar="NAME",
                help="where its days begin, such as Europe/Berlin",
            ),
            option(
                "--warn-share", type=float, default=0.8, metavar="SHARE", help="tell from there on"
            ),
            option("--soft", action="store_true", help="only tell, and refuse nothing"),
        ),
    ),
    Command("budgets list", "list the budgets", budgets.list_all),
    Command("budgets status", "show what is spent of each, and the forecast", budgets.status),
    Command(
        "budgets update",
        "change what is given",
        budgets.update,
        (
            _BUDGET,
            option("--name"),
            option("--limit", type=a_price, metavar="USD"),
            option("--for", dest="scope", choices=get_args(BudgetScope)),
            option("--subject", help="empty: each has the limit for itself"),
            option("--period", choices=get_args(BudgetPeriod)),
            option("--time-zone", metavar="NAME"),
            option("--warn-share", type=float, metavar="SHARE"),
            option("--hard", action=argparse.BooleanOptionalAction),
            option("--active", action=argparse.BooleanOptionalAction),
        ),
    ),
    Command("budgets remove", "delete a budget", budgets.remove, (_BUDGET,)),
    Command(
        "logs",
        "show the newest requests",
        log.logs,
        (
            option("--key", help="only of that key"),
            option("--model", help="only where the model's name holds this"),
            option("--status", type=int, help="only this status; 400 means every 4xx"),
            option("--errors", action="store_true", help="only failures"),
            option("--limit", type=int, default=20, help="how many (up to 500)"),
        ),
    ),
    Command(
        "stats",
        "show requests, tokens and cost of a period",
        log.stats,
        (option("--period", choices=("24h", "7d", "30d"), default="24h"),),
    ),
)
"""Every command, in the order of the help."""


def make_parser() -> argparse.ArgumentParser:
    """The parser: ``command`` of what it returns is the ``Command``."""
    parser = argparse.ArgumentParser(
        prog="pxbin-engine",
        description="The engine of pxbin without its window, and its control plane.",
        epilog="Settings come from config.yaml (PXBIN_CONFIG_PATH) and PXBIN_* environment variables.",
    )
    subparsers = parser.add_subparsers(required=True, metavar="command")
    groups: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for command in COMMANDS:
        group, _, name = command.name.partition(" ")
        if name and group not in groups:
            groups[group] = _add_group(subparsers, group)
        _add_command(groups[group] if name else subparsers, name or group, command)
    return parser


def _add_group(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    verbs = [c.name.partition(" ")[2] for c in COMMANDS if c.name.startswith(f"{name} ")]
    parser = subparsers.add_parser(name, help=", ".join(verbs))
    return parser.add_subparsers(required=True, metavar="command")


def _add_command(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, command: Command
) -> None:
    parser = subparsers.add_parser(
        name, help=command.help, description=f"{command.help.capitalize()}."
    )
    for given in command.options:
        if isinstance(given, Option):
            parser.add_argument(*given.names, **given.settings)
            continue
        alternatives = parser.add_mutually_exclusive_group()
        for names, settings in given.options:
            alternatives.add_argument(*names, **settings)
    parser.add_argument("--config", type=Path, metavar="FILE", help="in place of config.yaml")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="in place of data_dir")
    parser.add_argument("--json", action="store_true", help="answer with JSON")
    parser.set_defaults(command=command)

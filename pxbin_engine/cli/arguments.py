"""The commands of ``pxbin-engine``, as one table, and the parser that is made from it."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from msgspec import UNSET

from pxbin_engine.cli import (
    aliases,
    budgets,
    installation,
    keys,
    log,
    maintenance,
    models,
    openapi,
    prices,
    reconcile,
    recordings,
    replays,
    sessions,
    totals,
    upstream_keys,
    upstreams,
)
from pxbin_engine.cli.command import Command, Option, option
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
COMMANDS = (
    Command(
        "serve",
        "run the engine without a window, until a signal stops it",
        serve,
        (
            option("--listen", metavar="HOST:PORT", help="in place of listen_addr"),
            option(
                "--expose", action="store_true", help="listen for other machines without asking"
            ),
            option("--workers", type=_a_count, default=1, metavar="N", help="as so many processes"),
            option("--as-worker", nargs=3, help=argparse.SUPPRESS),
        ),
    ),
    Command("migrate", "bring the database up to this version", maintenance.migrate),
    Command(
        "check", "check configuration, database, secret store and upstreams", maintenance.check
    ),
    Command("openapi", "print the management API's OpenAPI document", openapi.show),
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
    *upstreams.COMMANDS,
    *upstream_keys.COMMANDS,
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
    Command(
        "models targets",
        "say anew what serves a model, in place of what did",
        models.set_targets,
        (
            option("model", help="its name or id"),
            option(
                "targets",
                nargs="+",
                metavar="UPSTREAM[=MODEL][,priority=N][,weight=N]",
                help="lower priorities are tried first; equal ones share the sessions by weight",
            ),
        ),
    ),
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
    *prices.COMMANDS,
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
    *sessions.COMMANDS,
    *log.COMMANDS,
    *recordings.COMMANDS,
    *replays.COMMANDS,
    *totals.COMMANDS,
    *reconcile.COMMANDS,
    *installation.COMMANDS,
)
"""Every command, in the order of the help."""


_BESIDE = {
    command.name
    for command in COMMANDS
    if command.name.split()[0] in {one.name for one in COMMANDS}
}


class _Parser(argparse.ArgumentParser):
    """Takes the two words of ``logs export`` as one, because ``logs`` is a command by itself."""

    def parse_known_args(  # type: ignore[override]  # the stubs have an overload for each namespace
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        given = list(sys.argv[1:] if args is None else args)
        if " ".join(given[:2]) in _BESIDE:
            given[:2] = [" ".join(given[:2])]
        return super().parse_known_args(given, namespace)


def make_parser() -> argparse.ArgumentParser:
    """The parser: ``command`` of what it returns is the ``Command``."""
    parser = _Parser(
        prog="pxbin-engine",
        description="The engine of pxbin without its window, and its control plane.",
        epilog="Settings come from config.yaml (PXBIN_CONFIG_PATH) and PXBIN_* environment variables.",
    )
    _add_commands(parser, COMMANDS, depth=0)
    return parser


def _add_commands(
    parser: argparse.ArgumentParser, commands: Iterable[Command], *, depth: int
) -> None:
    """Add ``commands`` to the parser of their group; they have their first ``depth`` words in common."""
    subparsers = parser.add_subparsers(
        required=True, metavar="command", parser_class=argparse.ArgumentParser
    )
    groups: dict[str, list[Command]] = {}
    for command in commands:
        groups.setdefault(command.name.split()[depth], []).append(command)
    for word, members in groups.items():
        if members[0].name.split()[depth:] == [word]:
            for member in members:
                _add_command(subparsers, " ".join(member.name.split()[depth:]), member)
        else:
            verbs = dict.fromkeys(member.name.split()[depth + 1] for member in members)
            group = subparsers.add_parser(word, help=", ".join(verbs))
            _add_commands(group, members, depth=depth + 1)


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

"""``pxbin-engine upstreams``: add, list, update, forget, remove and test upstreams; a key need never be on the command
line."""

import argparse
import getpass
import os
import sys
from argparse import Namespace
from typing import TypeVar, get_args

from msgspec import UNSET, UnsetType

from pxbin_engine.admin.checks import given
from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, one_of, option
from pxbin_engine.cli.lookup import find
from pxbin_engine.cli.values import NONE, some_seconds
from pxbin_engine.engine import Engine
from pxbin_engine.errors import InvalidInput
from pxbin_engine.gateway.addresses import IN_CLEAR, is_in_clear
from pxbin_engine.records import HealthReport, UpstreamFormat, UpstreamRecord

T = TypeVar("T")

FORMATS = get_args(UpstreamFormat)

KEY_SOURCES = (
    option("--api-key-stdin", action="store_true", help="read the key from a line of stdin"),
    option("--api-key-env", metavar="VARIABLE", help="read the key from that environment variable"),
    option("--api-key", metavar="KEY", help="the key itself; others on this machine can see it"),
)
"""Where a key may come from."""


@on_engine
async def add(engine: Engine, arguments: Namespace) -> Answer:
    """Make an upstream."""
    preset = next((one for one in engine.upstreams.presets if one.id == arguments.preset), None)
    base_url = arguments.base_url or (preset.base_url if preset else "")
    if not base_url:
        raise InvalidInput("Give a base-url or a --preset.", field="base_url")
    api_key = read_api_key(arguments, ask=True)
    upstream = await engine.upstreams.create(
        name=arguments.name,
        base_url=base_url,
        format=arguments.format or (preset.format if preset else "openai"),
        preset=arguments.preset,
        api_key=api_key or None,
        priority=arguments.priority,
        is_active=not arguments.inactive,
        **given(
            first_byte_timeout_seconds=arguments.first_byte_timeout,
            idle_timeout_seconds=arguments.idle_timeout,
        ),
    )
    where = "" if upstream.secret_place == "none" else f" {engine.upstreams.secret_description}"
    notes = (warning_of(arguments), IN_CLEAR if is_in_clear(upstream.base_url) else "")
    return Answer(
        f"{upstream.name} was added.{where}", upstream, note="\n".join(filter(None, notes))
    )


@on_engine
async def list_all(engine: Engine, _: Namespace) -> Answer:
    """Every upstream in the order in which they are tried."""
    upstreams = await engine.upstreams.list()
    rows = [
        (
            u.name,
            u.format,
            u.base_url,
            u.priority,
            u.is_active,
            u.secret_place,
            len(u.keys),
            len(u.learned),
            u.id,
        )
        for u in upstreams
    ]
    titles = ("NAME", "FORMAT", "BASE URL", "PRIORITY", "ACTIVE", "KEY", "KEYS", "LEARNED", "ID")
    return Answer(as_table(titles, rows), upstreams)


@on_engine
async def list_presets(engine: Engine, _: Namespace) -> Answer:
    """What can be named by ``--preset``."""
    presets = engine.upstreams.presets
    rows = [(preset.id, preset.name, preset.format, preset.base_url) for preset in presets]
    return Answer(as_table(("ID", "NAME", "FORMAT", "BASE URL"), rows), presets)


@on_engine
async def forget(engine: Engine, arguments: Namespace) -> Answer:
    """Say what it had taught, and drop it."""
    upstream = await find_upstream(engine, arguments)
    left = await engine.upstreams.forget(upstream.id)
    lines = [f"  {quirk.upstream_model} {quirk.description}" for quirk in upstream.learned]
    if not lines:
        return Answer(f"{upstream.name} has taught nothing.", left)
    return Answer("\n".join([f"Forgotten of {upstream.name}:", *lines]), left)


@on_engine
async def update(engine: Engine, arguments: Namespace) -> Answer:
    """Change what is given."""
    upstream = await find_upstream(engine, arguments)
    upstream = await engine.upstreams.update(
        upstream.id,
        name=_or_unset(arguments.name),
        base_url=_or_unset(arguments.base_url),
        format=_or_unset(arguments.format),
        preset=_or_unset(arguments.preset),
        priority=_or_unset(arguments.priority),
        is_active=_or_unset(arguments.active),
        api_key=read_api_key(arguments),
        first_byte_timeout_seconds=arguments.first_byte_timeout,
        idle_timeout_seconds=arguments.idle_timeout,
    )
    return Answer(f"{upstream.name} was changed.", upstream, note=warning_of(arguments))


@on_engine
async def remove(engine: Engine, arguments: Namespace) -> Answer:
    """Delete an upstream with its keys."""
    upstream = await find_upstream(engine, arguments)
    await engine.upstreams.delete(upstream.id)
    return Answer(f"{upstream.name} was removed.", {"deleted": 1})


@on_engine
async def test(engine: Engine, arguments: Namespace) -> Answer:
    """Ask for the model list, or with ``--paid`` for one tiny completion."""
    upstream = await find_upstream(engine, arguments)
    report = await engine.upstreams.check(
        upstream.id, paid=arguments.paid or arguments.model is not None, model=arguments.model
    )
    return Answer(f"{upstream.name}: {describe(report)}", report, failed=not report.healthy)


def describe(report: HealthReport) -> str:
    """A health report in one line."""
    if not report.healthy:
        return f"does not work: {report.error}"
    tested = f", {report.tested_model} answered" if report.tested_model else ""
    works = f"works ({report.models_found} models{tested}, {report.latency_ms:.0f} ms)"
    return f"{works}. {report.warning}" if report.warning else works


def read_api_key(arguments: Namespace, *, ask: bool = False) -> str | UnsetType:
    """The upstream's first key from wherever the person said that it is; ``ask`` prompts where nothing was said."""
    if arguments.no_key:
        return ""
    given_key = key_from_source(arguments)
    if given_key is None and ask:
        return ask_for_key("API key of the upstream (empty: none): ")
    return UNSET if given_key is None else given_key


def key_from_source(arguments: Namespace) -> str | None:
    """The key that one of ``KEY_SOURCES`` tells; None where none was given."""
    if arguments.api_key is not None:
        return str(arguments.api_key)
    if arguments.api_key_stdin:
        return sys.stdin.readline().strip()
    if arguments.api_key_env is None:
        return None
    if not os.environ.get(arguments.api_key_env):
        raise InvalidInput(f"The environment has no {arguments.api_key_env}.", field="api_key")
    return os.environ[arguments.api_key_env]


def ask_for_key(prompt: str) -> str:
    """The key as the person types it, unseen; nothing where nobody is there to type."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else ""


def warning_of(arguments: Namespace) -> str:
    if arguments.api_key is None:
        return ""
    return "A key on the command line can be seen by other users and stays in the shell's history."


async def find_upstream(engine: Engine, arguments: Namespace) -> UpstreamRecord:
    return find(await engine.upstreams.list(), arguments.upstream, kind="upstream")


def _or_unset(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value


_UPSTREAM = option("upstream", help="its name or id")
_PRESET = option(
    "--preset", metavar="ID", help="which program answers there; see: upstreams presets"
)


_API_KEY = one_of(
    *KEY_SOURCES,
    option("--no-key", action="store_true", help="the upstream needs no key"),
)
_TIMEOUTS = (
    option(
        "--first-byte-timeout",
        type=some_seconds,
        metavar="SECONDS",
        default=UNSET,
        help=f"how long it may take to begin its answer; {NONE}: as configured",
    ),
    option(
        "--idle-timeout",
        type=some_seconds,
        metavar="SECONDS",
        default=UNSET,
        help=f"how long it may be silent within it; {NONE}: as configured",
    ),
)

COMMANDS = (
    Command(
        "upstreams add",
        "add an upstream; its key is asked for unless it is given",
        add,
        (
            option("name"),
            option(
                "base_url", metavar="base-url", nargs="?", help="may be left out with a --preset"
            ),
            option("--format", choices=FORMATS, help="by default the preset's, else openai"),
            _PRESET,
            option("--priority", type=int, default=0, help="lower is tried first"),
            option("--inactive", action="store_true", help="add it, but do not use it yet"),
            *_TIMEOUTS,
            _API_KEY,
        ),
    ),
    Command(
        "upstreams list",
        "list the upstreams in the order in which they are tried",
        list_all,
    ),
    Command(
        "upstreams update",
        "change what is given",
        update,
        (
            _UPSTREAM,
            option("--name"),
            option("--base-url"),
            option("--format", choices=FORMATS),
            _PRESET,
            option("--priority", type=int),
            option("--active", action=argparse.BooleanOptionalAction),
            *_TIMEOUTS,
            _API_KEY,
        ),
    ),
    Command(
        "upstreams presets",
        "list the vendors and server programs whose addresses are known",
        list_presets,
    ),
    Command(
        "upstreams forget",
        "drop what an upstream's refusals have taught; it is learned again where it still holds",
        forget,
        (_UPSTREAM,),
    ),
    Command("upstreams remove", "delete an upstream with its keys", remove, (_UPSTREAM,)),
    Command(
        "upstreams test",
        "ask an upstream for its model list; costs nothing",
        test,
        (
            _UPSTREAM,
            option("--paid", action="store_true", help="also ask for one tiny completion"),
            option("--model", help="the model to ask for it (implies --paid)"),
        ),
    ),
)

"""``pxbin-engine aliases`` and ``explain``: which model a name means, and where a request would go."""

import argparse
from argparse import Namespace
from typing import get_args
from uuid import UUID

from msgspec import UNSET

from pxbin_engine.admin.aliases import CLAUDE_CODE, CLAUDE_CODE_PATTERNS
from pxbin_engine.admin.checks import given
from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.cli.lookup import find
from pxbin_engine.cli.values import NONE
from pxbin_engine.engine import Engine
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import AliasRecord, Explanation, UpstreamFormat


@on_engine
async def add(engine: Engine, arguments: Namespace) -> Answer:
    """Let a name mean a model."""
    alias = await engine.aliases.create(
        pattern=arguments.pattern,
        model=arguments.model,
        key_id=await _key_id(engine, arguments.key) if arguments.key else None,
        client=arguments.client,
    )
    return Answer(f"{alias.pattern} means {alias.model}.", alias)


@on_engine
async def list_all(engine: Engine, _: Namespace) -> Answer:
    """Every alias, with whom it is for."""
    aliases = await engine.aliases.list()
    return Answer(await _table(engine, aliases), aliases)


@on_engine
async def update(engine: Engine, arguments: Namespace) -> Answer:
    """Change what is given."""
    changes = given(
        pattern=arguments.to_pattern,
        model=arguments.model,
        client=arguments.client,
        is_active=arguments.active,
    )
    if arguments.key is not None:
        unset = arguments.key == NONE
        changes["key_id"] = None if unset else await _key_id(engine, arguments.key)
    if not changes:
        raise InvalidInput("Say what is to be changed; see: aliases update --help")
    alias = await engine.aliases.update((await _alias(engine, arguments.alias)).id, **changes)
    return Answer(f"{alias.pattern} means {alias.model}.", alias)


@on_engine
async def remove(engine: Engine, arguments: Namespace) -> Answer:
    """Take an alias away."""
    alias = await _alias(engine, arguments.alias)
    await engine.aliases.delete(alias.id)
    return Answer(f"{alias.pattern} means nothing any more.", {"deleted": 1})


@on_engine
async def map_client(engine: Engine, arguments: Namespace) -> Answer:
    """Say what several patterns mean for a client, at once."""
    models: dict[str, str | None] = {}
    for pair in arguments.pairs:
        pattern, equals, model = pair.rpartition("=")
        if not equals:
            raise InvalidInput(f"{pair!r} is not PATTERN=MODEL.")
        models[pattern] = model or None
    return await _mapped(engine, arguments.client, models)


@on_engine
async def map_claude_code(engine: Engine, arguments: Namespace) -> Answer:
    """Say what Claude Code's names mean; it knows four."""
    said = {name: getattr(arguments, name) for name in CLAUDE_CODE_PATTERNS}
    models = {
        CLAUDE_CODE_PATTERNS[name]: None if model == NONE else model
        for name, model in said.items()
        if model is not None
    }
    if not models:
        raise InvalidInput("Say what at least one of its names means; see --help")
    return await _mapped(engine, CLAUDE_CODE, models)


@on_engine
async def explain(engine: Engine, arguments: Namespace) -> Answer:
    """Where a request would go; nothing is sent."""
    explanation = await engine.explain(
        model=arguments.model,
        key_id=await _key_id(engine, arguments.key) if arguments.key else None,
        client=arguments.client,
        session_id=arguments.session,
        format=arguments.format,
    )
    return Answer(_as_text(explanation), explanation, failed=bool(explanation.refusal))


def _as_text(explanation: Explanation) -> str:
    lines = list(explanation.steps)
    if explanation.refusal:
        lines.append(f"It would be refused: {explanation.refusal}")
    if explanation.targets:
        rows = [
            (number, target.upstream_name, target.upstream_model, target.state, target.reason)
            for number, target in enumerate(explanation.targets, start=1)
        ]
        lines += ["", as_table(("", "UPSTREAM", "MODEL THERE", "STATE", "WHY"), rows)]
    return "\n".join(lines)


async def _mapped(engine: Engine, client: str, models: dict[str, str | None]) -> Answer:
    aliases = await engine.aliases.set_client_map(client, models)
    return Answer(await _table(engine, aliases), aliases)


async def _table(engine: Engine, aliases: tuple[AliasRecord, ...]) -> str:
    keys = {key.id: key.name for key in await engine.keys.list()}
    rows = [
        (
            alias.pattern,
            alias.model,
            keys.get(alias.key_id) if alias.key_id else None,
            alias.client,
            alias.is_active,
            alias.id,
        )
        for alias in aliases
    ]
    return as_table(("NAME", "MEANS", "FOR KEY", "FOR CLIENT", "ACTIVE", "ID"), rows)


async def _alias(engine: Engine, text: str) -> AliasRecord:
    """The alias of that id, or the only one of that pattern."""
    found = [a for a in await engine.aliases.list() if text in {str(a.id), a.pattern}]
    if not found:
        raise NotFound(f"There is no alias {text!r}.")
    if len(found) > 1:
        ids = ", ".join(str(alias.id) for alias in found)
        raise InvalidInput(f"There are {len(found)} aliases {text!r}; say which id: {ids}.")
    return found[0]


async def _key_id(engine: Engine, text: str) -> UUID:
    return find(await engine.keys.list(), text, kind="key").id


_ALIAS = option("alias", help="its pattern or id")

COMMANDS = (
    Command(
        "aliases add",
        "let a name, or every name that fits a pattern, mean a model",
        add,
        (
            option("pattern", help="such as fast, or 'claude-*'; '*' alone is the default model"),
            option("model", help="the model's name"),
            option("--key", help="only for this key: its name, its first 8 characters or its id"),
            option("--client", metavar="NAME", default="", help="only for it: 'Claude Code'"),
        ),
    ),
    Command("aliases list", "list the aliases", list_all),
    Command(
        "aliases update",
        "change what is given",
        update,
        (
            _ALIAS,
            option("--to-pattern", metavar="PATTERN", default=UNSET),
            option("--model", default=UNSET),
            option("--key", help=f"only for this key; {NONE}: for every key"),
            option(
                "--client",
                metavar="NAME",
                default=UNSET,
                help="only for this client; '': for every",
            ),
            option("--active", action=argparse.BooleanOptionalAction, default=UNSET),
        ),
    ),
    Command("aliases remove", "take an alias away", remove, (_ALIAS,)),
    Command(
        "aliases map",
        "say at once what several names mean for a client",
        map_client,
        (
            option("client", help="such as 'Claude Code'"),
            option(
                "pairs", nargs="+", metavar="PATTERN=MODEL", help="without a model: take it away"
            ),
        ),
    ),
    Command(
        "aliases claude-code",
        "say what the names mean that Claude Code asks for",
        map_claude_code,
        tuple(
            option(
                f"--{name}",
                metavar="MODEL",
                help=f"for names like {pattern}; {NONE}: take it away",
            )
            for name, pattern in CLAUDE_CODE_PATTERNS.items()
        ),
    ),
    Command(
        "explain",
        "show where a request would go and why, without sending it",
        explain,
        (
            option("model", help="the name that a client says"),
            option("--key", help="its name, its first 8 characters or its id"),
            option("--client", metavar="NAME", default="", help="such as 'Claude Code'"),
            option(
                "--session",
                metavar="ID",
                default="",
                help="decides which of equal targets goes first",
            ),
            option("--format", choices=get_args(UpstreamFormat), default="anthropic"),
        ),
    ),
)
"""The commands of this module."""

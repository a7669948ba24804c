"""``pxbin-engine upstreams keys``: the keys of an upstream, of which it may have several; none is ever shown."""

import argparse
from argparse import Namespace

from msgspec import UNSET

from pxbin_engine.admin.checks import given
from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, one_of, option
from pxbin_engine.cli.upstreams import (
    KEY_SOURCES,
    ask_for_key,
    find_upstream,
    key_from_source,
    warning_of,
)
from pxbin_engine.engine import Engine
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import UpstreamKeyRecord, UpstreamRecord


@on_engine
async def add(engine: Engine, arguments: Namespace) -> Answer:
    """Give the upstream one more key."""
    upstream = await find_upstream(engine, arguments)
    secret = key_from_source(arguments) or ask_for_key("The new key: ")
    upstream = await engine.upstreams.add_key(upstream.id, secret, label=arguments.label)
    said = f"{upstream.name} has {_count(upstream)}. {engine.upstreams.secret_description}"
    return Answer(said, upstream, note=warning_of(arguments))


@on_engine
async def list_all(engine: Engine, arguments: Namespace) -> Answer:
    """The upstream's keys in their order."""
    upstream = await find_upstream(engine, arguments)
    rows = [
        (key.position, key.label, key.is_active, key.secret_place, key.updated_at, key.id)
        for key in upstream.keys
    ]
    titles = ("PLACE", "LABEL", "ACTIVE", "KEPT IN", "CHANGED", "ID")
    return Answer(as_table(titles, rows), upstream.keys)


@on_engine
async def update(engine: Engine, arguments: Namespace) -> Answer:
    """Change what is given."""
    upstream = await find_upstream(engine, arguments)
    changes = given(label=arguments.label, is_active=arguments.active, position=arguments.position)
    if secret := key_from_source(arguments):
        changes["secret"] = secret
    if not changes:
        raise InvalidInput("Say what is to be changed; see: upstreams keys update --help")
    key = _find_key(upstream, arguments.key)
    upstream = await engine.upstreams.update_key(upstream.id, key.id, **changes)
    return Answer(f"The key was changed; {upstream.name} has {_count(upstream)}.", upstream,
                  note=warning_of(arguments))  # fmt: skip


@on_engine
async def remove(engine: Engine, arguments: Namespace) -> Answer:
    """Take a key away."""
    upstream = await find_upstream(engine, arguments)
    key = _find_key(upstream, arguments.key)
    upstream = await engine.upstreams.remove_key(upstream.id, key.id)
    return Answer(f"The key was removed; {upstream.name} has {_count(upstream)}.", upstream)


def _count(upstream: UpstreamRecord) -> str:
    count = len(upstream.keys)
    return f"{count or 'no'} key{'' if count == 1 else 's'}"


def _find_key(upstream: UpstreamRecord, text: str) -> UpstreamKeyRecord:
    """The key of that label, id or place."""
    for key in upstream.keys:
        if text in {key.label, str(key.id)} - {""}:
            return key
    for key in upstream.keys:
        if text == str(key.position):
            return key
    raise NotFound(f"{upstream.name} has no key {text!r}; see: upstreams keys list")


_UPSTREAM = option("upstream", help="its name or id")
_KEY = option("key", help="its label, place or id")

COMMANDS = (
    Command(
        "upstreams keys add",
        "give an upstream one more key; it is asked for unless it is given",
        add,
        (
            _UPSTREAM,
            option("--label", default="", help="what attempts in the log call it"),
            one_of(*KEY_SOURCES),
        ),
    ),
    Command(
        "upstreams keys list", "list the keys of an upstream in their order", list_all, (_UPSTREAM,)
    ),
    Command(
        "upstreams keys update",
        "change what is given",
        update,
        (
            _UPSTREAM,
            _KEY,
            option("--label", default=UNSET),
            option("--active", action=argparse.BooleanOptionalAction, default=UNSET),
            option("--position", type=int, metavar="PLACE", default=UNSET, help="0 is the first"),
            one_of(*KEY_SOURCES),
        ),
    ),
    Command("upstreams keys remove", "take a key away", remove, (_UPSTREAM, _KEY)),
)

"""``pxbin-engine keys``: make, list, change and revoke pxbin's own keys."""

from argparse import Namespace
from typing import Any

from msgspec import UNSET

from pxbin_engine.admin.checks import given
from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import on_engine
from pxbin_engine.cli.lookup import find
from pxbin_engine.engine import Engine
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import KeyRecord
from pxbin_engine.server.admin_items import created_key, key_item


@on_engine
async def create(engine: Engine, arguments: Namespace) -> Answer:
    """Make a key; only the plaintext goes to stdout."""
    created = await engine.keys.create(
        arguments.type,
        arguments.name,
        **_limits(arguments),
        permissions=("read",) if arguments.read_only else ("read", "write"),
    )
    return Answer(
        created.key, created_key(created), note="This key is shown once; pxbin keeps only its hash."
    )


@on_engine
async def list_all(engine: Engine, arguments: Namespace) -> Answer:
    """Every key, revoked ones too."""
    keys = await engine.keys.list(arguments.type)
    rows = [
        (
            key.name,
            key.type,
            f"{key.key_prefix}…",
            key.is_active,
            _limits_as_text(key),
            key.expires_at,
            key.last_used_at,
            key.id,
        )
        for key in keys
    ]
    titles = ("NAME", "TYPE", "KEY", "ACTIVE", "LIMITS", "EXPIRES", "LAST USED", "ID")
    return Answer(as_table(titles, rows), [key_item(key) for key in keys])


@on_engine
async def update(engine: Engine, arguments: Namespace) -> Answer:
    """Change what is given."""
    changes = _limits(arguments) | given(name=arguments.name)
    if arguments.all_models:
        if "allowed_models" in changes:
            raise InvalidInput("Give --allow-model or --all-models, not both.")
        changes["allowed_models"] = ()
    if not changes:
        raise InvalidInput("Say what is to be changed; see: keys update --help")
    key = find(await engine.keys.list(), arguments.key, kind="key")
    key = await engine.keys.update(key.id, **changes)
    return Answer(f"{key.name} ({key.key_prefix}…) is changed.", key_item(key))


@on_engine
async def revoke(engine: Engine, arguments: Namespace) -> Answer:
    """Stop a key for good."""
    active = [key for key in await engine.keys.list() if key.is_active]
    key = await engine.keys.revoke(find(active, arguments.key, kind="active key").id)
    return Answer(f"{key.name} ({key.key_prefix}…) is revoked.", key_item(key))


def _limits(arguments: Namespace) -> dict[str, Any]:
    """Those that were given."""
    return given(
        rate_limit=arguments.rate_limit,
        tokens_per_minute=arguments.tokens_per_minute,
        max_concurrency=arguments.max_concurrency,
        allowed_models=UNSET if arguments.allowed_models is None else arguments.allowed_models,
        expires_at=arguments.expires_at,
    )


def _limits_as_text(key: KeyRecord) -> str:
    limits = (
        (key.rate_limit, "requests/min"),
        (key.tokens_per_minute, "tokens/min"),
        (key.max_concurrency, "at once"),
        (len(key.allowed_models) or None, "models"),
    )
    return ", ".join(f"{number} {what}" for number, what in limits if number is not None)

"""``pxbin-engine keys``: make, list and revoke pxbin's own keys."""

from argparse import Namespace

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import on_engine
from pxbin_engine.cli.lookup import find
from pxbin_engine.engine import Engine
from pxbin_engine.server.admin_items import created_key, key_item


@on_engine
async def create(engine: Engine, arguments: Namespace) -> Answer:
    """Make a key; only the plaintext goes to stdout."""
    created = await engine.keys.create(
        arguments.type,
        arguments.name,
        rate_limit=arguments.rate_limit,
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
        (key.name, key.type, f"{key.key_prefix}…", key.is_active, key.last_used_at, key.id)
        for key in keys
    ]
    titles = ("NAME", "TYPE", "KEY", "ACTIVE", "LAST USED", "ID")
    return Answer(as_table(titles, rows), [key_item(key) for key in keys])


@on_engine
async def revoke(engine: Engine, arguments: Namespace) -> Answer:
    """Stop a key for good."""
    active = [key for key in await engine.keys.list() if key.is_active]
    key = await engine.keys.revoke(find(active, arguments.key, kind="active key").id)
    return Answer(f"{key.name} ({key.key_prefix}…) is revoked.", key_item(key))

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from pxbin_engine.records import AliasRecord
from pxbin_engine.storage.aliases import AliasStore
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from tests.support.database import NOW, a_key


@pytest.fixture
def aliases(database: Database) -> AliasStore:
    return AliasStore(database)


def an_alias(pattern: str = "opus", model: str = "big", **values: Any) -> AliasRecord:
    return AliasRecord(
        **{
            "id": uuid4(),
            "pattern": pattern,
            "model": model,
            "created_at": NOW,
            "updated_at": NOW,
        }
        | values
    )


async def test_an_alias_comes_back_as_it_was_put(aliases: AliasStore, database: Database) -> None:
    key = await KeyStore(database).insert(a_key())
    full = an_alias(key_id=key.id, client="Claude Code", is_active=False)
    assert await aliases.insert(full) == full
    assert await aliases.get(full.id) == full
    bare = await aliases.insert(an_alias())
    codex = await aliases.insert(an_alias(client="Codex"))
    assert await aliases.list() == (bare, codex, full)
    assert await aliases.get(uuid4()) is None


async def test_a_pattern_means_one_thing_for_each_key_and_client(aliases: AliasStore) -> None:
    await aliases.insert(an_alias())
    await aliases.insert(an_alias(client="Codex"))
    for again in (an_alias(model="other"), an_alias(client="Codex")):
        with pytest.raises(Conflict, match="means something already"):
            await aliases.insert(again)


async def test_a_key_must_be_there(aliases: AliasStore) -> None:
    with pytest.raises(InvalidInput, match="no such key"):
        await aliases.insert(an_alias(key_id=uuid4()))


async def test_it_is_changed_and_deleted(aliases: AliasStore) -> None:
    alias = await aliases.insert(an_alias())
    changed = replace(alias, model="small", is_active=False, updated_at=NOW + timedelta(minutes=1))
    assert await aliases.update(changed) == changed
    with pytest.raises(NotFound):
        await aliases.update(an_alias())
    assert await aliases.delete(alias.id)
    assert not await aliases.delete(alias.id)


async def test_a_clients_are_written_over_and_dropped_at_once(aliases: AliasStore) -> None:
    first = await aliases.insert(an_alias("a", client="Codex", is_active=False))
    await aliases.insert(an_alias("b", client="Codex"))
    everyones = await aliases.insert(an_alias("b"))
    new = [an_alias("a", "new", client="Codex"), an_alias("c", "new", client="Codex")]
    await aliases.set_of_client(new, "Codex", without=["b", "unknown"])
    stored = await aliases.list()
    assert [(alias.pattern, alias.model) for alias in stored] == [
        ("b", "big"),
        ("a", "new"),
        ("c", "new"),
    ]
    assert stored[0] == everyones
    assert stored[1].id == first.id
    assert stored[1].is_active


async def test_what_is_said_for_a_key_of_that_client_stays(
    aliases: AliasStore, database: Database
) -> None:
    key = await KeyStore(database).insert(a_key())
    kept = await aliases.insert(an_alias("a", key_id=key.id, client="Codex"))
    await aliases.set_of_client([], "Codex", without=["a"])
    assert await aliases.list() == (kept,)


async def test_an_alias_goes_with_its_key(aliases: AliasStore, database: Database) -> None:
    key = await KeyStore(database).insert(a_key())
    await aliases.insert(an_alias(key_id=key.id))
    await database.write("delete from keys where id = $1 returning id", key.id)
    assert await aliases.list() == ()

from uuid import uuid4

import msgspec
import pytest

from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from pxbin_engine.records import UpstreamRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW, an_upstream, an_upstream_key


@pytest.fixture
def keys(database: Database) -> UpstreamKeyStore:
    return UpstreamKeyStore(database)


@pytest.fixture
async def upstream(database: Database) -> UpstreamRecord:
    return await UpstreamStore(database).insert(an_upstream())


async def labels(database: Database, upstream: UpstreamRecord) -> list[tuple[str, int]]:
    record = await UpstreamStore(database).get(upstream.id)
    assert record is not None
    return [(key.label, key.position) for key in record.keys]


async def test_each_new_key_is_the_last(
    keys: UpstreamKeyStore, upstream: UpstreamRecord, database: Database
) -> None:
    for label in ("a", "b", "c"):
        await keys.insert(upstream.id, an_upstream_key(label=label))
    assert await labels(database, upstream) == [("a", 0), ("b", 1), ("c", 2)]


async def test_they_are_put_in_order(
    keys: UpstreamKeyStore, upstream: UpstreamRecord, database: Database
) -> None:
    made = [await keys.insert(upstream.id, an_upstream_key(label=label)) for label in "abc"]
    other = await UpstreamStore(database).insert(an_upstream(name="other"))
    elsewhere = await keys.insert(other.id, an_upstream_key(label="x"))

    await keys.reorder(upstream.id, [made[2].id, elsewhere.id, made[0].id, made[1].id])

    assert [label for label, _ in await labels(database, upstream)] == ["c", "a", "b"]
    assert await labels(database, other) == [("x", 0)]


async def test_a_label_is_of_one_key_of_an_upstream_and_none_is_of_many(
    keys: UpstreamKeyStore, upstream: UpstreamRecord, database: Database
) -> None:
    await keys.insert(upstream.id, an_upstream_key(label="a"))
    with pytest.raises(Conflict, match="another key of this upstream has this label"):
        await keys.insert(upstream.id, an_upstream_key(label="a"))
    other = await UpstreamStore(database).insert(an_upstream(name="other"))
    await keys.insert(other.id, an_upstream_key(label="a"))
    for _ in range(2):
        await keys.insert(upstream.id, an_upstream_key())


async def test_what_is_updated_is_the_label_and_whether_it_is_used(
    keys: UpstreamKeyStore, upstream: UpstreamRecord
) -> None:
    key = await keys.insert(upstream.id, an_upstream_key(secret_place="sealed"), b"1")
    changed = msgspec.structs.replace(key, label="b", is_active=False, secret_place="keyring")
    updated = await keys.update(changed)
    assert updated == msgspec.structs.replace(changed, secret_place="sealed")
    assert await keys.sealed_secret(key.id) == b"1"


async def test_another_secret_is_another_version(
    keys: UpstreamKeyStore, upstream: UpstreamRecord
) -> None:
    key = await keys.insert(upstream.id, an_upstream_key(secret_place="sealed"), b"1")
    moved = await keys.set_secret(key.id, "keyring")
    assert (moved.secret_place, await keys.sealed_secret(key.id)) == ("keyring", None)
    assert moved.updated_at != NOW


async def test_what_does_not_exist_is_said_to(
    keys: UpstreamKeyStore, upstream: UpstreamRecord
) -> None:
    for action in (
        keys.insert(uuid4(), an_upstream_key()),
        keys.update(an_upstream_key()),
        keys.set_secret(uuid4(), "keyring"),
    ):
        with pytest.raises(NotFound):
            await action
    assert not await keys.delete(uuid4())
    assert await keys.sealed_secret(uuid4()) is None
    with pytest.raises(InvalidInput):
        await keys.insert(upstream.id, an_upstream_key(secret_place="none"))

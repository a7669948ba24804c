from datetime import timedelta
from uuid import uuid4

import pytest

from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from pxbin_engine.records import KeyRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from tests.support.database import NOW, a_key


@pytest.fixture
def keys(database: Database) -> KeyStore:
    return KeyStore(database)


def changed(key: KeyRecord, **values: object) -> KeyRecord:
    return KeyRecord(**{name: getattr(key, name) for name in key.__struct_fields__} | values)


async def test_a_key_comes_back_as_it_was_put(keys: KeyStore) -> None:
    llm = a_key(rate_limit=60, metadata={"team": "ü", "n": [1, None]})
    management = a_key(type="management", permissions=("read", "write"))

    assert await keys.insert(llm) == llm
    await keys.insert(management)

    assert await keys.get(llm.id) == llm
    assert await keys.get(management.id) == management
    assert await keys.get(uuid4()) is None


async def test_list_is_newest_first_and_by_type(keys: KeyStore) -> None:
    old = await keys.insert(a_key(created_at=NOW - timedelta(days=1)))
    new = await keys.insert(a_key())
    other = await keys.insert(a_key(type="management", created_at=NOW - timedelta(hours=1)))

    assert await keys.list() == (new, other, old)
    assert await keys.list("llm") == (new, old)
    assert await keys.list("management") == (other,)


async def test_update_and_deactivate_change_the_row_and_unknown_ids_are_not_found(
    keys: KeyStore,
) -> None:
    key = await keys.insert(a_key())
    later = NOW + timedelta(minutes=1)

    renamed = await keys.update(changed(key, name="desktop", rate_limit=5, updated_at=later))
    assert (renamed.name, renamed.rate_limit, renamed.updated_at) == ("desktop", 5, later)

    revoked = await keys.deactivate(key.id, now=later)
    assert not revoked.is_active
    assert await keys.get(key.id) == revoked

    with pytest.raises(NotFound, match="no key"):
        await keys.update(a_key())
    with pytest.raises(NotFound, match="no key"):
        await keys.deactivate(uuid4(), now=NOW)


async def test_a_hash_is_unique_and_the_error_does_not_show_it(keys: KeyStore) -> None:
    key = await keys.insert(a_key())
    with pytest.raises(Conflict) as caught:
        await keys.insert(a_key(key_hash=key.key_hash))
    assert caught.value.message == "this key exists already"


async def test_bad_values_are_refused(keys: KeyStore) -> None:
    with pytest.raises(InvalidInput):
        await keys.insert(a_key(rate_limit=0))
    with pytest.raises(InvalidInput):
        await keys.insert(a_key(permissions=("own",)))


async def test_touch_never_goes_back_in_time(keys: KeyStore) -> None:
    first, second, unused = [await keys.insert(a_key()) for _ in range(3)]
    await keys.touch({first.id: NOW, second.id: NOW, uuid4(): NOW})
    await keys.touch({first.id: NOW - timedelta(hours=1), second.id: NOW + timedelta(hours=1)})

    used = {key.id: key.last_used_at for key in await keys.list()}
    assert used == {first.id: NOW, second.id: NOW + timedelta(hours=1), unused.id: None}

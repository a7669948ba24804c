from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from pxbin_engine.errors import (
    Conflict,
    NotFound,
    SecretError,
    SecretStoreUnavailable,
    SecretUndecryptable,
)
from pxbin_engine.records import UpstreamKeyRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import an_upstream, an_upstream_key
from tests.support.fake_keyring import FakeKeyring

PASSPHRASE = "correct horse battery"


@pytest.fixture
def keyring() -> FakeKeyring:
    return FakeKeyring()


class Held:
    """An upstream in a test's own database, and its keys."""

    def __init__(self, database: Database, keyring: FakeKeyring, data_dir: Path) -> None:
        self.upstreams, self.rows = UpstreamStore(database), UpstreamKeyStore(database)
        self.keyring, self._data_dir = keyring, data_dir
        self.upstream = an_upstream()

    def store(self, *, encryption_key: str = "") -> SecretStore:
        return SecretStore(
            self.rows,
            data_dir=self._data_dir,
            keyring=self.keyring,
            encryption_key=encryption_key,
        )

    async def keys(self) -> tuple[UpstreamKeyRecord, ...]:
        record = await self.upstreams.get(self.upstream.id)
        assert record is not None
        return record.keys

    async def add(self, store: SecretStore, secret: str, **values: Any) -> UpstreamKeyRecord:
        return await store.add(self.upstream.id, an_upstream_key(**values), secret)


@pytest.fixture
async def held(database: Database, keyring: FakeKeyring, tmp_path: Path) -> Held:
    held = Held(database, keyring, tmp_path)
    await held.upstreams.insert(held.upstream)
    return held


async def test_in_the_keyring_the_database_holds_only_a_reference(held: Held) -> None:
    store = held.store()
    assert await store.probe() == "keyring"
    assert "test keyring" in store.description

    key = await held.add(store, "sk-1")

    assert key.secret_place == "keyring"
    assert await held.keys() == (key,)
    assert held.keyring.entries == {str(key.id): "sk-1"}
    assert await held.rows.sealed_secret(key.id) is None
    assert await store.get(key, of="main") == "sk-1"

    await store.delete(key)
    assert held.keyring.entries == {}
    assert await held.keys() == ()


async def test_with_an_encryption_key_it_is_sealed_and_the_keyring_never_asked(
    held: Held, tmp_path: Path
) -> None:
    held.keyring.broken = "asked"
    store = held.store(encryption_key=PASSPHRASE)
    assert await store.probe() == "sealed"
    assert "encryption_key" in store.description

    key = await held.add(store, "sk-1")

    assert key.secret_place == "sealed"
    assert await store.get(key, of="main") == "sk-1"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SecretUndecryptable, match="another encryption_key"):
        await held.store(encryption_key=PASSPHRASE + "!").get(key, of="main")


async def test_without_a_keyring_it_is_sealed_with_a_file_and_the_description_says_so(
    held: Held, tmp_path: Path
) -> None:
    held.keyring.broken = "There is no keyring on this machine."
    store = held.store()
    assert await store.probe() == "sealed"
    assert "There is no keyring on this machine." in store.description
    assert str(tmp_path / "secret.key") in store.description

    key = await held.add(store, "sk-1")

    assert await store.get(key, of="main") == "sk-1"


async def test_a_sealed_key_copied_to_another_row_does_not_open(held: Held) -> None:
    store = held.store(encryption_key=PASSPHRASE)
    one, two = await held.add(store, "sk-1"), await held.add(store, "sk-2")
    await held.rows.set_secret(two.id, "sealed", await held.rows.sealed_secret(one.id))
    with pytest.raises(SecretUndecryptable):
        await store.get(two, of="main")


async def test_another_secret_takes_the_place_wherever_the_key_was(held: Held) -> None:
    in_keyring, sealing = held.store(), held.store(encryption_key=PASSPHRASE)
    await in_keyring.probe()

    key = await held.add(in_keyring, "sk-1")
    key = await sealing.replace(key, "sk-2")
    assert held.keyring.entries == {}
    assert await sealing.get(key, of="main") == "sk-2"

    key = await in_keyring.replace(key, "sk-3")
    assert await held.rows.sealed_secret(key.id) is None
    assert await sealing.get(key, of="main") == "sk-3", "read from where it was put"
    assert await held.keys() == (key,)


async def test_a_keyring_that_locks_or_forgets_is_an_error_never_no_key(held: Held) -> None:
    store = held.store()
    await store.probe()
    key = await held.add(store, "sk-1")

    held.keyring.broken = "It is locked."
    for action in (
        store.get(key, of="main"),
        store.delete(key),
        store.replace(key, "sk-2"),
        held.add(store, "sk-3"),
    ):
        with pytest.raises(SecretStoreUnavailable, match="locked"):
            await action
    assert await held.keys() == (key,)

    held.keyring.broken = ""
    held.keyring.entries.clear()
    with pytest.raises(SecretError, match="main is not in the keyring any more"):
        await store.get(key, of="main")


async def test_what_gets_no_row_leaves_no_entry(held: Held) -> None:
    store = held.store()
    await store.probe()
    key = await held.add(store, "sk-1", label="a")
    with pytest.raises(Conflict):
        await held.add(store, "sk-2", label="a")
    with pytest.raises(NotFound):
        await store.add(uuid4(), an_upstream_key(), "sk-3")
    with pytest.raises(NotFound):
        await store.replace(an_upstream_key(), "sk-4")
    assert held.keyring.entries == {str(key.id): "sk-1"}


async def test_an_upstream_that_is_gone(held: Held) -> None:
    store = held.store()
    await store.probe()
    await held.add(store, "sk-1")
    (deleted,) = await held.upstreams.delete_many([held.upstream.id])

    for key in deleted.keys:
        await store.delete(key)

    assert held.keyring.entries == {}

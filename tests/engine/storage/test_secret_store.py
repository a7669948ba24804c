from pathlib import Path

import pytest

from pxbin_engine.errors import NotFound, SecretError, SecretStoreUnavailable, SecretUndecryptable
from pxbin_engine.records import UpstreamRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.os_keyring import OsKeyring
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import an_upstream

PASSPHRASE = "correct horse battery"


class FakeKeyring(OsKeyring):
    """Entries in a dict; ``broken`` says why it does not answer. The real one is in test_os_keyring."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, str] = {}
        self.broken = ""

    def _check(self) -> None:
        if self.broken:
            raise SecretStoreUnavailable(self.broken)

    async def probe(self) -> str:
        self._check()
        return "test keyring"

    async def set(self, account: str, secret: str) -> None:
        self._check()
        self.entries[account] = secret

    async def get(self, account: str) -> str | None:
        self._check()
        return self.entries.get(account)

    async def delete(self, account: str) -> None:
        self._check()
        self.entries.pop(account, None)


@pytest.fixture
def keyring() -> FakeKeyring:
    return FakeKeyring()


@pytest.fixture
def upstreams(database: Database) -> UpstreamStore:
    return UpstreamStore(database)


@pytest.fixture
async def upstream(upstreams: UpstreamStore) -> UpstreamRecord:
    return await upstreams.insert(an_upstream())


async def again(upstreams: UpstreamStore, upstream: UpstreamRecord) -> UpstreamRecord:
    record = await upstreams.get(upstream.id)
    assert record is not None
    return record


async def test_in_the_keyring_the_database_holds_only_a_reference(
    upstreams: UpstreamStore, upstream: UpstreamRecord, keyring: FakeKeyring, tmp_path: Path
) -> None:
    store = SecretStore(upstreams, data_dir=tmp_path, keyring=keyring)
    assert await store.probe() == "keyring"
    assert "test keyring" in store.description

    assert await store.put(upstream.id, "sk-1") == "keyring"

    stored = await again(upstreams, upstream)
    assert stored.secret_place == "keyring"
    assert keyring.entries == {str(upstream.id): "sk-1"}
    assert await upstreams.sealed_secret(upstream.id) is None
    assert await store.get(stored) == "sk-1"

    await store.delete(stored)
    assert keyring.entries == {}
    assert (await again(upstreams, upstream)).secret_place == "none"
    assert await store.get(await again(upstreams, upstream)) is None


async def test_with_an_encryption_key_it_is_sealed_and_the_keyring_never_asked(
    upstreams: UpstreamStore, upstream: UpstreamRecord, keyring: FakeKeyring, tmp_path: Path
) -> None:
    keyring.broken = "asked"
    store = SecretStore(upstreams, data_dir=tmp_path, keyring=keyring, encryption_key=PASSPHRASE)
    assert await store.probe() == "sealed"
    assert "encryption_key" in store.description

    assert await store.put(upstream.id, "sk-1") == "sealed"

    stored = await again(upstreams, upstream)
    assert await store.get(stored) == "sk-1"
    assert list(tmp_path.iterdir()) == []
    other = SecretStore(
        upstreams, data_dir=tmp_path, keyring=keyring, encryption_key=PASSPHRASE + "!"
    )
    with pytest.raises(SecretUndecryptable, match="another encryption_key"):
        await other.get(stored)


async def test_without_a_keyring_it_is_sealed_with_a_file_and_the_description_says_so(
    upstreams: UpstreamStore, upstream: UpstreamRecord, keyring: FakeKeyring, tmp_path: Path
) -> None:
    keyring.broken = "There is no keyring on this machine."
    store = SecretStore(upstreams, data_dir=tmp_path, keyring=keyring)
    assert await store.probe() == "sealed"
    assert "There is no keyring on this machine." in store.description
    assert str(tmp_path / "secret.key") in store.description

    await store.put(upstream.id, "sk-1")

    assert await store.get(await again(upstreams, upstream)) == "sk-1"


async def test_a_sealed_key_copied_to_another_row_does_not_open(
    upstreams: UpstreamStore, upstream: UpstreamRecord, tmp_path: Path
) -> None:
    store = SecretStore(upstreams, data_dir=tmp_path, encryption_key=PASSPHRASE)
    other = await upstreams.insert(an_upstream(name="other"))
    await store.put(upstream.id, "sk-1")
    await upstreams.set_secret(other.id, "sealed", await upstreams.sealed_secret(upstream.id))
    with pytest.raises(SecretUndecryptable):
        await store.get(await again(upstreams, other))


async def test_put_overwrites_wherever_the_key_was(
    upstreams: UpstreamStore, upstream: UpstreamRecord, keyring: FakeKeyring, tmp_path: Path
) -> None:
    in_keyring = SecretStore(upstreams, data_dir=tmp_path, keyring=keyring)
    await in_keyring.probe()
    sealing = SecretStore(upstreams, data_dir=tmp_path, keyring=keyring, encryption_key=PASSPHRASE)

    await in_keyring.put(upstream.id, "sk-1")
    await sealing.put(upstream.id, "sk-2")
    assert keyring.entries == {}
    assert await sealing.get(await again(upstreams, upstream)) == "sk-2"

    await in_keyring.put(upstream.id, "sk-3")
    assert await upstreams.sealed_secret(upstream.id) is None
    assert await sealing.get(await again(upstreams, upstream)) == "sk-3", (
        "read from where it was put"
    )


async def test_a_keyring_that_locks_or_forgets_is_an_error_never_no_key(
    upstreams: UpstreamStore, upstream: UpstreamRecord, keyring: FakeKeyring, tmp_path: Path
) -> None:
    store = SecretStore(upstreams, data_dir=tmp_path, keyring=keyring)
    await store.probe()
    await store.put(upstream.id, "sk-1")
    stored = await again(upstreams, upstream)

    keyring.broken = "It is locked."
    for action in (store.get(stored), store.delete(stored), store.put(upstream.id, "sk-2")):
        with pytest.raises(SecretStoreUnavailable, match="locked"):
            await action
    assert (await again(upstreams, upstream)).secret_place == "keyring"

    keyring.broken = ""
    keyring.entries.clear()
    with pytest.raises(SecretError, match="main is not in the keyring any more"):
        await store.get(stored)


async def test_an_upstream_that_is_gone(
    upstreams: UpstreamStore, upstream: UpstreamRecord, keyring: FakeKeyring, tmp_path: Path
) -> None:
    store = SecretStore(upstreams, data_dir=tmp_path, keyring=keyring)
    await store.probe()
    await store.put(upstream.id, "sk-1")
    (deleted,) = await upstreams.delete_many([upstream.id])

    await store.delete(deleted)

    assert keyring.entries == {}
    with pytest.raises(NotFound):
        await store.put(upstream.id, "sk-1")
    assert keyring.entries == {}

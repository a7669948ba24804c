"""The keys in memory: each is asked for once, a locked keyring only when it is time."""

from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_engine.errors import SecretError, SecretStoreUnavailable, SecretUndecryptable
from pxbin_engine.records import UpstreamKeyRecord, UpstreamRecord
from pxbin_engine.storage.held_secrets import HeldSecrets
from pxbin_engine.storage.secret_store import SecretStore
from tests.support.database import NOW, an_upstream, an_upstream_key

LOCKED = SecretStoreUnavailable("The keyring is locked.")
SPOILT = SecretUndecryptable("Sealed with another key.")


class Store:
    """Answers with what it has for an id, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[UUID, str | SecretError] = {}
        self.asked: list[UUID] = []

    async def get(self, key: UpstreamKeyRecord, *, of: str) -> str:
        assert of == "main"
        self.asked.append(key.id)
        answer = self.answers[key.id]
        if isinstance(answer, SecretError):
            raise answer
        return answer


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def held(store: Store) -> HeldSecrets:
    return HeldSecrets(cast("SecretStore", store))


def with_keys(store: Store, *answers: str | SecretError, place: str = "keyring") -> UpstreamRecord:
    keys = tuple(an_upstream_key(secret_place=place) for _ in answers)
    store.answers |= {key.id: answer for key, answer in zip(keys, answers, strict=True)}
    return an_upstream(keys=keys)


async def test_a_key_is_read_once_until_it_is_changed(store: Store, held: HeldSecrets) -> None:
    upstream = with_keys(store, "sk-1", "sk-2")
    first, second = upstream.keys
    for _ in range(2):
        assert await held.read([upstream]) == {first.id: "sk-1", second.id: "sk-2"}
    assert store.asked == [first.id, second.id]
    store.answers[second.id] = "sk-new"
    changed = replace(second, updated_at=NOW + timedelta(seconds=1))
    assert (await held.read([replace(upstream, keys=(first, changed))]))[second.id] == "sk-new"
    assert store.asked[2:] == [second.id]


async def test_a_key_that_is_not_used_is_neither_read_nor_held(
    store: Store, held: HeldSecrets
) -> None:
    upstream = with_keys(store, "sk-1")
    await held.read([upstream])
    (key,) = upstream.keys
    off = replace(upstream, keys=(replace(key, is_active=False),))
    assert await held.read([off]) == {}
    await held.read([upstream])
    assert store.asked == [key.id, key.id]


async def test_a_locked_keyring_is_asked_once_and_again_only_when_it_is_time(
    store: Store, held: HeldSecrets
) -> None:
    upstream = with_keys(store, LOCKED, LOCKED)
    sealed = with_keys(store, "sk-sealed", place="sealed")
    found = await held.read([upstream, sealed])
    assert list(found.values()) == [LOCKED, LOCKED, "sk-sealed"]
    assert held.may_be_unlocked
    await held.read([upstream, sealed])
    assert len(store.asked) == 2
    store.answers |= {key.id: "sk" for key in upstream.keys}
    held.asks_locked = True
    assert set((await held.read([upstream])).values()) == {"sk"}
    assert not held.may_be_unlocked
    assert not held.asks_locked


async def test_any_other_failure_is_asked_about_each_time(store: Store, held: HeldSecrets) -> None:
    """It is told at once, and the file with the sealing key may have been put back."""
    upstream = with_keys(store, SPOILT)
    for _ in range(2):
        assert list((await held.read([upstream])).values()) == [SPOILT]
    assert len(store.asked) == 2
    assert not held.may_be_unlocked

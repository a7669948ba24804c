"""What the hot path reads: swapped as a whole, at once, and only when something changed."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from pxbin_engine import snapshots
from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.records import AliasRecord, ModelRecord, TargetRecord, UpstreamRecord
from pxbin_engine.server.auth import Authenticator
from pxbin_engine.snapshots import Snapshots
from pxbin_engine.storage.aliases import AliasStore
from pxbin_engine.storage.budgets import BudgetStore
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.control_plane import Secrets
from tests.support.database import NOW, a_key, a_model, an_upstream, an_upstream_key


class House:
    """Snapshots over a real database, and those who serve by them."""

    def __init__(self, database: Database) -> None:
        self.keys, self.upstreams, self.models = (
            KeyStore(database),
            UpstreamStore(database),
            ModelStore(database),
        )
        self.aliases = AliasStore(database)
        self.secrets = Secrets(UpstreamKeyStore(database))
        self.authenticator = Authenticator()
        client = UpstreamClient(connect_timeout=1)
        self.gateway = Gateway(EngineConfig(), client, EventBus(), lambda _: None)
        self.snapshots = Snapshots(
            self.keys, self.upstreams, self.models, self.aliases,
            secrets=self.secrets, authenticator=self.authenticator, gateway=self.gateway,  # type: ignore[arg-type]
            budgets=BudgetKeeper(self.gateway.budgets, BudgetStore(database), EventBus()),
        )  # fmt: skip


def served_by(name: str, upstream: UpstreamRecord) -> ModelRecord:
    return a_model(name=name, targets=(TargetRecord(upstream_id=upstream.id, upstream_model=name),))


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    house = House(database)
    yield house
    await house.snapshots.close()


async def test_a_change_is_in_force_after_the_reload(house: House) -> None:
    assert await house.snapshots.reload()
    upstream = await house.upstreams.insert(an_upstream())
    await house.secrets.add(upstream.id, an_upstream_key(), "sk-1")
    await house.models.insert(served_by("gpt-4o", upstream))
    key = await house.keys.insert(a_key())
    assert house.gateway.routing.resolve("gpt-4o") is None
    assert await house.snapshots.reload()
    route = house.gateway.routing.resolve("gpt-4o")
    assert route is not None
    assert route.targets[0].keys[0].secret == "sk-1"
    assert len(house.authenticator.keys) == 1
    await house.keys.deactivate(key.id, now=NOW)
    assert await house.snapshots.reload()
    assert len(house.authenticator.keys) == 0


async def test_nothing_new_is_no_change(house: House) -> None:
    key = await house.keys.insert(a_key())
    assert await house.snapshots.reload()
    before = house.gateway.routing
    await house.keys.touch({key.id: NOW})
    assert not await house.snapshots.reload()
    assert house.gateway.routing is before


async def test_a_key_stored_after_its_upstream_was_seen_is_found(house: House) -> None:
    """Another process may reload between the row and its key."""
    upstream = await house.upstreams.insert(an_upstream())
    await house.models.insert(served_by("m", upstream))
    await house.snapshots.reload()
    await house.secrets.add(upstream.id, an_upstream_key(), "sk-late")
    await house.snapshots.reload()
    route = house.gateway.routing.resolve("m")
    assert route is not None
    assert route.targets[0].keys[0].secret == "sk-late"


async def locked(house: House, *labels: str) -> None:
    """The model ``m`` with an upstream whose keyring is locked."""
    upstream = await house.upstreams.insert(an_upstream())
    for label in labels:
        await house.secrets.add(upstream.id, an_upstream_key(label=label), f"sk-{label}")
    await house.models.insert(served_by("m", upstream))
    house.secrets.locked = True
    await house.snapshots.reload()


def keys_of(house: House) -> list[tuple[str | None, str | None]]:
    route = house.gateway.routing.resolve("m")
    assert route is not None
    return [(key.secret, key.error) for key in route.targets[0].keys]


async def unlocked(house: House) -> None:
    async with asyncio.timeout(3):
        while keys_of(house)[0][0] is None:
            await asyncio.sleep(0.01)


async def test_a_locked_key_says_so_and_is_asked_for_until_it_is_unlocked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_FIRST_QUESTION", 0.02)
    await locked(house, "1")
    assert keys_of(house) == [(None, "The keyring is locked.")]
    await asyncio.sleep(0.1)
    assert house.secrets.asked > 1
    house.secrets.locked = False
    await unlocked(house)
    assert keys_of(house) == [("sk-1", None)]


async def test_each_change_asks_a_locked_keyring_once_more_and_does_not_wait_for_it(
    house: House,
) -> None:
    await locked(house, "1")
    asked = house.secrets.asked
    house.secrets.locked = False
    await house.keys.insert(a_key())
    assert await house.snapshots.reload()
    assert (house.secrets.asked, keys_of(house)[0][0]) == (asked, None)
    await unlocked(house)


async def test_a_locked_keyring_is_asked_for_one_key_not_for_each(house: House) -> None:
    await locked(house, "1", "2", "3")
    assert house.secrets.asked == 1
    assert keys_of(house) == [(None, "The keyring is locked.")] * 3


async def test_while_the_database_is_away_a_locked_keyring_is_asked_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_FIRST_QUESTION", 0.02)
    await locked(house, "1")
    read = house.models.list

    async def away() -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(house.models, "list", away)
    house.secrets.locked = False
    await asyncio.sleep(0.1)
    assert keys_of(house)[0][0] is None
    monkeypatch.setattr(house.models, "list", read)
    await unlocked(house)


async def test_reloads_at_once_end_with_the_newest(house: House) -> None:
    for _ in range(5):
        await house.keys.insert(a_key())
    await asyncio.gather(*(house.snapshots.reload() for _ in range(8)))
    assert len(house.authenticator.keys) == 5


async def test_the_old_snapshot_stays_while_the_database_is_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.keys.insert(a_key())
    await house.snapshots.reload()

    async def away() -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(house.models, "list", away)
    with pytest.raises(DatabaseUnavailable):
        await house.snapshots.reload()
    assert len(house.authenticator.keys) == 1


async def test_an_alias_is_in_force_after_the_reload(house: House) -> None:
    upstream = await house.upstreams.insert(an_upstream())
    await house.models.insert(served_by("m", upstream))
    await house.snapshots.reload()
    assert house.gateway.routing.resolve("opus") is None
    alias = AliasRecord(id=uuid4(), pattern="*opus*", model="m", created_at=NOW, updated_at=NOW)
    await house.aliases.insert(alias)
    assert await house.snapshots.reload()
    assert house.gateway.routing.meaning("opus").alias == alias
    assert not await house.snapshots.reload()

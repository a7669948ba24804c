"""What the hot path reads: swapped as a whole, at once, and only when something changed."""

import asyncio

import pytest

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.records import ModelRecord, TargetRecord, UpstreamRecord
from pxbin_engine.server.auth import Authenticator
from pxbin_engine.snapshots import Snapshots
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.control_plane import Secrets
from tests.support.database import NOW, a_key, a_model, an_upstream


class House:
    """Snapshots over a real database, and those who serve by them."""

    def __init__(self, database: Database) -> None:
        self.keys, self.upstreams, self.models = (
            KeyStore(database),
            UpstreamStore(database),
            ModelStore(database),
        )
        self.secrets = Secrets(self.upstreams)
        self.authenticator = Authenticator()
        client = UpstreamClient(connect_timeout=1)
        self.gateway = Gateway(EngineConfig(), client, EventBus(), lambda _: None)
        self.snapshots = Snapshots(
            self.keys, self.upstreams, self.models,
            secrets=self.secrets, authenticator=self.authenticator, gateway=self.gateway,  # type: ignore[arg-type]
        )  # fmt: skip


def served_by(name: str, upstream: UpstreamRecord) -> ModelRecord:
    return a_model(name=name, targets=(TargetRecord(upstream_id=upstream.id, upstream_model=name),))


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def test_a_change_is_in_force_after_the_reload(house: House) -> None:
    assert await house.snapshots.reload()
    upstream = await house.upstreams.insert(an_upstream())
    await house.secrets.put(upstream.id, "sk-1")
    await house.models.insert(served_by("gpt-4o", upstream))
    key = await house.keys.insert(a_key())
    assert house.gateway.routing.resolve("gpt-4o") is None
    assert await house.snapshots.reload()
    route = house.gateway.routing.resolve("gpt-4o")
    assert route is not None
    assert route.targets[0].api_key == "sk-1"
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
    await house.secrets.put(upstream.id, "sk-late")
    await house.snapshots.reload()
    route = house.gateway.routing.resolve("m")
    assert route is not None
    assert route.targets[0].api_key == "sk-late"


async def test_an_unreadable_key_says_so_and_is_asked_for_again(house: House) -> None:
    upstream = await house.upstreams.insert(an_upstream())
    await house.secrets.put(upstream.id, "sk-1")
    await house.models.insert(served_by("m", upstream))
    house.secrets.locked = True
    await house.snapshots.reload()
    route = house.gateway.routing.resolve("m")
    assert route is not None
    assert route.targets[0].api_key is None
    assert route.targets[0].key_error
    house.secrets.locked = False
    await house.keys.insert(a_key())
    await house.snapshots.reload()
    route = house.gateway.routing.resolve("m")
    assert route is not None
    assert route.targets[0].api_key == "sk-1"


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

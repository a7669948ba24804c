"""All admin use cases over real stores in a test's own database, with a secret store in memory that can be locked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pxbin_engine.admin.discovery import Discovery
from pxbin_engine.admin.keys import KeyAdmin
from pxbin_engine.admin.models import ModelAdmin
from pxbin_engine.admin.requests import RequestAdmin
from pxbin_engine.admin.stats import StatsAdmin
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.records import ModelPrice, ModelRecord, SecretPlace, UpstreamRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.stats import StatsStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW

BOOTSTRAP = "a-bootstrap-key-of-some-length"
OWN_ADDRESS = "http://127.0.0.1:8080"
PUBLISHED = {
    "gpt-4o": ModelPrice(input=Decimal("2.5"), output=Decimal(10), source="published"),
    "o3": ModelPrice(
        input=Decimal(2), output=Decimal(8), cache_read=Decimal("0.5"), source="published"
    ),
}


class Secrets:
    """A secret store in memory."""

    description = "in memory"

    def __init__(self, store: UpstreamStore) -> None:
        self.held: dict[UUID, str] = {}
        self.locked = False
        self._store = store

    async def put(self, upstream_id: UUID, secret: str) -> SecretPlace:
        self._unlocked()
        self.held[upstream_id] = secret
        await self._store.set_secret(upstream_id, "keyring")
        return "keyring"

    async def get(self, upstream: UpstreamRecord) -> str | None:
        self._unlocked()
        return self.held.get(upstream.id)

    async def delete(self, upstream: UpstreamRecord) -> None:
        self._unlocked()
        if self.held.pop(upstream.id, None) and await self._store.get(upstream.id):
            await self._store.set_secret(upstream.id, "none")

    def _unlocked(self) -> None:
        if self.locked:
            raise SecretStoreUnavailable("The keyring is locked.")


async def _nothing(_: str) -> None:
    """No snapshots to reload."""


class ControlPlane:
    """The five use cases, as the engine has them, and what is around them."""

    def __init__(self, database: Database, client: UpstreamClient) -> None:
        self.changes: list[str] = []
        self.on_changed: Callable[[str], Awaitable[None]] = _nothing
        self.prices = dict(PUBLISHED)
        self.upstream_store = UpstreamStore(database)
        self.request_store = RequestStore(database)
        self.secrets = Secrets(self.upstream_store)
        self.keys = KeyAdmin(
            KeyStore(database), self._changed, bootstrap_key=BOOTSTRAP, clock=self._clock
        )
        self.upstreams = UpstreamAdmin(
            self.upstream_store,
            self.secrets,  # type: ignore[arg-type]  # the same three methods
            Discovery(client),
            self._changed,
            is_own_address=lambda url: url == OWN_ADDRESS,
            clock=self._clock,
        )
        self.models = ModelAdmin(
            ModelStore(database),
            self.upstreams,
            self._changed,
            published_price=self._published_price,
            clock=self._clock,
        )
        self.requests = RequestAdmin(self.request_store)
        self.stats = StatsAdmin(StatsStore(database), clock=self._clock)

    async def an_upstream(self, name: str = "main", **values: Any) -> UpstreamRecord:
        """Make an upstream; what that changed is forgotten."""
        defaults = {"name": name, "base_url": "http://127.0.0.1:9/v1", "format": "openai"}
        record = await self.upstreams.create(**defaults | values)
        self.changes.clear()
        return record

    async def a_model(self, name: str = "gpt-4o", **values: Any) -> ModelRecord:
        """Make a model, with an upstream of its own unless one is given; what that changed is forgotten."""
        if not values.keys() & {"upstream_id", "targets"}:
            values["upstream_id"] = (await self.an_upstream(f"for {name}")).id
        record = await self.models.create(name=name, **values)
        self.changes.clear()
        return record

    async def _changed(self, what: str) -> None:
        self.changes.append(what)
        await self.on_changed(what)

    async def _published_price(self, name: str, provider: str, base_url: str) -> ModelPrice | None:
        return self.prices.get(name)

    @staticmethod
    def _clock() -> datetime:
        return NOW


@pytest.fixture
async def control(database: Database) -> AsyncIterator[ControlPlane]:
    """All use cases on an empty database."""
    client = UpstreamClient(connect_timeout=2)
    await client.start()
    yield ControlPlane(database, client)
    await client.close()

"""All admin use cases over real stores in a test's own database, with a secret store in memory that can be locked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_engine.accounting.ledger import record_of
from pxbin_engine.accounting.repricing import Repricer
from pxbin_engine.admin.aliases import AliasAdmin
from pxbin_engine.admin.budgets import BudgetAdmin
from pxbin_engine.admin.discovery import Discovery
from pxbin_engine.admin.explain import Explain
from pxbin_engine.admin.keys import KeyAdmin
from pxbin_engine.admin.models import ModelAdmin
from pxbin_engine.admin.prices import PriceAdmin
from pxbin_engine.admin.reconcile import ReconcileAdmin
from pxbin_engine.admin.replays import ReplayAdmin
from pxbin_engine.admin.requests import RequestAdmin
from pxbin_engine.admin.sessions import SessionAdmin
from pxbin_engine.admin.stats import StatsAdmin
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.events import EventBus, RequestFinished
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.records import (
    ModelPrice,
    ModelRecord,
    UpstreamHealthRecord,
    UpstreamKeyRecord,
    UpstreamRecord,
)
from pxbin_engine.storage.aliases import AliasStore
from pxbin_engine.storage.budgets import BudgetStore
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.prices import PriceStore, RepricingStore
from pxbin_engine.storage.provider_usage import ProviderUsageStore
from pxbin_engine.storage.recordings import RecordingStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.sessions import SessionStore
from pxbin_engine.storage.spending import SpendingStore
from pxbin_engine.storage.stats import StatsStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
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

    def __init__(self, store: UpstreamKeyStore) -> None:
        self.held: dict[UUID, str] = {}
        self.locked = False
        self.asked = 0
        self._store = store

    @property
    def secrets(self) -> list[str]:
        """All that it holds, the oldest first."""
        return list(self.held.values())

    async def add(
        self, upstream_id: UUID, key: UpstreamKeyRecord, secret: str
    ) -> UpstreamKeyRecord:
        self._unlocked()
        key = await self._store.insert(upstream_id, replace(key, secret_place="keyring"))
        self.held[key.id] = secret
        return key

    async def replace(self, key: UpstreamKeyRecord, secret: str) -> UpstreamKeyRecord:
        self._unlocked()
        self.held[key.id] = secret
        return await self._store.set_secret(key.id, "keyring")

    async def get(self, key: UpstreamKeyRecord, *, of: str) -> str:
        self.asked += 1
        self._unlocked()
        return self.held[key.id]

    async def delete(self, key: UpstreamKeyRecord) -> None:
        self._unlocked()
        del self.held[key.id]
        await self._store.delete(key.id)

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
        self.published = dict(PUBLISHED)
        self.health: tuple[UpstreamHealthRecord, ...] = ()
        self.upstream_store = UpstreamStore(database)
        self.request_store = RequestStore(database)
        self.upstream_key_store = UpstreamKeyStore(database)
        self.secrets = Secrets(self.upstream_key_store)
        self.keys = KeyAdmin(
            KeyStore(database), self._changed, bootstrap_key=BOOTSTRAP, clock=self._clock
        )
        self.upstreams = UpstreamAdmin(
            self.upstream_store,
            self.upstream_key_store,
            self.secrets,  # type: ignore[arg-type]  # the same methods
            Discovery(client),
            self._changed,
            objection=lambda url: "is pxbin's own address." if url == OWN_ADDRESS else "",
            clock=self._clock,
        )
        self.models = ModelAdmin(
            ModelStore(database),
            self.upstreams,
            self._changed,
            published_price=self._published_price,
            clock=self._clock,
        )
        prices, repricings = PriceStore(database), RepricingStore(database)
        self.prices = PriceAdmin(
            prices,
            repricings,
            self.models,
            self._changed,
            reprice=Repricer(prices, repricings, clock=self._clock),
            clock=self._clock,
        )
        self.aliases = AliasAdmin(
            AliasStore(database), ModelStore(database), self._changed, clock=self._clock
        )
        self.explain = Explain(KeyStore(database), self._routing, lambda: None, clock=self._clock)
        self.budgets = BudgetAdmin(
            BudgetStore(database),
            self._changed,
            keys=KeyStore(database),
            models=ModelStore(database),
            upstreams=self.upstream_store,
            clock=self._clock,
        )
        self.recording_store = RecordingStore(database)
        self.requests = RequestAdmin(self.request_store, self.recording_store)
        self.events = EventBus()
        self.gateway = Gateway(
            EngineConfig(retry_max_attempts=1),
            client,
            self.events,
            lambda exchange: self.events.publish(RequestFinished(record_of(exchange))),
        )
        self.replays = ReplayAdmin(
            self.requests,
            KeyStore(database),
            self.gateway,
            self.events,
            serves=lambda: True,
            clock=self._clock,
        )
        self.sessions = SessionAdmin(SessionStore(database), clock=self._clock)
        self.stats = StatsAdmin(StatsStore(database), SpendingStore(database), clock=self._clock)
        self.reconcile = ReconcileAdmin(
            ProviderUsageStore(database), self.upstream_store, clock=self._clock
        )

    def upstream_health(self) -> tuple[UpstreamHealthRecord, ...]:
        """What the test says; see ``Engine.upstream_health``."""
        return self.health

    async def take_routes(self) -> None:
        """Let the gateway route by what is in the database now."""
        self.gateway.replace_routing(await self._routing(), [])

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
        return self.published.get(name)

    async def _routing(self) -> RoutingTable:
        return RoutingTable.build(
            await self.models.list(), await self.upstreams.list(), {}, await self.aliases.list()
        )

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

"""An engine for the window's tests: the real use cases over stores in memory, so that nothing listens and nothing waits.

What the database and the network would answer is set by the test: ``failure`` (raised by every store while it is set),
``upstream_models`` and ``upstream_failure`` (what a model list answers), ``health`` and ``explanation`` (what is known of
upstreams and routes), ``requests``, ``sessions`` and ``stats`` (any object with the use cases' methods).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from msgspec.structs import replace

from pxbin_app.engine_bridge import EngineBridge
from pxbin_engine import Engine
from pxbin_engine.admin.aliases import AliasAdmin
from pxbin_engine.admin.discovery import Address, Discovery
from pxbin_engine.admin.keys import KeyAdmin
from pxbin_engine.admin.models import ModelAdmin
from pxbin_engine.admin.reconcile import ReconcileAdmin
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.config import load_config
from pxbin_engine.errors import Conflict, NotFound, PxbinError, UpstreamError
from pxbin_engine.events import ConfigurationChanged, EngineStateChanged, EventBus
from pxbin_engine.records import (
    AliasRecord,
    DiscoveredModel,
    Explanation,
    HealthReport,
    KeyRecord,
    KeyType,
    LearnedQuirk,
    ModelPrice,
    ModelRecord,
    RecordingMode,
    SecretPlace,
    UpstreamHealthRecord,
    UpstreamKeyRecord,
    UpstreamRecord,
)
from tests.support.memory_budgets import MemoryBudgets
from tests.support.memory_sessions import MemorySessions
from tests.support.memory_usage import MemoryUsage

NOW = datetime(2026, 11, 23, 14, 32, 41, tzinfo=UTC)
ADDRESS = "127.0.0.1:8080"
Record = Any  # KeyRecord, UpstreamRecord or ModelRecord


class MemoryStore:
    """Rows by id; names are unique where ``unique_names``."""

    unique_names = True

    def __init__(self, engine: "FakeEngine") -> None:
        self._engine = engine
        self.rows: dict[UUID, Record] = {}

    def _reach(self) -> None:
        self._engine.store_calls += 1
        if self._engine.failure is not None:
            raise self._engine.failure

    def _refuse_taken(self, record: Record) -> None:
        same = [row for row in self.rows.values() if row.name == record.name]
        if self.unique_names and any(row.id != record.id for row in same):
            raise Conflict(f"The name {record.name!r} is taken.")

    async def list(self) -> tuple[Record, ...]:
        self._reach()
        return tuple(sorted(self.rows.values(), key=self._order))

    def _order(self, record: Record) -> Any:
        return record.name

    async def get(self, record_id: UUID) -> Record | None:
        self._reach()
        return self.rows.get(record_id)

    async def insert(self, record: Record) -> Record:
        self._reach()
        self._refuse_taken(record)
        self.rows[record.id] = record
        return record

    async def insert_new(self, records: Sequence[Record]) -> tuple[Record, ...]:
        names = {row.name for row in self.rows.values()}
        return tuple([await self.insert(row) for row in records if row.name not in names])

    async def update(self, record: Record) -> Record:
        self._reach()
        if record.id not in self.rows:
            raise NotFound(f"there is no {record.id}")
        self._refuse_taken(record)
        self.rows[record.id] = record
        return record

    async def delete_many(self, ids: Sequence[UUID]) -> Any:
        self._reach()
        return tuple(self.rows.pop(one) for one in ids if one in self.rows)


class MemoryKeys(MemoryStore):
    """As the table ``keys``: newest first, names need not be unique."""

    unique_names = False

    async def list(self, key_type: KeyType | None = None) -> tuple[KeyRecord, ...]:
        rows: tuple[KeyRecord, ...] = await super().list()
        return tuple(row for row in rows if key_type in {None, row.type})

    def _order(self, record: KeyRecord) -> Any:
        return -record.created_at.timestamp()

    def touch(self, key_id: UUID, when: datetime) -> None:
        """The key was used."""
        self.rows[key_id] = replace(self.rows[key_id], last_used_at=when)


class MemoryUpstreams(MemoryStore):
    """As the table ``upstreams``; deleting one takes it from the models' targets."""

    def _order(self, record: UpstreamRecord) -> Any:
        return record.priority, record.name

    async def learn(
        self, upstream_id: UUID, quirks: Sequence[LearnedQuirk]
    ) -> tuple[LearnedQuirk, ...]:
        self._reach()
        row = self.rows[upstream_id]
        self.rows[upstream_id] = replace(row, learned=(*row.learned, *quirks))
        return tuple(quirks)

    async def forget(self, upstream_id: UUID) -> int:
        self._reach()
        row = self.rows[upstream_id]
        self.rows[upstream_id] = replace(row, learned=())
        return len(row.learned)

    async def delete_many(self, ids: Sequence[UUID]) -> Any:
        deleted = await super().delete_many(ids)
        gone = {row.id for row in deleted}
        models = self._engine.model_store.rows
        for model in tuple(models.values()):
            left = tuple(target for target in model.targets if target.upstream_id not in gone)
            models[model.id] = with_targets(model, left)
        return deleted


class MemoryModels(MemoryStore):
    """As the table ``models``: the first target's upstream is the model's."""

    async def insert(self, record: ModelRecord) -> Record:
        return await super().insert(with_targets(record, record.targets))

    async def update(self, record: ModelRecord) -> Record:
        return await super().update(with_targets(record, record.targets))

    async def delete_many(self, ids: Sequence[UUID]) -> Any:
        return len(await super().delete_many(ids))


class MemoryAliases(MemoryStore):
    """As the table ``aliases``: one for each pattern, key and client."""

    def _order(self, record: AliasRecord) -> Any:
        return str(record.key_id or ""), record.client, record.pattern

    def _refuse_taken(self, record: AliasRecord) -> None:
        if any(_said(row) == _said(record) and row.id != record.id for row in self.rows.values()):
            raise Conflict(f"The pattern {record.pattern!r} means something already.")

    async def delete(self, alias_id: UUID) -> bool:
        return bool(await self.delete_many([alias_id]))

    async def set_of_client(
        self, aliases: Sequence[AliasRecord], client: str, *, without: Sequence[str]
    ) -> None:
        gone = {(None, client, pattern) for pattern in without} | {_said(one) for one in aliases}
        self.rows = {key: row for key, row in self.rows.items() if _said(row) not in gone}
        for alias in aliases:
            await self.insert(alias)


def _said(alias: AliasRecord) -> tuple[UUID | None, str, str]:
    return alias.key_id, alias.client, alias.pattern


def with_targets(model: ModelRecord, targets: Sequence[Any]) -> ModelRecord:
    """The model served by ``targets``."""
    first = targets[0].upstream_id if targets else None
    return replace(model, targets=tuple(targets), upstream_id=first)


class MemoryUpstreamKeys:
    """As the table ``upstream_keys``: kept in the upstreams' own rows."""

    def __init__(self, upstreams: MemoryUpstreams) -> None:
        self._upstreams = upstreams

    async def insert(
        self, upstream_id: UUID, key: UpstreamKeyRecord, sealed: bytes | None = None
    ) -> UpstreamKeyRecord:
        keys = self._upstreams.rows[upstream_id].keys
        key = replace(key, position=len(keys))
        self._put(upstream_id, (*keys, key))
        return key

    async def update(self, key: UpstreamKeyRecord) -> UpstreamKeyRecord:
        owner = self._owner(key.id)
        self._put(owner.id, tuple(key if one.id == key.id else one for one in owner.keys))
        return key

    async def set_secret(self, key_id: UUID, place: SecretPlace) -> UpstreamKeyRecord:
        key = next(key for key in self._owner(key_id).keys if key.id == key_id)
        return await self.update(replace(key, secret_place=place))

    async def reorder(self, upstream_id: UUID, key_ids: Sequence[UUID]) -> None:
        keys = {key.id: key for key in self._upstreams.rows[upstream_id].keys}
        self._put(
            upstream_id, tuple(replace(keys[one], position=n) for n, one in enumerate(key_ids))
        )

    async def delete(self, key_id: UUID) -> bool:
        owner = self._owner(key_id)
        if owner is not None:
            self._put(owner.id, tuple(key for key in owner.keys if key.id != key_id))
        return owner is not None

    def _owner(self, key_id: UUID) -> Any:
        rows = self._upstreams.rows.values()
        return next((row for row in rows if any(key.id == key_id for key in row.keys)), None)

    def _put(self, upstream_id: UUID, keys: tuple[UpstreamKeyRecord, ...]) -> None:
        rows = self._upstreams.rows
        place = keys[0].secret_place if keys else "none"
        rows[upstream_id] = replace(rows[upstream_id], keys=keys, secret_place=place)


class MemorySecrets:
    """A keyring in memory."""

    def __init__(self, keys: MemoryUpstreamKeys) -> None:
        self.description = (
            "Each new key is an entry of the Secret Service; the database holds only a reference."
        )
        self.place: SecretPlace = "keyring"
        self.failure: PxbinError | None = None
        self.held: dict[UUID, str] = {}
        self._keys = keys

    async def add(
        self, upstream_id: UUID, key: UpstreamKeyRecord, secret: str
    ) -> UpstreamKeyRecord:
        self._reach()
        self.held[key.id] = secret
        return await self._keys.insert(upstream_id, replace(key, secret_place=self.place))

    async def replace(self, key: UpstreamKeyRecord, secret: str) -> UpstreamKeyRecord:
        self._reach()
        self.held[key.id] = secret
        return await self._keys.set_secret(key.id, self.place)

    async def get(self, key: UpstreamKeyRecord, *, of: str) -> str:
        self._reach()
        return self.held[key.id]

    async def delete(self, key: UpstreamKeyRecord) -> None:
        self._reach()
        self.held.pop(key.id, None)
        await self._keys.delete(key.id)

    def _reach(self) -> None:
        if self.failure is not None:
            raise self.failure


class ScriptedDiscovery:
    """Answers with the engine's ``upstream_models``, and keeps what it was asked."""

    def __init__(self, engine: "FakeEngine") -> None:
        self._engine = engine
        self.asked: list[Address] = []

    async def models(self, address: Address) -> tuple[DiscoveredModel, ...]:
        self.asked.append(address)
        if self._engine.upstream_failure:
            raise UpstreamError(self._engine.upstream_failure)
        return tuple(self._engine.upstream_models)

    async def check(self, address: Address, **_: Any) -> HealthReport:
        self.asked.append(address)
        failure = self._engine.upstream_failure
        found = 0 if failure else len(self._engine.upstream_models)
        return HealthReport(
            healthy=not failure, models_found=found, latency_ms=143.2, error=failure or None
        )


class FakeEngine:
    """What the window uses of an ``Engine``."""

    def __init__(self, *, state: str = "running") -> None:
        self.config = load_config({}, data_dir=Path("/nonexistent/pxbin"))
        self.events = EventBus()
        self.state = state
        self.address = ADDRESS
        self.in_flight = 0
        self.failure: PxbinError | None = None
        self.store_calls = 0
        self.upstream_models: Sequence[DiscoveredModel] = ()
        self.upstream_failure = ""
        self.published: Mapping[str, ModelPrice] = {}
        self.prices: Any = None
        self.now = NOW
        self.requests: Any = None
        self.recording_mode: RecordingMode = "off"
        self.replays: Any = None
        self.stats: Any = None
        self.sessions: Any = MemorySessions()
        self.usage = MemoryUsage()
        self.budgets: Any = MemoryBudgets(self.events, self._clock)
        self.key_store = MemoryKeys(self)
        self.upstream_store = MemoryUpstreams(self)
        self.model_store = MemoryModels(self)
        self.alias_store = MemoryAliases(self)
        self.health: Sequence[UpstreamHealthRecord] = ()
        self.explanation: Explanation | None = None
        self.explained: list[dict[str, Any]] = []
        self.upstream_key_store = MemoryUpstreamKeys(self.upstream_store)
        self.secrets = MemorySecrets(self.upstream_key_store)
        self.discovery = ScriptedDiscovery(self)
        self._compose()

    @property
    def base_url(self) -> str:
        return f"http://{self.address}"

    def _compose(self) -> None:
        stores = cast("Any", self)  # the stores in memory have the methods of the real ones
        self.keys = KeyAdmin(stores.key_store, self._changed, clock=self._clock)
        self.reconcile = ReconcileAdmin(stores.usage, stores.upstream_store, clock=self._clock)
        self.upstreams = UpstreamAdmin(
            stores.upstream_store,
            stores.upstream_key_store,
            stores.secrets,
            cast("Discovery", self.discovery),
            self._changed,
            objection=lambda url: (
                "is pxbin's own address." if url.startswith(self.base_url) else ""
            ),
            clock=self._clock,
        )
        self.models = ModelAdmin(
            stores.model_store,
            self.upstreams,
            self._changed,
            published_price=self._published,
            clock=self._clock,
        )
        self.aliases = AliasAdmin(
            stores.alias_store, stores.model_store, self._changed, clock=self._clock
        )

    def upstream_health(self) -> tuple[UpstreamHealthRecord, ...]:
        return tuple(self.health)

    async def explain(self, **asked: Any) -> Explanation:
        """What the test set; a name that means nothing where it set none."""
        self.explained.append(asked)
        if self.failure is not None:
            raise self.failure
        return self.explanation or Explanation(asked_model=asked["model"], model=None)

    def set_recording(self, mode: RecordingMode) -> None:
        """Of which requests bodies are kept from now on."""
        self.recording_mode = mode

    def enter(self, state: str, detail: str = "") -> None:
        """Change the engine's state, as its own methods would."""
        self.state = state
        self.events.publish(EngineStateChanged(state=state, detail=detail))

    async def _changed(self, what: Any) -> None:
        self.events.publish(ConfigurationChanged(what=what))

    async def _published(self, name: str, provider: str, base_url: str) -> ModelPrice | None:
        return self.published.get(name)

    def _clock(self) -> datetime:
        return self.now


def bridge_to(engine: FakeEngine) -> EngineBridge:
    """A bridge with ``engine`` attached."""
    bridge = EngineBridge()
    bridge.attach(cast("Engine", engine))
    return bridge


async def settled() -> None:
    """Let everything that was spawned run to where it waits for the outside (which, here, is nowhere)."""
    for _ in range(50):
        await asyncio.sleep(0)

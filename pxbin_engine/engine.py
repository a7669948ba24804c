"""The composition root: builds every part once, starts and stops them in order, swaps snapshots on change.

``open()`` makes the use cases work: embedded PostgreSQL (or the one that is configured), migrations, pool, secrets,
stores. ``start()`` is ``open()`` and then the data plane: log writer, gateway, HTTP. ``stop()`` undoes it in reverse:

1. HTTP accepts nothing more; requests in flight get their grace, then they are cancelled (each still gets its row).
2. The log writer drains (what the database cannot take now is spilled to disk and read back at the next start).
3. The upstream connections are closed.
4. Listener, pool and, where we are the last one out, the embedded server stop.
"""

import asyncio
import enum
import logging
from contextlib import AsyncExitStack
from typing import Literal

from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.accounting.log_writer import LogWriter
from pxbin_engine.accounting.published_prices import PublishedPrices
from pxbin_engine.accounting.repricing import Repricer
from pxbin_engine.admin import Changed
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
from pxbin_engine.admin.totals import TotalsAdmin
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import DatabaseUnavailable, PxbinError, StorageError
from pxbin_engine.events import (
    ConfigurationChanged,
    DatabaseStateChanged,
    EngineStateChanged,
    EventBus,
    QuirkLearned,
)
from pxbin_engine.gateway.addresses import listening_addresses
from pxbin_engine.gateway.calibration_file import CalibrationFile
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.present import GatewayPresent
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.log_keeper import LogKeeper
from pxbin_engine.maintenance.backups import SAFETY, Backups
from pxbin_engine.maintenance.diagnostics import Diagnostics
from pxbin_engine.observation import Observation
from pxbin_engine.records import LearnedQuirk, RecordingMode, UpstreamHealthRecord, UpstreamRecord
from pxbin_engine.search.provider import SearchProvider
from pxbin_engine.server.admin_routes import admin_app
from pxbin_engine.server.app import HttpServer
from pxbin_engine.server.auth import Authenticator
from pxbin_engine.server.lockout import Lockout
from pxbin_engine.server.siblings import Worker
from pxbin_engine.snapshots import Snapshots
from pxbin_engine.storage.aliases import AliasStore
from pxbin_engine.storage.budgets import LEASES, BudgetStore
from pxbin_engine.storage.connection_share import embedded_pool
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.migrations import migrate
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.prices import PriceStore, RepricingStore
from pxbin_engine.storage.provider_usage import ProviderUsageStore
from pxbin_engine.storage.recordings import RecordingStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.server import EmbeddedServer, ServerState
from pxbin_engine.storage.sessions import SessionStore
from pxbin_engine.storage.spending import SpendingStore
from pxbin_engine.storage.stats import StatsStore
from pxbin_engine.storage.totals import Totals
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

CONFIGURATION_CHANNEL = "pxbin_configuration"
_MAINTENANCE_SECONDS = 3600.0


class EngineState(enum.StrEnum):
    """Where the engine stands."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FAILED = "failed"


class Engine:
    """The engine of one process.

    Attributes:
        address: ``host:port`` that it listens at; empty while it does not.
        keys, upstreams, models, prices, aliases, budgets, explain, requests, replays, sessions, reconcile, stats, totals: the use cases; there once it is open.
    """

    keys: KeyAdmin
    upstreams: UpstreamAdmin
    models: ModelAdmin
    prices: PriceAdmin
    aliases: AliasAdmin
    budgets: BudgetAdmin
    explain: Explain
    requests: RequestAdmin
    replays: ReplayAdmin
    sessions: SessionAdmin
    reconcile: ReconcileAdmin
    stats: StatsAdmin
    totals: TotalsAdmin
    backups: Backups
    diagnostics: Diagnostics

    def __init__(self, config: EngineConfig, worker: Worker | None = None) -> None:
        self.config = config
        self._worker = worker
        self.events = EventBus()
        self.state = EngineState.STOPPED
        self.address = ""
        self._parts = AsyncExitStack()
        self._authenticator = Authenticator(
            lockout=Lockout(config.bad_key_limit, config.bad_key_lockout_seconds),
            events=self.events,
        )
        self._client = UpstreamClient(
            connect_timeout=config.connect_timeout_seconds, allow_link_local=config.allow_link_local
        )
        self._gateway = Gateway(
            config, self._client, self.events, self._finished, on_learned=self._learned
        )
        self._observation = Observation(config, self.events, self._gateway, self._client, worker)

    @property
    def base_url(self) -> str:
        """What clients are pointed at; empty while nothing listens."""
        return f"http://{self.address}" if self.address else ""

    @property
    def search(self) -> SearchProvider | None:
        """Who searches the web where an upstream cannot; None where nobody is configured."""
        return self._gateway.search

    @property
    def in_flight(self) -> int:
        """How many requests are being served now."""
        return self._gateway.in_flight

    @property
    def recording_mode(self) -> RecordingMode:
        """Of which requests bodies are kept now."""
        return self._gateway.recorder.mode

    def set_recording(self, mode: RecordingMode) -> None:
        """Keep the bodies of these requests, beginning with the next one; until the end of this process."""
        self._gateway.recorder.mode = mode
        logger.info("recording.%s", mode)

    @property
    def _serves(self) -> bool:
        return self.state in {EngineState.RUNNING, EngineState.PAUSED}

    def upstream_health(self) -> tuple[UpstreamHealthRecord, ...]:
        """How every upstream is, as this process has seen it; nothing is asked."""
        return self._gateway.upstream_health()

    async def open(self) -> None:
        """Make the use cases work, without listening.

        Raises:
            StorageError: the database cannot be started, reached or migrated; everything is closed again.
        """
        try:
            await self._open()
        except BaseException:
            await self._parts.aclose()
            raise

    async def close(self) -> None:
        """Undo ``open`` (and ``start``)."""
        await self._parts.aclose()

    async def attend(self) -> None:
        """Serve what this process itself asks (replays), with its rows; nothing listens. For an engine that is open.

        Another engine may serve on the same data directory.

        Raises:
            StorageError: the database is away.
        """
        await self._snapshots.reload()
        await self._budget_keeper.start()
        self._parts.push_async_callback(self._budget_keeper.stop)
        await self._log.start(beside=True)
        self._parts.push_async_callback(self._log.stop)

    async def start(self, *, paused: bool = False) -> None:
        """Serve, or where ``paused`` listen and refuse until ``resume``.

        Raises what ``open`` raises, and ``ConfigError`` where the address cannot be bound.
        """
        self._enter(EngineState.STARTING)
        self._gateway.paused = paused
        try:
            await self._open()
            await self._listen()
        except BaseException as error:
            await self._parts.aclose()
            cancelled = isinstance(error, asyncio.CancelledError)
            reason = error.message if isinstance(error, PxbinError) else ""
            self._enter(EngineState.STOPPED if cancelled else EngineState.FAILED, reason)
            raise
        self._enter(EngineState.PAUSED if paused else EngineState.RUNNING, self.address)

    async def stop(self) -> None:
        """Stop serving, in the order that the module's text tells; harmless when nothing runs."""
        if self.state in {EngineState.STOPPED, EngineState.STOPPING}:
            return
        self._enter(EngineState.STOPPING)
        await self._parts.aclose()
        self.address = ""
        self._enter(EngineState.STOPPED)

    def pause(self) -> None:
        """Refuse new requests (503, with a row); those in flight go on."""
        if self.state is EngineState.RUNNING:
            self._gateway.paused = True
            self._enter(EngineState.PAUSED, self.address)

    def resume(self) -> None:
        """Serve again after ``pause``."""
        if self.state is EngineState.PAUSED:
            self._gateway.paused = False
            self._enter(EngineState.RUNNING, self.address)

    # ------------------------------------------------------------------ start

    async def _open(self) -> None:
        config = self.config
        dsn = config.database_url or await self._start_embedded_server()
        await migrate(dsn, schema=config.database_schema)
        most = config.max_db_conns
        if config.embedded:
            most = embedded_pool(most, engines=self._worker.count if self._worker else 1)
        self._database = database = await Database.connect(
            dsn,
            schema=config.database_schema,
            min_size=min(config.min_db_conns, most),
            max_size=most,
        )
        self._parts.push_async_callback(database.close)
        await self._client.start()
        self._client.own_addresses = listening_addresses(config.host, config.port)
        self._parts.push_async_callback(self._client.close)
        await self._compose_use_cases(database, dsn)

    async def _start_embedded_server(self) -> str:
        server = EmbeddedServer(
            self.config.data_dir, on_state=self._server_state_changed, on_exit=self._server_lost
        )
        dsn = await server.start()
        self._parts.push_async_callback(server.stop)
        return dsn

    async def _compose_use_cases(self, database: Database, dsn: str) -> None:
        keys, upstreams, models = KeyStore(database), UpstreamStore(database), ModelStore(database)
        aliases, budgets = AliasStore(database), BudgetStore(database)
        upstream_keys = UpstreamKeyStore(database)
        secrets = SecretStore(
            upstream_keys, data_dir=self.config.data_dir, encryption_key=self.config.encryption_key
        )
        await secrets.probe()
        gate = self._gateway.budgets
        self._budget_keeper = BudgetKeeper(gate, budgets, self.events)
        self._snapshots = Snapshots(
            keys,
            upstreams,
            models,
            aliases,
            secrets=secrets,
            authenticator=self._authenticator,
            gateway=self._gateway,
            budgets=self._budget_keeper,
        )
        self._parts.push_async_callback(self._snapshots.close)
        changed = self._changed_here
        self.keys = KeyAdmin(keys, changed, bootstrap_key=self.config.management_bootstrap_key)
        self.upstreams = UpstreamAdmin(
            upstreams,
            upstream_keys,
            secrets,
            Discovery(self._client),
            changed,
            objection=self._client.objection,
        )
        published = PublishedPrices()
        self._parts.push_async_callback(published.close)
        self.models = ModelAdmin(models, self.upstreams, changed, published_price=published)
        prices, repricings = PriceStore(database), RepricingStore(database)
        self.prices = PriceAdmin(
            prices, repricings, self.models, changed, reprice=Repricer(prices, repricings)
        )
        self.aliases = AliasAdmin(aliases, models, changed)
        self.explain = Explain(keys, self._current_routing, self._present)
        self.budgets = BudgetAdmin(
            budgets, changed, keys=keys, models=models, upstreams=upstreams, gate=gate
        )
        self._log = LogKeeper(
            self.config,
            self.events,
            database,
            self._gateway,
            self._budget_keeper,
            worker=self._worker,
        )
        self.requests = RequestAdmin(
            RequestStore(database),
            RecordingStore(database),
            erase_recordings=self._log.recordings.erase_all,
        )
        self.replays = ReplayAdmin(
            self.requests, keys, self._gateway, self.events, serves=lambda: self._log.runs
        )
        self.sessions = SessionAdmin(SessionStore(database))
        self.reconcile = ReconcileAdmin(ProviderUsageStore(database), upstreams)
        self.stats = StatsAdmin(StatsStore(database), SpendingStore(database))
        self.totals = TotalsAdmin(Totals(database), Partitions(database))
        self.backups = Backups(
            dsn,
            self.config.database_schema,
            secrets=secrets,
            upstreams=upstreams,
            directory=self.config.data_dir / SAFETY,
            on_restored=lambda: changed("all"),
        )
        self.diagnostics = Diagnostics(self.config, database, present=self._present_state)

    async def _listen(self) -> None:
        await self._snapshots.reload()
        await self._database.listen(CONFIGURATION_CHANNEL, self._changed_elsewhere)
        self._keep_calibration()
        await self._budget_keeper.start()
        self._parts.push_async_callback(self._budget_keeper.stop)
        rows = await self._start_log()
        self._parts.push_async_callback(self._observation.stop)
        await self._observation.start(
            self._database,
            rows,
            self._log.recordings,
            self._budget_keeper,
            askable=lambda: self._snapshots.askable,
        )
        server = HttpServer(
            self.config,
            self._gateway,
            self._authenticator,
            database_available=lambda: self._database.available,
            admin_app=lambda authenticate: admin_app(self, authenticate),
            metrics_app=self._observation.metrics_app,
            about=self._observation.readiness,
            shares_port=self._worker is not None,
        )
        host, port = await server.start()
        self._parts.push_async_callback(server.stop)
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._client.own_addresses = listening_addresses(host, port)

    def _keep_calibration(self) -> None:
        self._calibration = CalibrationFile(self.config.data_dir, self._gateway.calibration)
        self._calibration.load()
        self._parts.callback(self._save_calibration)

    def _save_calibration(self) -> None:
        if self._worker is None or self._worker.number == 1:  # the file has one writer
            self._calibration.save()

    async def _start_log(self) -> LogWriter:
        rows = await self._log.start()
        self._parts.push_async_callback(self._log.stop)
        maintenance = spawn(self._maintain(), name="log.maintenance")
        self._parts.callback(maintenance.cancel)
        return rows

    async def _maintain(self) -> None:
        while True:
            await asyncio.sleep(_MAINTENANCE_SECONDS)
            self._save_calibration()
            try:
                await self._log.maintain()
                await self._budget_keeper.prune()
            except StorageError as error:
                logger.warning("log.maintenance_postponed reason=%s", error.message)

    # ------------------------------------------------------------------ change

    def _enter(self, state: EngineState, detail: str = "") -> None:
        self.state = state
        logger.info("engine.%s %s", state, detail)
        self.events.publish(EngineStateChanged(state=state, detail=detail))

    async def _changed_here(self, what: Changed | Literal["all"]) -> None:
        """A use case of this process changed something: it is in force before the caller hears of it."""
        if await self._snapshots.reload():
            self.events.publish(ConfigurationChanged(what=what))

    async def _current_routing(self) -> RoutingTable:
        """The routes; an engine that does not serve reads them only now."""
        if not self._serves:
            await self._snapshots.reload()
        return self._gateway.routing

    def _present_state(self) -> dict[str, object]:
        told = {"state": self.state, "upstream_health": self.upstream_health()}
        return told | self._observation.readiness()

    def _present(self) -> GatewayPresent | None:
        return self._gateway.present if self._serves else None

    def _changed_elsewhere(self, what: str | None) -> None:
        """Another process on the same database did, or notifications may have been missed."""
        if what == LEASES:
            self._budget_keeper.share()
            return
        spawn(self._reload_from_elsewhere(), name="configuration.reload")

    async def _reload_from_elsewhere(self) -> None:
        try:
            await self._changed_here("all")
        except DatabaseUnavailable as error:
            logger.warning("configuration.not_reloaded reason=%s", error.message)

    def _finished(self, exchange: Exchange) -> None:
        self._log.finished(exchange)

    def _learned(self, upstream: UpstreamRecord, quirks: tuple[LearnedQuirk, ...]) -> None:
        spawn(self._keep_learned(upstream, quirks), name="upstream.learn")

    async def _keep_learned(
        self, upstream: UpstreamRecord, quirks: tuple[LearnedQuirk, ...]
    ) -> None:
        try:
            new = await self.upstreams.learn(upstream.id, quirks)
        except StorageError as error:
            logger.warning("upstream.not_learned name=%r reason=%s", upstream.name, error.message)
            return
        for quirk in new:
            self.events.publish(
                QuirkLearned(upstream_id=upstream.id, upstream_name=upstream.name, quirk=quirk)
            )

    def _server_state_changed(self, state: ServerState) -> None:
        if state is ServerState.RESTARTING:
            self.events.publish(
                DatabaseStateChanged(available=False, detail="The embedded database is restarting.")
            )

    def _server_lost(self, reason: str) -> None:
        self.events.publish(DatabaseStateChanged(available=False, detail=reason))

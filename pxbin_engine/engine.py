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

from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.accounting.published_prices import PublishedPrices
from pxbin_engine.changes import Changes, keep_learned
from pxbin_engine.config import EngineConfig
from pxbin_engine.engine_database import database_of
from pxbin_engine.errors import PxbinError
from pxbin_engine.events import EngineStateChanged, EventBus
from pxbin_engine.gateway.addresses import listening_addresses
from pxbin_engine.gateway.calibration_file import CalibrationFile
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.present import GatewayPresent
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.log_keeper import LogKeeper
from pxbin_engine.observation import Observation
from pxbin_engine.records import LearnedQuirk, RecordingMode, UpstreamHealthRecord, UpstreamRecord
from pxbin_engine.search.provider import SearchProvider
from pxbin_engine.server.admin_routes import admin_app
from pxbin_engine.server.app import HttpServer
from pxbin_engine.server.auth import Authenticator
from pxbin_engine.server.lockout import Lockout
from pxbin_engine.server.siblings import Worker
from pxbin_engine.snapshots import Snapshots
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.stores import Stores
from pxbin_engine.tasks import spawn
from pxbin_engine.upkeep import Upkeep
from pxbin_engine.use_cases import Parts, UseCases

logger = logging.getLogger(__name__)


class EngineState(enum.StrEnum):
    """Where the engine stands."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FAILED = "failed"


class Engine(UseCases):
    """The engine of one process; its use cases are there once it is open.

    Attributes:
        address: ``host:port`` that it listens at; empty while it does not.
    """

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
        dsn, self._database = await self._parts.enter_async_context(
            database_of(config, self.events, engines=self._worker.count if self._worker else 1)
        )
        await self._client.start()
        self._client.own_addresses = listening_addresses(config.host, config.port)
        self._parts.push_async_callback(self._client.close)
        await self._compose(Stores(self._database), dsn)

    async def _compose(self, stores: Stores, dsn: str) -> None:
        secrets = SecretStore(
            stores.upstream_keys,
            data_dir=self.config.data_dir,
            encryption_key=self.config.encryption_key,
        )
        await secrets.probe()
        self._budget_keeper = BudgetKeeper(self._gateway.budgets, stores.budgets, self.events)
        self._snapshots = Snapshots(
            stores.keys,
            stores.upstreams,
            stores.models,
            stores.aliases,
            secrets=secrets,
            authenticator=self._authenticator,
            gateway=self._gateway,
            budgets=self._budget_keeper,
        )
        self._parts.push_async_callback(self._snapshots.close)
        self._changes = Changes(self._snapshots, self._budget_keeper, self.events)
        self._log = LogKeeper(
            self.config,
            self.events,
            stores.database,
            self._gateway,
            self._budget_keeper,
            worker=self._worker,
        )
        published_prices = PublishedPrices()
        self._parts.push_async_callback(published_prices.close)
        self._compose_use_cases(
            Parts(
                config=self.config,
                dsn=dsn,
                stores=stores,
                secrets=secrets,
                client=self._client,
                gateway=self._gateway,
                events=self.events,
                log=self._log,
                published_prices=published_prices,
                changed=self._changes.here,
                routing=self._current_routing,
                present=self._present,
                state=self._present_state,
            )
        )

    async def _listen(self) -> None:
        await self._snapshots.reload()
        await self._changes.listen(self._database)
        await self._budget_keeper.start()
        self._parts.push_async_callback(self._budget_keeper.stop)
        rows = await self._log.start()
        self._parts.push_async_callback(self._log.stop)
        self._start_upkeep()
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

    def _start_upkeep(self) -> None:
        upkeep = Upkeep(
            self._log,
            self._budget_keeper,
            CalibrationFile(self.config.data_dir, self._gateway.calibration),
            writes_calibration=self._worker is None or self._worker.number == 1,
        )
        upkeep.start()
        self._parts.callback(upkeep.stop)

    # ------------------------------------------------------------------ what its parts ask and tell

    def _enter(self, state: EngineState, detail: str = "") -> None:
        self.state = state
        logger.info("engine.%s %s", state, detail)
        self.events.publish(EngineStateChanged(state=state, detail=detail))

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

    def _finished(self, exchange: Exchange) -> None:
        self._log.finished(exchange)

    def _learned(self, upstream: UpstreamRecord, quirks: tuple[LearnedQuirk, ...]) -> None:
        keeping = keep_learned(self.upstreams, self.events, upstream, quirks)
        spawn(keeping, name="upstream.learn")

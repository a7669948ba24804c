"""Observation: what an operator sees of a serving engine: readiness, metrics, traces, and how upstreams are that nobody uses."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from uuid import UUID

from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.accounting.log_writer import LogWriter
from pxbin_engine.accounting.recording_writer import RecordingWriter
from pxbin_engine.admin.discovery import Discovery
from pxbin_engine.admin.prober import Askable, Prober
from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.server.admin_routes import metrics_app
from pxbin_engine.server.app import AdminApp
from pxbin_engine.server.metrics import Metrics, Readings
from pxbin_engine.server.siblings import Siblings, Worker
from pxbin_engine.storage.database import Database
from pxbin_engine.tasks import spawn
from pxbin_engine.tracing import Tracing

VERSION = version("pxbin")


class Observation:
    """Of one engine; from ``start`` on.

    Args:
        worker: which of several engines that share a port this is; None: it is alone.

    Attributes:
        metrics_app: to be mounted at ``/metrics``; None where there are no metrics.
    """

    def __init__(
        self,
        config: EngineConfig,
        events: EventBus,
        gateway: Gateway,
        client: UpstreamClient,
        worker: Worker | None,
    ) -> None:
        self.metrics_app: AdminApp | None = None
        self._config, self._events, self._worker = config, events, worker
        self._gateway, self._client = gateway, client
        self._metrics = Metrics(events, self.readings) if config.metrics_enabled else None
        self._parts = AsyncExitStack()
        self._database: Database | None = None
        self._log: LogWriter | None = None
        self._recordings: RecordingWriter | None = None
        self._budgets: BudgetKeeper | None = None

    async def start(
        self,
        database: Database,
        log: LogWriter,
        recordings: RecordingWriter,
        budgets: BudgetKeeper,
        *,
        askable: Askable,
    ) -> None:
        """Begin.

        Raises:
            ConfigError: traces are wished for and their packages are missing.
        """
        self._database, self._budgets = database, budgets
        self._log, self._recordings = log, recordings
        self._start_tracing()
        await self._start_metrics()
        if self._config.health_check_seconds:
            self._start_prober(askable)

    async def stop(self) -> None:
        """End it; what is left of traces is sent."""
        await self._parts.aclose()

    def readiness(self) -> dict[str, object]:
        """What ``/ready`` tells beside its status."""
        levels = [upstream.level for upstream in self._gateway.upstream_health()]
        return {
            "version": VERSION,
            "upstreams": {"up": len(levels) - levels.count("down"), "known": len(levels)},
            "queued_rows": self._log.queued if self._log else 0,
            "disk_error": self._log.disk_error if self._log else "",
            "dropped_recordings": self._recordings.dropped if self._recordings else 0,
        }

    def readings(self) -> Readings:
        """How the engine stands now."""
        return Readings(
            in_flight=self._gateway.in_flight,
            queued_rows=self._log.queued if self._log else 0,
            spooled_rows=self._log.spooled if self._log else 0,
            lost_rows=self._log.lost if self._log else 0,
            recording_bytes=self._recordings.held_bytes if self._recordings else 0,
            dropped_recordings=self._recordings.dropped if self._recordings else 0,
            database_available=self._database is not None and self._database.available,
            upstreams=self._gateway.upstream_health(),
            budgets=self._budgets.statuses if self._budgets else (),
        )

    def _start_tracing(self) -> None:
        if self._config.otlp_endpoint:
            tracing = Tracing(
                self._config.otlp_endpoint,
                self._events,
                version=VERSION,
                base_url_of=self._base_url_of,
            )
            self._parts.push_async_callback(tracing.stop)

    async def _start_metrics(self) -> None:
        if self._metrics is None:
            return
        render: Callable[[], Awaitable[bytes]] = self._metrics.read
        if self._worker is not None:
            siblings = Siblings(self._worker, self._metrics.render)
            await siblings.start()
            self._parts.push_async_callback(siblings.stop)
            render = siblings.render
        self.metrics_app = partial(metrics_app, render)
        self._until_stop(spawn(self._metrics.watch_lag(), name="metrics.lag"))

    def _start_prober(self, askable: Askable) -> None:
        prober = Prober(
            Discovery(self._client),
            self._gateway.health,
            askable,
            interval=self._config.health_check_seconds,
            is_paused=lambda: self._gateway.paused,
        )
        self._until_stop(spawn(prober.run(), name="upstreams.watch"))

    def _until_stop(self, task: "asyncio.Task[None]") -> None:
        self._parts.callback(task.cancel)

    def _base_url_of(self, upstream_id: UUID) -> str | None:
        upstream = self._gateway.routing.upstreams.get(upstream_id)
        return upstream.base_url if upstream else None

"""The log keeper: what of an engine writes rows and recordings, and keeps the days of the log in order."""

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.accounting.ledger import Ledger
from pxbin_engine.accounting.log_writer import LogWriter
from pxbin_engine.accounting.recording_writer import RecordingWriter
from pxbin_engine.accounting.spool import SPOOL, gather_spools, spool_beside, spool_of
from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.server.siblings import Worker
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.recordings import RecordingStore
from pxbin_engine.storage.requests import RequestStore


class LogKeeper:
    """Of one engine.

    Args:
        worker: which of several engines that share a data directory this is; None: it is alone.

    Attributes:
        recordings: what writes them.
        runs: between ``start`` and ``stop``.
    """

    def __init__(
        self,
        config: EngineConfig,
        events: EventBus,
        database: Database,
        gateway: Gateway,
        budgets: BudgetKeeper,
        *,
        worker: Worker | None,
    ) -> None:
        self.recordings = RecordingWriter(RecordingStore(database), gateway.recorder.room)
        self._config, self._events, self._database = config, events, database
        self._gateway, self._budgets, self._worker = gateway, budgets, worker
        self._partitions = Partitions(database)
        self.runs = False
        self._rows: LogWriter | None = None
        self._ledger: Ledger | None = None

    async def start(self, *, beside: bool = False) -> LogWriter:
        """Finished exchanges become rows from now on; returns what writes them, what an earlier run left first.

        Args:
            beside: another engine may own the data directory.
        """
        spool = self._spool_beside() if beside else self._spool()
        rows = LogWriter(
            RequestStore(self._database),
            KeyStore(self._database),
            self._events,
            capacity=self._config.log_buffer_size,
            spool_dir=spool,
            on_written=self._budgets.written,
        )
        await self.maintain()
        await rows.start()
        await self.recordings.start()
        self._rows = rows
        self.runs = True
        self._ledger = Ledger(
            rows,
            self._events,
            on_priced=self._gateway.budgets.settle,
            keep_recording=self.recordings.take,
        )
        return rows

    async def stop(self) -> None:
        """Write what waits; rows that cannot be written now are kept on disk, recordings are not."""
        await self.recordings.stop()
        if self._rows is not None:
            await self._rows.stop()
        self.runs = False
        # Mostly it was never made. Rows that are left in it are the next engine's.
        with suppress(OSError):
            self._spool_beside().rmdir()

    async def maintain(self) -> None:
        """Make the days to come, and drop those that are too old; to be done at the start and every hour.

        Raises:
            StorageError: it can be done later.
        """
        await self._partitions.maintain(
            now=datetime.now(UTC),
            keep_days=self._config.log_retention_days,
            keep_bodies_days=self._config.log_body_retention_days,
        )

    def finished(self, exchange: Exchange) -> None:
        """An exchange has ended: it gets its row. Returns at once."""
        if self._ledger is not None:
            self._ledger.finish(exchange)

    def _spool_beside(self) -> Path:
        return spool_beside(self._config.data_dir / SPOOL, os.getpid())

    def _spool(self) -> Path:
        spool = self._config.data_dir / SPOOL
        if self._worker is not None:
            return spool_of(spool, self._worker.number)
        gather_spools(spool)
        return spool

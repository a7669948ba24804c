"""The log writer: rows to the database in batches, without any request ever waiting for it.

The rules:

1. ``put`` only appends to a queue in memory. A batch goes out when it is full, or a quarter of a second after its first
   row.
2. While the database does not take rows, they go to the spool on disk, and so does what a full queue cannot hold. Nothing
   is dropped but what neither database nor disk took, and that is an ERROR in the program's log.
3. The spool is replayed before newer rows are written. Whether a batch whose connection broke was committed is not known:
   it is spooled and sent again, and the store adds no row twice.
4. ``stop`` writes what is left; what is not written in time goes to the spool, for the next start.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pxbin_engine.accounting.spool import Spool
from pxbin_engine.errors import StorageError
from pxbin_engine.events import DatabaseStateChanged, EventBus
from pxbin_engine.records import RequestRecord
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

BATCH_ROWS = 500
_RETRY_DELAYS = (0.5, 1.0, 2.0, 5.0)


class LogWriter:
    """Takes rows from any number of requests and writes them in one background task.

    Args:
        on_written: told which rows the database has, or never will have; some more than once.
    """

    def __init__(
        self,
        store: RequestStore,
        keys: KeyStore,
        events: EventBus,
        *,
        spool_dir: Path,
        capacity: int = 10_000,
        batch_rows: int = BATCH_ROWS,
        batch_seconds: float = 0.25,
        retry_delays: Sequence[float] = _RETRY_DELAYS,
        on_written: Callable[[Sequence[RequestRecord]], None] = lambda _: None,
    ) -> None:
        self.available = True
        """Whether the database took the last batch."""
        self._store = store
        self._keys = keys
        self._events = events
        self._on_written = on_written
        self._spool = Spool(spool_dir)
        self._capacity = capacity
        self._batch_rows = batch_rows
        self._batch_seconds = batch_seconds
        self._retry_delays = retry_delays
        self._queue: deque[RequestRecord] = deque()
        self._in_flight: list[RequestRecord] = []
        self._arrived = asyncio.Event()
        self._hurry = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def queued(self) -> int:
        """Rows that are not known to be in the database yet, in memory and on disk."""
        return len(self._queue) + len(self._in_flight) + self._spool.rows

    @property
    def spooled(self) -> int:
        """Those of them that wait on disk."""
        return self._spool.rows

    def put(self, record: RequestRecord) -> None:
        """Take a row; returns at once. Also before ``start`` and after ``stop``."""
        if len(self._queue) >= self._capacity or (self._stopping and self._task is None):
            self._spill([record])
            return
        self._queue.append(record)
        self._arrived.set()
        if len(self._queue) >= self._batch_rows:
            self._hurry.set()

    async def start(self) -> None:
        """Begin to write; first what an earlier run left in the spool."""
        self._task = spawn(self._run(), name="log.write")

    async def stop(self, *, timeout: float = 5.0) -> None:
        """Write what is left, for ``timeout`` seconds at most; the rest goes to the spool."""
        self._stopping = True
        self._arrived.set()
        self._hurry.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=timeout)
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        self._spill_all()

    # ------------------------------------------------------------------ the task

    async def _run(self) -> None:
        failures = 0
        while not (self._stopping and not self._queue):
            if self._spool.rows and not await self._replay():
                self._spill_all()
                await self._pause(self._retry_delays[min(failures, len(self._retry_delays) - 1)])
                failures += 1
                continue
            failures = 0
            if self._spool.rows:  # what was put aside while the older file was read back
                continue
            await self._wait_for_rows()
            await self._write_queue()

    async def _wait_for_rows(self) -> None:
        """Until a batch is full, or its first row has waited long enough, or the end."""
        await self._arrived.wait()
        try:
            async with asyncio.timeout(self._batch_seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass

    async def _write_queue(self) -> None:
        """Write what is queued now; where the database does not take it, all goes to the spool."""
        while self._queue:
            self._in_flight = [
                self._queue.popleft() for _ in range(min(self._batch_rows, len(self._queue)))
            ]
            try:
                await self._insert(self._in_flight)
            except StorageError as error:
                self._spill_all()
                self._set_available(False, error.message)
                break
            self._in_flight = []
            self._set_available(True)
        if not self._stopping:
            self._arrived.clear()
            self._hurry.clear()

    async def _replay(self) -> bool:
        """Write the spool; whether the database took all of it."""
        try:
            for batch in self._spool.batches(self._batch_rows):
                await self._insert(batch)
        except StorageError as error:
            self._set_available(False, error.message)
            return False
        self._spool.forget()
        self._set_available(True)
        return True

    async def _insert(self, batch: Sequence[RequestRecord]) -> None:
        for rejected in await self._store.insert_batch(batch):
            logger.warning("log.row_rejected id=%s reason=%s", rejected.record.id, rejected.reason)
        self._on_written(batch)
        used: dict[UUID, datetime] = {}
        for record in batch:
            if record.llm_key_id is not None:
                used[record.llm_key_id] = max(
                    record.timestamp, used.get(record.llm_key_id, record.timestamp)
                )
        if used:
            await self._keys.touch(used)

    async def _pause(self, seconds: float) -> None:
        """Wait before the next attempt; a stop ends it."""
        if self._stopping:
            return
        self._hurry.clear()
        try:
            async with asyncio.timeout(seconds):
                while not self._stopping:
                    await self._hurry.wait()
                    self._spill_all()
                    self._hurry.clear()
        except TimeoutError:
            pass

    # ------------------------------------------------------------------ when the database is away

    def _spill_all(self) -> None:
        rows = [*self._in_flight, *self._queue]
        self._in_flight = []
        self._queue.clear()
        if rows:
            self._spill(rows)

    def _spill(self, rows: Sequence[RequestRecord]) -> None:
        try:
            self._spool.append(rows)
        except OSError as error:
            logger.error("log.rows_lost count=%d reason=%s", len(rows), error)  # noqa: TRY400  # the reason says it all

    def _set_available(self, available: bool, detail: str = "") -> None:
        if available == self.available:
            return
        self.available = available
        if available:
            logger.info("log.database_back queued=%d", self.queued)
        else:
            logger.warning("log.database_away reason=%s queued=%d", detail, self.queued)
        self._events.publish(
            DatabaseStateChanged(available=available, detail=detail, queued=self.queued)
        )

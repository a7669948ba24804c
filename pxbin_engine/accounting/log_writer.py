"""The log writer: rows to the database in batches, without any request ever waiting for it.

The rules:

1. ``put`` appends to a queue in memory and to the journal, which outlives a killed process. A batch goes out when it is
   full, or a quarter of a second after its first row.
2. While the database does not take rows, they go to the spool on disk, which is then flushed; so does what a full queue
   cannot hold.
3. The spool is replayed before newer rows are written. Whether a batch whose connection broke was committed is not known:
   it is spooled and sent again, and the store adds no row twice. What the spool held is on the server's disk before the
   spool forgets it.
4. While the disk takes nothing either, rows stay in memory, as many as a queue holds, and that is told. Nothing is dropped
   but what neither database nor disk nor memory took, and that is an ERROR in the program's log.
5. ``stop`` writes what is left; what is not written in time goes to the spool, for the next start.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pxbin_engine.accounting.journal import Journal
from pxbin_engine.accounting.spool import Spool
from pxbin_engine.errors import StorageError
from pxbin_engine.events import DatabaseStateChanged, DiskStateChanged, EventBus
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
        self.disk_error = ""
        """Why the disk takes no rows; empty while it does."""
        self.lost = 0
        """Rows that nothing took."""
        self._store = store
        self._keys = keys
        self._events = events
        self._on_written = on_written
        self._spool = Spool(spool_dir)
        self._journal = Journal(spool_dir)
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
            if not self._spill([record]):
                self._lose(1)
            return
        self._keep(record)
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
        await self._put_aside()
        if unsafe := max(0, len(self._queue) - self._journal.rows):
            self._lose(unsafe)
        self._queue.clear()
        self._journal.close()

    # ------------------------------------------------------------------ the task

    async def _run(self) -> None:
        failures = 0
        while not (self._stopping and not self._queue):
            if not failures and not self._spool.rows:
                await self._wait_for_rows()
            if await self._write_all():
                failures = 0
                continue
            await self._put_aside()
            if self._stopping:
                return
            await self._pause(self._retry_delays[min(failures, len(self._retry_delays) - 1)])
            failures += 1

    async def _wait_for_rows(self) -> None:
        """Until a batch is full, or its first row has waited long enough, or the end."""
        await self._arrived.wait()
        try:
            async with asyncio.timeout(self._batch_seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass

    async def _write_all(self) -> bool:
        """Write what waits, the oldest first; whether the database took all of it."""
        try:
            if self._spool.rows:
                await self._replay()
            await self._write_queue()
        except StorageError as error:
            self._set_available(False, error.message)
            return False
        return True

    async def _replay(self) -> None:
        for batch in self._spool.batches(self._batch_rows):
            await self._insert(batch, durable=True)
        self._spool.forget()
        self._set_available(True)

    async def _write_queue(self) -> None:
        """Write what is queued now."""
        self._in_flight, self._queue = [*self._queue], deque()
        self._journal.turn()
        if not self._stopping:
            self._arrived.clear()
            self._hurry.clear()
        while batch := self._in_flight[: self._batch_rows]:
            await self._insert(batch)
            del self._in_flight[: len(batch)]
            self._set_available(True)
        self._journal.settle()

    async def _insert(self, batch: Sequence[RequestRecord], *, durable: bool = False) -> None:
        for rejected in await self._store.insert_batch(batch, durable=durable):
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
        self._hurry.clear()
        try:
            async with asyncio.timeout(seconds):
                while not self._stopping:
                    await self._hurry.wait()
                    self._hurry.clear()
                    if not self.disk_error:
                        await self._put_aside()
        except TimeoutError:
            pass

    # ------------------------------------------------------------------ on disk, or not

    def _keep(self, record: RequestRecord) -> None:
        try:
            self._journal.add(record)
        except OSError as error:
            self._set_disk_error(error)
        else:
            if self.available:  # else what the spool meets counts
                self._set_disk_error(None)

    async def _put_aside(self) -> None:
        """What is in memory goes to the spool, and the spool to the disk; where the disk refuses, it stays in memory."""
        rows = [*self._in_flight, *self._queue]
        if rows and not self._spill(rows):
            self._in_flight, self._queue = [], deque(rows)
            return
        self._in_flight, self._queue = [], deque()
        self._journal.clear()
        try:
            await asyncio.to_thread(self._spool.flush)
        except OSError as error:
            self._set_disk_error(error)

    def _spill(self, rows: Sequence[RequestRecord]) -> bool:
        try:
            self._spool.append(rows)
        except OSError as error:
            self._set_disk_error(error)
            return False
        self._set_disk_error(None)
        return True

    def _lose(self, count: int) -> None:
        before, self.lost = self.lost, self.lost + count
        if (
            before.bit_length() != self.lost.bit_length()
        ):  # a line for each row would fill what is full
            logger.error("log.rows_lost count=%d reason=%s", self.lost, self.disk_error)

    # ------------------------------------------------------------------ what is told

    def _set_disk_error(self, error: OSError | None) -> None:
        reason = (error.strerror or str(error)) if error else ""
        if reason == self.disk_error:
            return
        self.disk_error = reason
        if reason:
            logger.warning("log.disk_refuses reason=%s queued=%d", reason, self.queued)
        else:
            logger.info("log.disk_back queued=%d", self.queued)
        self._events.publish(DiskStateChanged(error=reason, queued=self.queued))

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

"""The recording writer: tapes of finished exchanges to the database in batches; what there is no room for is let go.

The rules:

1. ``take`` returns at once: what it says goes into the row of the exchange. A tape that it takes is written, unless the
   process ends before, or the database never wants it; then it is counted as dropped.
2. A batch goes out when it is large, or a quarter of a second after its first tape. Secrets are masked and bodies
   compressed in a worker thread.
3. While the database does not take them, recordings wait in memory, compressed. There is no file of them: unlike rows they
   may be lost, and secrets of a moment that are not known yet should not lie about.
4. All that waits shares one ``Room`` with what is in flight. Where that is full, new tapes are dropped, not old ones: what
   a row says stays true.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pxbin_engine.errors import InvalidInput, StorageError
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.tape import Room, Tape
from pxbin_engine.records import RecordingState
from pxbin_engine.storage.recordings import PackedRecording, RecordingStore, pack
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

BATCH_BYTES = 8 << 20
"""Of tapes; a batch is packed and written at once."""

_RETRY_DELAYS = (0.5, 1.0, 2.0, 5.0)


class _Finished(NamedTuple):
    """A tape to which nothing is added any more."""

    request_id: UUID
    timestamp: datetime
    tape: Tape


class RecordingWriter:
    """Takes tapes from any number of exchanges and writes them in one background task.

    Args:
        room: what the tapes take and give back.
    """

    def __init__(
        self,
        store: RecordingStore,
        room: Room,
        *,
        batch_bytes: int = BATCH_BYTES,
        batch_seconds: float = 0.25,
        retry_delays: Sequence[float] = _RETRY_DELAYS,
    ) -> None:
        self._store = store
        self._room = room
        self._batch_bytes = batch_bytes
        self._batch_seconds = batch_seconds
        self._retry_delays = retry_delays
        self._queue: deque[_Finished] = deque()
        self._queued_bytes = 0
        self._packed: deque[PackedRecording] = deque()
        self._in_hand = 0
        """Recordings that are being packed or written."""
        self._erasures = 0
        self._arrived = asyncio.Event()
        self._hurry = asyncio.Event()
        self._writing = asyncio.Lock()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """Recordings that were to be kept, and are not, since the start."""
        return self._room.dropped

    @property
    def held_bytes(self) -> int:
        """The memory that recordings take, those of requests in flight too."""
        return self._room.held

    def take(self, exchange: Exchange) -> RecordingState:
        """Keep what a finished exchange has on its tape, if anything; what its row says of it."""
        tape, outcome = exchange.tape, exchange.outcome
        if tape is None or outcome is None:
            return ""
        state = tape.settle(outcome)
        if state == "kept":
            self._queue.append(_Finished(exchange.id, exchange.timestamp, tape))
            self._queued_bytes += tape.held
            self._arrived.set()
            if self._queued_bytes >= self._batch_bytes:
                self._hurry.set()
        return state

    async def erase_all(self) -> int:
        """Erase every recording, those that wait to be written too; returns how many.

        Raises:
            StorageError: those in the database are still there.
        """
        waiting = len(self._queue) + len(self._packed)
        self._erasures += 1  # what is being packed is let go when that is done
        self._clear()
        async with self._writing:
            return waiting + await self._store.erase_all()

    async def start(self) -> None:
        """Begin to write."""
        self._task = spawn(self._run(), name="recordings.write")

    async def stop(self, *, timeout: float = 5.0) -> None:
        """Write what waits, for ``timeout`` seconds at most; the rest is dropped."""
        self._stopping = True
        self._arrived.set()
        self._hurry.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=timeout)
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        if lost := len(self._queue) + self._in_hand + len(self._packed):
            self._room.drop(lost)
            logger.warning("recordings.lost count=%d", lost)
        self._clear()

    # ------------------------------------------------------------------ the task

    async def _run(self) -> None:
        failures = 0
        while not (self._stopping and not self._queue and not self._packed):
            if not failures:
                await self._wait_for_tapes()
            try:
                await self._write_waiting()
            except StorageError as error:
                if not failures:
                    logger.warning("recordings.not_written reason=%s", error.message)
                if self._stopping:
                    return
                await self._pause(self._retry_delays[min(failures, len(self._retry_delays) - 1)])
                failures += 1
            else:
                failures = 0

    async def _wait_for_tapes(self) -> None:
        """Until a batch is large, or its first tape has waited long enough, or the end."""
        await self._arrived.wait()
        await self._pause(self._batch_seconds)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass

    async def _write_waiting(self) -> None:
        """Pack and write what waits now, the oldest first."""
        if not self._stopping:
            self._arrived.clear()
            self._hurry.clear()
        while self._queue:
            await self._pack_batch()
        while self._packed:
            async with self._writing:
                await self._write_batch()

    async def _pack_batch(self) -> None:
        """The next tapes become what is stored; what they hold of the room shrinks to that."""
        batch, size, erasures = [], 0, self._erasures
        while self._queue and size < self._batch_bytes:
            batch.append(self._queue.popleft())
            size += batch[-1].tape.held
        self._queued_bytes -= size
        self._in_hand = len(batch)
        packed = await asyncio.to_thread(_packed, batch)
        self._in_hand = 0
        for finished in batch:
            finished.tape.erase()
        if erasures == self._erasures:
            self._packed.extend(packed)
            self._room.hold(_size(packed))
            self._room.drop(len(batch) - len(packed))

    async def _write_batch(self) -> None:
        """Write the oldest that are packed; where the database fails they are packed still."""
        batch: list[PackedRecording] = []
        while self._packed and _size(batch) < self._batch_bytes:
            batch.append(self._packed.popleft())
        self._in_hand = len(batch)
        erasures = self._erasures
        try:
            await self._insert(batch)
        except StorageError:
            if erasures == self._erasures:
                self._packed.extendleft(reversed(batch))
                self._room.hold(_size(batch))
            raise
        finally:
            self._in_hand = 0
            self._room.give_back(_size(batch))

    async def _insert(self, batch: Sequence[PackedRecording]) -> None:
        """Write a batch; where one of it will never be taken, only that one is dropped."""
        try:
            await self._store.insert(batch)
        except InvalidInput as error:
            if len(batch) > 1:
                for recording in batch:
                    await self._insert([recording])
                return
            logger.warning("recording.rejected id=%s reason=%s", batch[0].request_id, error.message)
            self._room.drop()

    def _clear(self) -> None:
        for finished in self._queue:
            finished.tape.erase()
        self._queue.clear()
        self._queued_bytes = 0
        self._room.give_back(_size(self._packed))
        self._packed.clear()


def _packed(batch: Sequence[_Finished]) -> list[PackedRecording]:
    """Of those that can be packed: one that cannot shall not cost the others."""
    packed = []
    for request_id, timestamp, tape in batch:
        try:
            packed.append(PackedRecording(request_id, timestamp, pack(tape.messages())))
        except Exception as error:  # noqa: BLE001  # bodies are whatever anybody sent; the type only: the text may quote one
            logger.warning("recording.not_packed id=%s type=%s", request_id, type(error).__name__)
        time.sleep(0)  # whoever waits for the interpreter waits for 5 ms otherwise
    return packed


def _size(recordings: Iterable[PackedRecording]) -> int:
    return sum(len(recording.content) for recording in recordings)

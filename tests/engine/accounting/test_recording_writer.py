"""Recordings on their way to the database: in batches, within their memory, and counted where they are lost."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from pxbin_engine.accounting import recording_writer
from pxbin_engine.accounting.recording_writer import RecordingWriter
from pxbin_engine.errors import DatabaseUnavailable, InvalidInput
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.tape import Room, Tape
from pxbin_engine.records import Outcome, RecordedMessage
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.recordings import PackedRecording, RecordingStore, pack
from pxbin_engine.tasks import spawn
from tests.engine.gateway.test_relay import inbound


class FlakyStore(RecordingStore):
    """The real store behind a switch."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.away = False
        self.refused: set[bytes] = set()
        self.batches: list[int] = []
        self.asked = asyncio.Event()
        self.hold: asyncio.Event | None = None

    async def insert(self, recordings: Sequence[PackedRecording]) -> None:
        self.asked.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.away:
            raise DatabaseUnavailable("switched off")
        if any(one.request_id.bytes in self.refused for one in recordings):
            raise InvalidInput("never")
        await super().insert(recordings)
        self.batches.append(len(recordings))


@pytest.fixture
def store(database: Database) -> FlakyStore:
    return FlakyStore(database)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
async def make(store: FlakyStore, room: Room) -> AsyncIterator[Callable[..., RecordingWriter]]:
    writers: list[RecordingWriter] = []

    def make(**options: object) -> RecordingWriter:
        quick = {"batch_seconds": 0.02, "retry_delays": (0.02,)}
        writers.append(RecordingWriter(store, room, **quick | options))  # type: ignore[arg-type]
        return writers[-1]

    yield make
    for writer in writers:
        await writer.stop(timeout=0)


def finished(
    room: Room, body: bytes = b"x" * 1000, *, outcome: Outcome = "ok", only_failures: bool = False
) -> Exchange:
    exchange = Exchange(inbound(b"{}"))
    tape = Tape(room, 2000, arrived=0.0, clock=lambda: 1.0, only_failures=only_failures)
    tape.ask_upstream(1, "POST", "http://u", {}, body)
    exchange.tape, exchange.outcome = tape, outcome
    return exchange


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def test_what_is_taken_is_written_soon_in_one_batch_and_its_memory_is_free(
    make: Callable[..., RecordingWriter], store: FlakyStore, room: Room
) -> None:
    writer = make()
    await writer.start()
    exchanges = [finished(room, bytes([65 + n]) * 1000) for n in range(5)]
    assert [writer.take(exchange) for exchange in exchanges] == ["kept"] * 5
    assert writer.held_bytes > 5000
    await until(lambda: room.held == 0)
    assert store.batches == [5]
    for number, exchange in enumerate(exchanges):
        recording = await store.get(exchange.id)
        assert recording is not None
        assert recording.messages[0].body == bytes([65 + number]) * 1000
        assert recording.timestamp == exchange.timestamp
    assert writer.dropped == 0


async def test_what_is_not_wished_is_not_taken(
    make: Callable[..., RecordingWriter], room: Room
) -> None:
    writer = make()
    without = finished(room)
    without.tape = None
    assert writer.take(without) == ""
    held = room.held
    assert writer.take(finished(room, only_failures=True)) == ""
    assert room.held == held


async def test_while_the_database_is_away_they_wait_compressed(
    make: Callable[..., RecordingWriter], store: FlakyStore, room: Room
) -> None:
    writer = make()
    store.away = True
    await writer.start()
    exchanges = [finished(room) for _ in range(20)]
    for exchange in exchanges:
        writer.take(exchange)
    await until(lambda: room.held < 5000)
    assert room.held > 0
    writer.take(last := finished(room))
    store.away = False
    await until(lambda: room.held == 0)
    assert sum(store.batches) == 21
    assert await store.get(last.id) is not None


async def test_where_there_is_no_room_new_ones_are_dropped_and_old_ones_kept(
    store: FlakyStore,
) -> None:
    room = Room(3000)
    writer = RecordingWriter(store, room)
    states = [writer.take(finished(room)) for _ in range(4)]
    assert states == ["kept", "kept", "dropped", "dropped"]
    assert writer.dropped == 2
    await writer.stop()


async def test_one_that_the_database_never_takes_goes_alone(
    make: Callable[..., RecordingWriter], store: FlakyStore, room: Room
) -> None:
    writer = make()
    exchanges = [finished(room) for _ in range(3)]
    store.refused = {exchanges[1].id.bytes}
    for exchange in exchanges:
        writer.take(exchange)
    await writer.start()
    await until(lambda: room.held == 0)
    assert [await store.get(exchange.id) is not None for exchange in exchanges] == [True, False, True]  # fmt: skip
    assert writer.dropped == 1


async def test_one_that_cannot_be_packed_goes_alone_and_the_writer_goes_on(
    make: Callable[..., RecordingWriter],
    store: FlakyStore,
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def picky(messages: Sequence[RecordedMessage]) -> bytes:
        if messages[0].body == b"bad":
            raise RecursionError("what a person wrote")
        return pack(messages)

    monkeypatch.setattr(recording_writer, "pack", picky)
    writer = make()
    exchanges = [finished(room), finished(room, b"bad"), finished(room)]
    for exchange in exchanges:
        writer.take(exchange)
    await writer.start()
    await until(lambda: room.held == 0)
    writer.take(later := finished(room))
    await until(lambda: room.held == 0)
    kept = [await store.get(exchange.id) is not None for exchange in (*exchanges, later)]
    assert kept == [True, False, True, True]
    assert writer.dropped == 1
    assert f"recording.not_packed id={exchanges[1].id} type=RecursionError" in caplog.text
    assert "what a person wrote" not in caplog.text


async def test_the_end_writes_what_waits(
    make: Callable[..., RecordingWriter], store: FlakyStore, room: Room
) -> None:
    writer = make(batch_seconds=60)
    await writer.start()
    writer.take(exchange := finished(room))
    await writer.stop()
    assert await store.get(exchange.id) is not None
    assert (writer.dropped, room.held) == (0, 0)


@pytest.mark.parametrize("starts", [True, False])
async def test_what_the_end_cannot_write_is_counted(
    make: Callable[..., RecordingWriter], store: FlakyStore, room: Room, *, starts: bool
) -> None:
    writer = make()
    store.away = True
    for _ in range(3):
        writer.take(finished(room))
    if starts:
        await writer.start()
        await store.asked.wait()
    await writer.stop(timeout=5)
    assert (writer.dropped, room.held) == (3, 0)


async def test_a_large_batch_goes_out_at_once_and_in_pieces(
    make: Callable[..., RecordingWriter], store: FlakyStore, room: Room
) -> None:
    writer = make(batch_seconds=60, batch_bytes=2500)
    await writer.start()
    for _ in range(5):
        writer.take(finished(room))
    await until(lambda: room.held == 0)
    assert sum(store.batches) == 5


async def test_what_is_erased_is_not_written_afterwards(
    make: Callable[..., RecordingWriter], store: FlakyStore, room: Room
) -> None:
    writer = make()
    await writer.start()
    writer.take(written := finished(room))
    await until(lambda: room.held == 0)
    store.away = True
    store.asked.clear()
    for _ in range(3):
        writer.take(finished(room))
    await store.asked.wait()
    writer.take(waiting := finished(room))
    store.away = False
    assert await writer.erase_all() == 5
    assert room.held == 0
    await asyncio.sleep(0.1)
    assert await store.get(written.id) is await store.get(waiting.id) is None
    assert await store.erase_all() == 0


async def test_what_is_being_packed_is_erased_too(
    make: Callable[..., RecordingWriter],
    store: FlakyStore,
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writer, loop = make(), asyncio.get_running_loop()
    begun, go_on = asyncio.Event(), threading.Event()

    def slowly(messages: Sequence[RecordedMessage]) -> bytes:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(10)
        return pack(messages)

    monkeypatch.setattr(recording_writer, "pack", slowly)
    writer.take(finished(room))
    await writer.start()
    await begun.wait()
    await writer.erase_all()
    go_on.set()
    await until(lambda: room.held == 0)
    await writer.stop()
    assert (store.batches, writer.dropped) == ([], 0)


async def test_what_cannot_be_written_while_all_is_erased_is_not_tried_again(
    make: Callable[..., RecordingWriter], store: FlakyStore, room: Room
) -> None:
    writer = make()
    store.away, store.hold = True, asyncio.Event()
    writer.take(finished(room))
    await writer.start()
    await store.asked.wait()
    erasing = spawn(writer.erase_all(), name="test.erase")
    await asyncio.sleep(0)
    store.hold.set()
    assert await erasing == 0
    store.away = False
    await writer.stop()
    assert (store.batches, room.held, writer.dropped) == ([], 0, 0)

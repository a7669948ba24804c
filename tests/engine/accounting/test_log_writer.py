import asyncio
import errno
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from pxbin_engine.accounting.log_writer import LogWriter
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import DatabaseStateChanged, DiskStateChanged, EventBus
from pxbin_engine.records import RequestFilter, RequestRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.migrations import migrate
from pxbin_engine.storage.requests import RejectedRow, RequestStore
from pxbin_engine.storage.server import EmbeddedServer
from pxbin_engine.storage.stats import StatsStore
from tests.support.database import NOW, a_key, a_request

MakeWriter = Callable[..., LogWriter]


class FlakyStore(RequestStore):
    """The real store behind a switch: ``away``, or ``cut`` = the connection breaks just after a commit."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.away = False
        self.cut = 0
        self.hang = False
        self.batches: list[int] = []

    async def insert_batch(
        self, records: Sequence[RequestRecord], *, durable: bool = False
    ) -> tuple[RejectedRow, ...]:
        if self.hang:
            await asyncio.sleep(3600)
        if self.away:
            raise DatabaseUnavailable("switched off")
        rejected = await super().insert_batch(records, durable=durable)
        self.batches.append(len(records))
        if self.cut:
            self.cut -= 1
            raise DatabaseUnavailable("cut after the commit")
        return rejected


@pytest.fixture
def store(database: Database) -> FlakyStore:
    return FlakyStore(database)


@pytest.fixture
def events() -> EventBus:
    return EventBus()


@pytest.fixture
async def make(
    store: FlakyStore, database: Database, events: EventBus, tmp_path: Path
) -> AsyncIterator[MakeWriter]:
    writers: list[LogWriter] = []

    def make(**options: object) -> LogWriter:
        quick = {"spool_dir": tmp_path / "spool", "batch_seconds": 0.05, "retry_delays": (0.05,)}
        writer = LogWriter(store, KeyStore(database), events, **quick | options)  # type: ignore[arg-type]
        writers.append(writer)
        return writer

    yield make
    for writer in writers:
        await writer.stop(timeout=0.1)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def stored(database: Database) -> set[str]:
    """The models of all rows; each is counted once in the totals."""
    page = await RequestStore(database).page(RequestFilter(), limit=500)
    overview = await StatsStore(database).overview("24h", now=NOW + timedelta(hours=1))
    assert overview.total_requests == page.total == len(page.items)
    return {record.model for record in page.items}


def numbered(count: int, first: int = 0) -> list[RequestRecord]:
    return [
        a_request(at=NOW + timedelta(milliseconds=n), model=f"m{n}")
        for n in range(first, first + count)
    ]


def left_on_disk(spool: Path) -> int:
    """Bytes in all its files."""
    return sum(file.stat().st_size for file in spool.iterdir())


def names(records: Sequence[RequestRecord]) -> set[str]:
    return {record.model for record in records}


async def test_rows_are_written_soon_in_one_batch(
    make: MakeWriter, store: FlakyStore, database: Database
) -> None:
    writer = make()
    await writer.start()
    records = numbered(20)
    for record in records:
        writer.put(record)
    await until(lambda: writer.queued == 0)
    assert store.batches == [20]
    assert await stored(database) == names(records)


async def test_a_full_batch_does_not_wait(make: MakeWriter, store: FlakyStore) -> None:
    writer = make(batch_seconds=60, batch_rows=5)
    await writer.start()
    for record in numbered(12):
        writer.put(record)
    await until(lambda: sum(store.batches) >= 10)
    assert store.batches[:2] == [5, 5]


async def test_a_row_waits_for_a_batch_no_longer_than_it_may(
    make: MakeWriter, store: FlakyStore
) -> None:
    writer = make(batch_seconds=0.1)
    await writer.start()
    started = time.monotonic()
    writer.put(a_request())
    await until(lambda: store.batches == [1])
    assert 0.08 < time.monotonic() - started < 2


async def test_put_never_waits_also_when_the_database_hangs(
    make: MakeWriter, store: FlakyStore
) -> None:
    store.hang = True
    writer = make()
    await writer.start()
    started = time.monotonic()
    for record in numbered(2000):
        writer.put(record)
    assert time.monotonic() - started < 0.5
    assert writer.queued == 2000


async def test_behaviour_28_a_bad_row_never_loses_its_batch_and_is_told(
    make: MakeWriter, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = numbered(9), a_request(input_tokens=2**80)
    writer = make()
    await writer.start()
    for record in [*good[:4], bad, *good[4:]]:
        writer.put(record)
    await until(lambda: writer.queued == 0)
    assert await stored(database) == names(good)
    assert f"log.row_rejected id={bad.id}" in caplog.text


async def test_behaviour_28_a_database_that_is_away_loses_nothing(
    make: MakeWriter, store: FlakyStore, database: Database, events: EventBus, tmp_path: Path
) -> None:
    told: list[DatabaseStateChanged] = []
    events.subscribe(DatabaseStateChanged, told.append)
    writer = make()
    await writer.start()
    store.away = True
    early, late, after = numbered(3), numbered(4, first=10), numbered(2, first=20)
    for record in early:
        writer.put(record)
    await until(lambda: not writer.available)
    for record in late:
        writer.put(record)
    await asyncio.sleep(0.2)
    assert writer.queued == 7
    assert await stored(database) == set()

    store.away = False
    await until(lambda: writer.available)
    for record in after:
        writer.put(record)
    await until(lambda: writer.queued == 0)

    assert await stored(database) == names(early + late + after)
    assert [event.available for event in told] == [False, True]
    assert (told[0].queued, told[0].detail) == (3, "switched off")
    assert left_on_disk(tmp_path / "spool") == 0


async def test_rows_put_aside_while_older_ones_failed_need_no_new_row_to_follow(
    make: MakeWriter, store: FlakyStore, database: Database
) -> None:
    writer = make()
    await writer.start()
    store.away = True
    early, late = numbered(3), numbered(4, first=10)
    for record in early:
        writer.put(record)
    await until(lambda: not writer.available)
    await asyncio.sleep(0.2)  # the older file is being read back, so these go to another one
    for record in late:
        writer.put(record)
    await asyncio.sleep(0.2)
    store.away = False
    await until(lambda: writer.queued == 0)
    assert await stored(database) == names(early + late)


async def test_a_batch_that_was_committed_before_the_connection_broke_is_there_once(
    make: MakeWriter, store: FlakyStore, database: Database
) -> None:
    store.cut = 2
    writer = make()
    await writer.start()
    records = numbered(6)
    for record in records:
        writer.put(record)
    await until(lambda: writer.queued == 0)
    assert await stored(database) == names(records)


async def test_what_a_full_queue_cannot_hold_goes_to_disk(
    make: MakeWriter, store: FlakyStore, database: Database, tmp_path: Path
) -> None:
    writer = make(capacity=5)
    records = numbered(12)
    for record in records:
        writer.put(record)
    assert writer.queued == 12
    assert len((tmp_path / "spool" / "waiting.jsonl").read_text().splitlines()) == 7
    await writer.start()
    await until(lambda: writer.queued == 0)
    assert await stored(database) == names(records)


async def test_stop_drains(make: MakeWriter, database: Database) -> None:
    writer = make(batch_seconds=60)
    await writer.start()
    records = numbered(30)
    for record in records:
        writer.put(record)
    await writer.stop()
    assert await stored(database) == names(records)
    assert writer.queued == 0


async def test_stop_does_not_wait_for_ever_and_the_next_start_writes_the_rest(
    make: MakeWriter, store: FlakyStore, database: Database
) -> None:
    store.hang = True
    writer = make()
    await writer.start()
    records = numbered(4)
    for record in records[:2]:
        writer.put(record)
    await asyncio.sleep(0.15)
    for record in records[2:]:
        writer.put(record)
    started = time.monotonic()
    await writer.stop(timeout=0.2)
    assert time.monotonic() - started < 2
    late = a_request(model="late")
    writer.put(late)
    assert await stored(database) == set()

    store.hang = False
    again = make()
    assert again.queued == 5
    await again.start()
    await until(lambda: again.queued == 0)
    assert await stored(database) == names([*records, late])


async def test_stop_while_the_database_is_away_keeps_the_rows_on_disk(
    make: MakeWriter, store: FlakyStore
) -> None:
    store.away = True
    writer = make(retry_delays=(60,))
    await writer.start()
    writer.put(a_request())
    await until(lambda: not writer.available)
    writer.put(a_request())
    started = time.monotonic()
    await writer.stop(timeout=10)
    assert time.monotonic() - started < 2
    assert make().queued == 2


async def test_a_replay_that_a_crash_ended_adds_each_row_once(
    make: MakeWriter, store: FlakyStore, database: Database
) -> None:
    records = numbered(7)
    crashed = make(capacity=0, batch_rows=3)
    for record in records:
        crashed.put(record)
    store.cut = 1  # the first batch is in the database, and the process "dies" before it knows
    await crashed.start()
    await until(lambda: not crashed.available)
    await crashed.stop(timeout=0)

    again = make(batch_rows=3)
    await again.start()
    await until(lambda: again.queued == 0)
    assert await stored(database) == names(records)


@pytest.mark.expects_error_log("log.rows_lost count=1")
async def test_what_neither_database_nor_disk_took_is_an_error_in_the_log(
    make: MakeWriter, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    writer = make(capacity=0, spool_dir=tmp_path / "file" / "spool")
    writer.put(a_request())


async def test_keys_learn_when_they_were_last_used(make: MakeWriter, database: Database) -> None:
    keys = KeyStore(database)
    used, unused = [await keys.insert(a_key()) for _ in range(2)]
    writer = make()
    await writer.start()
    for seconds in (3, 9, 1):
        writer.put(a_request(at=NOW + timedelta(seconds=seconds), llm_key_id=used.id))
    await until(lambda: writer.queued == 0)
    found = {key.id: key.last_used_at for key in await keys.list()}
    assert found == {used.id: NOW + timedelta(seconds=9), unused.id: None}


async def test_a_server_that_stops_and_comes_back_has_every_row(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    dsn = await server.start()
    await migrate(dsn, schema="public")
    database = await Database.connect(dsn, schema="public", min_size=1, max_size=3)
    writer = LogWriter(
        RequestStore(database),
        KeyStore(database),
        EventBus(),
        spool_dir=tmp_path / "spool",
        batch_seconds=0.02,
        retry_delays=(0.1,),
    )
    await writer.start()
    records = numbered(60)
    for record in records[:20]:
        writer.put(record)
    await until(lambda: writer.queued == 0)

    await server.stop()
    for record in records[20:40]:
        writer.put(record)
    await until(lambda: not writer.available)
    assert not database.available
    await server.start()
    for record in records[40:]:
        writer.put(record)
    await until(lambda: writer.queued == 0 and writer.available)

    assert await stored(database) == names(records)
    await writer.stop()
    await database.close()
    await server.stop()


async def test_it_tells_which_rows_the_database_has(make: MakeWriter, store: FlakyStore) -> None:
    told: list[set[str]] = []
    writer = make(on_written=lambda batch: told.append(names(batch)))
    store.away = True
    await writer.start()
    first, second = numbered(2), numbered(2, first=2)
    for record in first:
        writer.put(record)
    await until(lambda: not writer.available)
    assert told == []
    store.away, store.cut = (
        False,
        1,
    )  # committed, but nobody heard of it: told when it was sent again
    for record in second:
        writer.put(record)
    await until(lambda: writer.queued == 0)
    assert set().union(*told) == names(first + second)


class Disk:
    """Takes ``room`` bytes of the spool's files, then is full: a part goes in, and the rest is refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = sys.maxsize
        self._write = os.write
        monkeypatch.setattr(os, "write", self)

    def __call__(self, file: int, data: bytes) -> int:
        if "spool" not in str(Path(f"/proc/self/fd/{file}").readlink()):
            return self._write(file, data)
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(file, data[: self.room])
        self.room -= written
        return written


async def test_a_disk_that_is_full_while_the_database_is_away_loses_nothing_and_is_told(
    make: MakeWriter,
    store: FlakyStore,
    database: Database,
    events: EventBus,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[DiskStateChanged] = []
    events.subscribe(DiskStateChanged, told.append)
    disk = Disk(monkeypatch)
    writer = make()
    await writer.start()
    store.away = True
    fitting, refused = numbered(3), numbered(40, first=10)
    for record in fitting:
        writer.put(record)
    await until(lambda: writer.spooled == 3)
    disk.room = 2500  # a row and a part of another
    for record in refused:
        writer.put(record)
    await until(lambda: len(told) == 1)
    await asyncio.sleep(0.2)  # it goes on trying, and holds them
    assert writer.queued == 43
    assert "No space left" in writer.disk_error
    assert told[0].error == writer.disk_error

    store.away = False
    await until(lambda: writer.queued == 0)
    disk.room = sys.maxsize
    last = a_request(model="last")
    writer.put(last)
    await until(lambda: writer.queued == 0)
    assert await stored(database) == names([*fitting, *refused, last])
    assert (writer.lost, writer.disk_error, told[-1].error) == (0, "", "")


async def test_a_full_disk_is_no_matter_while_the_database_takes_rows(
    make: MakeWriter, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk(monkeypatch).room = 0
    writer = make()
    await writer.start()
    records = numbered(9)
    for record in records:
        writer.put(record)
    await until(lambda: writer.queued == 0)
    assert await stored(database) == names(records)


@pytest.mark.expects_error_log("reason=No space left on device")
async def test_memory_too_has_a_bound_and_a_stop_says_what_nothing_took(
    make: MakeWriter, store: FlakyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.away = True
    disk = Disk(monkeypatch)
    disk.room = 0
    writer = make(capacity=5)
    await writer.start()
    for record in numbered(5):
        writer.put(record)
    await until(lambda: not writer.available)
    for record in numbered(3, first=10):
        writer.put(record)
    assert (writer.queued, writer.lost) == (5, 3)
    await writer.stop()
    assert writer.lost == 8


async def test_a_killed_process_loses_no_row(
    make: MakeWriter, store: FlakyStore, database: Database, tmp_path: Path
) -> None:
    """The first writer is never stopped, as little as a killed process is."""
    killed = make(batch_seconds=60)
    records = numbered(6)
    for record in records[:4]:
        killed.put(record)
    await killed.start()
    killed._hurry.set()  # four are in the database; two are only in memory when it dies
    await until(lambda: killed.queued == 0)
    for record in records[4:]:
        killed.put(record)
    shutil.copytree(tmp_path / "spool", tmp_path / "left behind")

    again = make(spool_dir=tmp_path / "left behind")
    assert again.queued == 2
    await again.start()
    await until(lambda: again.queued == 0)
    assert await stored(database) == names(records)


async def test_a_process_killed_after_the_commit_writes_its_rows_once(
    make: MakeWriter, store: FlakyStore, database: Database, tmp_path: Path
) -> None:
    killed = make(batch_seconds=60)
    records = numbered(5)
    for record in records:
        killed.put(record)
    shutil.copytree(tmp_path / "spool", tmp_path / "left behind")
    await killed.start()
    killed._hurry.set()
    await until(lambda: killed.queued == 0)

    again = make(spool_dir=tmp_path / "left behind")
    await again.start()
    await until(lambda: again.queued == 0)
    assert await stored(database) == names(records)


async def test_ten_minutes_without_a_database_under_load(
    make: MakeWriter, store: FlakyStore, database: Database
) -> None:
    """Ten minutes of retries, each 5 s, with what 10 requests a second leave meanwhile: the same, with a shorter clock."""
    store.away = True
    writer = make(batch_seconds=0.001, retry_delays=(0.005,))
    await writer.start()
    records = numbered(6000)
    for at in range(0, len(records), 50):
        for record in records[at : at + 50]:
            writer.put(record)
        await asyncio.sleep(0.005)
    await until(lambda: writer.spooled == len(records))

    store.away = False
    await until(lambda: writer.queued == 0)
    page = await RequestStore(database).page(RequestFilter(), limit=1)
    overview = await StatsStore(database).overview("24h", now=NOW + timedelta(hours=1))
    assert page.total == overview.total_requests == len(records)

import errno
import os
import stat
from pathlib import Path

import pytest

from pxbin_engine.accounting.spool import Spool, gather_spools, spool_beside, spool_of
from pxbin_engine.records import RequestRecord
from tests.support.database import a_request


def rows(spool: Spool, size: int = 500) -> list[RequestRecord]:
    return [record for batch in spool.batches(size) for record in batch]


def test_rows_come_back_in_order_and_in_batches_also_in_another_process(tmp_path: Path) -> None:
    records = [a_request(model=f"ü{n}", metadata={"n": n}) for n in range(5)]
    spool = Spool(tmp_path / "spool")
    assert spool.rows == 0
    spool.append(records[:2])
    spool.append(records[2:])

    again = Spool(tmp_path / "spool")

    assert spool.rows == again.rows == 5
    assert [len(batch) for batch in again.batches(2)] == [2, 2, 1]
    assert rows(again) == records


def test_rows_are_for_their_owner_alone(tmp_path: Path) -> None:
    Spool(tmp_path / "spool").append([a_request()])
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700


def test_rows_that_come_during_a_replay_wait_for_the_next(tmp_path: Path) -> None:
    first, second = a_request(), a_request()
    spool = Spool(tmp_path)
    spool.append([first])
    for batch in spool.batches(10):
        assert batch == [first]
        spool.append([second])
    spool.forget()
    assert spool.rows == 1
    assert rows(spool) == [second]
    spool.forget()
    assert (spool.rows, list(tmp_path.iterdir()), rows(spool)) == (0, [], [])


def test_a_replay_that_a_crash_ended_starts_over(tmp_path: Path) -> None:
    records = [a_request() for _ in range(3)]
    spool = Spool(tmp_path)
    spool.append(records)
    next(spool.batches(1))
    late = a_request()

    again = Spool(tmp_path)
    again.append([late])

    assert again.rows == 4
    assert rows(again) == records
    again.forget()
    assert rows(again) == [late]


@pytest.mark.parametrize("junk", [b'{"id": "cut', b"not json\n", b"\xff\xfe\n", b"\n"])
def test_a_line_that_is_no_row_is_left_out_with_a_warning(
    tmp_path: Path, junk: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    record = a_request()
    spool = Spool(tmp_path)
    spool.append([record])
    with (tmp_path / "waiting.jsonl").open("ab") as file:
        file.write(junk)
    assert rows(spool) == [record]
    assert "spool.line_left_out file=replaying.jsonl line=2" in caplog.text


def test_a_row_appended_after_a_cut_line_is_not_lost(tmp_path: Path) -> None:
    before, after = a_request(), a_request()
    Spool(tmp_path).append([before])
    with (tmp_path / "waiting.jsonl").open("ab") as file:
        file.write(b'{"id": "cut')
    spool = Spool(tmp_path)
    spool.append([after])
    assert rows(spool) == [before, after]


def test_what_was_appended_is_flushed_to_the_disk_once_and_its_name_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda file: flushed.append(str(Path(f"/proc/self/fd/{file}").readlink()))
    )
    spool = Spool(tmp_path / "spool")
    spool.append([a_request()])
    spool.flush()
    spool.flush()
    assert flushed == [str(tmp_path / "spool" / "waiting.jsonl"), str(tmp_path / "spool")]


def test_a_flush_that_failed_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path)
    spool.append([a_request()])

    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output"):
            spool.flush()


def test_rows_that_fit_only_in_part_are_not_there_and_harm_none_that_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = a_request(), a_request()
    spool = Spool(tmp_path)
    spool.append([before])
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, lines: write(file, lines[:1500]))
    with pytest.raises(OSError, match="No space left on device"):
        spool.append([a_request() for _ in range(3)])
    monkeypatch.undo()
    spool.append([after])
    assert (spool.rows, rows(spool)) == (2, [before, after])


def test_a_later_start_takes_over_what_workers_left(tmp_path: Path) -> None:
    own, first, second = a_request(), a_request(), a_request()
    directory = tmp_path / "spool"
    Spool(spool_of(directory, 1)).append([first])
    Spool(spool_of(directory, 2)).append([second])
    with (spool_of(directory, 2) / "waiting.jsonl").open("ab") as file:
        file.write(b'{"cut')  # by a crash
    Spool(directory).append([own])
    gather_spools(directory)
    assert rows(Spool(directory)) == [own, first, second]
    assert Spool(spool_of(directory, 1)).rows == 0
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_what_a_process_beside_the_engine_left_is_taken_over_too(tmp_path: Path) -> None:
    directory, left = tmp_path / "spool", a_request()
    Spool(spool_beside(directory, 1)).append([left])
    assert rows(Spool(directory)) == rows(Spool(spool_of(directory, 1))) == []
    gather_spools(directory)
    assert rows(Spool(directory)) == [left]

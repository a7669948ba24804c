import os
from pathlib import Path

import pytest

from pxbin_engine.accounting.journal import Journal
from pxbin_engine.accounting.spool import Spool, gather_spools, spool_of
from pxbin_engine.records import RequestRecord
from tests.support.database import a_request


def left_by(directory: Path) -> list[RequestRecord]:
    """What a start after a kill finds; it goes on until nothing is left."""
    spool, rows = Spool(directory), []
    while spool.rows:
        rows += [record for batch in spool.batches(500) for record in batch]
        spool.forget()
    return rows


def test_a_row_outlives_the_process_from_the_moment_that_it_was_added(tmp_path: Path) -> None:
    records = [a_request(model=f"ü{n}") for n in range(3)]
    journal = Journal(tmp_path / "spool")
    for record in records:
        journal.add(record)
    assert journal.rows == 3
    assert left_by(tmp_path / "spool") == records  # nothing was closed: the process was killed


def test_what_is_safe_elsewhere_is_left_out_and_what_came_meanwhile_is_not(tmp_path: Path) -> None:
    before, meanwhile, after = a_request(), a_request(), a_request()
    journal = Journal(tmp_path)
    journal.add(before)
    journal.turn()
    journal.add(meanwhile)
    journal.settle()
    journal.add(after)
    assert journal.rows == 2
    assert left_by(tmp_path) == [meanwhile, after]


def test_rows_whose_writing_failed_stay_until_a_later_turn_is_settled(tmp_path: Path) -> None:
    first, second, third = a_request(), a_request(), a_request()
    journal = Journal(tmp_path)
    journal.add(first)
    journal.turn()
    journal.add(second)
    journal.turn()  # the first could not be written; both are tried now
    journal.add(third)
    assert journal.rows == 3
    journal.settle()
    assert {first.id, third.id} == {row.id for row in left_by(tmp_path)}


def test_nothing_is_left_of_an_orderly_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "spool")
    journal.add(a_request())
    journal.turn()
    journal.add(a_request())
    journal.clear()
    journal.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_process_that_is_killed_twice_leaves_all(tmp_path: Path) -> None:
    first, second = a_request(), a_request()
    Journal(tmp_path).add(first)
    Spool(tmp_path)  # starts, and is killed before it has replayed
    Journal(tmp_path).add(second)
    assert left_by(tmp_path) == [first, second]


def test_a_start_without_workers_takes_over_what_killed_ones_had_in_memory(tmp_path: Path) -> None:
    row = a_request()
    Journal(spool_of(tmp_path, 2)).add(row)
    gather_spools(tmp_path)
    assert left_by(tmp_path) == [row]


def test_a_row_that_fits_only_in_part_is_not_there_and_harms_none_that_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, refused, after = a_request(), a_request(), a_request()
    journal = Journal(tmp_path)
    journal.add(before)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, lines: write(file, lines[:40]))
    with pytest.raises(OSError, match="No space left on device"):
        journal.add(refused)
    monkeypatch.undo()
    journal.add(after)
    assert journal.rows == 2
    assert left_by(tmp_path) == [before, after]

import os
import stat
from pathlib import Path

import pytest

from pxbin_engine.accounting import row_file
from tests.support.database import a_request


def append(path: Path, lines: bytes) -> None:
    descriptor = row_file.open_to_append(path)
    try:
        row_file.append(descriptor, lines)
    finally:
        os.close(descriptor)


def test_a_row_comes_back_as_it_was(tmp_path: Path) -> None:
    record = a_request(model="ü", metadata={"n": [1, None]})
    append(tmp_path / "rows", row_file.encode_line(record))
    assert list(row_file.read_rows(tmp_path / "rows")) == [record]
    assert row_file.count_lines(tmp_path / "rows") == 1


def test_a_file_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    assert list(row_file.read_rows(tmp_path / "rows")) == []
    assert row_file.count_lines(tmp_path / "rows") == 0
    row_file.end_last_line(tmp_path / "rows")
    assert list(tmp_path.iterdir()) == []


def test_rows_are_for_their_owner_alone(tmp_path: Path) -> None:
    append(tmp_path / "spool" / "rows", b"{}\n")
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "spool" / "rows").stat().st_mode) == 0o600


@pytest.mark.parametrize("room", [0, 1, 7])
def test_what_fits_only_in_part_goes_in_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    append(tmp_path / "rows", b"first\n")
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, lines: write(file, lines[:room]))
    with pytest.raises(OSError, match="No space left on device"):
        append(tmp_path / "rows", b"second\n" * 3)
    monkeypatch.undo()
    append(tmp_path / "rows", b"third\n")
    assert (tmp_path / "rows").read_bytes() == b"first\nthird\n"


@pytest.mark.parametrize(("before", "after"), [(b"", b""), (b"a\n", b"a\n"), (b"a\nb", b"a\nb\n")])
def test_a_cut_line_is_ended(tmp_path: Path, before: bytes, after: bytes) -> None:
    (tmp_path / "rows").write_bytes(before)
    row_file.end_last_line(tmp_path / "rows")
    assert (tmp_path / "rows").read_bytes() == after


def test_a_flush_reaches_the_file_and_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rows").write_bytes(b"{}\n")
    flushed: list[Path] = []
    monkeypatch.setattr(
        os, "fsync", lambda file: flushed.append(Path(f"/proc/self/fd/{file}").readlink())
    )
    row_file.flush(tmp_path / "rows")
    assert flushed == [tmp_path / "rows", tmp_path]

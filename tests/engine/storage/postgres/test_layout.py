"""What postmaster.pid says, and what it must not make us believe."""

import os
from pathlib import Path

import pytest

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres.layout import Layout, PidFile

# As PostgreSQL 18 writes it (pidfile.h: pid, data directory, start, port, socket directory, address, shared memory, status).
READY = b"4711\n%s\n1764000000\n5432\n/run/user/1000/pxbin-1000/0a1b\n\n  1234   5\nready   \n"
DATA = Path("/home/u/pg/data")


def test_a_ready_server_is_read() -> None:
    found = PidFile.parse(READY % bytes(DATA), DATA)
    assert found == PidFile(4711, 5432, "/run/user/1000/pxbin-1000/0a1b", "", "ready")


def test_a_path_that_is_no_text_is_read() -> None:
    data = Path(os.fsdecode(b"/caf\xe9/data"))
    assert PidFile.parse(READY % bytes(data), data) == PidFile.parse(READY % bytes(DATA), DATA)


def test_with_a_line_break_in_the_path_later_lines_stay_where_they_are() -> None:
    # Seen: the socket directory is written over what is the fifth line, here the port's.
    content = b"4711\n/two\nlines/data\n1764000000\n/run/pxbin\n\n  1234   5\nready   \n"
    found = PidFile.parse(content, Path("/two\nlines/data"))
    assert found == PidFile(4711, 5432, "/run/pxbin", "", "ready")


@pytest.mark.parametrize("content", [b"", b"\n", b"rubbish\n", b"-4711\n/home/u/pg/data\n", b"0\n"])
def test_what_names_no_server_is_none(content: bytes) -> None:
    assert PidFile.parse(content, DATA) is None


def test_a_server_that_only_just_began_has_no_status_yet() -> None:
    found = PidFile.parse(b"4711\n/home/u/pg/data\n1764000000\n5432\n\n", DATA)
    assert found == PidFile(4711, 5432, "", "", "")


def test_data_says_which_major_made_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert layout.major() is None
    layout.data.mkdir()
    (layout.data / "PG_VERSION").write_text("17\n")
    assert layout.major() == 17


def test_a_lost_password_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ServerStartError, match="is gone"):
        Layout(tmp_path).read_password()

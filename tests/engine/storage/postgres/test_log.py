"""Why a start failed, taken from what the server wrote."""

from pathlib import Path

import pytest

from pxbin_engine.storage.postgres.log import LogTail, rotate

REASONS = {
    "fatal": (
        'x [1] LOG:  starting\nx [1] FATAL:  could not create lock file "a": No space left on device\n',
        'could not create lock file "a": No space left on device',
    ),
    "hint": (
        "x FATAL:  lock file exists\nx HINT:  Is another postmaster running?\n",
        "lock file exists; Is another postmaster running?",
    ),
    "plain": (
        "error while loading shared libraries: libz.so.1\n",
        "error while loading shared libraries: libz.so.1",
    ),
}


@pytest.mark.parametrize(("written", "reason"), REASONS.values(), ids=REASONS.keys())
def test_the_reason_is_the_servers_own(tmp_path: Path, written: str, reason: str) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("x FATAL:  of an earlier start\n")
    tail = LogTail(log)
    with log.open("a") as file:
        file.write(written)
    assert tail.reason() == reason


def test_silence_says_where_to_look(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    tail = LogTail(log)
    log.touch()
    assert str(log) in tail.reason()


@pytest.mark.parametrize(("size", "rotated"), [(0, False), (5 << 20, False), ((5 << 20) + 1, True)])
def test_a_long_log_is_put_aside(tmp_path: Path, size: int, rotated: bool) -> None:
    log = tmp_path / "postgres.log"
    log.write_bytes(bytes(size))
    rotate(log)
    assert (tmp_path / "postgres.log.1").exists() == rotated

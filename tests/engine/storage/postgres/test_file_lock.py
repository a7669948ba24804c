"""Locks between handles, which stand for processes, and their end with their holder."""

import subprocess
import sys
from pathlib import Path

import pytest

from pxbin_engine.storage.postgres.file_lock import FileLock


def test_many_share_and_one_is_alone(tmp_path: Path) -> None:
    first, second, third = (FileLock(tmp_path / "lock") for _ in range(3))
    assert first.try_shared()
    assert second.try_shared()
    assert not third.try_exclusive()
    assert not first.try_exclusive(), "the second still shares it"
    second.close()
    assert first.try_exclusive()
    assert not third.try_shared()
    first.close()
    assert third.try_shared()
    third.close()


def test_exclusive_waits_and_gives_up(tmp_path: Path) -> None:
    holder = FileLock(tmp_path / "lock")
    with holder.exclusive(timeout=1):
        with pytest.raises(TimeoutError), FileLock(tmp_path / "lock").exclusive(timeout=0.05):
            pytest.fail("two held it")
        assert not FileLock(tmp_path / "lock").try_shared()
    with FileLock(tmp_path / "lock").exclusive(timeout=0):
        pass


def test_release_of_nothing_is_harmless(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.release()
    lock.close()
    assert not (tmp_path / "lock").exists()


HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the holder uses flock")
def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert not FileLock(path).try_shared()
        holder.kill()
    lock = FileLock(path)
    assert lock.try_exclusive()
    lock.close()

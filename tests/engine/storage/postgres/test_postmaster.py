"""The end of a server is noticed, and only once it matters."""

import subprocess
import sys
import threading
from pathlib import Path

from pxbin_engine.storage.postgres.postmaster import Postmaster


def child() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def test_the_end_of_a_child_is_told_and_reaped(tmp_path: Path) -> None:
    told = threading.Event()
    with child() as process:
        postmaster = Postmaster(process.pid, tmp_path, process)
        assert not postmaster.adopted
        postmaster.watch(told.set)
        assert postmaster.alive()
        process.kill()
        assert told.wait(5)
        assert not postmaster.alive()
        assert postmaster.ended


def test_a_forgotten_childs_end_is_no_news(tmp_path: Path) -> None:
    told = threading.Event()
    with child() as process:
        postmaster = Postmaster(process.pid, tmp_path, process)
        postmaster.watch(told.set)
        postmaster.forget()
        process.kill()
        assert not told.wait(0.2)
        assert postmaster.ended, "it is reaped nevertheless"


def test_the_end_of_an_adopted_one_is_told(tmp_path: Path) -> None:
    told = threading.Event()
    with child() as process:
        postmaster = Postmaster(process.pid, tmp_path)  # no server of tmp_path: it counts as gone
        assert postmaster.adopted
        postmaster.watch(told.set)
        assert told.wait(5)
        process.kill()

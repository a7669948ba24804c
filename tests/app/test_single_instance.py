"""One app a data directory."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from pxbin_app import single_instance
from pxbin_app.hand_over import socket_name
from pxbin_app.single_instance import SingleInstance

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from pxbin_app.single_instance import SingleInstance
app = QCoreApplication([])
one = SingleInstance(Path(sys.argv[1]))
print(one.acquire(), flush=True)
"""


@pytest.fixture(autouse=True)
def runtime_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_a_second_start_shows_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.acquire()
    with qtbot.waitSignal(first.activated, timeout=10_000):
        second = subprocess.Popen(
            [sys.executable, "-c", SECOND, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
    out, _ = second.communicate(timeout=10)
    assert out.strip() == "False"
    first.release()


def test_another_data_directory_is_another_app(qtbot: QtBot, tmp_path: Path) -> None:
    first, other = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert first.acquire()
    assert other.acquire()
    first.release()
    other.release()


def test_the_next_one_may_start_after_a_release(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.acquire()
    first.release()
    second = SingleInstance(tmp_path)
    assert second.acquire()
    second.release()


def test_a_crashs_leftover_is_taken_over(qtbot: QtBot, tmp_path: Path) -> None:
    killed = SECOND + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False, capture_output=True)
    assert list(tmp_path.glob("pxbin-*.sock"))
    instance = SingleInstance(tmp_path)
    assert instance.acquire()
    instance.release()


def test_one_that_is_busy_is_the_one_all_the_same(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "_PATIENCE_MS", 50)
    first = SingleInstance(tmp_path)
    assert first.acquire()
    with qtbot.waitSignal(first.activated, timeout=10_000):
        assert not SingleInstance(tmp_path).acquire()
    first.release()


def test_those_that_left_are_forgotten(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.acquire()
    for _ in range(20):  # says nothing and goes
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(socket_name(tmp_path))
    with qtbot.waitSignal(first.activated, timeout=10_000):
        assert not SingleInstance(tmp_path).acquire()
    qtbot.waitUntil(lambda: not first.findChildren(QLocalSocket), timeout=10_000)
    first.release()


@pytest.mark.parametrize("place", ["missing", "x" * 200])
def test_where_nobody_can_be_heard_it_starts_all_the_same(
    place: str, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / place))
    if place != "missing":
        (tmp_path / place).mkdir()
    instance = SingleInstance(tmp_path)
    assert instance.acquire()
    instance.release()

"""One app a data directory."""

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

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

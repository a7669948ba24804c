"""Crashes are told by the next run, once; runs that ended in order, and power cuts, are not."""

import faulthandler
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pxbin_app.crash_reports import MOST_KEPT, CrashReports

CRASH = """
import sys, faulthandler
from pathlib import Path
from pxbin_app.crash_reports import CrashReports
reports = CrashReports(Path(sys.argv[1]))
reports.begin()
if sys.argv[2] == "crash":
    faulthandler._sigsegv()
if sys.argv[2] == "error":
    reports.write(ValueError("what nobody caught"))
if sys.argv[2] != "killed":
    reports.end()
"""


@pytest.fixture(autouse=True)
def faulthandler_as_it_was() -> Iterator[None]:
    """pytest has it, too."""
    was = faulthandler.is_enabled()
    yield
    if was:
        faulthandler.enable(sys.__stderr__)


def run(data_dir: Path, how: str) -> None:
    subprocess.run([sys.executable, "-c", CRASH, data_dir, how], check=False, capture_output=True)


@pytest.mark.parametrize(("how", "fatal"), [("crash", True), ("error", False)])
def test_what_went_wrong_is_told_once(how: str, fatal: bool, tmp_path: Path) -> None:
    run(tmp_path, how)
    reports = CrashReports(tmp_path)
    reports.begin()
    (report,) = reports.untold()
    assert report.fatal is fatal
    assert ("what nobody caught" in report.text) is not fatal
    assert report.path.read_text("utf-8") == report.text
    assert reports.untold() == CrashReports(tmp_path).untold() == ()
    reports.end()


@pytest.mark.parametrize("how", ["ended", "killed"])
def test_what_ended_without_a_word_is_not_told(how: str, tmp_path: Path) -> None:
    run(tmp_path, how)
    assert CrashReports(tmp_path).untold() == ()
    assert list((tmp_path / "crash").iterdir()) == []


def test_another_run_is_left_alone(tmp_path: Path) -> None:
    run(tmp_path, "error")
    assert CrashReports(tmp_path, is_running=lambda _: True).untold() == ()
    assert len(CrashReports(tmp_path).untold()) == 1


def test_a_run_that_had_the_same_process_id_is_told(tmp_path: Path) -> None:
    before, now = (CrashReports(tmp_path, is_running=lambda _: True) for _ in range(2))
    before.begin()
    before.write(ValueError("what nobody caught"))
    now.begin()
    (report,) = now.untold()
    assert "what nobody caught" in report.text
    now.end()
    before.end()
    assert list((tmp_path / "crash").iterdir()) == [report.path]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "crash"
    folder.mkdir()
    for number in range(MOST_KEPT + 3):
        (folder / f"crash-20260101-0000{number:02}-1.log").write_text("old")
    assert CrashReports(tmp_path).untold() == ()
    assert len(list(folder.iterdir())) == MOST_KEPT
    assert not (folder / "crash-20260101-000000-1.log").exists()


def test_a_disk_that_refuses_keeps_nobody_from_starting(tmp_path: Path) -> None:
    (tmp_path / "crash").write_text("in the way")
    reports = CrashReports(tmp_path)
    reports.begin()
    reports.write(ValueError("lost"))
    assert reports.untold() == ()
    reports.end()

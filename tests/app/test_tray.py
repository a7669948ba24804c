"""The tray: trusted only while somebody shows it, and it says what it was told."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.tray import Tray
from pxbin_app.widgets.tray_glyphs import tray_icon

ROOT = Path(__file__).parents[2]


class Host:
    """A panel that may come and go."""

    def __init__(self) -> None:
        self.there = False

    def __call__(self) -> bool:
        return self.there


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def tray(qtbot: QtBot, host: Host) -> Iterator[Tray]:
    result = Tray(is_available=host)
    yield result
    result.close()
    result.deleteLater()


def test_the_icon_says_what_a_budget_does(tray: Tray, host: Host) -> None:
    host.there = True
    tray._check_host()
    tray.set_state("running", "127.0.0.1:8080")
    assert tray._icon is not None
    tray.set_today("Today $10", "R&D: $99 of $100", "warning")
    assert tray._icon.toolTip() == "pxbin: Running · 127.0.0.1:8080\nToday $10\nR&D: $99 of $100"
    assert tray._icon.icon().cacheKey() == tray_icon("running", "warning").cacheKey()
    tray.set_state("paused", "127.0.0.1:8080")
    assert tray._icon.icon().cacheKey() == tray_icon("paused", None).cacheKey()
    tray.set_today("Today $10")
    assert "R&D" not in tray._icon.toolTip()


def test_a_message_leads_to_its_page(qtbot: QtBot, tray: Tray, host: Host) -> None:
    host.there = True
    tray._check_host()
    assert tray._icon is not None
    for page, item in (("costs", None), ("keys", UUID(int=1))):
        assert tray.show_message("Team is used up", "text", page=page, item=item)
        with qtbot.waitSignal(tray.message_opened) as told:
            tray._icon.messageClicked.emit()
        assert told.args == [page, item]
    assert tray.show_message("pxbin is still running", "text")
    with qtbot.waitSignal(tray.open_requested):
        tray._icon.messageClicked.emit()


def test_it_is_available_only_while_a_host_is_there(tray: Tray, host: Host) -> None:
    told: list[bool] = []
    tray.available_changed.connect(told.append)
    assert not tray.available
    assert tray._icon is None
    assert tray.show_message("pxbin", "text") is False
    host.there = True
    tray._check_host()
    first = tray._icon
    assert tray.available
    assert first is not None
    assert first.toolTip() == "pxbin: Starting…"
    host.there = False
    tray._check_host()
    assert (tray.available, tray._icon) == (False, None)
    host.there = True
    tray._check_host()
    tray._check_host()
    assert tray._icon is not first
    assert told == [True, False, True]


def test_the_host_is_looked_for_again_and_again(qtbot: QtBot, tray: Tray, host: Host) -> None:
    tray._timer.setInterval(10)
    host.there = True
    qtbot.waitUntil(lambda: tray.available)


@pytest.mark.screen
@pytest.mark.skipif(
    not all(map(shutil.which, ("xvfb-run", "dbus-run-session"))),
    reason="needs xvfb-run and dbus-run-session",
)
def test_a_panel_that_comes_later_gets_the_icon() -> None:
    """On a bus of its own: no panel at first, then one; the icon must register with it."""
    done = subprocess.run(
        [
            "xvfb-run",
            "-a",
            "dbus-run-session",
            "--",
            sys.executable,
            "-m",
            "tests.support.panel_session",
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("available=False")
    # Two processes write: their lines may come in any order, and into one another.
    assert "available=True" in done.stdout
    assert "registered=True" in done.stdout

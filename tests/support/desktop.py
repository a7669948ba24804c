"""A desktop for the app as a process: a virtual screen with a window manager, a session bus, a panel where it is wanted.

What a person does is done with xdotool, and what the window manager knows is asked with xprop: neither of them can be
fooled by what the app thinks of itself.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pxbin_app.settings import Settings
from tests.support.engine_process import ROOT, free_port
from tests.support.virtual_screen import end, is_there, virtual_screen

NEEDED = ("openbox", "xdotool", "xprop", "dbus-daemon")
PATIENCE = 30.0

needs_desktop = pytest.mark.skipif(not is_there(*NEEDED), reason=f"needs Xvfb, {', '.join(NEEDED)}")


@dataclass(frozen=True)
class Desktop:
    """A running one; ``environment`` is what a program started on it has."""

    environment: dict[str, str]

    def tell(self, *command: str) -> str:
        """What an X program answers; empty where it fails."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=20
        ).stdout

    def press(self, keys: str) -> None:
        """Press keys (``ctrl+4``); they go where the focus is."""
        self.tell("xdotool", "key", "--clearmodifiers", keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self.tell("xdotool", "type", text)

    def windows(self, title: str) -> list[str]:
        """The windows to be seen whose title is this pattern, by id."""
        return self.tell("xdotool", "search", "--onlyvisible", "--name", f"^{title}$").split()

    def active(self) -> str:
        """The window that has the focus, by id."""
        return self.tell("xdotool", "getactivewindow").strip()

    def property(self, window: str, name: str) -> str:
        """A property of a window as the window manager sees it."""
        return self.tell("xprop", "-id", window, name).partition("=")[2].strip()

    def minimize(self, window: str) -> None:
        """As by the button of the title bar."""
        self.tell("xdotool", "windowminimize", "--sync", window)


def eventually(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until it holds.

    Raises:
        AssertionError: it did not within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def desktop(home: Path, *, panel: bool) -> Iterator[Desktop]:
    """Start one for a person whose home this is."""
    with ExitStack() as running:
        display = running.enter_context(virtual_screen(window_manager="openbox"))
        bus = running.enter_context(_session_bus())
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("QT_", "PXBIN_"))
        }
        environment = kept | {
            "DISPLAY": display,
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "HOME": str(home),
            "QT_QPA_PLATFORM": "xcb",
        }  # fmt: skip
        for name in ("CONFIG_HOME", "CACHE_HOME", "DATA_HOME", "RUNTIME_DIR"):
            environment.pop(f"XDG_{name}", None)
        if panel:
            running.enter_context(_panel(environment))
        yield Desktop(environment)


@contextmanager
def app_on(there: Desktop, data_dir: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the app on it, for somebody who has seen the first steps."""
    data_dir.mkdir(mode=0o700, exist_ok=True)
    seen = Settings(data_dir)
    seen.first_run_done = seen.tray_explained = True
    seen.save()
    settings = {
        "PXBIN_DATA_DIR": str(data_dir),
        "PXBIN_LISTEN_ADDR": f"127.0.0.1:{free_port()}",
        "PXBIN_HEALTH_CHECK_SECONDS": "0",
    }
    there.environment.update(settings)
    process = start_app(there)
    try:
        yield process
    finally:
        if process.poll() is None:
            end(process)


def start_app(there: Desktop) -> "subprocess.Popen[bytes]":
    """What a person does who clicks its icon."""
    command = [sys.executable, "-m", "pxbin_app"]
    return subprocess.Popen(command, cwd=ROOT, env=there.environment, stderr=subprocess.DEVNULL)


@contextmanager
def _session_bus() -> Iterator[str]:
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        if bus.stdout is None:
            raise OSError("the bus has no output")
        with bus.stdout as told:
            yield re.sub(r"\s", "", told.readline())
    finally:
        end(bus)


@contextmanager
def _panel(environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.support.panel_session", "lasting-panel"]
    panel = subprocess.Popen(
        command, cwd=ROOT, env=environment | {"QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.PIPE
    )  # fmt: skip
    try:
        if panel.stdout is None:
            raise OSError("the panel has no output")
        with panel.stdout as told:
            told.readline()
            yield
    finally:
        end(panel)

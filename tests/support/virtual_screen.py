"""A virtual screen of X on a display that nobody else has, with or without a window manager; ended by its pid."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


def is_there(*programs: str) -> bool:
    """Whether this machine has such screens, and these programs."""
    return all(shutil.which(program) for program in ("Xvfb", *programs))


@contextmanager
def virtual_screen(size: str = "1280x800x24", *, window_manager: str = "") -> Iterator[str]:
    """Start one; gives the display's name.

    Raises:
        OSError: it did not start.
    """
    with ExitStack() as running:
        display = running.enter_context(_server(size))
        if window_manager:
            running.enter_context(_window_manager(window_manager, display))
        yield display


@contextmanager
def _server(size: str) -> Iterator[str]:
    reader, writer = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writer),
        "-screen",
        "0",
        size,
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        if not number:
            raise OSError(f"Xvfb ended with {server.wait()}")
        yield f":{number}"
    finally:
        end(server)


@contextmanager
def _window_manager(program: str, display: str) -> Iterator[None]:
    nowhere = subprocess.DEVNULL
    manager = subprocess.Popen(
        [program], env=os.environ | {"DISPLAY": display}, stdout=nowhere, stderr=nowhere
    )
    try:
        _wait_until_managed(manager, display)
        yield
    finally:
        end(manager)


def _wait_until_managed(manager: "subprocess.Popen[bytes]", display: str) -> None:
    """A manager says that it is there by a property of the root window (EWMH)."""
    for _ in range(200):
        if manager.poll() is not None:
            raise OSError(f"the window manager ended with {manager.returncode}")
        asked = ["xprop", "-display", display, "-root", "_NET_SUPPORTING_WM_CHECK"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        if "window id" in told:
            return
        time.sleep(0.02)
    raise OSError("the window manager did not begin")


def end(process: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    """Ask a process to end, and see to it that it does."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

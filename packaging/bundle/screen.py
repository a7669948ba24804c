"""A virtual screen of X, and what is to be seen on it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Another process: this one may hold no Qt, and a display that went away takes its clients along.
_GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
picture = app.primaryScreen().grabWindow(0).toImage()
picture.save(sys.argv[1])
step = range(0, min(picture.width(), picture.height()), 4)
print(len({picture.pixel(x, y) for x in step for y in step}))
"""


def is_there() -> bool:
    """Whether this machine has such screens."""
    return shutil.which("Xvfb") is not None


@contextmanager
def screen(size: str = "1280x800x24") -> Iterator[str]:
    """Start one on a display that nobody has; gives its name."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with open(reader, "rb") as told:  # noqa: PTH123  # a pipe has no path
            number = told.readline().decode().strip()
        if not number:
            raise OSError(f"Xvfb ended with {server.wait()}")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def colours(display: str, picture: Path) -> int:
    """Take a picture of the screen; returns how many colours it has (an empty screen: one)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    done = subprocess.run(
        [sys.executable, "-c", _GRAB, str(picture)],
        env=kept | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return int(done.stdout)

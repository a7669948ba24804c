"""A second start hands over to the first one before anything else is loaded. No Qt here: it takes milliseconds."""

import hashlib
import os
import socket
import sys
import tempfile
from pathlib import Path

SHOW, SHOWN = b"show\n", b"ok\n"
"""What a later start says to the first one, and hears."""

_PATIENCE = 1.0
"""Seconds for an app that is busy."""


def socket_name(data_dir: Path) -> str:
    """Where the first one listens: in the user's runtime directory where there is one, named by the data directory."""
    digest = hashlib.sha256(
        str(data_dir.absolute()).encode("utf-8", "surrogateescape")
    ).hexdigest()[:12]
    if sys.platform == "win32":
        return f"pxbin-{digest}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not runtime or not Path(runtime).is_dir():
        runtime = tempfile.gettempdir()
    return str(Path(runtime) / f"pxbin-{os.getuid()}-{digest}.sock")


def hand_over(data_dir: Path) -> bool:
    """Let the app of this data directory show its window; False where none runs.

    Windows has no such sockets; there ``SingleInstance`` does it, a little later.
    """
    if sys.platform == "win32":
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(_PATIENCE)
        try:
            peer.connect(socket_name(data_dir))
            peer.sendall(SHOW)
            return peer.recv(len(SHOWN)) == SHOWN
        except OSError:
            return False

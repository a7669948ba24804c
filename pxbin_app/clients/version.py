"""Which version of a client is installed: the one thing that is asked of its program."""

import re
import subprocess
from pathlib import Path

SECONDS = 5.0
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?[\w.+-]*")


def version_of(program: Path) -> str:
    """What ``--version`` tells; empty where it tells none in time."""
    try:
        asked = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _VERSION.search(asked.stdout.decode(errors="replace"))
    return found.group() if found else ""

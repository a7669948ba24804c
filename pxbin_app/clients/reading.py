"""Reading other programs' files: as values where that is possible, never an error."""

from pathlib import Path
from typing import Any

from pxbin_app.clients.errors import ParseError
from pxbin_app.clients.formats import Format

MOST_BYTES = 20 * 2**20
"""What Claude Code remembers grows to some megabytes."""


def read_text(path: Path) -> str:
    """A file that only tells something: empty where it cannot be read."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:  # a pipe would never end
            return ""
        return path.read_text("utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return ""


def read_values(path: Path, form: Format) -> dict[str, Any]:
    """What it says; nothing where it cannot be read."""
    try:
        return form.values(read_text(path))
    except ParseError:
        return {}

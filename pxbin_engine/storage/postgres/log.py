"""The server's log file: kept short, and asked why a start failed."""

import re
from pathlib import Path

_ROTATE_AT = 5 << 20
_REASON = re.compile(r"\b(?:FATAL|PANIC|ERROR):\s+(.*)")
_HINT = re.compile(r"\bHINT:\s+(.*)")


def rotate(log: Path) -> None:
    """Put a log of more than 5 MB aside as ``.1``, in place of the one before."""
    if log.exists() and log.stat().st_size > _ROTATE_AT:
        log.replace(log.with_name(f"{log.name}.1"))


class LogTail:
    """What is written to the log from now on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._start = log.stat().st_size if log.exists() else 0

    def text(self) -> str:
        """All of it."""
        with self._log.open("rb") as file:
            file.seek(self._start)
            return file.read().decode("utf-8", "replace")

    def reason(self) -> str:
        """The last fatal line without its prefix; else the last line; else where to look."""
        text = self.text()
        found = _REASON.findall(text)
        if found:
            return "; ".join([found[-1], *_HINT.findall(text)[-1:]])
        lines = text.strip().splitlines()
        return lines[-1] if lines else f"it said nothing in {self._log}"

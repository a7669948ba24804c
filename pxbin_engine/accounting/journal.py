"""The journal: what the log writer holds in memory, on disk as well, so that a killed process loses no row.

1. A row is in the journal before ``add`` returns: in the system's memory, which outlives the process. It is not forced to
   the disk itself: the database loses as much where the power fails.
2. There are two files. ``turn`` begins the other one when all rows are taken to be written; ``settle`` empties the first
   once they are. Neither is ever read while the process lives.
3. What a killed process left is replayed by the spool of the next start. Some of it may be in the database already; the
   store adds no row twice.
"""

import os
from pathlib import Path

from pxbin_engine.accounting.row_file import append, encode_line, open_to_append
from pxbin_engine.records import RequestRecord

JOURNALS = ("journal-0.jsonl", "journal-1.jsonl")


class Journal:
    """Two files in ``directory``, which are made with the first row."""

    def __init__(self, directory: Path) -> None:
        self._paths = tuple(directory / name for name in JOURNALS)
        self._descriptors: list[int | None] = [None, None]
        self._rows = [0, 0]
        self._current = 0

    @property
    def rows(self) -> int:
        """How many rows are in it."""
        return sum(self._rows)

    def add(self, record: RequestRecord) -> None:
        """Keep a row.

        Raises:
            OSError: the disk does not take it; the journal is as it was before.
        """
        at = self._current
        descriptor = self._descriptors[at]
        if descriptor is None:
            descriptor = self._descriptors[at] = open_to_append(self._paths[at])
        append(descriptor, encode_line(record))
        self._rows[at] += 1

    def turn(self) -> None:
        """All rows so far are about to be written; those that follow are kept apart.

        Where the last ``turn`` was not settled, its rows stay until a later one is.
        """
        self._current = 1 - self._current

    def settle(self) -> None:
        """The rows before the last ``turn`` are safe elsewhere."""
        self._empty(1 - self._current)

    def clear(self) -> None:
        """All rows are safe elsewhere."""
        self._empty(0)
        self._empty(1)

    def close(self) -> None:
        """Let go of the files; an empty one is removed."""
        for at, descriptor in enumerate(self._descriptors):
            if descriptor is not None:
                os.close(descriptor)
                self._descriptors[at] = None
                if not self._rows[at]:
                    self._paths[at].unlink(missing_ok=True)

    def _empty(self, at: int) -> None:
        descriptor = self._descriptors[at]
        if descriptor is not None and self._rows[at]:
            os.ftruncate(descriptor, 0)
            self._rows[at] = 0

"""The spool: rows on disk that the database did not take yet, in the order in which they came.

1. ``waiting.jsonl`` is only appended to, a row a line; it survives the end of the process, and after ``flush`` a loss of
   power.
2. To be replayed it is renamed to ``replaying.jsonl``, so that new rows wait in a file of their own. Where a crash left
   that name it is replayed again from its start: the store does not add a row twice.
3. The journals of a process that was killed are replayed before it; they are only renamed, which no full disk prevents.
4. A line that is not a row (a crash cut it) is left out with a warning.

One engine owns the directory; workers that share a port have one each below it (``spool_of``), and so has a process that
works beside them (``spool_beside``).
"""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pxbin_engine.accounting import row_file
from pxbin_engine.accounting.journal import JOURNALS
from pxbin_engine.accounting.row_file import count_lines, encode_line, end_last_line, read_rows
from pxbin_engine.records import RequestRecord

SPOOL = "spool"
"""The folder in ``data_dir`` for rows that wait for the database."""


def spool_of(directory: Path, worker: int) -> Path:
    """Where the worker of this number, from 1, has its spool."""
    return directory / f"worker-{worker}"


def spool_beside(directory: Path, process: int) -> Path:
    """Where a process has its spool that works beside the engine which owns the directory."""
    return directory / f"worker-beside-{process}"


def gather_spools(directory: Path) -> None:
    """Take over what workers of an earlier run left, who may be fewer now; none of them may run.

    A crash in between leaves rows twice, and the store adds none twice. So does a process beside the engine that still works.
    """
    for path in sorted(directory.glob("worker-*/*.jsonl")):
        directory.chmod(0o700)  # it was made on the way to theirs
        end_last_line(path)
        with (directory / "waiting.jsonl").open("ab") as file:
            file.write(path.read_bytes())
        path.unlink()


class Spool:
    """Rows in ``directory``, which is made when it is needed. Calls block for as long as the disk does."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting = directory / "waiting.jsonl"
        self._replaying = directory / "replaying.jsonl"
        self._is_flushed = True
        end_last_line(self._waiting)
        self._take_over_journals()
        self.rows = sum(map(count_lines, (self._replaying, *self._left, self._waiting)))
        """How many rows wait; some of them may be in the database already."""

    def append(self, records: Sequence[RequestRecord]) -> None:
        """Add rows at the end: all, or none.

        Raises:
            OSError: the disk does not take them.
        """
        descriptor = row_file.open_to_append(self._waiting)
        try:
            row_file.append(descriptor, b"".join(map(encode_line, records)))
        finally:
            os.close(descriptor)
        self.rows += len(records)
        self._is_flushed = False

    def flush(self) -> None:
        """Have the disk itself keep all rows; to be called in a thread.

        Raises:
            OSError: the disk refuses.
        """
        if self._is_flushed:
            return
        self._is_flushed = True  # first: rows that come meanwhile must say otherwise
        try:
            row_file.flush(self._waiting)
        except OSError:
            self._is_flushed = False
            raise

    def batches(self, size: int) -> Iterator[list[RequestRecord]]:
        """The oldest file's rows, ``size`` at a time; call ``forget`` once all of them are in the database."""
        if not self._replaying.exists():
            oldest = next((path for path in (*self._left, self._waiting) if path.exists()), None)
            if oldest is not None:
                oldest.rename(self._replaying)
        batch: list[RequestRecord] = []
        for record in read_rows(self._replaying):
            batch.append(record)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    def forget(self) -> None:
        """The file that ``batches`` gave is done with."""
        self._replaying.unlink(missing_ok=True)
        self.rows = sum(map(count_lines, (*self._left, self._waiting)))

    @property
    def _left(self) -> list[Path]:
        """What killed processes left, the oldest first."""
        return sorted(self._directory.glob("left-*.jsonl"))

    def _take_over_journals(self) -> None:
        for name in JOURNALS:
            path = self._directory / name
            if count_lines(path):
                path.rename(self._directory / f"left-{time.time_ns():020}-{name}")

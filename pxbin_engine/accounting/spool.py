"""The spool: rows on disk that the database did not take yet, in the order in which they came.

1. ``waiting.jsonl`` is only appended to, a row a line; it survives the end of the process (not a loss of power).
2. To be replayed it is renamed to ``replaying.jsonl``, so that new rows wait in a file of their own. Where a crash left
   that name it is replayed again from its start: the store does not add a row twice.
3. A line that is not a row (a crash cut it) is left out with a warning.

One engine owns the directory; workers that share a port have one each below it (``spool_of``).
"""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from pxbin_engine.records import RequestRecord

logger = logging.getLogger(__name__)

SPOOL = "spool"
"""The folder in ``data_dir`` for rows that wait for the database."""

_decoder = msgspec.json.Decoder(RequestRecord)


def spool_of(directory: Path, worker: int) -> Path:
    """Where the worker of this number, from 1, has its spool."""
    return directory / f"worker-{worker}"


def gather_spools(directory: Path) -> None:
    """Take over what workers of an earlier run left, who may be fewer now; none of them may run.

    A crash in between leaves rows twice, and the store adds none twice.
    """
    for path in sorted(directory.glob("worker-*/*.jsonl")):
        directory.chmod(0o700)  # it was made on the way to theirs
        _end_last_line(path)
        with (directory / "waiting.jsonl").open("ab") as file:
            file.write(path.read_bytes())
        path.unlink()


class Spool:
    """Rows in ``directory``, which is made when it is needed. Calls block for as long as the disk does."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting = directory / "waiting.jsonl"
        self._replaying = directory / "replaying.jsonl"
        _end_last_line(self._waiting)
        self.rows = sum(_count_lines(path) for path in (self._replaying, self._waiting))
        """How many rows wait; some of them may be in the database already."""

    def append(self, records: Sequence[RequestRecord]) -> None:
        """Add rows at the end.

        Raises:
            OSError: the disk does not take them.
        """
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._waiting.open("ab") as file:
            file.write(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
        self.rows += len(records)

    def batches(self, size: int) -> Iterator[list[RequestRecord]]:
        """The oldest file's rows, ``size`` at a time; call ``forget`` once all of them are in the database."""
        if not self._replaying.exists() and self._waiting.exists():
            self._waiting.rename(self._replaying)
        batch: list[RequestRecord] = []
        for record in _read(self._replaying):
            batch.append(record)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    def forget(self) -> None:
        """The file that ``batches`` gave is done with."""
        self._replaying.unlink(missing_ok=True)
        self.rows = _count_lines(self._waiting)


def _read(path: Path) -> Iterator[RequestRecord]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _decoder.decode(line)
            except msgspec.DecodeError as error:
                logger.warning(
                    "spool.line_left_out file=%s line=%d reason=%s", path.name, number, error
                )


def _end_last_line(path: Path) -> None:
    """A row that a crash cut must not swallow the next one."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb+") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")


def _count_lines(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)

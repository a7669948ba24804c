"""Files of rows, a JSON object a line: whole lines go in or none, and what a crash cut is left out when they are read."""

import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pxbin_engine.records import RequestRecord

logger = logging.getLogger(__name__)

_decoder = msgspec.json.Decoder(RequestRecord)
_encoder = msgspec.json.Encoder()
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


def encode_line(record: RequestRecord) -> bytes:
    """The line of a row."""
    return _encoder.encode(record) + b"\n"


def open_to_append(path: Path) -> int:
    """A file descriptor; the directory is made where it is missing, for its owner alone.

    Raises:
        OSError: the disk refuses.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, _APPEND, 0o600)


def append(descriptor: int, lines: bytes) -> None:
    """Add all of ``lines`` at the end or, where the disk takes only a part of them, nothing.

    Raises:
        OSError: the disk refuses.
    """
    written = os.write(descriptor, lines)
    if written < len(lines):
        os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def flush(path: Path) -> None:
    """Have the disk itself keep what is in the file, and its name; blocks for as long as that takes.

    Raises:
        OSError: the disk refuses.
    """
    _flush(path, os.O_RDWR)
    if hasattr(os, "O_DIRECTORY"):  # elsewhere a directory cannot be opened
        _flush(path.parent, os.O_RDONLY)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_rows(path: Path) -> Iterator[RequestRecord]:
    """The rows of a file that may be missing; a line that is none is left out with a warning."""
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


def end_last_line(path: Path) -> None:
    """A row that a crash cut must not swallow the next one."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb+") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")


def count_lines(path: Path) -> int:
    """How many rows a file has, which may be missing."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)

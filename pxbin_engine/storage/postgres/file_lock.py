"""A lock on a file that the kernel drops when its holder dies: shared by many, or exclusive to one."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes, exclusively: each sharer takes one of these, an exclusive holder takes all.
    _SLOTS = 64

    def _lock_bytes(descriptor: int, start: int, count: int) -> bool:
        os.lseek(descriptor, start, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, count)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int, held: range) -> None:
        os.lseek(descriptor, held.start, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, len(held))

    def _try_exclusive(descriptor: int) -> range | None:
        return range(_SLOTS) if _lock_bytes(descriptor, 0, _SLOTS) else None

    def _try_shared(descriptor: int) -> range | None:
        slots = (slot for slot in range(_SLOTS) if _lock_bytes(descriptor, slot, 1))
        return next((range(slot, slot + 1) for slot in slots), None)
else:
    import fcntl

    def _flock(descriptor: int, operation: int) -> range | None:
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return range(1)

    def _unlock(descriptor: int, held: range) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _try_exclusive(descriptor: int) -> range | None:
        return _flock(descriptor, fcntl.LOCK_EX)

    def _try_shared(descriptor: int) -> range | None:
        return _flock(descriptor, fcntl.LOCK_SH)


class FileLock:
    """One holder's handle on the lock at ``path``; the file is made when missing and never removed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        self._held: range | None = None

    def try_exclusive(self) -> bool:
        """Take it alone, now or not at all; what this handle held before is given up either way."""
        self.release()
        self._held = _try_exclusive(self._open())
        return self._held is not None

    def try_shared(self) -> bool:
        """Take it beside other sharers, now or not at all."""
        self.release()
        self._held = _try_shared(self._open())
        return self._held is not None

    def release(self) -> None:
        """Give it up; harmless when nothing is held."""
        if self._held is not None:
            _unlock(self._descriptor, self._held)
            self._held = None

    def close(self) -> None:
        """Give it up and close the file."""
        self.release()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @contextmanager
    def exclusive(self, *, timeout: float) -> Iterator[None]:
        """Hold it alone for the block.

        Raises:
            TimeoutError: others held it for ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        try:
            while not self.try_exclusive():
                if time.monotonic() >= deadline:
                    raise TimeoutError(
                        f"{self._path} was held by another process for {timeout:.0f} s"
                    )
                time.sleep(0.02)
            yield
        finally:
            self.close()

    def _open(self) -> int:
        if self._descriptor < 0:
            # Not inheritable (Python's default): a child that outlives us must not keep our lock.
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._descriptor

"""A running server, started by us or adopted, and the thread that notices its end."""

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from pxbin_engine.storage.postgres import processes


class Postmaster:
    """One server process; ``child`` is None for one that somebody else started."""

    def __init__(
        self, pid: int, data: Path, child: "subprocess.Popen[bytes] | None" = None
    ) -> None:
        self.pid = pid
        self.adopted = child is None
        self._data = data
        self._child = child
        self._ended = threading.Event()
        self._forgotten = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether its watcher has seen its end."""
        return self._ended.is_set()

    def alive(self) -> bool:
        """Whether it still runs."""
        if self._child is None:
            return processes.is_server_of(self.pid, self._data)
        return not self.ended and self._child.poll() is None

    def watch(self, on_exit: Callable[[], None]) -> None:
        """Call ``on_exit`` from a thread when it has ended, unless it was forgotten before."""
        threading.Thread(
            target=self._wait, args=(on_exit,), name="postgres-reaper", daemon=True
        ).start()

    def forget(self) -> None:
        """Its end is no news any more."""
        self._forgotten.set()

    def _wait(self, on_exit: Callable[[], None]) -> None:
        if self._child is not None:
            # Also when forgotten: PostgreSQL takes a postmaster that was not reaped for a living one.
            self._child.wait()
        else:
            while not self._forgotten.wait(0.5) and self.alive():
                pass
        self._ended.set()
        if not self._forgotten.is_set():
            on_exit()

"""The watchdog: a small process that stops the embedded server when its app dies without doing so, even by ``kill -9``.

Rules:

1. It reads a pipe whose other end only the app holds. A line means the app stopped in order; end of file, that it died.
2. Then, with the transition lock held, it takes the users lock alone. If it cannot, another instance uses the server.
3. Else it stops the server, as the last one out would have done.

Where there is flock(1) it is a ``/bin/sh`` of 2 MB; elsewhere the same rules run in a Python of their own.
"""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from pxbin_engine.programs import WATCHDOG, part_command
from pxbin_engine.storage.postgres import processes
from pxbin_engine.storage.postgres.file_lock import FileLock
from pxbin_engine.storage.postgres.identity import own_identity
from pxbin_engine.storage.postgres.layout import Layout
from pxbin_engine.storage.postgres.postmaster import Postmaster

LOCK_SECONDS = 180.0
"""How long a transition of another process may take: a long recovery, and a stop."""

_SHELL = Path(__file__).with_name("watchdog.sh")


class Watchdog:
    """The app's end of one watchdog."""

    def __init__(self, layout: Layout, pg_ctl: str, *, shell: bool | None = None) -> None:
        """Start it; ``shell`` forces the kind."""
        use_shell = _has_shell_tools() if shell is None else shell
        python = part_command(WATCHDOG, str(layout.root), pg_ctl)
        command = _shell_command(layout) if use_shell else python
        # Nobody inherits them, but the watchdog the reader, as its standard input.
        reader, self._pipe = os.pipe()
        try:
            with layout.log.open("ab") as log:
                self._process = own_identity().popen(command, input=reader, output=log)
        except BaseException:
            os.close(self._pipe)
            raise
        finally:
            os.close(reader)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def release(self) -> None:
        """Tell it that all is in order, and wait for its end."""
        with suppress(BrokenPipeError):  # somebody killed it
            os.write(self._pipe, b"released\n")
        self.abandon()
        self._process.wait(10)

    def abandon(self) -> None:
        """Leave the stop to it: it acts as if we had died."""
        os.close(self._pipe)


def _has_shell_tools() -> bool:
    return sys.platform == "linux" and shutil.which("flock") is not None


def _shell_command(layout: Layout) -> list[str]:
    paths = (layout.data, layout.transition_lock, layout.users_lock)
    return ["/bin/sh", str(_SHELL), *map(str, paths)]


def main(arguments: list[str]) -> None:
    """The Python kind: ``ROOT PG_CTL``, with the pipe as standard input."""
    root, pg_ctl = arguments
    if sys.stdin.buffer.read(1):
        return
    layout = Layout(Path(root))
    users = FileLock(layout.users_lock)
    with FileLock(layout.transition_lock).exclusive(timeout=LOCK_SECONDS):
        # Locks vanish just after the pipe does.
        if not processes.wait_until(users.try_exclusive, 0.5):
            return
        # A server that was just being started writes its pid a moment later.
        processes.wait_until(lambda: layout.read_pid_file() is not None, 1.0)
        found = layout.read_pid_file()
        if found is None:
            return
        server = Postmaster(found.pid, layout.data)
        if server.alive():
            sys.stderr.write("watchdog: the app is gone; stopping the server\n")
            processes.stop_server(server.pid, server.alive, pg_ctl=pg_ctl)


if __name__ == "__main__":
    main(sys.argv[1:])

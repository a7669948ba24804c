"""One instance's use of one data directory: initialise, start or adopt, stop; blocking, ``server.py`` runs it in threads.

Rules:

1. Every transition happens under the transition lock; every instance that uses the server holds the users lock, shared.
2. The watchdog stands before the server does, so that no death of the app leaves a server behind.
3. A server that runs already is adopted, whoever started it; what is only the trace of one is cleared away.
4. Only the last instance out stops the server.
5. No database is made where a replacement that was killed left one: it is put in place first.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres.binaries import find_binaries
from pxbin_engine.storage.postgres.control import Control, Progress
from pxbin_engine.storage.postgres.file_lock import FileLock
from pxbin_engine.storage.postgres.identity import choose_identity, own_identity
from pxbin_engine.storage.postgres.initdb import initialise
from pxbin_engine.storage.postgres.layout import Layout
from pxbin_engine.storage.postgres.log import rotate
from pxbin_engine.storage.postgres.postmaster import Postmaster
from pxbin_engine.storage.postgres.replacement import settle
from pxbin_engine.storage.postgres.watchdog import LOCK_SECONDS, Watchdog

logger = logging.getLogger(__name__)


class Cluster:
    """``start`` joins the users of the server, ``stop`` leaves them."""

    def __init__(
        self,
        root: Path,
        *,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        progress: Progress = lambda _state: None,
        on_exit: Callable[[], None] = lambda: None,
    ) -> None:
        """``root`` is made when missing; ``settings`` go over ours; ``on_exit`` is called from a thread."""
        self._layout = Layout(root.absolute())
        self._settings = dict(settings or {})
        self._environment = environment
        self._progress = progress
        self._on_exit = on_exit
        self._users = FileLock(self._layout.users_lock)
        self._watchdog: Watchdog | None = None
        self._aborted = threading.Event()
        self.control: Control | None = None
        self.postmaster: Postmaster | None = None

    def start(self) -> str:
        """Use the server, which then runs; returns its DSN. To be called again when the server died.

        Raises:
            ServerStartError: with the server's own words where it said some.
        """
        self._aborted.clear()
        root = self._layout.root
        try:
            # Root's server may run as another account, which must get through to its own files.
            mode = 0o711 if own_identity().owner == 0 else 0o700
            root.parent.mkdir(mode=mode, parents=True, exist_ok=True)
            settle(root)
            root.mkdir(mode=0o700, exist_ok=True)
            with FileLock(self._layout.transition_lock).exclusive(timeout=LOCK_SECONDS):
                return self._join()
        except OSError as error:  # a TimeoutError of the lock, too
            message = f"The embedded PostgreSQL could not be started: {error}"
            raise ServerStartError(message) from error

    def abort(self) -> None:
        """Let a ``start`` that runs in another thread fail soon."""
        self._aborted.set()

    def stop(self) -> None:
        """Leave the server, and stop it when no other instance uses it; harmless when nothing runs."""
        postmaster, self.postmaster = self.postmaster, None
        if postmaster is None or self.control is None:
            return
        postmaster.forget()
        try:
            with FileLock(self._layout.transition_lock).exclusive(timeout=LOCK_SECONDS):
                if self._users.try_exclusive():
                    self.control.stop(postmaster)
                self._leave()
        except TimeoutError:
            logger.warning("postgres.stop_left_to_watchdog root=%s", self._layout.root)
            self._leave(in_order=False)

    def _join(self) -> str:
        if not self._users.try_shared():
            raise ServerStartError(f"{self._layout.users_lock} is locked by another program.")
        layout = self._layout
        try:
            self.control = control = self._prepare()
            password = layout.read_password()
            if layout.read_pid_file() is None:  # nobody writes to it now
                rotate(layout.log)
            if self._watchdog is None:
                self._watchdog = Watchdog(layout, control.binaries.program("pg_ctl"))
            self.postmaster, endpoint = control.adopt() or control.launch()
        except BaseException:
            self._leave()
            raise
        self.postmaster.watch(self._on_exit)
        return endpoint.dsn(password)

    def _prepare(self) -> Control:
        layout = self._layout
        binaries = find_binaries(layout.major(), self._environment)
        identity = choose_identity(layout.root)
        if layout.major() is None:
            self._progress("initialising")
            initialise(layout, binaries, identity)
        return Control(layout, binaries, identity, self._settings, self._progress, self._aborted)

    def _leave(self, *, in_order: bool = True) -> None:
        self._users.close()
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None and in_order:
            watchdog.release()
        elif watchdog is not None:
            watchdog.abandon()

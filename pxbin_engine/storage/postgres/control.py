"""What is done to the server of one data directory, under the transition lock: adopt, launch, stop."""

import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres import processes
from pxbin_engine.storage.postgres.binaries import Binaries
from pxbin_engine.storage.postgres.conf import render_conf
from pxbin_engine.storage.postgres.endpoint import Endpoint, choose_endpoint
from pxbin_engine.storage.postgres.identity import Identity
from pxbin_engine.storage.postgres.layout import MEGABYTE, Layout
from pxbin_engine.storage.postgres.log import LogTail
from pxbin_engine.storage.postgres.postmaster import Postmaster

logger = logging.getLogger(__name__)

BALLAST_SIZE = 32 * MEGABYTE
_BALLAST_WANTS_FREE = 500 * MEGABYTE
_START_SECONDS = 120.0
_LONG_START_SECONDS = 2.0  # a clean start takes a twentieth of it
# Between choosing a free port and listening there somebody else may take it.
_LAUNCHES = 5 if sys.platform == "win32" else 1

Progress = Callable[[str], None]
"""Told ``initialising``, ``starting``, ``recovering``; from a worker thread."""


@dataclass(frozen=True)
class Control:
    """The hand on one server; ``aborted`` makes a start that runs fail soon."""

    layout: Layout
    binaries: Binaries
    identity: Identity
    settings: Mapping[str, str]
    progress: Progress
    aborted: threading.Event = field(default_factory=threading.Event)

    def adopt(self) -> tuple[Postmaster, Endpoint] | None:
        """Take the server that runs already, once it is ready; None when there is none that can be used."""
        found = self.layout.read_pid_file()
        if found is None:
            return None
        postmaster = Postmaster(found.pid, self.layout.data)
        if not postmaster.alive():
            return None
        self.progress("starting")
        endpoint = self._wait_until_ready(postmaster)
        if endpoint is None:
            return None
        if not endpoint.answers():  # somebody cleaned its socket away
            self.stop(postmaster)
            return None
        return postmaster, endpoint

    def launch(self) -> tuple[Postmaster, Endpoint]:
        """Start it; when a full disk keeps it from starting, once more with the ballast thrown off.

        Raises:
            ServerStartError: with the server's own words.
        """
        ballast = self.layout.ballast
        try:
            launched = self._launch_at_free_port()
        except (ServerStartError, OSError):
            if shutil.disk_usage(self.layout.root).free > BALLAST_SIZE or not ballast.exists():
                raise
            logger.warning("postgres.ballast_dropped root=%s", self.layout.root)
            ballast.unlink()
            launched = self._launch_at_free_port()
        self._keep_ballast()
        return launched

    def stop(self, postmaster: Postmaster) -> None:
        """Stop it, by force when it must be."""
        found = self.layout.read_pid_file()
        if not processes.stop_server(postmaster.pid, postmaster.alive, pg_ctl=self._pg_ctl):
            logger.error("postgres.will_not_stop pid=%d", postmaster.pid)
        elif found is not None:
            Endpoint.of(found).remove_directory()

    @property
    def _pg_ctl(self) -> str:
        return self.binaries.program("pg_ctl")

    def _launch_at_free_port(self) -> tuple[Postmaster, Endpoint]:
        for _ in range(_LAUNCHES - 1):
            try:
                return self._launch()
            except ServerStartError as error:
                logger.warning("postgres.start_failed reason=%s", error)
        return self._launch()

    def _launch(self) -> tuple[Postmaster, Endpoint]:
        endpoint = choose_endpoint(self.layout.data, owner=self.identity.owner)
        unclean = self._clear_traces(endpoint)
        self.progress("recovering" if unclean else "starting")
        self._write_conf()
        tail = LogTail(self.layout.log)
        postmaster = self._popen(endpoint)
        try:
            ready = self._wait_until_ready(postmaster)
        except BaseException:
            processes.end_server(postmaster.pid, postmaster.alive, pg_ctl=self._pg_ctl)
            raise
        if ready is None:
            raise ServerStartError(f"PostgreSQL ended while starting: {tail.reason()}")
        return postmaster, ready

    def _popen(self, endpoint: Endpoint) -> Postmaster:
        arguments = ["-D", str(self.layout.data), *endpoint.arguments()]
        with self.layout.log.open("ab") as log:
            child = self.identity.popen([self.binaries.program("postgres"), *arguments], output=log)
        return Postmaster(child.pid, self.layout.data, child)

    def _write_conf(self) -> None:
        conf = self.layout.conf
        conf.write_text(render_conf(self.binaries.major, self.settings), "utf-8")
        self.identity.give(conf)

    def _clear_traces(self, endpoint: Endpoint) -> bool:
        """End what a dead server left, and remove what keeps a new one from starting; whether there was any."""
        found = self.layout.read_pid_file()
        endpoints = [endpoint] if found is None else [endpoint, Endpoint.of(found)]
        if not self.layout.pid_file.exists() and not any(each.has_files() for each in endpoints):
            return False
        processes.end_leftovers(self.layout.data, pg_ctl=self._pg_ctl)
        self.layout.pid_file.unlink(missing_ok=True)
        for each in endpoints:
            each.remove_files()
        return True

    def _wait_until_ready(self, postmaster: Postmaster) -> Endpoint | None:
        """Where it listens, once it is ready; None when it ended instead."""
        began = time.monotonic()
        told = False
        while postmaster.alive():
            found = self.layout.read_pid_file()
            if found is not None and found.pid == postmaster.pid and found.status == "ready":
                return Endpoint.of(found)
            self._check_patience(began)
            if not told and time.monotonic() - began > _LONG_START_SECONDS:
                told = True
                self.progress("recovering")
            time.sleep(0.004)
        return None

    def _check_patience(self, began: float) -> None:
        if self.aborted.is_set():
            raise ServerStartError("The start was given up.")
        if time.monotonic() - began > _START_SECONDS:
            message = f"PostgreSQL was not ready within {_START_SECONDS:.0f} s"
            raise ServerStartError(f"{message}; see {self.layout.log}")

    def _keep_ballast(self) -> None:
        ballast = self.layout.ballast
        enough = shutil.disk_usage(self.layout.root).free > _BALLAST_WANTS_FREE
        if ballast.exists() or not enough:
            return
        try:
            with ballast.open("wb") as file:
                for _ in range(BALLAST_SIZE // MEGABYTE):
                    file.write(bytes(MEGABYTE))
        except OSError as error:  # the server runs: it is no reason to fail
            logger.warning("postgres.no_ballast reason=%s", error)
            ballast.unlink(missing_ok=True)

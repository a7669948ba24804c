"""What a run that went wrong leaves behind, and the next one tells: ``crash/*.log`` in the data directory. No Qt here.

1. Each run writes into a file of its own: what ``faulthandler`` says of a crash, and each exception that nobody caught.
2. A run that ends in order removes its file, unless exceptions are in it.
3. The next run takes the files of runs that are gone: an empty one is no report (a power cut, ``kill -9``), another becomes
   ``crash-<time>.log`` and is told once.
"""

import faulthandler
import logging
import os
import secrets
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO

import psutil

logger = logging.getLogger(__name__)

FOLDER = "crash"
MOST_KEPT = 10
_RUNNING = "running-"
_FATAL = ("Fatal Python error", "Windows fatal exception")


class CrashReport(NamedTuple):
    """One report that was not told yet; ``fatal``: pxbin ended by it."""

    path: Path
    text: str
    fatal: bool


class CrashReports:
    """The reports of one data directory."""

    def __init__(
        self,
        data_dir: Path,
        *,
        clock: Callable[[], datetime] = datetime.now,
        is_running: Callable[[int], bool] = psutil.pid_exists,
    ) -> None:
        self.folder = data_dir / FOLDER
        self._clock, self._is_running = clock, is_running
        self._own = self.folder / f"{_RUNNING}{os.getpid()}-{secrets.token_hex(4)}.log"
        self._file: TextIO | None = None

    def begin(self) -> None:
        """Catch crashes from now on; a disk that does not let us is no reason not to start."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self._own.open("w", encoding="utf-8")
        except OSError as error:
            logger.warning("crash.not_watched reason=%s", error.strerror)
            return
        faulthandler.enable(self._file)

    def write(self, error: BaseException) -> None:
        """Keep an exception that nobody caught."""
        if self._file is not None:
            with suppress(OSError):  # the log has it, too
                self._file.write(f"{self._clock():%Y-%m-%d %H:%M:%S}\n")
                self._file.writelines(traceback.format_exception(error))
                self._file.flush()

    def end(self) -> None:
        """The run ends in order."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        with suppress(OSError):
            if self._own.stat().st_size == 0:
                self._own.unlink()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Begin, and end in order; what ends the block otherwise is kept."""
        self.begin()
        try:
            yield
        except Exception as error:
            self.write(error)
            raise
        self.end()

    def untold(self) -> tuple[CrashReport, ...]:
        """The reports of runs that are gone, the newest last; each is told by one call only."""
        try:
            found = [report for path in self._of_gone_runs() if (report := self._taken(path))]
            for path in sorted(self.folder.glob("crash-*.log"))[:-MOST_KEPT]:
                path.unlink()
        except OSError as error:
            logger.warning("crash.not_told reason=%s", error.strerror)
            return ()
        return tuple(found)

    def _of_gone_runs(self) -> list[Path]:
        running = [one for one in self.folder.glob(f"{_RUNNING}*.log") if one != self._own]
        own = os.getpid()  # in a sandbox each run may have the same number
        gone = [
            one for one in running if (pid := _process_of(one)) == own or not self._is_running(pid)
        ]
        return sorted(gone, key=lambda one: one.stat().st_mtime)

    def _taken(self, path: Path) -> CrashReport | None:
        text = path.read_text("utf-8", "replace")
        if not text.strip():
            path.unlink()
            return None
        when = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        told = path.with_name(f"crash-{when:%Y%m%d-%H%M%S}-{_process_of(path)}.log")
        path.replace(told)
        return CrashReport(told, text, fatal=any(one in text for one in _FATAL))


def _process_of(path: Path) -> int:
    number = path.stem.removeprefix(_RUNNING).partition("-")[0]
    return int(number) if number.isdigit() else 0

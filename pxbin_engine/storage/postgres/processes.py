"""Which processes are servers of a data directory, and how they are stopped.

A pid alone is never enough: it may be another process's by now. A PostgreSQL process works in its data directory, so
its name and its working directory prove it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_STOP_STEPS = (("INT", 20.0), ("QUIT", 10.0), ("KILL", 5.0))
"""PostgreSQL's fast shutdown, its immediate one, and the kernel's; each with the seconds it gets.

The later ones are needed: 18.6 hangs when a fast shutdown comes during crash recovery on a full disk.
"""
_END_STEPS = (("QUIT", 5.0), ("KILL", 5.0))


def is_server_of(pid: int, data: Path) -> bool:
    """Whether ``pid`` is a living PostgreSQL process of ``data``."""
    return bool(_servers_among([pid], data))


def servers_of(data: Path) -> list[int]:
    """Every living PostgreSQL process of ``data``: a postmaster, or backends that outlived theirs."""
    return _servers_among(None, data)


def _servers_among(pids: list[int] | None, data: Path) -> list[int]:
    import psutil  # noqa: PLC0415 - 40 ms that a clean start need not pay

    def works_here(pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            if not process.name().startswith("postgres"):
                return False
            alive = process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
            return alive and Path(process.cwd()).samefile(data)
        except (psutil.Error, OSError):  # gone, or another user's
            return False

    return [pid for pid in (psutil.pids() if pids is None else pids) if works_here(pid)]


def stop_server(pid: int, alive: Callable[[], bool], *, pg_ctl: str) -> bool:
    """Shut a server down, harder with each step until ``alive`` says no; whether it is gone."""
    return _step_by_step(_STOP_STEPS, lambda: [pid] if alive() else [], pg_ctl)


def end_server(pid: int, alive: Callable[[], bool], *, pg_ctl: str) -> bool:
    """End a server that nobody uses yet at once; whether it is gone."""
    return _step_by_step(_END_STEPS, lambda: [pid] if alive() else [], pg_ctl)


def end_leftovers(data: Path, *, pg_ctl: str) -> bool:
    """End backends whose postmaster is gone: they keep its shared memory, and no new server could start."""
    return _step_by_step(_END_STEPS, lambda: servers_of(data), pg_ctl)


def _step_by_step(
    steps: tuple[tuple[str, float], ...], living: Callable[[], list[int]], pg_ctl: str
) -> bool:
    for name, seconds in steps:
        for pid in living():
            _send_signal(pid, name, pg_ctl)
        if wait_until(lambda: not living(), seconds):
            return True
    return False


def _send_signal(pid: int, name: str, pg_ctl: str) -> None:
    with suppress(ProcessLookupError):
        if os.name == "posix":
            os.kill(pid, signal.Signals[f"SIG{name}"])
        elif name == "KILL":
            os.kill(pid, signal.SIGTERM)  # ends a process at once on Windows
        else:
            # PostgreSQL emulates signals there by a named pipe that pg_ctl knows.
            subprocess.run([pg_ctl, "kill", name, str(pid)], check=False, timeout=10)


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Poll for at most ``seconds``; whether it came to hold."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.005)
    return True

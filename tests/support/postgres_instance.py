"""One instance of the app, as far as the embedded server sees it: a process that tests may kill.

As a script, ``postgres_instance.py ROOT WATCHDOG``: use the server below ROOT, say so as a line of JSON, and leave it
when a line (or the end) of standard input comes. WATCHDOG is ``any``, or ``python`` as where there is no flock(1).
"""

import json
import os
import subprocess
import sys
import types
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).parent.parent.parent


@cache
def interpreter_for(user: int | None) -> str | None:
    """A Python that ``user`` may run and that has what an instance needs; None when there is none."""
    if user is None:
        return sys.executable
    check = f"import sys, psutil; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with suppress(OSError):
            done = subprocess.run(
                [python, "-c", check],
                env=_environment(),
                cwd="/",
                user=user,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            if done.returncode == 0:
                return python
    return None


def _environment() -> dict[str, str]:
    site_packages = Path(psutil.__file__).parent.parent
    return {**os.environ, "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{site_packages}"}


class Instance:
    """The test's end of one instance."""

    def __init__(
        self, root: Path, *, programs: Path, runtime: Path, user: int | None, watchdog: str
    ) -> None:
        places = {"PXBIN_PG_BIN": str(programs), "XDG_RUNTIME_DIR": str(runtime)}
        self.process = subprocess.Popen(
            [interpreter_for(user) or sys.executable, __file__, str(root), watchdog],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment() | places,
            cwd="/",
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        self.dsn, self.pid, self.adopted, self.watchdog, self.bystander = "", 0, False, 0, 0

    def wait_until_started(self) -> "Instance":
        """Read what it says; the DSN and the pids are known then."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"the instance ended with status {self.process.wait(10)}"
        for name, value in json.loads(line).items():
            setattr(self, name, value)
        return self

    def leave(self) -> None:
        """Stop in order."""
        self.process.communicate(b"leave\n", timeout=60)
        assert self.process.returncode == 0

    def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
        self.end()

    def end(self) -> None:
        """Whatever happened: no process and no pipe of it stays."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        if self.bystander and is_alive(self.bystander):
            psutil.Process(self.bystander).kill()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def main(root: Path, kind: str) -> None:
    # Without the engine's own __init__: eight instances at once would load all of it.
    package: Any = types.ModuleType("pxbin_engine")
    package.__path__ = [str(REPOSITORY / "pxbin_engine")]
    sys.modules["pxbin_engine"] = package
    from pxbin_engine.storage.postgres import watchdog
    from pxbin_engine.storage.postgres.cluster import Cluster

    if kind == "python":
        watchdog._has_shell_tools = lambda: False
    cluster = Cluster(root, settings={"fsync": "off"})
    dsn = cluster.start()
    assert cluster.postmaster
    assert cluster._watchdog
    # Another child of the app, which must not hold the watchdog's pipe open.
    bystander = subprocess.Popen(["sleep", "120"], stdout=subprocess.DEVNULL)
    facts = {
        "dsn": dsn,
        "pid": cluster.postmaster.pid,
        "adopted": cluster.postmaster.adopted,
        "watchdog": cluster._watchdog.pid,
        "bystander": bystander.pid,
    }
    print(json.dumps(facts), flush=True)
    sys.stdin.readline()
    bystander.kill()
    bystander.wait()
    cluster.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

"""``.venv``: the virtual environment with the locked dependencies and the project itself.

Rules:
1. A stamp inside it tells what was installed; it is written last, so an environment without one is half made.
2. Where the place, the Python or a lock is not what the stamp says, all of it is made anew; else only what is missing.
3. One set-up at a time in a checkout; the others wait, and then find it done.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from machine.console import SetupError, say
from machine.pip import Pip

Step = Literal["create", "runtime", "project", "dev"]
Stamp = Mapping[str, str]

# what Qt's wheels are built for: Debian 12 and Ubuntu 22.04, on ARM Debian 13 and Ubuntu 24.04
OLDEST_GLIBC = {"x86_64": (2, 34), "aarch64": (2, 39)}


@dataclass(frozen=True)
class Environment:
    """The places in a checkout that the set-up knows; ``for_packages``: of the environment that packages are made in."""

    root: Path
    for_packages: bool = False

    @property
    def directory(self) -> Path:
        """The virtual environment."""
        return self.root / ".cache" / "package" if self.for_packages else self.root / ".venv"

    @property
    def stamp(self) -> Path:
        """The file that tells what was installed."""
        return self.directory / "pxbin-setup.json"

    @property
    def python(self) -> Path:
        """The environment's own interpreter."""
        return self.command("python")

    @property
    def pip(self) -> Pip:
        """The environment's installer."""
        return Pip(self.python, log=self.root / ".cache" / "setup.log")

    def command(self, name: str) -> Path:
        """The path of a command that is installed in the environment."""
        if os.name == "nt":
            return self.directory / "Scripts" / f"{name}.exe"
        return self.directory / "bin" / name

    def lock(self, step: Literal["runtime", "dev", "otel", "package"]) -> Path:
        """The file of locked versions and hashes.

        ``otel`` is ``runtime`` with the packages of that extra, ``package`` that with what makes packages; where
        packages are made, it stands for ``runtime``.
        """
        name = {
            "runtime": "requirements.lock",
            "dev": "requirements-dev.lock",
            "otel": "requirements-otel.lock",
            "package": "requirements-package.lock",
        }["package" if step == "runtime" and self.for_packages else step]
        return self.root / "packaging" / name


def ensure(root: Path, *, dev: bool, for_packages: bool = False) -> Environment:
    """Make ``.venv`` what the checkout asks for; takes milliseconds when it already is.

    Args:
        root: The checkout.
        dev: Whether the tools of the tests are wanted too.
        for_packages: Whether it is the environment in ``.cache`` that packages are made in.

    Raises:
        SetupError: the machine lacks something, or pip failed.
    """
    environment = Environment(root, for_packages)
    wanted = wanted_stamp(environment, dev=dev)
    if plan(found_stamp(environment), wanted):
        with _one_at_a_time(root / ".cache" / "setup.lock"):
            _carry_out(environment, plan(found_stamp(environment), wanted), wanted)
    return environment


def wanted_stamp(environment: Environment, *, dev: bool) -> dict[str, str]:
    """What the stamp has to say for this checkout and the Python that runs this."""
    return {
        "place": str(environment.directory),
        "python": "{}.{}".format(*sys.version_info[:2]),
        "runtime": _digest(environment.lock("runtime").read_bytes()),
        "project": _project_digest(environment.root / "pyproject.toml"),
        "dev": _digest(environment.lock("dev").read_bytes()) if dev else "",
    }


def found_stamp(environment: Environment) -> Stamp | None:
    """What was installed; None where there is no whole environment (also where its Python was removed since)."""
    try:
        stamp = json.loads(environment.stamp.read_bytes())
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) and environment.python.exists() else None


def plan(found: Stamp | None, wanted: Stamp) -> list[Step]:
    """Decide what has to be done; nothing when the environment is as wanted."""
    dev: list[Step] = ["dev"] if wanted["dev"] else []
    if found is None or any(
        found.get(key) != wanted[key] for key in ("place", "python", "runtime")
    ):
        return ["create", "runtime", "project", *dev]
    if dev and found.get("dev") == wanted["dev"]:
        dev = []
    elif dev and found.get("dev"):
        return ["create", "runtime", "project", "dev"]
    project: list[Step] = ["project"] if found.get("project") != wanted["project"] else []
    return [*project, *dev]


def _carry_out(environment: Environment, steps: list[Step], wanted: Stamp) -> None:
    started = time.monotonic()
    found = found_stamp(environment)
    done = {**wanted, "dev": ""} if found is None or "create" in steps else dict(found)
    for step in steps:
        if step == "create":
            _create(environment)
        elif step == "project":
            _install_project(environment)
        else:
            _install_locked(environment, step)
        if step in ("project", "dev"):
            done = {**done, step: wanted[step]}
            _write_stamp(environment, done)
    if steps:
        name = environment.directory.name
        say(f"pxbin: {name} is ready ({time.monotonic() - started:.0f} s)")


def _create(environment: Environment) -> None:
    _check_machine()
    half_made = environment.directory.exists()
    name = environment.directory.name
    say(
        f"pxbin: making {name} anew"
        if half_made
        else f"pxbin: making {name} (only the first start takes this long)"
    )
    # the interpreter below any environment that is active: it may be the one that is removed here
    base = getattr(sys, "_base_executable", None) or sys.executable
    try:
        if half_made:
            environment.stamp.unlink(missing_ok=True)  # first: what is half removed is not whole
            shutil.rmtree(environment.directory)
        # without pip: Debian's Python has no ensurepip
        _run_quietly([base, "-m", "venv", "--without-pip", str(environment.directory)])
        environment.pip.install_itself()
    except OSError as error:
        raise SetupError(
            f"cannot make {environment.directory}: {error.strerror}. Is the checkout yours?"
        ) from error


def _check_machine() -> None:
    if importlib.util.find_spec("venv") is None:
        raise SetupError(
            f"{sys.executable} lacks its standard library (venv): install the whole python3 package"
        )
    if sys.platform != "linux":
        return
    oldest = OLDEST_GLIBC.get(platform.machine())
    if oldest is None:
        raise SetupError(f"Qt has no build for this processor ({platform.machine()})")
    library, version = platform.libc_ver()
    if library != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < oldest:
        raise SetupError(
            f"Qt needs glibc {oldest[0]}.{oldest[1]} or newer on this processor, and this system has "
            f"{library or 'another C library'} {version}".rstrip()
        )


def _install_locked(environment: Environment, step: Literal["runtime", "dev"]) -> None:
    lock = environment.lock(step)
    lines = lock.read_text(encoding="utf-8").splitlines()
    count = sum(not line.startswith((" ", "#")) for line in lines)
    what = "dependencies" if step == "runtime" else "dependencies and test tools"
    say(f"pxbin: installing {count} locked {what}")
    environment.pip.install("--require-hashes", "--only-binary=:all:", "-r", str(lock))


def _install_project(environment: Environment) -> None:
    # what builds it is in the lock, so nothing is fetched here
    environment.pip.install("--no-deps", "--no-build-isolation", "-e", str(environment.root))


def _write_stamp(environment: Environment, stamp: Stamp) -> None:
    fresh = environment.stamp.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    fresh.replace(environment.stamp)


def _run_quietly(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SetupError(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _project_digest(pyproject: Path) -> str:
    """Only of what an installation depends on: a changed rule of a linter installs nothing again."""
    content = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    parts = [content["project"], content["build-system"], content.get("tool", {}).get("hatch")]
    return _digest(json.dumps(parts, sort_keys=True).encode())


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise SetupError(
            f"cannot write to {path.parent}: {error.strerror}. Is the checkout yours?"
        ) from error
    with file:
        if not _try_to_lock(file):
            say("pxbin: another set-up of this checkout is running: waiting for it")
            while not _try_to_lock(file):
                time.sleep(0.2)
        os.set_inheritable(file.fileno(), True)
        yield  # the lock goes with the last process that has the file open, however it ends


if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_to_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

"""What Qt and the tests need from the operating system: what is missing, its packages, and how they are installed.

What is missing is what the loader does not find, whatever a distribution calls its packages; only then names matter.
"""

import ctypes
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from machine.console import say
from machine.package_managers import MANAGERS, PackageManager

_QT_MODULES = ("Core", "Gui", "Widgets", "Network", "DBus", "Svg", "Test")
_QT_PLUGINS = (
    "platforms/libqxcb",
    "platforms/libqoffscreen",
    "platforms/libqwayland",
    "wayland-shell-integration/*",
)


def provide_qt_libraries(python: Path) -> bool:
    """Install the shared libraries that Qt lacks, or print the line that does.

    Args:
        python: The interpreter that has PySide6.

    Returns:
        Whether Qt can be loaded now.
    """
    missing = missing_qt_libraries(python)
    if not missing:
        return True
    say(f"pxbin: Qt lacks {len(missing)} shared libraries of this system")
    manager = find_manager()
    if manager is None:
        say(f"Install the packages that hold them, then start again:\n\n    {' '.join(missing)}\n")
        return False
    packages = sorted({manager.package_of(library) for library in missing})
    if install(manager, packages) and not missing_qt_libraries(python):
        return True
    who = "" if os.geteuid() == 0 or shutil.which("sudo") else " as root"
    say(f"Run this line{who}, then start again:\n\n    {command_line(manager, packages)}\n")
    return False


def _is_there(tool: str) -> bool:
    """Whether a program is on PATH, or a shared library (``lib...so...``) can be loaded."""
    if ".so" not in tool:
        return shutil.which(tool) is not None
    try:
        ctypes.CDLL(tool)
    except OSError:
        return False
    return True


def provide_test_tools() -> None:
    """Install what some tests need (a screen, a Secret Service, a model's library), or tell which tests are skipped and what mends it."""
    manager = find_manager()
    if manager is None:
        return
    tools = manager.test_tools.items()
    packages = sorted({package for tool, package in tools if not _is_there(tool)})
    if packages and not install(manager, packages):
        say(
            "pxbin: the tests that need a screen, a keyring or a model are skipped where these are missing:"
        )
        say(f"\n    {command_line(manager, packages)}\n")


def missing_qt_libraries(python: Path) -> tuple[str, ...]:
    """The shared libraries that the loader does not find for Qt's modules and its window system plugins."""
    if sys.platform != "linux" or shutil.which("ldd") is None:
        return ()
    return missing_in(_run(["ldd", *map(str, _qt_files(python))]).stdout)


def missing_in(ldd_output: str) -> tuple[str, ...]:
    """The libraries that ``ldd`` reports as not found, sorted."""
    return tuple(sorted(set(re.findall(r"^\s*(\S+) => not found", ldd_output, flags=re.MULTILINE))))


def _qt_files(python: Path) -> Iterable[Path]:
    (qt,) = python.parents[1].glob("lib/python*/site-packages/PySide6")
    yield from (qt / f"Qt{module}.abi3.so" for module in _QT_MODULES)
    for plugin in _QT_PLUGINS:
        yield from sorted((qt / "Qt" / "plugins").glob(f"{plugin}.so"))


def find_manager() -> PackageManager | None:
    """The package manager of this system, if it is one that we know."""
    return next((manager for manager in MANAGERS if shutil.which(manager.program)), None)


def install(manager: PackageManager, packages: Collection[str]) -> bool:
    """Install by the system's package manager, unless that would ask for a password.

    Returns:
        Whether they were installed.
    """
    become_root = _become_root()
    if become_root is None:
        return False
    say(f"pxbin: installing {' '.join(packages)}")
    *_, last = [_run([*become_root, *step]) for step in _steps(manager, packages)]
    if last.returncode:
        say(f"{last.stdout}{last.stderr}".strip()[-2000:])
    return last.returncode == 0


def command_line(manager: PackageManager, packages: Collection[str]) -> str:
    """The line for a person to paste; with sudo, where a person would need it."""
    sudo = ["sudo"] if os.geteuid() and shutil.which("sudo") else []
    return " && ".join(shlex.join([*sudo, *step]) for step in _steps(manager, packages))


def _steps(manager: PackageManager, packages: Collection[str]) -> list[list[str]]:
    *before, last = manager.steps
    return [*map(list, before), [*last, *packages]]


def _become_root() -> list[str] | None:
    """What to write before a command so that it runs as root without a question; None where that cannot be."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _run(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n"]
    return None


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

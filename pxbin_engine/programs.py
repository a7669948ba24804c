"""How pxbin starts processes of its own: itself again, or one of its parts, also in a package that holds no Python.

Rules:

1. In a checkout and in an installed wheel, the Python that runs us runs the module.
2. In a package (frozen by PyInstaller) there is none. Its program ``pxbin-engine`` runs the part that its arguments
   name (``run_part``), and only one of ``PARTS``.
3. Nobody else names ``sys.executable``.
"""

import runpy
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PRICE_WORKER: Final = "pxbin_engine.accounting.price_worker"
UNPRIVILEGED: Final = "pxbin_engine.storage.postgres.unprivileged"
WATCHDOG: Final = "pxbin_engine.storage.postgres.watchdog"

PARTS = (PRICE_WORKER, UNPRIVILEGED, WATCHDOG)
"""The modules that run as processes of their own."""

NO_WINDOW = 0
"""A process's creation flags with which Windows opens no console for it."""
if sys.platform == "win32":
    NO_WINDOW = subprocess.CREATE_NO_WINDOW

_RUN_PART: Final = "--run-part"


def is_packaged() -> bool:
    """Whether this program is a package's, which has no Python of its own."""
    return bool(getattr(sys, "frozen", False))


def engine_command(*arguments: str) -> list[str]:
    """How ``pxbin-engine`` is started with these arguments."""
    if is_packaged():
        return [_packaged("pxbin-engine"), *arguments]
    return [sys.executable, "-m", "pxbin_engine", *arguments]


def app_command(*arguments: str) -> list[str]:
    """How ``pxbin``, the window, is started with these arguments."""
    if is_packaged():
        return [_packaged("pxbin"), *arguments]
    return [sys.executable, "-m", "pxbin_app", *arguments]


def part_command(part: str, *arguments: str, bare: bool = False) -> list[str]:
    """How one of ``PARTS`` is started; ``bare`` is faster, for one that imports the standard library alone."""
    if is_packaged():
        return [_packaged("pxbin-engine"), _RUN_PART, part, *arguments]
    if bare:
        return [sys.executable, "-I", "-S", str(_file_of(part)), *arguments]
    # -P: where the program happens to stand is not where it imports from.
    return [sys.executable, "-P", "-m", part, *arguments]


def run_part(arguments: Sequence[str]) -> bool:
    """Run the part that the command line of a packaged ``pxbin-engine`` names; False where it names none."""
    if list(arguments[:1]) != [_RUN_PART]:
        return False
    part, rest = arguments[1], arguments[2:]
    if part not in PARTS:
        raise SystemExit(f"pxbin-engine: {part!r} is no part of pxbin")
    sys.argv = [part, *rest]
    runpy.run_module(part, run_name="__main__")
    return True


def _packaged(name: str) -> str:
    return str(Path(sys.executable).with_name(name + Path(sys.executable).suffix))


def _file_of(part: str) -> Path:
    _, *inside = part.split(".")
    return Path(__file__).parent.joinpath(*inside).with_suffix(".py")

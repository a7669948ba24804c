"""The commands of ``packaging/bootstrap.py``; each makes ``.venv`` ready first, then hands over to a program in it."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from machine.console import SetupError, say
from machine.environment import Environment, ensure
from machine.system_packages import provide_qt_libraries, provide_test_tools

ROOT = Path(__file__).resolve().parents[2]

# one lock for every system and Python; without the index's address, which is the person's own affair
_COMPILE_LOCK = (
    "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-emit-index-url", "--no-header", "pyproject.toml", "--group", "build",
)  # fmt: skip

_ON_ALL_CORES = ("-n", str(min(4, (os.cpu_count() or 1) + 1)), "--dist", "worksteal")
"""For the whole suite: a worker more than there are cores, since many tests wait for a process; one that has nothing left
takes over from another. Each has a PostgreSQL of its own, so that four are enough."""


def main(arguments: list[str]) -> int | str:
    """Carry out one command.

    Returns:
        The exit code of what was started, or the text of an error.
    """
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Set up pxbin in .venv, then:",
        formatter_class=argparse.RawTextHelpFormatter,
    )
    listing = "\n".join(
        f"{name:<11} {(command.__doc__ or '').splitlines()[0]}"
        for name, command in COMMANDS.items()
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help=listing)
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, help="arguments of the program that is started"
    )
    given = parser.parse_args(arguments)
    try:
        return COMMANDS[given.command](given.rest)
    except SetupError as error:
        return f"pxbin: {error}"
    except KeyboardInterrupt:
        say("pxbin: stopped; start again to go on")
        return 130


def setup(_arguments: list[str]) -> int:
    """Only the set-up."""
    environment = ensure(ROOT, dev=False)
    if not provide_qt_libraries(environment.python):
        say("pxbin: until then only the headless engine works: .venv/bin/pxbin-engine serve")
    return 0


def run(arguments: list[str]) -> int:
    """Start the app; the same engine headless where there is no display."""
    environment = ensure(ROOT, dev=False)
    if not has_display(os.environ, sys.platform):
        say("pxbin: there is no display here: starting the same engine headless (Ctrl-C stops it)")
        return _hand_over(environment, "pxbin-engine", "serve", *arguments)
    if not provide_qt_libraries(environment.python):
        return 1
    return _hand_over(environment, "pxbin", *arguments)


def test(arguments: list[str]) -> int:
    """Run the whole suite on all cores; with arguments, what pytest is told."""
    environment = ensure(ROOT, dev=True)
    if not provide_qt_libraries(environment.python):
        return 1
    provide_test_tools()
    return _hand_over(environment, "python", "-m", "pytest", *(arguments or _ON_ALL_CORES))


def e2e(arguments: list[str]) -> int:
    """Run the tests that drive real clients and a real model."""
    return test(["tests/e2e", *arguments])


def conformance(arguments: list[str]) -> int:
    """Play every dialect to every dialect, case by case; with --url through another proxy."""
    return _hand_over(ensure(ROOT, dev=True), "python", "-m", "tests.conformance", *arguments)


def bench(arguments: list[str]) -> int:
    """Measure the engine on loopback; JSON to standard output."""
    return _hand_over(ensure(ROOT, dev=True), "python", "-m", "tests.bench", *arguments)


def bench_db(arguments: list[str]) -> int:
    """Load ten million requests into a database (--rows), and measure statistics and pages of the log."""
    return _hand_over(ensure(ROOT, dev=True), "python", "-m", "tests.bench_db", *arguments)


def chaos(arguments: list[str]) -> int:
    """Let upstreams and databases fail under load (--requests), and see that nothing is wrong or lost."""
    return _hand_over(ensure(ROOT, dev=True), "python", "-m", "tests.chaos", *arguments)


def soak(arguments: list[str]) -> int:
    """Run the desktop app under mixed load (--minutes), and see that nothing grows."""
    return _hand_over(ensure(ROOT, dev=True), "python", "-m", "tests.soak", *arguments)


def fuzz(arguments: list[str]) -> int:
    """Look for what breaks a decoder (--minutes, --seed)."""
    return _hand_over(ensure(ROOT, dev=True), "python", "-m", "tests.fuzz", *arguments)


def package(arguments: list[str]) -> int:
    """Build, check and prove the packages of this system (--out, --no-smoke)."""
    environment = ensure(ROOT, dev=False, for_packages=True)
    return _hand_over(environment, "python", "packaging/build.py", *arguments)


def shots(arguments: list[str]) -> int:
    """Take pictures of every page and state on a virtual screen (scenes by name, --to)."""
    return _hand_over(ensure(ROOT, dev=True), "python", "-m", "tests.support.shots", *arguments)


def lint(_arguments: list[str]) -> int:
    """Check style, types and the floors of the house."""
    environment = ensure(ROOT, dev=True)
    checks = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["lint-imports"])
    return max(_call(environment, *check) for check in checks)


def format_sources(_arguments: list[str]) -> int:
    """Format the sources, and mend what ruff can mend."""
    environment = ensure(ROOT, dev=True)
    return max(_call(environment, "ruff", "check", "--fix"), _call(environment, "ruff", "format"))


def lock(arguments: list[str]) -> int:
    """Lock the dependencies of pyproject.toml anew (--upgrade takes newer ones)."""
    environment = ensure(ROOT, dev=True)
    environment.pip.install("uv")
    return max(
        _call(environment, "uv", *_COMPILE_LOCK, *groups, *arguments, "-o", str(path))
        for path, groups in (
            (environment.lock("runtime"), ()),
            (environment.lock("dev"), ("--group", "dev")),
            (environment.lock("otel"), ("--extra", "otel")),
            (environment.lock("package"), ("--extra", "otel", "--group", "package")),
        )
    )


def translations(_arguments: list[str]) -> int:
    """Bring the translations up to date with the texts of the sources."""
    return _hand_over(ensure(ROOT, dev=True), "python", str(ROOT / "packaging" / "translations.py"))


COMMANDS: Mapping[str, Callable[[list[str]], int]] = {
    "run": run,
    "test": test,
    "setup": setup,
    "e2e": e2e,
    "conformance": conformance,
    "bench": bench,
    "bench-db": bench_db,
    "fuzz": fuzz,
    "chaos": chaos,
    "soak": soak,
    "package": package,
    "shots": shots,
    "translations": translations,
    "lint": lint,
    "format": format_sources,
    "lock": lock,
}


def has_display(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a window can be shown: an X or Wayland display, or one that was chosen for Qt by name."""
    if platform in ("darwin", "win32"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _call(environment: Environment, command: str, *arguments: str) -> int:
    return subprocess.run(
        [environment.command(command), *arguments], cwd=ROOT, check=False
    ).returncode


def _hand_over(environment: Environment, command: str, *arguments: str) -> int:
    """Become that program, so that signals and the exit code are its own; Windows cannot, and waits for it."""
    os.chdir(ROOT)
    program = [str(environment.command(command)), *arguments]
    if os.name == "posix":
        os.execv(program[0], program)
    process = subprocess.Popen(program)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # Ctrl-C went to the program too: it decides

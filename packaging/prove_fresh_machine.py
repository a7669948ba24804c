#!/usr/bin/env python3
"""Prove `make run` and `make test` on a fresh Debian, as root and as an ordinary user: ``prove_fresh_machine.py bookworm``.

Needs root on a Debian host with debootstrap. Each machine is a directory made by debootstrap that a process enters by
pivot_root in its own mount namespace: the mounts go with the process, and as in a container (and unlike in a chroot)
the kernel grants what it grants on a real machine. Traffic is loopback, and what set-up downloads.
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BARE_PACKAGES = "python3,git,make,ca-certificates"
MAKE = ("make",)
WITHOUT_MAKE = ("python3", "packaging/bootstrap.py")
ACCOUNTS = {"root": MAKE, "tester": WITHOUT_MAKE}
START_SECONDS = 600.0
STOP_SECONDS = 60.0
TEST_SECONDS = 1800.0

# $1: the directory that becomes /; $2: the account; $3: whose clone; the rest: the command
_ENTER = """
mount --rbind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /dev dev
mkdir -p .host
pivot_root . .host
umount -l .host
account=$2
owner=$3
shift 3
cd "$(getent passwd "$owner" | cut -d: -f6)/pxbin"
exec setpriv --reuid "$account" --regid "$account" --init-groups "$@"
"""


class ProofError(Exception):
    """Something is not as it has to be; the text says what."""


@dataclass(frozen=True)
class Machine:
    """A fresh Debian with a clone of this checkout, seen by one of its accounts."""

    root: Path
    account: str
    environment: Mapping[str, str]

    @property
    def home(self) -> Path:
        """The account's home, from outside."""
        return self.root / ("root" if self.account == "root" else f"home/{self.account}")

    def start(self, *command: str, account: str = "", **environment: str) -> subprocess.Popen[str]:
        """Start a command in the clone, in a process group of its own; its output goes where ours goes."""
        return subprocess.Popen(
            self._entering(account or self.account, command, environment),
            start_new_session=True,
            text=True,
        )

    def output(self, *command: str) -> tuple[int, str]:
        """Run a command in the clone to its end; its exit code, and what it said."""
        result = subprocess.run(
            self._entering(self.account, command, {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=TEST_SECONDS,
            check=False,
        )
        return result.returncode, result.stdout

    def run(self, *command: str, account: str = "") -> None:
        """Run a command in the clone to its end.

        Raises:
            ProofError: it failed.
        """
        code = self.start(*command, account=account).wait(TEST_SECONDS)
        if code:
            raise ProofError(f"{' '.join(command)}: exit code {code}")

    def _entering(
        self, account: str, command: tuple[str, ...], environment: Mapping[str, str]
    ) -> list[str]:
        home = "/root" if account == "root" else f"/home/{account}"
        plain = {
            "HOME": home,
            "USER": account,
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        }
        variables = [
            f"{name}={value}"
            for name, value in {**plain, **self.environment, **environment}.items()
        ]
        namespace = ["unshare", "--mount", "--propagation", "private"]
        enter = [*namespace, "sh", "-ec", _ENTER, "sh", str(self.root), account, self.account]
        return [*enter, "env", "-i", *variables, *command]


def main() -> int | str:
    """Prove each suite that is named, with both accounts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suites", nargs="+", help="Debian's names of releases: bookworm, trixie")
    parser.add_argument("--mirror", default="", help="a Debian mirror (default: debootstrap's own)")
    parser.add_argument(
        "--only",
        choices=("set-up", "run"),
        help="stop after that step (default: all, with the suite)",
    )
    parser.add_argument("--account", choices=ACCOUNTS, help="prove only this one (default: both)")
    given = parser.parse_args()
    if os.geteuid() or not shutil.which("debootstrap"):
        return "This needs root, and debootstrap (apt-get install debootstrap)."
    try:
        for suite in given.suites:
            with tempfile.TemporaryDirectory(prefix="pxbin-proof-", dir="/var/tmp") as scratch:
                prove(
                    suite,
                    Path(scratch),
                    mirror=given.mirror,
                    only=given.only,
                    given_account=given.account,
                )
    except ProofError as error:
        return f"NOT PROVEN: {error}"
    return 0


def prove(
    suite: str, scratch: Path, *, mirror: str, only: str | None, given_account: str | None
) -> None:
    """Make the bare system once, and a copy of it for each account."""
    bare = scratch / "bare"
    with step(f"{suite}: a bare system ({BARE_PACKAGES})"):
        debootstrap = [
            "debootstrap",
            "--variant=minbase",
            f"--include={BARE_PACKAGES}",
            suite,
            str(bare),
        ]
        result = subprocess.run(
            [*debootstrap, *([mirror] if mirror else [])], stdout=subprocess.PIPE, check=False
        )
        if result.returncode:
            raise ProofError(result.stdout.decode()[-2000:])
    for account, command in ACCOUNTS.items():
        if given_account not in (None, account):
            continue
        machine = Machine(scratch / account, account, pass_on_network(bare))
        subprocess.run(["cp", "-a", str(bare), str(machine.root)], check=True)
        furnish(machine)
        title = f"{suite}, {account}, {' '.join(command)}"
        with step(f"{title} setup, twice"):
            machine.run(*command, "setup")
            prove_second_setup_is_quick(machine, command)
        if only != "set-up":
            with step(f"{title} run"):
                prove_run(machine, (*command, "run"))
        if only is None:
            prove_suite(machine, command, title)
        shutil.rmtree(machine.root)


def prove_suite(machine: Machine, command: tuple[str, ...], title: str) -> None:
    """The suite passes; without root only after the line that the set-up prints was run by root."""
    if machine.account != "root":
        with step(f"{title} test says what root has to install"):
            code, said = machine.output(*command, "test")
            lines = [line.strip() for line in said.splitlines() if line.startswith("    apt-get")]
            if code == 0 or len(lines) != 1:
                raise ProofError(f"exit code {code}, and it said:\n{said}")
            machine.run("sh", "-ec", lines[0], account="root")
    with step(f"{title} test"):
        machine.run(*command, "test")
    if machine.account == "root":  # Xvfb came with the tests
        with step(f"{title} run, with a screen"):
            prove_run(machine, ("xvfb-run", "-a", *command, "run"))


def prove_second_setup_is_quick(machine: Machine, command: tuple[str, ...]) -> None:
    """What is set up already is not set up again."""
    code, said = machine.output(*command, "setup")
    if code or "locked" in said:
        raise ProofError(f"the second set-up: exit code {code}, and it said:\n{said}")


def prove_run(machine: Machine, command: tuple[str, ...]) -> None:
    """It starts and answers, Ctrl-C stops it, and no process of it is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = machine.start(*command, PXBIN_LISTEN_ADDR=f"127.0.0.1:{port}")
    try:
        wait_for_health(process, port)
        namespace = Path(f"/proc/{process.pid}/ns/mnt").readlink()
        os.killpg(process.pid, signal.SIGINT)
        code = process.wait(STOP_SECONDS)
    except (ProofError, subprocess.TimeoutExpired) as error:
        os.killpg(process.pid, signal.SIGKILL)
        raise ProofError(f"{' '.join(command)}: {error}") from error
    if code not in (0, 2, 130, -signal.SIGINT):  # 2 is make's, for whatever Ctrl-C stopped
        raise ProofError(f"{' '.join(command)}: exit code {code} after Ctrl-C")
    left = wait_until_empty(namespace)
    if left:
        raise ProofError(f"{' '.join(command)} left processes behind: {', '.join(left)}")


def wait_for_health(process: subprocess.Popen[str], port: int) -> None:
    """Wait until ``/health`` answers 200.

    Raises:
        ProofError: the process ended, or the time is up.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ProofError(f"ended with exit code {process.returncode} before it answered")
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise ProofError(f"/health did not answer in {START_SECONDS:.0f} s")


def wait_until_empty(namespace: Path) -> list[str]:
    """The processes that still are in that mount namespace after a while."""
    deadline = time.monotonic() + STOP_SECONDS
    while (left := processes_in(namespace)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def processes_in(namespace: Path) -> list[str]:
    """The command lines of the processes in that mount namespace."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "ns/mnt").readlink() == namespace:
                found.append(
                    (process / "cmdline")
                    .read_bytes()
                    .replace(b"\0", b" ")
                    .decode(errors="replace")
                    .strip()
                )
    return found


def furnish(machine: Machine) -> None:
    """Give the machine its account and a clone of what is committed here."""
    if machine.account != "root":
        subprocess.run(
            ["chroot", machine.root, "useradd", "--create-home", machine.account], check=True
        )
    clone = machine.home / "pxbin"
    subprocess.run(
        ["git", "clone", "--quiet", "--no-hardlinks", str(CHECKOUT), str(clone)], check=True
    )
    inside = f"/{clone.relative_to(machine.root)}"
    subprocess.run(
        ["chroot", machine.root, "chown", "-R", f"{machine.account}:", inside], check=True
    )


def pass_on_network(root: Path) -> dict[str, str]:
    """Let the machine use this host's way to packages: its settings of pip and proxies, and the files that they name.

    Returns:
        The variables to set inside.
    """
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    proxies = {"http_proxy", "https_proxy", "no_proxy"}
    passed = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or name.lower() in proxies or name == "SSL_CERT_FILE"
    }
    named = [
        Path(word) for value in passed.values() for word in value.split() if word.startswith("/")
    ]
    for path in (Path("/etc/pip.conf"), *named):
        inside = root / path.relative_to("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, inside, dirs_exist_ok=True)
        elif path.is_file():
            shutil.copy(path, inside)
    return passed


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is proven, and how long it took."""
    print(f"== {title}", flush=True)
    started = time.monotonic()
    yield
    print(f"== proven: {title} ({time.monotonic() - started:.0f} s)\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Where the embedded server listens: a unix socket that only we can reach; on Windows a loopback port."""

import hashlib
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres.layout import SOCKET_PORT, PidFile

ROLE = "pxbin"
DATABASE = "postgres"
LOOPBACK = "127.0.0.1"
_LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of the server; ``host`` is the socket's directory, or an IP address."""

    host: str
    port: int

    @classmethod
    def of(cls, pid_file: PidFile) -> "Endpoint":
        """Where a running server says that it listens."""
        return cls(pid_file.socket_directory or LOOPBACK, pid_file.port)

    @property
    def socket(self) -> Path | None:
        """The socket's path; None for a port."""
        return None if self.host == LOOPBACK else Path(self.host, f".s.PGSQL.{self.port}")

    @property
    def socket_lock(self) -> Path | None:
        """The lock file that PostgreSQL keeps beside the socket."""
        return None if self.socket is None else self.socket.with_name(f"{self.socket.name}.lock")

    def arguments(self) -> list[str]:
        """The server's arguments; they win over any configuration file, so that we can always connect."""
        directory = self.host.replace('"', '""')
        sockets, addresses = (f'"{directory}"', "") if self.socket else ("", self.host)
        settings = {
            "unix_socket_directories": sockets,
            "listen_addresses": addresses,
            "port": self.port,
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def dsn(self, password: str) -> str:
        """What asyncpg connects to; ``sslmode`` is said so that no ``PGSSLMODE`` is asked."""
        login = f"{ROLE}:{quote(password, safe='')}"
        host = quote(self.host, safe="")
        return f"postgresql://{login}@/{DATABASE}?host={host}&port={self.port}&sslmode=disable"

    def answers(self) -> bool:
        """Whether somebody accepts connections there (a socket's file may have been cleaned away)."""
        family = socket.AF_INET if self.socket is None else socket.AF_UNIX
        address = (self.host, self.port) if self.socket is None else str(self.socket)
        with socket.socket(family) as probe:
            probe.settimeout(2)
            return probe.connect_ex(address) == 0

    def has_files(self) -> bool:
        """Whether a server's lock file is there."""
        return self.socket_lock is not None and self.socket_lock.exists()

    def remove_files(self) -> None:
        """Clear away what a server that is gone left behind."""
        if self.socket and self.socket_lock:
            self.socket.unlink(missing_ok=True)
            self.socket_lock.unlink(missing_ok=True)

    def remove_directory(self) -> None:
        """Remove the socket's directory when nothing is in it."""
        if self.socket:
            with suppress(OSError):
                Path(self.host).rmdir()


def choose_endpoint(
    data: Path, *, owner: int, environment: Mapping[str, str] | None = None
) -> Endpoint:
    """Where a new server for ``data`` shall listen; ``owner`` is the user id it runs as.

    Raises:
        ServerStartError: no directory is private and short enough for a socket.
    """
    if sys.platform == "win32":
        # asyncio has no unix-socket client there.
        return Endpoint(LOOPBACK, _free_port())
    environment = os.environ if environment is None else environment
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
    for base in _bases(environment, ours=owner == os.geteuid()):
        directory = base / f"pxbin-{owner}" / name
        if (
            _is_usable(directory)
            and _make_private(directory.parent, owner)
            and _make_private(directory, owner)
        ):
            return Endpoint(str(directory), SOCKET_PORT)
    raise ServerStartError(
        "There is no private directory for the database's socket: set XDG_RUNTIME_DIR to one that is yours."
    )


def _bases(environment: Mapping[str, str], *, ours: bool) -> Iterator[Path]:
    # Root's runtime directory is closed to the account that root's server may run as.
    if ours and environment.get("XDG_RUNTIME_DIR"):
        yield Path(environment["XDG_RUNTIME_DIR"])
    yield Path(tempfile.gettempdir())
    yield Path("/tmp")  # noqa: S108 - where TMPDIR is too long; our directory in it is private and owner-checked


def _is_usable(directory: Path) -> bool:
    path = os.fsencode(directory / f".s.PGSQL.{SOCKET_PORT}")
    # A comma separates hosts in a DSN, a line break lines in postmaster.pid.
    return (
        directory.is_absolute()
        and len(path) <= _LONGEST_SOCKET_PATH
        and not set(path) & set(b",\n")
    )


def _make_private(directory: Path, owner: int) -> bool:
    """Make the directory unless it exists; True when it is ``owner``'s alone."""
    try:
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            if owner != os.geteuid():
                os.chown(directory, owner, -1)
        found = directory.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and not found.st_mode & 0o077


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port

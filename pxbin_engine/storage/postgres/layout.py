"""What lies where in the embedded server's directory, and how its ``postmaster.pid`` reads."""

import os
from dataclasses import dataclass
from pathlib import Path

from pxbin_engine.errors import ServerStartError

MEGABYTE = 1 << 20
SOCKET_PORT = 5432
"""Only a part of the socket's name, unless the server listens at a port."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one embedded server, all below ``root`` (``<data_dir>/pg``, mode 0700)."""

    root: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.root / "data"

    @property
    def pid_file(self) -> Path:
        """Written by the running server, see ``PidFile``."""
        return self.data / "postmaster.pid"

    @property
    def conf(self) -> Path:
        """Our settings, read by PostgreSQL's own configuration file."""
        return self.data / "pxbin.conf"

    @property
    def password_file(self) -> Path:
        """The password of the one role, mode 0600."""
        return self.root / "pw"

    @property
    def log(self) -> Path:
        """What the server writes to stderr."""
        return self.root / "postgres.log"

    @property
    def transition_lock(self) -> Path:
        """Held exclusively while the server is initialised, started or stopped."""
        return self.root / "transition.lock"

    @property
    def users_lock(self) -> Path:
        """Held shared by every instance that uses the server: who can take it alone is the last one."""
        return self.root / "users.lock"

    @property
    def ballast(self) -> Path:
        """Room that is freed when a full disk keeps the server from starting."""
        return self.root / "ballast"

    def major(self) -> int | None:
        """The major version that made the data; None when there is no data yet."""
        try:
            return int((self.data / "PG_VERSION").read_text("ascii"))
        except FileNotFoundError:
            return None

    def read_password(self) -> str:
        """The role's password.

        Raises:
            ServerStartError: its file is gone.
        """
        try:
            return self.password_file.read_text("ascii").strip()
        except FileNotFoundError:
            message = f"{self.password_file} is gone: without it nobody can log in to the database."
            raise ServerStartError(message) from None

    def read_pid_file(self) -> "PidFile | None":
        """What ``postmaster.pid`` says now; None when it is missing, empty or damaged."""
        try:
            return PidFile.parse(self.pid_file.read_bytes(), self.data)
        except FileNotFoundError:
            return None


@dataclass(frozen=True, slots=True)
class PidFile:
    """The lines of ``postmaster.pid`` (PostgreSQL's ``pidfile.h``) that tell how to reach the server."""

    pid: int
    port: int
    socket_directory: str
    listen_address: str
    status: str
    """``starting``, ``ready``, ``stopping``, or empty when the server has not come so far."""

    @classmethod
    def parse(cls, content: bytes, data: Path) -> "PidFile | None":
        """Read as bytes, because the path in it may be no text."""
        lines = content.split(b"\n")
        lines += [b""] * (8 - len(lines))
        # With a line break in the path, PostgreSQL overwrites the port's line: later lines are counted, not moved.
        port_line = lines[3] if b"\n" not in os.fsencode(data) else b"%d" % SOCKET_PORT
        try:
            pid, port = int(lines[0]), int(port_line or 0)
        except ValueError:
            return None
        # A negative pid is a single-user backend's.
        if pid <= 0:
            return None
        status = lines[7].decode("ascii", "replace").strip()
        return cls(pid, port, os.fsdecode(lines[4]), os.fsdecode(lines[5]), status)

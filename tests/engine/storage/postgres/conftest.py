"""Worlds in which the embedded server must live: both majors, as the user who runs the tests and as another one."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pxbin_engine.storage.postgres import processes
from pxbin_engine.storage.postgres.cluster import Cluster
from tests.support.postgres import postgres_bin
from tests.support.postgres_instance import Instance, interpreter_for


@dataclass
class World:
    """A directory for a server, and the instances that use it."""

    home: Path
    programs: Path
    user: int | None = None
    instances: list[Instance] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """What ``Layout`` calls root."""
        return self.home / "pg"

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "data"

    def begin(self, root: Path | None = None, *, watchdog: str = "any") -> Instance:
        """Start an instance without waiting for it."""
        instance = Instance(
            root or self.root,
            programs=self.programs,
            runtime=self.home,
            user=self.user,
            watchdog=watchdog,
        )
        self.instances.append(instance)
        return instance

    def start(self, root: Path | None = None) -> Instance:
        """Start an instance."""
        return self.begin(root).wait_until_started()

    def end(self) -> None:
        """End what a failed test left, by pid."""
        for instance in self.instances:
            instance.end()
        for pid in {instance.pid for instance in self.instances if instance.pid}:
            alive = lambda pid=pid: processes.is_server_of(pid, self.data)  # noqa: E731
            processes.end_server(pid, alive, pg_ctl="")


def make_home() -> Path:
    """A directory in memory where there is room, so that forty clusters need not wait for a disk."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    return Path(tempfile.mkdtemp(prefix="pxbin-test-", dir=memory if roomy else None))


def _make(major: str, user: int | None) -> World:
    programs = postgres_bin(major)
    home = make_home()
    if user is not None:
        os.chown(home, user, user)
    return World(home, programs, user)


@pytest.fixture(scope="session")
def made_before() -> Iterator[Path]:
    """A server's directory, made once, so that not each test waits for initdb."""
    home = make_home()
    cluster = Cluster(home / "pg", environment={"PXBIN_PG_BIN": str(postgres_bin("18"))})
    cluster.start()
    cluster.stop()
    (home / "pg" / "ballast").unlink(missing_ok=True)
    yield home / "pg"
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def fresh_world() -> Iterator[World]:
    """PostgreSQL 18 as the user who runs the tests; nothing is there yet."""
    yield from _lend(_make("18", None))


@pytest.fixture
def world(fresh_world: World, made_before: Path) -> World:
    """The same with a server that ran before."""
    shutil.copytree(made_before, fresh_world.root)
    return fresh_world


@pytest.fixture(params=["18-self", "17-self", "18-other", "17-other"])
def any_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Each major as the user who runs the tests (root, where that is root) and as an ordinary one."""
    major, who = request.param.split("-")
    user = None
    if who == "other":
        if os.geteuid() != 0:
            pytest.skip("only root can become another user")
        user = pwd.getpwnam("nobody").pw_uid
        if interpreter_for(user) is None:
            pytest.skip("no Python here that another user may run (this one's files are private)")
    yield from _lend(_make(major, user))


def _lend(world: World) -> Iterator[World]:
    try:
        yield world
    finally:
        world.end()
        shutil.rmtree(world.home, ignore_errors=True)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool], float], bool]:
    """Poll until something holds, for at most so many seconds."""
    return processes.wait_until

"""Worlds in which the embedded server must live: both majors, as the user who runs the tests and as another one."""

import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pxbin_engine.storage.postgres import processes
from tests.support.postgres import make_home, postgres_bin
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


def _make(major: str, user: int | None) -> World:
    programs = postgres_bin(major)
    home = make_home()
    if user is not None:
        os.chown(home, user, user)
    return World(home, programs, user)


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

"""Starts that go wrong: a full disk, data of another major, a start that is given up."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres import processes
from pxbin_engine.storage.postgres.cluster import Cluster
from pxbin_engine.storage.postgres.control import BALLAST_SIZE
from tests.engine.storage.postgres.conftest import World


def cluster_of(world: World, **arguments: object) -> Cluster:
    return Cluster(world.root, environment={"PXBIN_PG_BIN": str(world.programs)}, **arguments)  # type: ignore[arg-type]


@pytest.fixture
def small_disk(world: World) -> Iterator[World]:
    """A server on a file system of 600 MB that can really be filled."""
    aside = world.home / "aside"
    world.root.rename(aside)
    world.root.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600m,mode=0700", "tmpfs", str(world.root)]
    if os.name != "posix" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        subprocess.run(["cp", "-a", f"{aside}/.", str(world.root)], check=True)
        yield world
    finally:
        subprocess.run(["umount", "-l", str(world.root)], check=True)


def fill(directory: Path) -> None:
    with suppress(OSError), (directory / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass


def test_a_full_disk_costs_the_ballast_and_not_the_start(small_disk: World) -> None:
    cluster = cluster_of(small_disk)
    cluster.start()
    cluster.stop()
    ballast = small_disk.root / "ballast"
    assert ballast.stat().st_size == BALLAST_SIZE
    fill(small_disk.root)
    try:
        cluster.start()
        assert not ballast.exists()
    finally:
        cluster.stop()


def test_a_ballast_that_does_not_fit_is_no_reason_to_fail(
    small_disk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pxbin_engine.storage.postgres.control._BALLAST_WANTS_FREE", 0)
    fill(small_disk.root)
    filler = small_disk.root / "filler"
    os.truncate(filler, filler.stat().st_size - BALLAST_SIZE // 2)
    cluster = cluster_of(small_disk)
    cluster.start()
    try:
        assert cluster.postmaster
        assert not (small_disk.root / "ballast").exists()
    finally:
        cluster.stop()


def test_without_a_ballast_a_full_disk_is_told_in_the_servers_words(small_disk: World) -> None:
    fill(small_disk.root)
    with pytest.raises(ServerStartError, match="No space left on device"):
        cluster_of(small_disk).start()
    assert not processes.servers_of(small_disk.data)


def test_data_of_a_major_that_is_not_here_is_told(world: World) -> None:
    (world.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServerStartError, match="made by PostgreSQL 16, which is not installed"):
        cluster_of(world).start()


def test_a_setting_that_the_server_refuses_is_told(world: World) -> None:
    with pytest.raises(ServerStartError, match="ended while starting"):
        cluster_of(world, settings={"shared_buffers": "many"}).start()
    assert not processes.servers_of(world.data)
    cluster = cluster_of(world)
    cluster.start()
    cluster.stop()


def test_a_start_that_is_given_up_leaves_no_server(world: World) -> None:
    started = threading.Event()
    cluster = cluster_of(world, progress=lambda _state: (started.set(), cluster.abort()))
    with pytest.raises(ServerStartError, match="given up"):
        cluster.start()
    assert started.is_set()
    assert not processes.servers_of(world.data)


def test_a_disk_without_room_to_spare_gets_no_ballast(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pxbin_engine.storage.postgres.control._BALLAST_WANTS_FREE", 1 << 60)
    cluster = cluster_of(world)
    cluster.start()
    cluster.stop()
    assert not (world.root / "ballast").exists()

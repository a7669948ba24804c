"""As whom the server runs, and in which environment."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

import psutil
import pytest

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres import identity
from pxbin_engine.storage.postgres.cluster import Cluster
from pxbin_engine.storage.postgres.identity import Identity, choose_identity, clean_environment
from tests.engine.storage.postgres.conftest import World

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only for root")


def output(chosen: Identity, *command: str) -> str:
    process = chosen.popen(list(command), output=subprocess.PIPE)
    said: bytes = process.communicate(timeout=30)[0]
    return said.decode().strip()


@pytest.mark.skipif(os.geteuid() == 0, reason="not for root")
def test_an_ordinary_user_runs_it_as_is(tmp_path: Path) -> None:
    assert choose_identity(tmp_path) == Identity(owner=os.geteuid())


@as_root
def test_roots_server_is_not_root_and_yet_reads_roots_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("text")
    secret.chmod(0o600)
    chosen = choose_identity(tmp_path)
    assert chosen.owner == 0
    assert output(chosen, "/usr/bin/id", "-u") == str(pwd.getpwnam("nobody").pw_uid)
    assert output(chosen, "/bin/cat", str(secret)) == "text"
    assert secret.stat().st_uid == 0


@as_root
def test_data_of_an_account_stays_that_accounts(tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(tmp_path, nobody.pw_uid, nobody.pw_gid)
    chosen = choose_identity(tmp_path)
    assert chosen == Identity(nobody.pw_uid, nobody.pw_uid, nobody.pw_gid)
    assert output(chosen, "/usr/bin/id", "-u") == str(nobody.pw_uid)
    assert output(chosen, "/usr/bin/id", "-G") == str(nobody.pw_gid), "none of root's groups"
    (tmp_path / "file").touch()
    chosen.give(tmp_path / "file")
    assert (tmp_path / "file").stat().st_uid == nobody.pw_uid


@as_root
def test_without_user_namespaces_an_account_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_works", lambda _identity: False)
    monkeypatch.setattr(identity, "_ACCOUNTS", ("nobody",))
    assert choose_identity(tmp_path).account == pwd.getpwnam("nobody").pw_uid
    monkeypatch.setattr(identity, "_ACCOUNTS", ())
    with pytest.raises(ServerStartError, match="ordinary user"):
        choose_identity(tmp_path)


@as_root
def test_an_accounts_server_is_made_and_found_again(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in fresh_world.programs.parents):
        pytest.skip(f"another account cannot reach {fresh_world.programs}")
    monkeypatch.setattr(identity, "_works", lambda _identity: False)
    monkeypatch.setattr(identity, "_ACCOUNTS", ("nobody",))
    fresh_world.home.chmod(0o711)
    for _ in range(2):
        cluster = Cluster(fresh_world.root, environment={"PXBIN_PG_BIN": str(fresh_world.programs)})
        cluster.start()
        assert cluster.postmaster
        try:
            assert psutil.Process(cluster.postmaster.pid).username() == "nobody"
        finally:
            cluster.stop()
        monkeypatch.setattr(identity, "_ACCOUNTS", ())
    assert fresh_world.root.owner() == "nobody"


def test_what_would_change_postgresql_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGDATA", "PGPORT", "LC_MESSAGES", "LANGUAGE", "TZ"):
        monkeypatch.setenv(name, "odd")
    monkeypatch.setenv("KEPT", "yes")
    environment = clean_environment()
    assert not {"PGDATA", "PGPORT", "LC_MESSAGES", "LANGUAGE"} & environment.keys()
    assert (environment["LC_ALL"], environment["TZ"], environment["KEPT"]) == ("C", "UTC", "yes")

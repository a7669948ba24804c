"""``backup``, ``restore``, ``move-database`` and ``diagnostics``, against a database of the test's own."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pxbin_engine.maintenance import backup_file
from tests.support.command_line import Cli
from tests.support.postgres import PostgresServer

KEY = "sk-an-upstream-key-of-mine"
PASSPHRASE = "correct horse"


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "COST", 2)


def upstreams(cli: Cli) -> list[str]:
    return [one["name"] for one in cli("upstreams", "list", "--json").json]


def test_a_backup_and_its_restoration(cli: Cli, tmp_path: Path) -> None:
    cli("upstreams", "add", "first", "https://first.example/v1", "--api-key", KEY)
    file, secret = str(tmp_path / "all.pxbin-backup"), tmp_path / "passphrase"
    secret.write_text(f"{PASSPHRASE}\n")
    made = cli("backup", file, "--with-upstream-keys", "--passphrase-file", str(secret), "--json")
    assert (made.code, made.json["tables"]["upstreams"]) == (0, 1)
    assert made.json["with_upstream_keys"]
    assert not made.json["with_log"]

    cli("upstreams", "add", "second", "https://second.example/v1", "--no-key")
    shown = cli("restore", file)
    assert "Nothing was changed" in shown.out
    assert "upstreams      1" in shown.out
    assert upstreams(cli) == ["first", "second"]

    refused = cli("restore", file, "--yes", stdin=io.StringIO("another one\n"))
    assert (refused.code, "not the passphrase" in refused.err) == (1, True)
    assert upstreams(cli) == ["first", "second"]
    restored = cli("restore", file, "--yes", stdin=io.StringIO(f"{PASSPHRASE}\n"))
    assert (restored.code, restored.err) == (0, "")
    assert upstreams(cli) == ["first"]

    cli("upstreams", "remove", "first")
    told = cli("restore", file, "--yes", "--without-upstream-keys")
    assert "An upstream key of first is neither in the backup nor here" in told.err


def test_without_a_passphrase_keys_are_left_out_and_that_is_told(cli: Cli, tmp_path: Path) -> None:
    done = cli("backup", str(tmp_path / "one"), "--with-log")
    assert "Upstream keys are not in it" in done.out
    assert cli("restore", str(tmp_path / "one"), "--json").json["with_log"]
    missing = cli("restore", str(tmp_path / "nothing"))
    assert (missing.code, "cannot be read" in missing.err) == (1, True)
    unread = cli("backup", "x", "--with-upstream-keys", "--passphrase-file", str(tmp_path))
    assert (unread.code, "cannot be read" in unread.err) == (1, True)


@pytest.fixture
def elsewhere(postgres_server: PostgresServer, schema: str) -> Iterator[str]:
    yield f"{schema}_moved"
    quiet = "SET client_min_messages = error;"
    for name in (f"{schema}_moved", f"{schema}_moved_2"):
        postgres_server.psql(f"{quiet} DROP SCHEMA IF EXISTS {name} CASCADE")


def test_a_move_is_written_into_the_settings(
    cli: Cli,
    database_url: str,
    elsewhere: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cli("upstreams", "add", "first", "https://first.example/v1", "--no-key")
    locked = cli("move-database", database_url, "--schema", elsewhere)
    assert (locked.code, "PXBIN_DATABASE_URL" in locked.err) == (1, True)

    schema = cli("check", "--json").json[0]["detail"].rsplit(maxsplit=1)[1]
    file = tmp_path / "config.yaml"
    file.write_text(f"# mine\ndatabase_url: {database_url}\ndatabase_schema: {schema}\n")
    for name in ("PXBIN_DATABASE_URL", "PXBIN_DATABASE_SCHEMA"):
        monkeypatch.delenv(name)
    copied = cli("move-database", database_url, "--schema", elsewhere, "--no-write")
    assert (copied.code, "still name the old" in copied.out) == (0, True)
    again = cli("move-database", database_url, "--schema", elsewhere)
    assert (again.code, "keeps its data there" in again.err) == (1, True)
    assert yaml.safe_load(file.read_text())["database_schema"] == schema

    other = f"{elsewhere}_2"
    moved = cli("move-database", database_url, "--schema", other)
    assert (moved.code, str(file) in moved.out) == (0, True)
    assert file.read_text().startswith("# mine\n")
    assert yaml.safe_load(file.read_text())["database_schema"] == other
    assert upstreams(cli) == ["first"]


def test_an_archive_for_who_helps(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("upstreams", "add", "first", "https://first.example/v1", "--api-key", KEY)
    path = tmp_path / "archive.zip"
    done = cli("diagnostics", str(path))
    assert (done.code, done.err) == (0, "")
    monkeypatch.setenv("PXBIN_DATABASE_URL", "postgresql://nobody:hunter2@127.0.0.1:1/none")
    without = tmp_path / "without.zip"
    done = cli("diagnostics", str(without), "--json")
    assert "could not be opened" in done.err
    for one in (path, without):
        with zipfile.ZipFile(one) as archive:
            text = "".join(archive.read(name).decode() for name in archive.namelist())
        assert '"pxbin":' in text
        for secret in (KEY, "hunter2", "a key for the tests alone"):
            assert secret not in text

"""The archive tells what helps, and none of the secrets that lie about."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pxbin_engine.config import EngineConfig, load_config
from pxbin_engine.errors import InvalidInput
from pxbin_engine.maintenance.diagnostics import (
    LOG_BYTES,
    Diagnostics,
    redacted,
    settings_of,
)
from pxbin_engine.records import RecordedMessage
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.recordings import PackedRecording, RecordingStore, pack
from tests.support.database import uuid7

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SECRETS = {
    "an upstream's key": "sk-ant-api03-abcDEF1234567890",
    "another vendor's": "AIzaSyA1234567890abcdefghijk",
    "pxbin's own": "pxb_0123456789abcdef0123456789abcdef01234567",
    "a password in an address": "hunter2",
    "a bearer's token": "eyJhbGciOi.JIUzI1NiJ9.x",
    "a word that is called a secret": "tiger",
    "a long word of no kind that we know": "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2Q=",
    "a key in an address": "qwertz",
    "the encryption key": "an encryption key of mine",
}
LOG = f"""\
2026-11-24 INFO pxbin_engine.engine engine.running 127.0.0.1:8080
WARNING failed key={SECRETS["an upstream's key"]} and {SECRETS["another vendor's"]}
WARNING path=/v1/{SECRETS["pxbin's own"]}/x postgresql://me:{SECRETS["a password in an address"]}@host/db
Authorization: Bearer {SECRETS["a bearer's token"]}
{{"password": "{SECRETS["a word that is called a secret"]}"}} {SECRETS["a long word of no kind that we know"]}
GET https://example.org/?key={SECRETS["a key in an address"]}&x=1 {SECRETS["the encryption key"]}
request 01936b7c-8c1e-7b6e-9d2f-1a2b3c4d5e6f in {Path.home()}/projects
"""


def a_config(tmp_path: Path) -> EngineConfig:
    return load_config(
        {},
        data_dir=tmp_path,
        encryption_key=SECRETS["the encryption key"],
        web_search_provider="brave",
        web_search_api_key="brave-key-of-mine",
    )


def read(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_no_secret_is_left_in_a_text(secret: str) -> None:
    assert secret in LOG
    assert secret not in redacted(LOG, [SECRETS["the encryption key"]])


@pytest.mark.parametrize(
    "part", ["engine.running 127.0.0.1:8080", "01936b7c-8c1e-7b6e-9d2f-1a2b3c4d5e6f", "~/projects"]
)
def test_what_helps_is_left(part: str) -> None:
    assert part in redacted(LOG)


def test_a_traceback_is_left_as_it_is() -> None:
    text = (
        'File "/usr/lib/python3.11/asyncio/base_events_with_a_long_name.py", line 653, in run_until_complete\n'
        "    return self.a_function_with_a_very_long_name_indeed(argument)\n"
    )
    assert redacted(text) == text


def test_settings_tell_of_secrets_only_that_they_are_set(tmp_path: Path) -> None:
    told = settings_of(a_config(tmp_path))
    assert told.keys() == set(EngineConfig.__struct_fields__)
    assert told["encryption_key"] == told["web_search_api_key"] == "(set)"
    assert (told["database_url"], told["listen_addr"]) == ("", "127.0.0.1:8080")


async def test_the_archive_of_a_running_engine(database: Database, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "pxbin.log").write_text(LOG)
    (tmp_path / "crash").mkdir()
    for number in range(7):
        (tmp_path / "crash" / f"{number}.log").write_text(LOG)
    diagnostics = Diagnostics(
        a_config(tmp_path), database, present=lambda: {"status": "ok"}, clock=lambda: NOW
    )
    report = await diagnostics.write(tmp_path / "archive.zip")
    files = read(report.path)
    assert tuple(files) == report.files
    assert report.size == report.path.stat().st_size
    assert json.loads(files["engine.json"]) == {"status": "ok"}
    about = json.loads(files["about.json"])
    assert about["made_at"] == "2026-11-24T00:00:00Z"
    assert {"aiohttp", "asyncpg", "msgspec"} <= about["libraries"].keys()
    of_database = json.loads(files["database.json"])
    assert of_database["migrations"][0]["name"] == "configuration"
    assert "keys" in {table["table"] for table in of_database["tables"]}
    assert [name for name in files if name.startswith("crash/")] == [
        f"crash/{number}.log" for number in range(2, 7)
    ]
    everything = "\n".join(files.values())
    for secret in (*SECRETS.values(), "brave-key-of-mine"):
        assert secret not in everything


async def test_what_clients_files_and_recordings_say_stays_here(
    database: Database, tmp_path: Path
) -> None:
    said = "tell nobody"
    for name in (
        "clients/claude-code/1/before",
        "clients/journal.json",
        "spool/rows",
        "backups/before-restore.pxbin-backup",
        "secret.key",
        "app.ini",
        "config.yaml",
        "crash/core",
        "logs/other.log",
        "pg/pg_wal/1",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said)
    message = RecordedMessage(side="client_request", url=f"/{said}", body=said.encode())
    request_id = uuid7(NOW)
    recording = PackedRecording(request_id, NOW, pack([message]))
    await RecordingStore(database).insert([recording])
    report = await Diagnostics(a_config(tmp_path), database).write(tmp_path / "archive.zip")
    files = read(report.path)
    assert files.keys() == {"about.json", "settings.json", "engine.json", "database.json"}
    assert "recordings" in files["database.json"]
    everything = "\n".join(files.values())
    assert said not in everything
    assert str(request_id) not in everything


SERVER_LOG = """\
2026-11-24 03:18:58 GMT [71] LOG:  database system is ready to accept connections
2026-11-24 03:18:59 GMT [72] LOG:  duration: 612.4 ms  execute s1: insert into requests values ($1, $2)
2026-11-24 03:18:59 GMT [72] DETAIL:  parameters: $1 = 'what a client
said in private', $2 = 'x'
2026-11-24 03:19:00 GMT [72] ERROR:  canceling statement due to statement timeout
2026-11-24 03:19:00 GMT [72] STATEMENT:  select 'in private'
"""


async def test_the_server_s_log_tells_no_values(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "postgres.log").write_text(SERVER_LOG)
    report = await Diagnostics(a_config(tmp_path)).write(tmp_path / "archive.zip")
    told = read(report.path)["pg/postgres.log"].splitlines()
    assert [line.partition("] ")[2] for line in told] == [
        "LOG:  database system is ready to accept connections",
        "LOG:  duration: 612.4 ms",
        "ERROR:  canceling statement due to statement timeout",
    ]


async def test_the_archive_of_an_engine_that_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "pxbin.log").write_text("old\n" * LOG_BYTES + "the last line\n")
    report = await Diagnostics(a_config(tmp_path)).write(tmp_path / "archive.zip")
    files = read(report.path)
    assert "does not run" in files["database.json"]
    assert files["logs/pxbin.log"].endswith("old\nthe last line\n")
    assert len(files["logs/pxbin.log"]) <= LOG_BYTES


async def test_a_database_that_is_away_is_told(database: Database, tmp_path: Path) -> None:
    await database.close()
    report = await Diagnostics(a_config(tmp_path), database).write(tmp_path / "archive.zip")
    assert "closed" in read(report.path)["database.json"]


async def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        await Diagnostics(a_config(tmp_path)).write(tmp_path / "missing" / "archive.zip")

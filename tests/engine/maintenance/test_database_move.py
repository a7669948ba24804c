"""From a server to the embedded PostgreSQL and back, with real servers."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from pxbin_engine import Engine
from pxbin_engine.config import EngineConfig, load_config
from pxbin_engine.errors import Conflict, DatabaseUnavailable, StorageError
from pxbin_engine.maintenance import database_move
from pxbin_engine.maintenance.database_move import CopyProgress, CopyReport, Target, move
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import a_key, a_request
from tests.support.postgres import make_home

NOW = datetime(2026, 11, 24, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def home() -> Iterator[Path]:
    home = make_home()
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def on_server(database_url: str, schema: str, home: Path) -> EngineConfig:
    return load_config({}, data_dir=home, database_url=database_url, database_schema=schema)


def quiet(_progress: CopyProgress) -> None:
    """For those who need not know."""


async def keys_of(config: EngineConfig) -> list[tuple[UUID, str]]:
    engine = Engine(config)
    await engine.open()
    try:
        return [(key.id, key.name) for key in await engine.keys.list()]
    finally:
        await engine.close()


async def test_to_the_embedded_server_and_back(
    database: Database, database_url: str, on_server: EngineConfig, made_before: Path
) -> None:
    home, schema = on_server.data_dir, on_server.database_schema
    key = a_key()
    await KeyStore(database).insert(key)
    await RequestStore(database).insert_batch([a_request(llm_key_id=key.id)])
    with pytest.raises(Conflict, match="Another pxbin uses"):
        await move(on_server, Target(schema="own"), quiet, now=NOW)
    await database.close()

    shutil.copytree(made_before, home / "pg")  # one that was used earlier
    (home / "pg" / "marker").touch()
    report = await move(on_server, Target(schema="own"), quiet, now=NOW)
    assert dict(report.tables)["requests"] == 1
    assert (home / "pg-before-20261124-030405" / "marker").exists()
    assert not (home / "pg" / "marker").exists()
    assert not (home / "moving").exists()
    embedded = load_config({}, data_dir=home, database_schema="own")
    assert await keys_of(embedded) == [(key.id, key.name)]

    with pytest.raises(Conflict, match="keeps its data there"):
        await move(embedded, Target(database_url, schema), quiet, now=NOW)
    again = Target(database_url, f"{schema}_back")
    try:
        report = await move(embedded, again, quiet, now=NOW)
        assert report.rows > 2
        back = load_config(
            {}, data_dir=home, database_url=database_url, database_schema=again.schema
        )
        assert await keys_of(back) == [(key.id, key.name)]
        assert (home / "pg").exists()
    finally:
        cleaner = await Database.connect(database_url, schema="public", max_size=1)
        await cleaner.write(f"drop schema if exists {again.schema} cascade")
        await cleaner.close()


async def test_a_move_that_fails_leaves_the_old_server_in_place(
    database: Database, on_server: EngineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is broken off while it copies, or its result cannot be put in place."""
    home = on_server.data_dir
    await database.close()
    (home / "pg").mkdir()
    (home / "pg" / "marker").touch()

    @asynccontextmanager
    async def new_server(data_dir: Path) -> AsyncIterator[str]:
        (data_dir / "pg").mkdir(parents=True)
        yield "postgresql://nobody@127.0.0.1:1/none"

    async def cancelled(*_: object) -> CopyReport:
        raise asyncio.CancelledError

    monkeypatch.setattr(database_move, "_running", new_server)
    monkeypatch.setattr(database_move, "copy_database", cancelled)
    with pytest.raises(asyncio.CancelledError):
        await move(on_server, Target(), quiet, now=NOW)
    assert sorted(one.name for one in home.iterdir()) == ["pg"]

    async def copied(*_: object) -> CopyReport:
        return CopyReport(())

    place = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.parent.name == "moving":
            raise OSError(28, "No space left on device")
        return place(path, target)

    monkeypatch.setattr(database_move, "copy_database", copied)
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StorageError, match="No space left"):
        await move(on_server, Target(), quiet, now=NOW)
    assert sorted(one.name for one in home.iterdir()) == ["pg"]
    assert (home / "pg" / "marker").exists()


async def test_what_cannot_be_moved_is_told(tmp_path: Path, database_url: str) -> None:
    config = load_config({}, data_dir=tmp_path, database_url=database_url)
    with pytest.raises(Conflict, match="there already"):
        await move(config, Target(database_url), quiet, now=NOW)
    with pytest.raises(Conflict, match="there already"):
        await move(load_config({}, data_dir=tmp_path), Target(schema="own"), quiet, now=NOW)
    with pytest.raises(DatabaseUnavailable):
        await database_move.examine(Target("postgresql://nobody@127.0.0.1:1/none"))
    found = await database_move.examine(Target(database_url, "nothing_here"))
    assert found.state == "empty"

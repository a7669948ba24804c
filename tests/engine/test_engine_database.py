"""The database under an engine: opened in order, closed in order, and told when it is away."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pxbin_engine import engine_database
from pxbin_engine.config import EngineConfig, load_config
from pxbin_engine.engine_database import database_of
from pxbin_engine.errors import StorageError
from pxbin_engine.events import DatabaseStateChanged, EventBus
from pxbin_engine.storage.connection_share import embedded_pool
from pxbin_engine.storage.server import ServerState


class Server:
    """In place of the embedded one: the tests' own."""

    made: "Server"
    dsn = ""

    def __init__(
        self,
        data_dir: Path,
        *,
        on_state: Callable[[ServerState], None],
        on_exit: Callable[[str], None],
    ) -> None:
        self.data_dir, self.on_state, self.on_exit = data_dir, on_state, on_exit
        self.did: list[str] = []
        Server.made = self

    async def start(self) -> str:
        self.did.append("start")
        return self.dsn

    async def stop(self) -> None:
        self.did.append("stop")


@pytest.fixture
def embedded(
    database_url: str, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> EngineConfig:
    """Settings that name no database."""
    monkeypatch.setattr(engine_database, "EmbeddedServer", Server)
    monkeypatch.setattr(Server, "dsn", database_url)
    return load_config({}, database_schema=schema, data_dir=tmp_path)


async def test_the_configured_one_is_migrated_and_closed(
    database_url: str, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_database, "EmbeddedServer", None)
    values: dict[str, Any] = {
        "database_url": database_url,
        "database_schema": schema,
        "data_dir": tmp_path,
    }
    config = load_config({}, **values, min_db_conns=1, max_db_conns=3)
    async with database_of(config, EventBus(), engines=1) as (dsn, database):
        assert dsn == database_url
        assert await database.fetch("select id from keys") == []
        assert database.pool.get_max_size() == 3
    assert database.pool.is_closing()


async def test_the_embedded_one_is_shared_by_engines_and_stopped_last(
    embedded: EngineConfig,
) -> None:
    async with database_of(embedded, EventBus(), engines=9) as (_, database):
        assert database.pool.get_max_size() == embedded_pool(25, engines=9)
        assert Server.made.data_dir == embedded.data_dir
    assert Server.made.did == ["start", "stop"]


async def test_what_was_started_is_stopped_when_it_cannot_be_migrated(
    embedded: EngineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise StorageError("It cannot be migrated.")

    monkeypatch.setattr(engine_database, "migrate", fails)
    with pytest.raises(StorageError, match="migrated"):
        async with database_of(embedded, EventBus(), engines=1):
            pass
    assert Server.made.did == ["start", "stop"]


async def test_a_server_that_is_away_is_told(embedded: EngineConfig) -> None:
    heard: list[tuple[bool, str]] = []
    events = EventBus()
    async with database_of(embedded, events, engines=1):
        events.subscribe(
            DatabaseStateChanged, lambda event: heard.append((event.available, event.detail))
        )
        for state in ServerState:
            Server.made.on_state(state)
        Server.made.on_exit("It died three times.")
    assert heard == [
        (False, "The embedded database is restarting."),
        (False, "It died three times."),
    ]

"""The engine started anew with other settings, and away while its database moves; its start and stop are in test_application."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtGui import QGuiApplication

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.engine_host import EngineHost, load_engine
from pxbin_app.main_window import MainWindow
from pxbin_app.settings import Settings
from pxbin_engine.config import EngineConfig
from pxbin_engine.config_file import ConfigFile
from pxbin_engine.errors import ConfigError, Conflict, StorageError
from pxbin_engine.events import EngineStateChanged, EventBus
from pxbin_engine.maintenance import database_move
from pxbin_engine.maintenance.database_move import CopyReport, Target
from tests.support.postgres import PostgresServer


class FakeEngine:
    """Starts and stops; remembers how."""

    def __init__(self, config: EngineConfig, calls: list[str]) -> None:
        self.config, self.calls = config, calls
        self.events = EventBus()
        self.state = "stopped"

    def _enter(self, state: str) -> None:
        self.state = state
        self.events.publish(EngineStateChanged(state=state, detail=""))

    async def start(self, *, paused: bool = False) -> None:
        await asyncio.sleep(0)
        self.calls.append(f"start at {self.config.port}{' paused' if paused else ''}")
        self._enter("paused" if paused else "running")

    async def stop(self) -> None:
        await asyncio.sleep(0)
        self.calls.append("stop")
        self._enter("stopped")


class Stage:
    """A host with a window, and a settings file."""

    def __init__(self, tmp_path: Path) -> None:
        assert QGuiApplication.instance() is not None
        self.calls: list[str] = []
        self.states: list[tuple[str, str]] = []
        self.file = ConfigFile(
            path=tmp_path / "config.yaml", environment={}, overrides={"data_dir": tmp_path}
        )
        self.settings = Settings(tmp_path)
        self.bridge = EngineBridge()
        self.window = MainWindow([], self.settings.store)

    def host(self) -> EngineHost:
        return EngineHost(
            self.file.load(),
            self.file,
            self.bridge,
            self.window,
            self.settings,
            make_engine=lambda config: cast("Any", FakeEngine(config, self.calls)),
            show_state=lambda state, detail: self.states.append((state, detail)),
        )

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    async def until_ready(self) -> None:
        await self.until(lambda: self.bridge.ready)


@pytest.fixture
def stage(tmp_path: Path, qapp: object) -> Stage:
    return Stage(tmp_path)


async def test_it_starts_anew_with_what_the_settings_say_now(stage: Stage) -> None:
    host = stage.host()
    host.start()
    await stage.until_ready()
    stage.file.write({"listen_addr": "127.0.0.1:9000"})
    await host.restart()
    await stage.until(lambda: len(stage.calls) == 3)
    assert stage.calls == ["start at 8080", "stop", "start at 9000"]
    assert host.config.port == 9000


async def test_settings_that_cannot_be_used_stop_nothing(stage: Stage) -> None:
    host = stage.host()
    host.start()
    await stage.until_ready()
    stage.file.path.write_text("listen_addr: nowhere\n")
    with pytest.raises(ConfigError):
        await host.restart()
    assert stage.calls == ["start at 8080"]


async def test_what_was_paused_stays_paused(stage: Stage) -> None:
    stage.settings.start_proxy = False
    host = stage.host()
    host.start()
    await stage.until_ready()
    await host.restart()
    await stage.until(lambda: len(stage.calls) == 3)
    assert stage.calls == ["start at 8080 paused", "stop", "start at 8080 paused"]
    stage.bridge.engine.state = cast("Any", "running")  # the person resumed it
    await host.restart()
    await stage.until(lambda: len(stage.calls) == 5)
    assert stage.calls[-1] == "start at 8080"


Move = Callable[..., Coroutine[Any, Any, CopyReport]]


def move_that(stage: Stage, monkeypatch: pytest.MonkeyPatch, failure: Exception | None) -> None:
    async def move(config: EngineConfig, target: Target, *_: object, **__: object) -> CopyReport:
        stage.calls.append(f"move to {target.schema}")
        await asyncio.sleep(0)
        if failure is not None:
            raise failure
        return CopyReport((("keys", 1),))

    monkeypatch.setattr(database_move, "move", move)


URL = "postgresql://pxbin@db.example/pxbin"


async def test_the_engine_is_away_while_its_database_moves(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_that(stage, monkeypatch, None)
    host = stage.host()
    host.start()
    await stage.until_ready()
    moving = asyncio.ensure_future(host.move_database(Target(URL, "other"), lambda _: None))
    await asyncio.sleep(0)
    with pytest.raises(Conflict, match="anew"):
        await host.restart()
    assert (await moving).rows == 1
    await stage.until(lambda: len(stage.calls) == 4)
    assert stage.calls == ["start at 8080", "stop", "move to other", "start at 8080"]
    assert (host.config.database_url, host.config.database_schema) == (URL, "other")
    assert stage.file.load().database_url == URL
    assert ("starting", "Moving the database") in stage.states


async def test_a_move_that_fails_goes_back_to_the_old_database(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_that(stage, monkeypatch, StorageError("It broke."))
    host = stage.host()
    host.start()
    await stage.until_ready()
    with pytest.raises(StorageError):
        await host.move_database(Target(URL), lambda _: None)
    await stage.until(lambda: stage.calls[-1].startswith("start"))
    assert host.config.embedded
    assert not stage.file.path.exists()


async def test_the_end_breaks_a_move_off_and_nothing_starts_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def move(*_: object, **__: object) -> CopyReport:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(database_move, "move", move)
    host = stage.host()
    host.start()
    await stage.until_ready()
    moving = asyncio.ensure_future(host.move_database(Target(URL), lambda _: None))
    await begun.wait()
    await host.close()
    assert moving.cancelled()
    assert stage.calls.count("start at 8080") == 1
    assert not stage.file.path.exists()


async def test_a_move_broken_off_at_once_starts_the_engine_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_that(stage, monkeypatch, None)
    host = stage.host()
    host.start()
    await stage.until_ready()
    moving = asyncio.ensure_future(host.move_database(Target(URL), lambda _: None))
    await asyncio.sleep(0)
    moving.cancel()
    await asyncio.wait({moving})
    await stage.until_ready()
    assert stage.calls == ["start at 8080", "stop", "start at 8080"]
    assert not stage.file.path.exists()


async def test_a_real_engine_moves_and_listens_elsewhere(
    tmp_path: Path, database_url: str, schema: str, qapp: object, postgres_server: PostgresServer
) -> None:
    stage = Stage(tmp_path)
    other = f"{schema}_moved"
    text = f"# mine\nlisten_addr: 127.0.0.1:0\ndatabase_url: {database_url}\ndatabase_schema: {schema}\n"
    stage.file.path.write_text(f"{text}encryption_key: a key for this test\n")
    host = EngineHost(
        stage.file.load(), stage.file, stage.bridge, stage.window, stage.settings,
        make_engine=load_engine, show_state=lambda *_: None,
    )  # fmt: skip
    try:
        host.start()
        await stage.until_ready()
        key = (await stage.bridge.engine.keys.create("llm", "laptop")).record
        address = stage.bridge.engine.address
        stages: set[str] = set()
        await host.move_database(Target(database_url, other), lambda one: stages.add(one.stage))
        await stage.until_ready()
        assert stage.bridge.engine.config.database_schema == other
        assert [one.id for one in await stage.bridge.engine.keys.list()] == [key.id]
        assert stages == {"copying", "comparing"}
        assert stage.file.path.read_text().startswith("# mine\n")
        await host.restart()
        await stage.until_ready()
        assert stage.bridge.engine.address != address
    finally:
        await host.close()
        quiet = "SET client_min_messages = error;"
        postgres_server.psql(f"{quiet} DROP SCHEMA IF EXISTS {other} CASCADE")


async def test_what_the_environment_decides_is_not_moved(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_that(stage, monkeypatch, None)
    stage.file = ConfigFile(
        path=tmp_path / "config.yaml",
        environment={"PXBIN_DATABASE_URL": "postgresql://a@b/c"},
        overrides={"data_dir": tmp_path},
    )
    with pytest.raises(ConfigError, match="PXBIN_DATABASE_URL"):
        await stage.host().move_database(Target(URL), lambda _: None)
    assert stage.calls == []

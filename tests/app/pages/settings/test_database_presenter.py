"""Another place for the database: tried, moved to, used, and a move broken off."""

import asyncio
from pathlib import Path

import pytest

from pxbin_app.pages.settings.database_presenter import DatabasePresenter, found_words
from pxbin_engine.errors import DatabaseUnavailable, StorageError
from pxbin_engine.maintenance import database_move
from pxbin_engine.maintenance.database_move import CopyProgress, PlaceReport, Target
from tests.support.app_controls import FakeApp
from tests.support.fake_engine import settled

URL = "postgresql://pxbin@db.example/pxbin"


class Stage:
    def __init__(self, tmp_path: Path) -> None:
        self.app = FakeApp(tmp_path)
        self.said: list[str] = []
        self.tried: list[tuple[str, ...]] = []
        self.told: list[object] = []
        self.presenter = DatabasePresenter(
            self.app.controls, lambda text, _tone: self.said.append(text)
        )
        self.presenter.tried.connect(lambda *told: self.tried.append(told))
        self.presenter.moving.connect(self.told.append)
        self.presenter.progress.connect(lambda *told: self.told.append(told))
        self.presenter.ended.connect(lambda: self.told.append("ended"))


@pytest.fixture
def stage(tmp_path: Path, qapp: object) -> Stage:
    return Stage(tmp_path)


def examine_finds(monkeypatch: pytest.MonkeyPatch, found: PlaceReport | Exception) -> list[Target]:
    asked: list[Target] = []

    async def examine(target: Target) -> PlaceReport:
        asked.append(target)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(database_move, "examine", examine)
    return asked


async def test_a_place_is_tried(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = examine_finds(monkeypatch, PlaceReport("17.6", "empty"))
    stage.presenter.try_place(f" {URL} ", "")
    await settled()
    assert asked == [Target(URL, "public")]
    assert stage.tried == [("empty", "PostgreSQL 17.6. There is room for everything.", "ok")]
    examine_finds(monkeypatch, DatabaseUnavailable("The login was refused."))
    stage.presenter.try_place(URL, "public")
    await settled()
    assert stage.tried[-1] == ("", "The login was refused.", "err")
    assert "1,234 requests" in found_words(PlaceReport("18.1", "used", 1234))


@pytest.mark.parametrize(("url", "said"), [("", "Enter the"), ("http://x", "postgresql://")])
async def test_what_is_no_address_is_told(stage: Stage, url: str, said: str) -> None:
    stage.presenter.try_place(url, "public")
    await settled()
    assert said in stage.tried[0][1]


async def test_everything_is_moved(stage: Stage) -> None:
    stage.app.steps = [
        CopyProgress("copying", "requests", 50, 100),
        CopyProgress("comparing", "keys", 0, 0),
    ]
    stage.presenter.move(URL, "public")
    await settled()
    assert stage.app.calls == [Target(URL, "public")]
    assert stage.told == [
        True,
        ("Copying requests", 500),
        ("Comparing keys", 1000),
        "ended",
        False,
    ]
    assert "1,234 rows" in stage.said[0]
    assert not stage.presenter.embedded
    stage.presenter.move("", "public")
    await settled()
    assert stage.presenter.embedded


async def test_a_move_that_fails_is_told(stage: Stage) -> None:
    stage.app.failure = StorageError("It broke.")
    stage.presenter.move(URL, "public")
    await settled()
    assert (stage.tried, stage.told) == ([("", "It broke.", "err")], [True, False])


async def test_a_move_can_be_broken_off(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.presenter.cancel()  # harmless
    waits = asyncio.Event()

    async def move(*_: object) -> None:
        await waits.wait()

    monkeypatch.setattr(stage.presenter, "_moved", move)
    stage.presenter.move(URL, "public")
    await settled()
    stage.presenter.cancel()
    await settled()
    assert stage.told == [True, False]
    assert "Nothing has changed" in stage.tried[0][1]


async def test_what_is_there_can_be_used(stage: Stage) -> None:
    stage.presenter.use(URL, "team")
    await settled()
    written = stage.app.file.load()
    assert (written.database_url, written.database_schema) == (URL, "team")
    assert stage.app.calls == ["restart"]
    assert stage.told == [True, "ended", False]


async def test_a_place_that_the_environment_decides_is_locked(tmp_path: Path) -> None:
    app = FakeApp(tmp_path, {"PXBIN_DATABASE_URL": URL})
    assert "PXBIN_DATABASE_URL" in DatabasePresenter(app.controls, lambda *_: None).locked

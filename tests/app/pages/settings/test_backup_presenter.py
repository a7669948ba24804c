"""Backups asked for by a person: how each went is told where they look."""

from pathlib import Path

import pytest

from pxbin_app.pages.settings.backup_presenter import BackupPresenter
from pxbin_engine.errors import InvalidInput, SecretUndecryptable
from tests.support.fake_backups import MANIFEST, FakeBackups
from tests.support.fake_engine import FakeEngine, bridge_to, settled


class Stage:
    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.backups = FakeBackups()
        self.engine.backups = self.backups  # type: ignore[attr-defined]  # the window's other tests need none
        self.said: list[tuple[str, str]] = []
        self.told: list[object] = []
        self.presenter = presenter = BackupPresenter(
            bridge_to(self.engine), lambda text, tone: self.said.append((text, tone))
        )
        presenter.busy.connect(self.told.append)
        presenter.progress.connect(self.told.append)
        presenter.looked_into.connect(lambda *told: self.told.append(told))
        presenter.passphrase_refused.connect(self.told.append)
        presenter.restore_failed.connect(self.told.append)
        presenter.restored.connect(lambda: self.told.append("restored"))


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


PATH = Path("/x/one.pxbin-backup")


async def test_a_backup_is_made(stage: Stage) -> None:
    stage.presenter.create(PATH, with_log=True, passphrase="correct horse")
    await settled()
    assert stage.backups.asked == [("create", True, "correct horse")]
    assert stage.told == [True, "Upstream keys…", False]
    assert stage.said == [(f"Backup saved in {PATH}", "ok")]


async def test_keys_that_are_not_in_it_are_told(stage: Stage) -> None:
    stage.backups.unreadable = ("The key of A is gone.",)
    stage.presenter.create(PATH, with_log=False, passphrase="correct horse")
    await settled()
    assert stage.said[0][1] == "warn"
    assert "The key of A is gone." in stage.said[0][0]


async def test_a_passphrase_that_is_refused_is_told_at_its_field(stage: Stage) -> None:
    stage.backups.failure = InvalidInput("Too short.", field="passphrase")
    stage.presenter.create(PATH, with_log=False, passphrase="x")
    await settled()
    assert (stage.told, stage.said) == ([True, "Too short.", False], [])
    stage.backups.failure = InvalidInput("It cannot be written.", field="path")
    stage.presenter.create(PATH, with_log=False, passphrase="")
    await settled()
    assert stage.said == [("It cannot be written.", "err")]


async def test_a_backup_is_looked_into(stage: Stage) -> None:
    stage.presenter.look_into(PATH)
    await settled()
    assert stage.told == [True, (MANIFEST, PATH), False]


async def test_a_backup_is_restored(stage: Stage) -> None:
    stage.presenter.restore(PATH, with_log=False, passphrase="")
    await settled()
    assert stage.told == [True, "restored", False]
    stage.backups.without_secret = ("A", "B", "A")
    stage.presenter.restore(PATH, with_log=False, passphrase="")
    await settled()
    assert stage.said[-1] == ("Restored. Enter the keys of these upstreams again: A, B.", "warn")
    stage.backups.failure = SecretUndecryptable("Not the passphrase.")
    stage.presenter.restore(PATH, with_log=False, passphrase="y")
    await settled()
    assert stage.told[-2:] == ["Not the passphrase.", False]


async def test_without_an_engine_it_says_so(stage: Stage) -> None:
    stage.engine.state = "stopped"
    stage.presenter.look_into(PATH)
    await settled()
    assert stage.said == [("The engine does not run: start it first.", "err")]

"""What is filled in is checked, waits, and is written as a whole; what holds at once does."""

import asyncio
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from pxbin_app.pages.settings.presenter import SettingsPresenter
from pxbin_app.theme.current import Theme
from pxbin_engine.errors import Conflict
from tests.support.app_controls import FakeApp
from tests.support.fake_engine import FakeEngine, bridge_to, settled


class Stage:
    def __init__(self, tmp_path: Path, environment: Mapping[str, str] | None = None) -> None:
        self.app = FakeApp(tmp_path, environment)
        self.engine = FakeEngine()
        self.said: list[str] = []
        self.busy: list[bool] = []
        self.address: list[tuple[str, str]] = []
        self.presenter = SettingsPresenter(
            self.app.controls, bridge_to(self.engine), lambda text, _tone: self.said.append(text)
        )
        self.presenter.busy.connect(self.busy.append)
        self.presenter.address_checked.connect(lambda *told: self.address.append(told))


@pytest.fixture
def stage(tmp_path: Path, qapp: object) -> Stage:
    return Stage(tmp_path)


async def test_what_is_filled_in_waits_until_it_is_applied(stage: Stage) -> None:
    presenter = stage.presenter
    presenter.enter("log_retention_days", "30")
    presenter.enter("allowed_hosts", "a.example, b.example")
    presenter.switch("record_project_directory", False)
    assert set(presenter.pending) == {
        "log_retention_days",
        "allowed_hosts",
        "record_project_directory",
    }
    assert not stage.app.file.path.exists()
    presenter.apply()
    await settled()
    written = stage.app.file.load()
    assert (written.log_retention_days, written.allowed_hosts) == (30, ("a.example", "b.example"))
    assert not written.record_project_directory
    assert (stage.app.calls, presenter.pending, stage.busy) == (["restart"], (), [True, False])
    assert "applied" in stage.said[0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("listen_addr", "nowhere", "is not host:port"),
        ("log_retention_days", "0", "at least 1"),
        ("log_retention_days", "x", "whole number"),
        ("log_body_kb", "99999999", "at most"),
    ],
)
async def test_nothing_bad_is_written(stage: Stage, name: str, text: str, said: str) -> None:
    stage.presenter.enter("allowed_hosts", "a.example")
    stage.presenter.enter(name, text)
    assert said in stage.presenter.errors[name]
    assert name in stage.presenter.pending
    stage.presenter.apply()
    await settled()
    assert (stage.app.calls, stage.app.file.path.exists()) == ([], False)
    stage.presenter.discard()
    assert (stage.presenter.errors, stage.presenter.pending) == ({}, ())


async def test_what_is_as_it_was_does_not_wait(stage: Stage) -> None:
    stage.presenter.enter("log_retention_days", "30")
    stage.presenter.enter("log_retention_days", "90")
    assert stage.presenter.pending == ()


async def test_what_the_environment_decides_is_locked(tmp_path: Path, qapp: object) -> None:
    stage = Stage(tmp_path, {"PXBIN_LOG_RETENTION_DAYS": "7"})
    assert "PXBIN_LOG_RETENTION_DAYS" in stage.presenter.locked("log_retention_days")
    assert stage.presenter.value("log_retention_days") == 7
    stage.presenter.enter("log_retention_days", "30")
    assert "PXBIN_LOG_RETENTION_DAYS" in stage.presenter.errors["log_retention_days"]


async def test_a_file_changed_by_hand_is_noticed(stage: Stage) -> None:
    stage.app.file.path.write_text("log_retention_days: 12\n")
    stage.presenter.refresh()
    assert stage.presenter.outdated == ("log_retention_days",)
    stage.presenter.apply()
    await settled()
    assert (stage.app.calls, stage.presenter.outdated) == (["restart"], ())
    stage.app.file.path.write_text("colour: red\n")
    stage.presenter.refresh()
    assert "colour" in stage.presenter.problem
    stage.app.file.path.write_text("")
    stage.presenter.refresh()
    assert stage.presenter.problem == ""


async def test_an_engine_that_does_not_start_anew_is_told(stage: Stage) -> None:
    stage.app.failure = Conflict("Wait until it runs.")
    stage.presenter.enter("log_retention_days", "30")
    stage.presenter.apply()
    await settled()
    assert stage.said == ["Wait until it runs."]
    assert stage.presenter.outdated == ("log_retention_days",)  # it can be applied again


async def test_bodies_are_kept_at_once_and_after_the_next_start(stage: Stage) -> None:
    stage.presenter.set_bodies("errors")
    await settled()
    assert stage.engine.recording_mode == "errors"
    assert stage.app.file.load().log_bodies == "errors"
    assert (stage.app.calls, stage.presenter.outdated, stage.said) == ([], (), [])


async def heard(stage: Stage) -> tuple[str, str]:
    async with asyncio.timeout(10):
        while not stage.address:
            await asyncio.sleep(0.01)
    return stage.address.pop()


async def test_an_address_is_tried(stage: Stage) -> None:
    stage.presenter.check_address()
    assert await heard(stage) == ("pxbin listens there now.", "ok")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        stage.presenter.enter("listen_addr", address)
        stage.presenter.check_address()
        assert await heard(stage) == ("Another program listens there.", "err")
    stage.presenter.check_address()
    assert await heard(stage) == ("It is free.", "ok")
    stage.presenter.enter("listen_addr", "x")
    stage.presenter.check_address()
    assert "is not host:port" in (await heard(stage))[0]


async def test_start_and_look_hold_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    presenter, app = stage.presenter, stage.app
    presenter.set_start_hidden(False)
    assert not app.login.on  # it is not switched on by that
    app.login.set(True)
    path = app.login._item.path
    assert path is not None
    assert "--hidden" not in path.read_text()
    presenter.set_start_hidden(True)
    assert "--hidden" in path.read_text()
    modes: list[str] = []
    monkeypatch.setattr(Theme, "set_mode", lambda _theme, mode: modes.append(mode))
    presenter.set_theme("light")
    assert (app.settings.theme, modes) == ("light", ["light"])


async def test_an_engine_that_does_not_run_is_not_told(stage: Stage) -> None:
    stage.engine.state = cast("str", "stopped")
    stage.presenter.set_bodies("all")
    await settled()
    assert stage.app.file.load().log_bodies == "all"
    assert stage.engine.recording_mode == "off"

"""A new person's way, timed: from the start of the app to Claude Code's first answer, by what a person would click.

Nothing is faked but the vendor: the app's own composition root, its database, its window, Claude Code, and the settings
file that the window wrote.
"""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget

from pxbin_app.application import Application
from pxbin_app.first_run.client_step import ClientStep
from pxbin_app.first_run.overlay import FirstRunOverlay
from pxbin_app.first_run.upstream_step import UpstreamStep
from pxbin_engine.config import load_config
from tests.support.node_clients import CLAUDE_QUIET, Ran, claude_binary, run
from tests.support.running_app import play
from tests.support.upstream import FakeUpstream, json_answer, openai_stream

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

W = TypeVar("W", bound=QWidget)

LONGEST = 120.0
"""Seconds, as the README says."""
PEOPLE_WAIT = 30.0


class NewPerson:
    """Sees the window, and uses mouse and keyboard."""

    def __init__(self, app: Application) -> None:
        self.app = app

    @property
    def steps(self) -> FirstRunOverlay:
        overlay = self.app.overlays.first_run.overlay
        assert overlay is not None
        return overlay

    async def see(self, kind: type[W]) -> W:
        """The widget of this kind, once it is in view."""
        widget = self.steps.findChildren(kind)[0]
        await self.until(widget.isVisible)
        return widget

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PEOPLE_WAIT):
            while not condition():
                await asyncio.sleep(0.02)

    async def press_on(self, words: str) -> None:
        """Wait until the main button says so, and press it."""
        button = self.steps.primary
        await self.until(
            lambda: button.isVisible() and button.isEnabled() and button.text() == words
        )
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def type_into(self, field: QLineEdit, text: str) -> None:
        QTest.mouseClick(field, Qt.MouseButton.LeftButton)
        field.selectAll()
        QTest.keyClicks(field, text)

    def choose_last(self, box: QComboBox) -> None:
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_End)


async def go_through(person: NewPerson, vendor: FakeUpstream) -> None:
    """The first three steps."""
    await person.until(lambda: person.app.overlays.first_run.is_open)
    await person.press_on("Continue")

    form = (await person.see(UpstreamStep)).form
    person.choose_last(form.preset)
    person.type_into(form.base_url, vendor.url)
    person.type_into(form.api_key, "sk-a-vendors-key")
    vendor.always = json_answer({"object": "list", "data": [{"id": "gpt-5-mini"}]})
    await person.press_on("Test and add")
    await person.press_on("Import")
    vendor.always = openai_stream("Hello from the scripted model.")

    client = await person.see(ClientStep)
    await person.until(lambda: person.steps.primary.text() == "Apply")
    assert client.choice.value == "claude-code"
    await person.press_on("Apply")
    await person.until(lambda: person.steps.step == "request")


async def ask_claude_code(folder: Path) -> Ran:
    """As a person does in a terminal: by nothing but its name, for the settings file says the rest."""
    environment = CLAUDE_QUIET | {"IS_SANDBOX": "1"}
    return await run([claude_binary(), "-p", "Hi"], folder=folder, environment=environment)


def test_from_the_start_to_an_answer_in_under_two_minutes(
    tmp_path: Path,
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claude_binary()
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    settings = {"PXBIN_LISTEN_ADDR": "127.0.0.1:0", "PXBIN_ENCRYPTION_KEY": "a-key-for-this-test"}
    began = time.monotonic()
    app = Application(load_config(settings, data_dir=tmp_path / "data"))
    took = 0.0

    async def story(vendor: FakeUpstream) -> None:
        nonlocal took
        person = NewPerson(app)
        await go_through(person, vendor)
        written = json.loads((home / ".claude" / "settings.json").read_text())
        assert written["env"]["ANTHROPIC_BASE_URL"] == app.bridge.engine.base_url
        ran = await ask_claude_code(tmp_path)
        took = time.monotonic() - began
        assert "Hello from the scripted model." in ran.out, ran
        arrival = app.overlays.first_run.arrival
        await person.until(lambda: arrival.outcome == "arrived")
        assert arrival.record is not None
        assert arrival.record.client_name.startswith("Claude Code")
        await person.press_on("Open the Dashboard")
        await person.until(lambda: not app.overlays.first_run.is_open)
        assert app.settings.first_run_done
        assert app.window.current_page is not None

    play(app, story)
    with capsys.disabled():
        print(f"\nfrom the start to Claude Code's first answer: {took:.1f} s")
    assert 0 < took < LONGEST

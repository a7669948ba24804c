"""The first run by clicks, over an engine in memory and a home directory of its own."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from pxbin_app.client_setup.operations import SetupOperations
from pxbin_app.clients import CLIENTS, ClientSetup, Machine
from pxbin_app.event_loop import new_event_loop
from pxbin_app.first_run.address_step import AddressStep
from pxbin_app.first_run.client_step import ClientStep
from pxbin_app.first_run.request_step import RequestStep
from pxbin_app.first_run.upstream_step import UpstreamStep
from pxbin_app.first_run.wizard import FirstRun
from pxbin_app.main_window import MainWindow
from pxbin_app.sidebar import PageDescriptor
from pxbin_app.widgets.page import Page
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import DiscoveredModel, RequestRecord
from pxbin_engine.tasks import running
from tests.support.app_controls import FakeApp
from tests.support.fake_engine import NOW, FakeEngine, bridge_to
from tests.support.traffic import MemoryLog

S = TypeVar("S", bound=QWidget)


class Stage:
    """A window, an engine that has just come up, and one who clicks."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.engine = FakeEngine(state="starting")
        self.engine.requests = MemoryLog()
        self.engine.upstream_models = [DiscoveredModel(id="glm-5"), DiscoveredModel(id="glm-5-air")]
        self.bridge = bridge_to(self.engine)
        self.app = FakeApp(folder)
        self.settings = self.app.settings
        pages = [
            PageDescriptor(name=name, title=name, icon_name="cube", build=lambda: Page("page"))
            for name in ("dashboard", "logs")
        ]
        self.window = MainWindow(pages, self.settings.store)
        self.machine = Machine(home=self.home, platform="linux", root=folder / "root")
        self.clients = ClientSetup(folder / "clients", CLIENTS, self.machine)
        self.first_run = self.made()

    def made(self) -> FirstRun:
        """As the next start of the app makes it."""
        operations = SetupOperations(self.bridge, setup=self.clients)
        return FirstRun(self.bridge, self.window, self.app.controls, operations=operations)

    async def start(self) -> None:
        self.window.show()
        self.engine.enter("running")
        await asyncio.sleep(0.02)

    async def activate(self) -> None:
        """Shortcuts are heard by the window that is in front."""
        self.window.activateWindow()
        await self.until(self.window.isActiveWindow)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)

    async def see(self, kind: type[S]) -> S:
        assert self.first_run.overlay is not None
        step = self.first_run.overlay.findChildren(kind)[0]
        await self.until(step.isVisible)
        return step

    async def press_on(self, words: str) -> None:
        assert self.first_run.overlay is not None
        button = self.first_run.overlay.primary
        await self.until(lambda: button.isEnabled() and button.text() == words)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)


Story = Callable[[Stage], Awaitable[None]]


async def ended() -> None:
    """What was begun is done."""
    while left := running():
        await asyncio.wait(left)


@pytest.fixture
def play(qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[Story], None]]:
    loop = new_event_loop(qapp)
    stage = Stage(tmp_path)
    yield lambda story: loop.run_until_complete(story(stage))
    loop.run_until_complete(ended())
    stage.window.close_for_good()
    stage.window.deleteLater()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


async def set_up(stage: Stage) -> None:
    """The first three steps."""
    step = await stage.see(AddressStep)
    assert step.address.text() == "http://127.0.0.1:8080"
    QTest.mouseClick(step.at_login, Qt.MouseButton.LeftButton)
    QTest.mouseClick(step.in_tray, Qt.MouseButton.LeftButton)
    await stage.press_on("Continue")
    form = (await stage.see(UpstreamStep)).form
    await stage.until(lambda: form.preset.count() > 1)
    QTest.keyClicks(form.api_key, "sk-something")
    await stage.press_on("Test and add")
    await stage.press_on("Import")
    client = await stage.see(ClientStep)
    await stage.until(lambda: "ANTHROPIC_BASE_URL" in client.diff.toPlainText())
    await stage.press_on("Apply")


def answered() -> RequestRecord:
    return RequestRecord(
        id=uuid4(),
        timestamp=NOW,
        method="POST",
        path="/v1/messages",
        model="glm-5",
        status_code=200,
        outcome="ok",
        client_name="Claude Code 2.1.330",
        input_tokens=1200,
        output_tokens=34,
    )


def test_four_steps_lead_to_the_first_request(play: Callable[[Story], None]) -> None:
    async def story(stage: Stage) -> None:
        await stage.start()
        assert stage.first_run.is_open
        await set_up(stage)
        request = await stage.see(RequestStep)
        assert request.command.text() == "claude"
        stage.engine.events.publish(RequestFinished(answered()))
        await stage.press_on("Open the Dashboard")
        assert "asked for glm-5" in request.route.text()
        assert request.figures.text().startswith("1,200 tokens in · 34 out")

        assert not stage.first_run.is_open
        assert stage.settings.first_run_done
        assert stage.app.login.on
        assert not stage.settings.start_hidden
        written = json.loads((stage.home / ".claude" / "settings.json").read_text())
        assert written["env"]["ANTHROPIC_BASE_URL"] == stage.engine.base_url
        (key,) = await stage.engine.keys.list("llm")
        assert written["env"]["ANTHROPIC_AUTH_TOKEN"].startswith(key.key_prefix)
        assert [one.name for one in await stage.engine.models.list()] == ["glm-5", "glm-5-air"]

    play(story)


def test_it_goes_on_at_the_next_start_where_it_was_left(play: Callable[[Story], None]) -> None:
    async def story(stage: Stage) -> None:
        await stage.start()
        await set_up(stage)
        await stage.see(RequestStep)
        assert stage.first_run.overlay is not None
        QTest.keyClick(stage.first_run.overlay.panel, Qt.Key.Key_Escape)
        assert not stage.first_run.is_open
        stage.first_run = stage.made()
        stage.engine.enter("running")
        await stage.until(lambda: stage.first_run.is_open)
        assert stage.first_run.overlay is not None
        assert stage.first_run.overlay.step == "request"

    play(story)


def test_whoever_has_an_upstream_already_is_not_new(play: Callable[[Story], None]) -> None:
    async def story(stage: Stage) -> None:
        await stage.engine.upstreams.create(name="Mine", base_url="http://x", format="openai")
        await stage.start()
        await stage.until(lambda: stage.settings.first_run_done)
        assert not stage.first_run.is_open

    play(story)


def test_once_it_is_done_it_comes_only_when_it_is_asked_for(play: Callable[[Story], None]) -> None:
    async def story(stage: Stage) -> None:
        stage.settings.first_run_done = True
        stage.first_run = stage.made()
        stage.first_run.open()
        assert stage.first_run.overlay is not None
        QTest.mouseClick(stage.first_run.overlay.skip, Qt.MouseButton.LeftButton)
        await stage.start()
        await asyncio.sleep(0.05)
        assert not stage.first_run.is_open

    play(story)


def test_what_goes_wrong_is_said_where_it_is_mended(play: Callable[[Story], None]) -> None:
    async def story(stage: Stage) -> None:
        await stage.start()
        await stage.press_on("Continue")
        step = await stage.see(UpstreamStep)
        await stage.until(lambda: step.form.preset.count() > 1)
        stage.engine.upstream_failure = "It answered 401: no such key."
        await stage.press_on("Test and add")
        await stage.until(lambda: step.error.text == "It answered 401: no such key.")
        step.form.base_url.setText("nonsense")
        QTest.mouseClick(step.error.findChildren(QWidget)[-1], Qt.MouseButton.LeftButton)
        await stage.until(lambda: step.form.fields["base_url"].error)
        assert not step.error.isVisible()

    play(story)


def test_keys_do_not_change_the_page_below(play: Callable[[Story], None]) -> None:
    async def story(stage: Stage) -> None:
        await stage.start()
        control = Qt.KeyboardModifier.ControlModifier
        assert stage.first_run.overlay is not None
        await stage.activate()
        QTest.keyClick(stage.first_run.overlay.panel, Qt.Key.Key_2, control)
        assert stage.window._current == "dashboard"
        stage.first_run.overlay.close_overlay()
        await stage.activate()
        QTest.keyClick(stage.window, Qt.Key.Key_2, control)
        assert stage.window._current == "logs"

    play(story)


def test_another_port_is_used_at_once(play: Callable[[Story], None]) -> None:
    async def story(stage: Stage) -> None:
        await stage.start()
        step = await stage.see(AddressStep)
        assert step.port.text() == "8080"
        assert not step.use.isVisible()
        for typed, error in (("80800", True), ("x", True), ("9090", False)):
            step.port.selectAll()
            QTest.keyClicks(step.port, typed)
            assert bool(step.port_field.error) is error
            assert step.use.isVisible() is not error
        QTest.mouseClick(step.use, Qt.MouseButton.LeftButton)
        await stage.until(lambda: stage.app.calls == ["restart"])
        await stage.until(lambda: not step.use.isVisible())
        assert stage.app.running.port == 9090

    play(story)


def test_a_very_first_start_that_fails_opens_where_it_is_mended(
    play: Callable[[Story], None],
) -> None:
    async def story(stage: Stage) -> None:
        stage.window.show()
        stage.engine.enter("failed", "127.0.0.1:8080 is in use.")
        assert stage.first_run.is_open
        step = await stage.see(AddressStep)
        assert (step.state.text(), step.error.text) == ("not running", "127.0.0.1:8080 is in use.")
        step.port.selectAll()
        QTest.keyClicks(step.port, "9090")
        QTest.mouseClick(step.use, Qt.MouseButton.LeftButton)
        await stage.until(lambda: stage.app.calls == ["restart"])
        await stage.press_on("Continue")
        form = (await stage.see(UpstreamStep)).form
        assert stage.first_run.overlay is not None
        assert not stage.first_run.overlay.primary.isEnabled()
        stage.engine.enter("running")
        await stage.until(stage.first_run.overlay.primary.isEnabled)
        assert form.preset.count() > 1

    play(story)


def test_a_later_start_that_fails_is_the_windows_to_tell(play: Callable[[Story], None]) -> None:
    async def story(stage: Stage) -> None:
        stage.settings.tray_explained = True  # it ran before
        stage.first_run = stage.made()
        stage.engine.enter("failed", "no")
        assert not stage.first_run.is_open

    play(story)

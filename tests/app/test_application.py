"""The app from its first paint to its last stage, on an engine that does as the test says."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest

from pxbin_app import application
from pxbin_app.application import PAGES, Application
from pxbin_app.crash_dialog import CrashDialog
from pxbin_app.crash_reports import CrashReports
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_app.widgets.labels import Label
from pxbin_engine.config import EngineConfig, load_config
from pxbin_engine.errors import ServerStartError
from pxbin_engine.events import DatabaseStateChanged, EngineStateChanged, EventBus
from pxbin_engine.records import BudgetStatus, RequestPage, UsageBucket

if TYPE_CHECKING:
    from pxbin_engine import Engine


class NoBudgets:
    async def status(self) -> tuple[BudgetStatus, ...]:
        return ()


class NoStats:
    async def timeseries(self, *_: str) -> tuple[UsageBucket, ...]:
        return ()


class NoRecords:
    async def list(self) -> tuple[()]:
        return ()


class NoRequests:
    async def page(self, *_: Any, **__: Any) -> RequestPage:
        return RequestPage(items=(), total=0)


class FakeEngine:
    """Starts, pauses and stops as told; ``failures`` are raised by the next starts."""

    def __init__(self, failures: list[Exception]) -> None:
        self.events = EventBus()
        self.state = "stopped"
        self.address, self.base_url = "127.0.0.1:8080", "http://127.0.0.1:8080"
        self.in_flight = 0
        self.stats, self.budgets, self.requests = NoStats(), NoBudgets(), NoRequests()
        self.models = self.aliases = self.upstreams = NoRecords()
        self.calls: list[str] = []
        self._failures = failures

    def _enter(self, state: str, detail: str = "") -> None:
        self.state = state
        self.events.publish(EngineStateChanged(state=state, detail=detail))

    async def start(self) -> None:
        self.calls.append("start")
        self._enter("starting")
        if self._failures:
            self._enter("failed")
            raise self._failures.pop(0)
        self._enter("running", self.address)

    async def stop(self) -> None:
        self.calls.append("stop")
        self._enter("stopped")

    def pause(self) -> None:
        self.calls.append("pause")
        self._enter("paused")

    def resume(self) -> None:
        self.calls.append("resume")
        self._enter("running", self.address)


class Run:
    """One run of the app: ``play`` is what happens between the start and the end."""

    def __init__(self, tmp_path: Path, *failures: Exception, **settings: Any) -> None:
        self.failures = list(failures)
        self.engines: list[FakeEngine] = []
        self.listened: list[str] = []
        config = load_config({}, data_dir=tmp_path, **settings)
        self.app = Application(config, make_engine=self._make)
        self.app.settings.first_run_done = True

    def _make(self, config: EngineConfig) -> "Engine":
        self.listened.append(config.listen_addr)
        self.engines.append(FakeEngine(self.failures))
        return cast("Engine", self.engines[-1])

    @property
    def engine(self) -> FakeEngine:
        return self.engines[-1]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    async def until_running(self) -> None:
        await self.until(lambda: self.app.bridge.ready)

    def play(self, story: Callable[["Run"], Coroutine[Any, Any, None]]) -> None:
        main = self.app._main

        async def main_with_story(loop: asyncio.AbstractEventLoop) -> None:
            told = loop.create_task(story(self))
            try:
                await asyncio.wait_for(main(loop), 30)
            finally:
                await told

        self.app._main = main_with_story  # type: ignore[method-assign]
        assert self.app.run() == 0


@pytest.fixture(autouse=True)
def no_pages(monkeypatch: pytest.MonkeyPatch, qapp: object) -> None:
    monkeypatch.setattr(application, "PAGES", ())


def test_it_starts_paints_and_quits(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        assert run.app.window.isVisible()
        await run.until_running()
        assert run.app.window.sidebar.status.state == "running"
        run.app.quit()

    run = Run(tmp_path)
    run.play(story)
    assert run.engine.calls == ["start", "stop"]
    assert not run.app.window.isVisible()


def test_a_failed_start_says_why_and_can_be_tried_again(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until(run.app.window.banners)
        assert "no space" in run.app.window.banners()[0]
        assert run.app.window.sidebar.status.state == "failed"
        run.app.host.start()
        await run.until_running()
        assert run.app.window.banners() == ()
        run.app.quit()

    run = Run(tmp_path, ServerStartError("There is no space left on the disk."))
    run.play(story)
    assert len(run.engines) == 2


def test_closing_quits_where_there_is_no_tray(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until_running()
        assert not run.app.tray.available
        run.app.window.close()

    run = Run(tmp_path)
    run.play(story)
    assert run.engine.calls == ["start", "stop"]


def test_closing_hides_where_there_is_a_tray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(run: Run) -> None:
        await run.until_running()
        monkeypatch.setattr(type(run.app.tray), "available", property(lambda _: True))
        run.app.window.close()
        assert not run.app.window.isVisible()
        assert run.app.settings.tray_explained
        assert run.engine.state == "running"
        run.app.instance.activated.emit()
        assert run.app.window.isVisible()
        run.app.quit()

    Run(tmp_path).play(story)


def test_pause_and_resume(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until_running()
        run.app.window.pause_toggled.emit()
        assert run.engine.state == "paused"
        assert "refused" in run.app.window.banners()[0]
        run.app.tray.menu.pause_toggled.emit()
        assert run.engine.state == "running"
        assert run.app.window.banners() == ()
        run.app.quit()

    Run(tmp_path).play(story)


def test_quitting_waits_for_requests_in_flight(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until_running()
        run.engine.in_flight = 2
        run.app.quit()
        await run.until(run.app.window.banners)
        assert run.engine.calls == ["start", "pause"]
        run.engine.in_flight = 0

    run = Run(tmp_path)
    run.play(story)
    assert run.engine.calls == ["start", "pause", "stop"]


def test_a_second_quit_does_not_wait(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until_running()
        run.engine.in_flight = 2
        run.app.quit()
        await run.until(run.app.window.banners)
        run.app.quit()

    run = Run(tmp_path)
    run.play(story)
    assert run.engine.calls == ["start", "pause", "stop"]


@pytest.mark.expects_error_log("app.stop stage=close")
def test_a_stage_that_fails_does_not_keep_the_app_open(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until_running()

        async def broken() -> None:
            raise ValueError("broken")

        run.engine.stop = broken  # type: ignore[method-assign]
        run.app.quit()

    Run(tmp_path).play(story)


def test_the_database_away_is_said_until_it_is_back(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until_running()
        run.engine.events.publish(
            DatabaseStateChanged(available=False, detail="It restarts.", queued=3)
        )
        assert "3 requests wait" in run.app.window.banners()[0]
        run.engine.events.publish(DatabaseStateChanged(available=True))
        assert run.app.window.banners() == ()
        run.app.quit()

    Run(tmp_path).play(story)


def test_a_crash_of_the_run_before_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faulthandler.enable", lambda _file: None)  # pytest's own goes on
    monkeypatch.setattr("faulthandler.disable", lambda: None)
    (tmp_path / "crash").mkdir()
    (tmp_path / "crash" / "running-1.log").write_text("Fatal Python error: Segmentation fault\n")

    def dialogs(run: Run) -> list[CrashDialog]:
        return [one for one in run.app.window.findChildren(CrashDialog) if one.isVisible()]

    async def told(run: Run) -> None:
        await run.until(lambda: dialogs(run))
        assert not dialogs(run)[0].isModal()
        await run.until_running()
        run.app.quit()

    async def not_again(run: Run) -> None:
        await run.until_running()
        assert dialogs(run) == []
        run.app.quit()

    for story in (told, not_again):
        run = Run(tmp_path)
        run.app._crashes = CrashReports(tmp_path, is_running=lambda _: False)
        run.play(story)
    kept = [one.name for one in (tmp_path / "crash").iterdir()]
    assert len(kept) == 1
    assert kept[0].startswith("crash-")


BEYOND = "0.0.0.0:8080"


def question(run: Run) -> ConfirmDialog | None:
    return next(
        (one for one in run.app.window.findChildren(ConfirmDialog) if one.isVisible()), None
    )


def test_before_other_machines_are_let_in_the_person_is_asked_once(tmp_path: Path) -> None:
    async def agree(run: Run) -> None:
        await run.until(lambda: question(run))
        dialog = question(run)
        assert dialog is not None
        assert BEYOND in dialog.findChildren(Label)[1].text()
        assert not dialog.isModal()
        assert run.engines == []
        dialog.confirm.click()
        await run.until_running()
        assert run.app.window.sidebar.status.exposed
        run.app.quit()

    async def be_served(run: Run) -> None:
        await run.until_running()
        assert question(run) is None
        assert run.app.window.sidebar.status.exposed
        run.app.quit()

    for story in (agree, be_served):
        run = Run(tmp_path, listen_addr=BEYOND)
        run.play(story)
        assert run.listened == [BEYOND]


def test_who_does_not_agree_is_served_on_this_machine_alone(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until(lambda: question(run))
        dialog = question(run)
        assert dialog is not None
        dialog.reject()
        await run.until_running()
        assert not run.app.window.sidebar.status.exposed
        assert run.app.settings.exposed_at == ""
        run.app.quit()

    run = Run(tmp_path, listen_addr=BEYOND)
    run.play(story)
    assert run.listened == ["127.0.0.1:8080"]


def test_quitting_takes_the_question_away(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until(lambda: question(run))
        run.app.quit()

    run = Run(tmp_path, listen_addr=BEYOND)
    run.play(story)
    assert (run.engines, question(run)) == ([], None)


def test_an_error_of_the_trays_menu_and_a_message_lead_to_their_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(run: Run) -> None:
        shown: list[tuple[str, object]] = []
        monkeypatch.setattr(run.app.window, "show_page", lambda name: shown.append((name, None)))
        monkeypatch.setattr(run.app.window, "show_item", lambda *item: shown.append(item))
        run.app.window.hide()
        run.app.tray.message_opened.emit("costs", None)
        assert run.app.window.isVisible()
        run.app.tray.menu.error_chosen.emit(str(UUID(int=7)))
        assert shown == [("costs", None), ("logs", UUID(int=7))]
        run.app.quit()

    Run(tmp_path).play(story)


SECOND = "from pxbin_app.__main__ import main; raise SystemExit(main())"


def test_a_second_app_hands_over(tmp_path: Path) -> None:
    async def story(run: Run) -> None:
        await run.until_running()
        run.app.window.hide()
        environment = os.environ | {"PXBIN_DATA_DIR": str(tmp_path)}
        second = await asyncio.create_subprocess_exec(sys.executable, "-c", SECOND, env=environment)
        assert await asyncio.wait_for(second.wait(), 20) == 0
        assert run.app.window.isVisible()
        run.app.quit()

    Run(tmp_path).play(story)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_every_page_of_the_sidebar_can_be_built(
    entry: application.PageEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "PAGES", (entry,))

    async def story(run: Run) -> None:
        assert run.app.window.current_page is not None
        assert run.app.window.current_page.accessibleName() == entry.title
        run.app.quit()

    Run(tmp_path).play(story)

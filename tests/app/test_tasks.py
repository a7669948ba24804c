"""run_action(): exactly one ending, and it is shown. WhileInView: the newest reading counts, and only in view."""

import asyncio
import inspect

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from pytestqt.qtbot import QtBot

from pxbin_app.tasks import UNEXPECTED, WhileInView, run_action
from pxbin_engine.errors import Conflict, InvalidInput
from tests.support.fake_engine import settled


class Ending:
    def __init__(self) -> None:
        self.seen: list[object] = []

    def done(self, result: object) -> None:
        self.seen.append(("done", result))

    def failed(self, text: str) -> None:
        self.seen.append(("failed", text))

    def busy(self, now: bool) -> None:
        self.seen.append(now)


async def test_a_result_is_handed_over() -> None:
    ending = Ending()
    await run_action(
        asyncio.sleep(0, 5), name="five", done=ending.done, failed=ending.failed, busy=ending.busy
    )
    assert ending.seen == [True, ("done", 5), False]


async def test_our_own_errors_speak_for_themselves() -> None:
    async def clash() -> None:
        raise Conflict("There is an upstream of that name already.")

    ending = Ending()
    await run_action(
        clash(), name="clash", done=ending.done, failed=ending.failed, busy=ending.busy
    )
    assert ending.seen == [True, ("failed", "There is an upstream of that name already."), False]


@pytest.mark.expects_error_log("action.failed name=bug")
async def test_a_bug_goes_to_the_log_not_to_the_person() -> None:
    async def bug() -> None:
        raise KeyError("internal")

    ending = Ending()
    await run_action(bug(), name="bug", done=ending.done, failed=ending.failed, busy=ending.busy)
    assert ending.seen == [True, ("failed", UNEXPECTED), False]


async def test_a_cancelled_action_ends_its_progress_and_nothing_else() -> None:
    ending = Ending()
    task = run_action(
        asyncio.sleep(9), name="long", done=ending.done, failed=ending.failed, busy=ending.busy
    )
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert ending.seen == [True, False]


async def test_one_bad_input_is_said_at_its_field() -> None:
    async def refuse(field: str) -> None:
        raise InvalidInput("It must not be empty.", field=field)

    ending = Ending()
    for field in ("name", ""):
        await run_action(
            refuse(field),
            name="refuse",
            failed=ending.failed,
            invalid=lambda field, text: ending.seen.append((field, text)),
        )
    assert ending.seen == [("name", "It must not be empty."), ("failed", "It must not be empty.")]


async def test_an_action_cancelled_before_its_first_step_leaves_nothing_unawaited() -> None:
    ending = Ending()
    work = asyncio.sleep(9)
    task = run_action(work, name="long", done=ending.done, failed=ending.failed)
    task.cancel()
    await asyncio.wait({task})
    await asyncio.sleep(0)
    assert inspect.getcoroutinestate(work) == inspect.CORO_CLOSED
    assert ending.seen == []


class Source(QObject):
    happened = Signal(str)


class Viewer:
    """Something that is in view at times, and what it was told."""

    def __init__(self) -> None:
        self.source = Source()
        self.told: list[object] = []
        self.timer = QTimer(self.source, interval=3_600_000)
        hears = ((self.source.happened, self.told.append),)
        self.in_view = WhileInView("viewer.read", hears=hears, timers=(self.timer,))
        self.answers = {name: asyncio.Event() for name in "abc"}

    def ask(self, name: str, *, more: bool = False, error: str = "") -> None:
        async def answer() -> str:
            await self.answers[name].wait()
            if error:
                raise Conflict(error)
            return name

        read = self.in_view.read_more if more else self.in_view.read
        read(answer(), done=self.told.append, failed=lambda why: self.told.append((why,)))

    async def let(self, *names: str) -> None:
        for name in names:
            self.answers[name].set()
            await settled()


async def test_signals_are_heard_in_view_only(qtbot: QtBot) -> None:
    viewer = Viewer()
    viewer.source.happened.emit("before")
    viewer.in_view.start()
    viewer.source.happened.emit("during")
    assert viewer.in_view.working
    viewer.timer.start()
    viewer.in_view.stop()
    viewer.source.happened.emit("after")
    assert viewer.told == ["during"]
    assert not viewer.in_view.working
    assert not viewer.timer.isActive()


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize("error", ["", "Gone."])
async def test_of_two_readings_only_the_newer_one_is_told(
    qtbot: QtBot, order: str, error: str
) -> None:
    viewer = Viewer()
    viewer.ask("a", error=error)
    viewer.ask("b")
    await viewer.let(*order)
    assert viewer.told == ["b"]


async def test_more_is_read_beside_and_outdated_together(qtbot: QtBot) -> None:
    viewer = Viewer()
    viewer.ask("a")
    viewer.ask("b", more=True, error="Gone.")
    assert viewer.in_view.reading
    await viewer.let("b", "a")
    assert viewer.told == [("Gone.",), "a"]
    assert not viewer.in_view.reading
    viewer.ask("c", more=True)
    viewer.in_view.outdate()
    await viewer.let("c")
    assert viewer.told == [("Gone.",), "a"]


async def test_nothing_is_told_out_of_view(qtbot: QtBot) -> None:
    viewer = Viewer()
    viewer.in_view.start()
    viewer.ask("a")
    viewer.in_view.stop()
    await viewer.let("a")
    assert viewer.told == []

"""run_action(): exactly one ending, and it is shown."""

import asyncio
import inspect

import pytest

from pxbin_app.tasks import UNEXPECTED, run_action
from pxbin_engine.errors import Conflict, InvalidInput


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

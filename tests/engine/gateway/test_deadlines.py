"""Deadlines: many limits, one timer, and interruptions that cannot be taken for a cancellation."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from pxbin_engine.gateway.deadlines import Deadlines
from pxbin_engine.tasks import spawn


async def test_what_is_in_time_is_not_touched() -> None:
    deadlines = Deadlines()
    watch = deadlines.watch()
    assert await watch.wait(asyncio.sleep(0, "done"), 5.0) == "done"
    watch.close()
    assert deadlines._timer is None


async def test_what_is_late_is_interrupted_and_the_task_can_go_on() -> None:
    deadlines = Deadlines()
    watch = deadlines.watch()
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await watch.wait(asyncio.sleep(5), 0.03)
    assert 0.05 < time.monotonic() - started < 1.0
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    watch.close()


async def test_a_cancellation_stays_one() -> None:
    deadlines = Deadlines()

    async def serve() -> None:
        watch = deadlines.watch()
        try:
            await watch.wait(asyncio.sleep(5), 5.0)
        finally:
            watch.close()

    task = spawn(serve(), name="test")
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_very_moment_of_the_deadline_wins() -> None:
    deadlines = Deadlines()

    async def serve() -> None:
        watch = deadlines.watch()
        try:
            await watch.wait(asyncio.sleep(5), 5.0)
        finally:
            watch.close()

    task = spawn(serve(), name="test")
    await asyncio.sleep(0.01)
    (watch,) = deadlines._watches
    watch.interrupt()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_thousand_waits_share_one_timer() -> None:
    deadlines = Deadlines()

    async def serve(seconds: float) -> str:
        watch = deadlines.watch()
        try:
            return await watch.wait(asyncio.sleep(0.05, "done"), seconds)
        except TimeoutError:
            return "late"
        finally:
            watch.close()

    tasks = [spawn(serve(0.01 if i % 2 else 9.0), name="test") for i in range(1000)]
    await asyncio.sleep(0)
    assert deadlines._timer is not None
    answers = await asyncio.gather(*tasks)
    assert answers.count("late") == answers.count("done") == 500
    assert not deadlines._watches
    assert deadlines._timer is None


async def test_a_shielded_wait_can_be_taken_up_again() -> None:
    deadlines = Deadlines()
    watch = deadlines.watch()
    inner = spawn(asyncio.sleep(0.1, "done"), name="test")
    with pytest.raises(TimeoutError):
        await watch.wait(asyncio.shield(inner), 0.02)
    assert await watch.wait(asyncio.shield(inner), 5.0) == "done"
    watch.close()


async def test_a_limit_that_has_passed_already_works_on_every_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """uvloop's ``call_at`` gives a handle without ``when`` where the time has come."""
    loop = asyncio.get_running_loop()

    real = loop.call_at

    def call_at(when: float, callback: Callable[..., None], *given: Any, **more: Any) -> Any:
        if when > loop.time():
            return real(when, callback, *given, **more)
        return loop.call_soon(callback, *given, **more)

    monkeypatch.setattr(loop, "call_at", call_at)
    deadlines = Deadlines()
    watch = deadlines.watch()
    deadlines.due_at(loop.time() - 1.0)
    with pytest.raises(TimeoutError):
        await watch.wait(asyncio.sleep(5), -0.5)
    watch.close()

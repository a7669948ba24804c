"""spawn(): named, kept while it runs, and its failure is seen."""

import asyncio

import pytest

from pxbin_engine.tasks import running, spawn


async def test_a_task_is_named_and_kept_while_it_runs() -> None:
    gate = asyncio.Event()
    task = spawn(gate.wait(), name="waiter")
    assert task.get_name() == "waiter"
    assert task in running()
    gate.set()
    await task
    await asyncio.sleep(0)
    assert task not in running()


@pytest.mark.expects_error_log("task.failed name=broken")
async def test_a_failure_is_logged() -> None:
    async def broken() -> None:
        raise ValueError("seen")

    task = spawn(broken(), name="broken")
    await asyncio.wait({task})
    await asyncio.sleep(0)


async def test_a_cancelled_task_is_no_failure() -> None:
    task = spawn(asyncio.sleep(10), name="sleeper")
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()

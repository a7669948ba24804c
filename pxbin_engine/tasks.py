"""The one way to start a background task: named, kept until it ends, and its failure is seen."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

# The event loop keeps only weak references to tasks; an unreferenced one may vanish mid-flight.
_running: set[asyncio.Task[Any]] = set()


def spawn(coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start ``coroutine`` on the running loop; a failure is logged with its traceback, never lost."""
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)
    task.add_done_callback(_finished)
    return task


def _finished(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if task.cancelled():
        return
    error = task.exception()
    if error is not None:
        logger.error("task.failed name=%s", task.get_name(), exc_info=error)


def running() -> frozenset[asyncio.Task[Any]]:
    """The tasks that have not ended yet (for a staged stop, and for tests)."""
    return frozenset(_running)

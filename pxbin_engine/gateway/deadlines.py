"""Deadlines: time limits for many waits with one timer, because a timer for each read would cost more than the read.

A ``Watch`` belongs to one task. While it waits, its deadline is a number in a set; one timer of the event loop sweeps
the set when the earliest of them may be due, and interrupts what is late the way ``asyncio.timeout`` does.
"""

import asyncio
import math
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")

GRANULARITY = 0.02
"""Seconds between two sweeps at the least; a deadline may be met that much late."""


class Deadlines:
    """All the waits of one event loop that have a limit."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._timer: asyncio.Handle | None = None
        self._next = math.inf
        """When it fires; uvloop gives a handle without that where it is at once."""

    def watch(self) -> "Watch":
        """A watch for the current task; close it when the task is done with waiting."""
        watch = Watch(self)
        self._watches.add(watch)
        return watch

    def forget(self, watch: "Watch") -> None:
        """The watch waits no more; the last one takes the timer with it."""
        self._watches.discard(watch)
        if not self._watches and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def due_at(self, when: float) -> None:
        """Make sure that a sweep comes at ``when`` (loop time), or earlier."""
        if self._timer is not None:
            if self._next <= when:
                return
            self._timer.cancel()
        self._next = when
        self._timer = asyncio.get_running_loop().call_at(when, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        earliest = math.inf
        for watch in self._watches:
            if watch.deadline <= now:
                watch.interrupt()
            else:
                earliest = min(earliest, watch.deadline)
        if earliest < math.inf:
            self.due_at(max(earliest, now + GRANULARITY))


class Watch:
    """The time limits of one task's waits, one wait after another."""

    def __init__(self, deadlines: Deadlines) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a watch needs a task")
        self.deadline = math.inf
        self._deadlines = deadlines
        self._task = task
        self._cancelling = task.cancelling()
        self._interrupted = False

    async def wait(self, awaitable: Awaitable[T], seconds: float) -> T:
        """Await it for so many seconds.

        Raises:
            TimeoutError: the deadline came first; the awaitable was cancelled.
        """
        self.deadline = asyncio.get_running_loop().time() + seconds
        self._deadlines.due_at(self.deadline)
        try:
            return await awaitable
        except asyncio.CancelledError:
            if self._interrupted and self._task.uncancel() <= self._cancelling:
                raise TimeoutError from None
            raise
        finally:
            self.deadline = math.inf
            self._interrupted = False

    def interrupt(self) -> None:
        """End the present wait; called by the sweep."""
        self.deadline = math.inf
        self._interrupted = True
        self._task.cancel()

    def close(self) -> None:
        """No more waits."""
        self._deadlines.forget(self)

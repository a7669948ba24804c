"""Work that a click starts: spawned once, progress and failure shown in one place.

``spawn`` is the engine's: named, kept, its failure seen. ``run_action`` is what a presenter calls for everything that a
person asked for: exactly one of ``done``, ``failed`` and ``invalid`` is called, on the GUI thread, unless it was cancelled.
``WhileInView`` is what a page's presenter reads by, and follows events by, as long as the page is seen.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QTimer, SignalInstance

from pxbin_engine.errors import InvalidInput, PxbinError
from pxbin_engine.tasks import spawn

__all__ = ["WhileInView", "run_action", "spawn"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

UNEXPECTED = "Something went wrong inside pxbin. The log has the details."


def _ignore(_: object) -> None:
    """For those who need not know."""


def run_action(
    work: Coroutine[Any, Any, T],
    *,
    name: str,
    done: Callable[[T], None] = _ignore,
    failed: Callable[[str], None],
    invalid: Callable[[str, str], None] | None = None,
    busy: Callable[[bool], None] = _ignore,
) -> asyncio.Task[None]:
    """Run ``work`` for a person.

    Args:
        work: an engine use case.
        name: of the task, for logs.
        done: gets the result.
        failed: gets a sentence to show; an unexpected error's own text goes to the log only.
        invalid: gets the field and the sentence instead, where one input cannot be used (a form shows it there).
        busy: told True at once and False at the end, however it ends.
    """

    async def run() -> None:
        busy(True)
        try:
            result = await work
        except PxbinError as error:
            if invalid is not None and isinstance(error, InvalidInput) and error.field:
                invalid(error.field, error.message)
            else:
                failed(error.message)
        except Exception:
            logger.exception("action.failed name=%s", name)
            failed(UNEXPECTED)
        else:
            done(result)
        finally:
            busy(False)

    task = spawn(run(), name=name)
    task.add_done_callback(
        lambda _: work.close()
    )  # cancelled before its first step, it was never awaited
    return task


Heard = tuple[SignalInstance, Callable[..., object]]
"""A signal, and what is called by it."""


class WhileInView:
    """What is heard and read between ``start`` and ``stop``, that is while a page is in view.

    Of two readings the newer one counts: of an older one neither its answer nor its failure is told, and nothing is told
    after ``stop``.

    Attributes:
        working: whether the page is in view.
    """

    def __init__(self, name: str, *, hears: Sequence[Heard], timers: Sequence[QTimer] = ()) -> None:
        """Nothing is heard yet.

        Args:
            name: of the tasks that read, for logs.
            hears: what is connected as long as the page is in view.
            timers: stopped when it leaves the view; who needs one starts it.
        """
        self.working = False
        self._name = name
        self._hears = tuple(hears)
        self._timers = tuple(timers)
        self._generation = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def reading(self) -> bool:
        """Whether the newest reading has not ended yet."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """The page came into view."""
        self.working = True
        for signal, slot in self._hears:
            signal.connect(slot)

    def stop(self) -> None:
        """The page left the view."""
        self.working = False
        for signal, slot in self._hears:
            signal.disconnect(slot)
        for timer in self._timers:
            timer.stop()
        self.outdate()

    def outdate(self) -> None:
        """What is read now shall not be told any more."""
        self._generation += 1

    def read(
        self,
        work: Coroutine[Any, Any, T],
        *,
        done: Callable[[T], None],
        failed: Callable[[str], None],
    ) -> None:
        """Read in place of whatever is being read."""
        self.outdate()
        self.read_more(work, done=done, failed=failed)

    def read_more(
        self,
        work: Coroutine[Any, Any, T],
        *,
        done: Callable[[T], None],
        failed: Callable[[str], None],
    ) -> None:
        """Read something beside what is being read; the next ``read`` outdates both."""
        generation = self._generation

        def current(then: Callable[[Any], None]) -> Callable[[Any], None]:
            return lambda result: then(result) if generation == self._generation else None

        self._task = run_action(work, name=self._name, done=current(done), failed=current(failed))

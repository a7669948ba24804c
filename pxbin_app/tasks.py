"""Work that a click starts: spawned once, progress and failure shown in one place.

``spawn`` is the engine's: named, kept, its failure seen. ``run_action`` is what a presenter calls for everything that a
person asked for: exactly one of ``done``, ``failed`` and ``invalid`` is called, on the GUI thread, unless it was cancelled.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pxbin_engine.errors import InvalidInput, PxbinError
from pxbin_engine.tasks import spawn

__all__ = ["run_action", "spawn"]

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

"""The prices that vendors publish: asked in a process of its own, which is let go when nobody has asked for a while.

The package's data would cost the engine most of a second at start and 80 MB for ever; so ``price_worker`` holds it.
"""

import asyncio
import json
import logging
import subprocess
from typing import Any

import msgspec

from pxbin_engine.programs import NO_WINDOW, PRICE_WORKER, part_command
from pxbin_engine.records import ModelPrice
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

_ANSWER_TIMEOUT = 30.0


class PublishedPrices:
    """Call it like a function; questions are answered one at a time."""

    def __init__(self, *, idle_seconds: float = 10.0) -> None:
        self._idle_seconds = idle_seconds
        self._one_at_a_time = asyncio.Lock()
        self._worker: subprocess.Popen[str] | None = None
        self._letting_go: asyncio.TimerHandle | None = None

    async def __call__(
        self, model: str, provider: str = "", base_url: str = ""
    ) -> ModelPrice | None:
        """The published price of ``model``; None where none is known, or (with a warning) where it cannot be asked."""
        question = json.dumps({"model": model, "provider": provider, "base_url": base_url})
        async with self._one_at_a_time:
            self._keep()
            try:
                async with asyncio.timeout(_ANSWER_TIMEOUT):
                    answer = await asyncio.to_thread(self._ask, question)
            except (OSError, ValueError, TimeoutError) as error:
                logger.warning("prices.unavailable model=%r reason=%r", model, error)
                self._let_go()
                return None
            self._letting_go = asyncio.get_running_loop().call_later(
                self._idle_seconds, self._let_go
            )
        if answer is None:
            return None
        return msgspec.convert(answer | {"source": "published"}, ModelPrice)

    async def close(self) -> None:
        """End the process, if there is one."""
        self._keep()
        if self._worker is not None:
            worker, self._worker = self._worker, None
            await asyncio.to_thread(_end, worker)

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._worker is not None

    def _ask(self, question: str) -> dict[str, Any] | None:
        if self._worker is None:
            self._worker = subprocess.Popen(
                part_command(PRICE_WORKER),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                creationflags=NO_WINDOW,
            )
        if self._worker.stdin is None or self._worker.stdout is None:
            raise OSError("the price worker has no pipes")
        self._worker.stdin.write(question + "\n")
        self._worker.stdin.flush()
        answer: dict[str, Any] | None = json.loads(self._worker.stdout.readline())
        return answer

    def _keep(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None

    def _let_go(self) -> None:
        if self._worker is not None:
            worker, self._worker = self._worker, None
            spawn(asyncio.to_thread(_end, worker), name="prices.end")


def _end(worker: subprocess.Popen[str]) -> None:
    worker.kill()
    worker.communicate()

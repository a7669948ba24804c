"""Patience: waiting for an upstream without letting the client believe that nobody is there.

A client that asked for a stream is answered late at the latest: after ``commit_delay_seconds`` its stream is opened, and
from then on a ping goes out whenever nothing else did for ``ping_interval_seconds``.

An upstream has failed that did not begin its answer in its time, or that was silent for too long within it. Pings and
headers do not begin an answer that is streamed: the first useful event does, up to which another target may still answer.
"""

import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct, field

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import UpstreamTimeout
from pxbin_engine.gateway.budgets.gate import BudgetGate
from pxbin_engine.gateway.calibration import Calibration
from pxbin_engine.gateway.deadlines import Deadlines
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.gateway.upstream_answer import UpstreamAnswer
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.records import LearnedQuirk, UpstreamRecord
from pxbin_engine.search.provider import SearchProvider

T = TypeVar("T")

OnLearned = Callable[[UpstreamRecord, tuple[LearnedQuirk, ...]], None]
"""Told what an upstream's refusals taught, once the request was answered that took it; must return at once."""


def learned_by_nobody(_upstream: UpstreamRecord, _quirks: tuple[LearnedQuirk, ...]) -> None:
    """Every request learns anew."""


class Tools(Struct, frozen=True):
    """What all exchanges of a gateway share; ``clock`` is monotonic, ``jitter`` gives 0 to 1, ``search`` searches the web."""

    config: EngineConfig
    client: UpstreamClient
    health: UpstreamHealth
    deadlines: Deadlines
    clock: Callable[[], float]
    jitter: Callable[[], float]
    search: SearchProvider | None = None
    on_learned: OnLearned = learned_by_nobody
    calibration: Calibration = field(default_factory=Calibration)
    budgets: BudgetGate = field(default_factory=BudgetGate)


class Patience:
    """The waits of one exchange.

    Attributes:
        heard_at: when the upstream last gave a sign of life, or was asked.
        first_byte_at: when the first byte of its answer's body came; None until then.
    """

    def __init__(self, tools: Tools, exchange: Exchange, reply: Reply) -> None:
        self.heard_at = self._asked_at = exchange.received
        self.first_byte_at: float | None = None
        self._first_byte = _Limit("first_byte_timeout_seconds", math.inf)
        self._idle = _Limit("upstream_timeout_seconds", math.inf)
        self._began = False
        self._tools = tools
        self._exchange = exchange
        self._reply = reply
        self._watch = reply.watch

    def ask(self, upstream: UpstreamRecord) -> None:
        """It is asked now; its own limits go before the configuration's."""
        config = self._tools.config
        self.heard_at = self._asked_at = self._tools.clock()
        self.first_byte_at = None
        self._began = False
        self._first_byte = _limit(
            "first_byte_timeout_seconds",
            upstream.first_byte_timeout_seconds,
            config.first_byte_timeout_seconds,
        )
        self._idle = _limit(
            "upstream_timeout_seconds",
            upstream.idle_timeout_seconds,
            config.upstream_timeout_seconds,
        )

    def heard_headers(self) -> None:
        """The answer's status and headers are there; one that is not streamed has begun."""
        self.heard_at = self._tools.clock()
        self._began = not self._exchange.stream

    async def read(self, translation: Translation, answer: UpstreamAnswer) -> bytes:
        """The next bytes of an answer; ``b""`` at its end."""
        chunk = answer.read_nowait() or await self.wait(translation, answer.read)
        self.heard_at = self._tools.clock()
        if self.first_byte_at is None and chunk:
            self.first_byte_at = self.heard_at
        return chunk

    async def read_all(self, translation: Translation, answer: UpstreamAnswer) -> bytes:
        """A whole answer, as ``UpstreamAnswer.read_all`` bounds it."""
        return await answer.read_all(lambda: self.read(translation, answer))

    async def wait(self, translation: Translation, start: Callable[[], Awaitable[T]]) -> T:
        """Wait for what ``start`` begins; it is begun anew after each sign of life to the client.

        Raises:
            UpstreamTimeout: the upstream was silent for too long.
        """
        while True:
            now = self._tools.clock()
            fails_at = self._fails_at(translation)
            wakes_at = min(fails_at, self._due_ping_at()) if self._exchange.stream else fails_at
            try:
                return await self._watch.wait(start(), wakes_at - now)
            except TimeoutError:
                if self._tools.clock() >= fails_at:
                    raise UpstreamTimeout(self._what_was_missed(translation)) from None
            if self._exchange.stream:
                await self._keep_alive(translation)

    def _fails_at(self, translation: Translation) -> float:
        if self._began or translation.useful:
            return self.heard_at + self._idle.seconds
        return self._asked_at + self._first_byte.seconds

    def _what_was_missed(self, translation: Translation) -> str:
        if self._began or translation.useful:
            return f"it was silent for {self._idle} in the middle of its answer"
        return f"it did not begin its answer within {self._first_byte}"

    def _due_ping_at(self) -> float:
        if self._reply.committed:
            return self._reply.written_at + self._tools.config.ping_interval_seconds
        return self._exchange.received + self._tools.config.commit_delay_seconds

    async def _keep_alive(self, translation: Translation) -> None:
        opened = self._reply.committed
        await self._reply.write(translation.ping() if opened else translation.open())


class _Limit(Struct, frozen=True):
    """Seconds, and the setting that says them."""

    setting: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:g} seconds ({self.setting})"


def _limit(setting: str, own: float | None, configured: float) -> _Limit:
    return _Limit(setting, configured) if own is None else _Limit("the upstream's own limit", own)

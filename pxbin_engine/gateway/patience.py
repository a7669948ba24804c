"""Patience: waiting for an upstream without letting the client believe that nobody is there.

A client that asked for a stream is answered late at the latest: after ``commit_delay_seconds`` its stream is opened, and
from then on a ping goes out whenever nothing else did for ``ping_interval_seconds``. An upstream that says nothing at all
for ``upstream_timeout_seconds`` has failed.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct, field

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import UpstreamTimeout
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


class Patience:
    """The waits of one exchange.

    Attributes:
        heard_at: when the upstream last gave a sign of life, or was first asked.
    """

    def __init__(self, tools: Tools, exchange: Exchange, reply: Reply) -> None:
        self.heard_at = exchange.received
        self._tools = tools
        self._exchange = exchange
        self._reply = reply
        self._watch = reply.watch

    async def read(self, translation: Translation, answer: UpstreamAnswer) -> bytes:
        """The next bytes of an answer; ``b""`` at its end."""
        chunk = answer.read_nowait() or await self.wait(translation, answer.read)
        self.heard_at = self._tools.clock()
        return chunk

    async def read_all(self, translation: Translation, answer: UpstreamAnswer) -> bytes:
        """A whole answer, as ``UpstreamAnswer.read_all`` bounds it."""
        return await answer.read_all(lambda: self.read(translation, answer))

    async def wait(self, translation: Translation, start: Callable[[], Awaitable[T]]) -> T:
        """Wait for what ``start`` begins; it is begun anew after each sign of life to the client.

        Raises:
            UpstreamTimeout: the upstream was silent for too long.
        """
        silence = self._tools.config.upstream_timeout_seconds
        while True:
            now = self._tools.clock()
            until_timeout = self.heard_at + silence - now
            until_ping = self._due_ping_at() - now if self._exchange.stream else until_timeout
            try:
                return await self._watch.wait(start(), min(until_timeout, until_ping))
            except TimeoutError:
                if self._tools.clock() >= self.heard_at + silence:
                    raise UpstreamTimeout(f"silent for {silence:g} seconds") from None
            if self._exchange.stream:
                await self._keep_alive(translation)

    def _due_ping_at(self) -> float:
        if self._reply.committed:
            return self._reply.written_at + self._tools.config.ping_interval_seconds
        return self._exchange.received + self._tools.config.commit_delay_seconds

    async def _keep_alive(self, translation: Translation) -> None:
        opened = self._reply.committed
        await self._reply.write(translation.ping() if opened else translation.open())

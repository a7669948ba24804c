"""Recording: which exchanges are kept byte for byte, and the answers and responders that keep what passes through them.

The rules:

1. Where nothing is to be kept there is no tape, and no read or write passes through here.
2. Only requests with a key of pxbin are recorded: whoever has none cannot fill the disk.
3. The mode may change at any time; an exchange goes by the one that it began with.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from urllib.parse import unquote, urlsplit

from pxbin_engine.config import EngineConfig
from pxbin_engine.gateway.exchange import Inbound
from pxbin_engine.gateway.reply import Responder
from pxbin_engine.gateway.tape import Room, Tape, Track
from pxbin_engine.gateway.upstream_answer import UpstreamAnswer
from pxbin_engine.records import RecordingMode


class Recorder:
    """Which exchanges of a gateway are recorded, and on what.

    Attributes:
        mode: for the exchanges that begin from now on.
        room: what all recordings share.
    """

    def __init__(self, config: EngineConfig, clock: Callable[[], float]) -> None:
        self.mode: RecordingMode = config.log_bodies
        self.room = Room()
        self._clock = clock
        self._kept_bytes = config.log_body_kb * 1024
        self._secrets = _secrets_of(config)

    def begin(self, inbound: Inbound, secrets: Iterable[str]) -> Tape | None:
        """A tape on which the request already is; ``secrets`` are the upstreams' keys. None where it is not recorded.

        To be asked only where ``mode`` is not ``off``.
        """
        if inbound.key is None:
            return None
        tape = Tape(
            self.room,
            self._kept_bytes,
            arrived=inbound.arrived,
            clock=self._clock,
            secrets=(*self._secrets, *secrets),
            only_failures=self.mode == "errors",
        )
        url = f"{inbound.path}?{inbound.query}" if inbound.query else inbound.path
        tape.hear_client(inbound.method, url, inbound.headers, inbound.body, at=inbound.received)
        return tape


def _secrets_of(config: EngineConfig) -> tuple[str, ...]:
    return (
        config.encryption_key,
        config.management_bootstrap_key,
        config.web_search_api_key,
        unquote(urlsplit(config.database_url).password or ""),
    )


class RecordedAnswer(UpstreamAnswer):
    """An upstream's answer that is kept as it is read."""

    def __init__(self, answer: UpstreamAnswer, track: Track) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self._answer = answer
        self._track = track

    def read_nowait(self) -> bytes:
        """See ``UpstreamAnswer``."""
        if chunk := self._answer.read_nowait():
            self._track.add(chunk)
        return chunk

    async def read(self) -> bytes:
        """See ``UpstreamAnswer``."""
        if chunk := await self._answer.read():
            self._track.add(chunk)
        return chunk

    async def read_all(self, read: Callable[[], Awaitable[bytes]] | None = None) -> bytes:
        """See ``UpstreamAnswer``."""
        return await self._answer.read_all(read or self.read)

    def without_secret(self, content: bytes) -> bytes:
        """See ``UpstreamAnswer``."""
        return self._answer.without_secret(content)

    @property
    def at_end(self) -> bool:
        """See ``UpstreamAnswer``."""
        return self._answer.at_end

    def drain(self) -> None:
        """See ``UpstreamAnswer``; what is read then is not kept."""
        self._answer.drain()

    def close(self) -> None:
        """See ``UpstreamAnswer``."""
        self._answer.close()


class RecordedResponder:
    """A responder that keeps what it sends."""

    def __init__(self, responder: Responder, tape: Tape) -> None:
        self._responder = responder
        self._tape = tape
        self._track: Track | None = None

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """See ``Responder``."""
        self._track = self._tape.answer_client(status, headers)
        await self._responder.start(status, headers)

    async def write(self, data: bytes) -> None:
        """See ``Responder``."""
        self._keep(data)
        await self._responder.write(data)

    async def end(self, data: bytes) -> None:
        """See ``Responder``."""
        self._keep(data)
        await self._responder.end(data)

    async def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """See ``Responder``."""
        self._track = self._tape.answer_client(status, headers)
        self._keep(body)
        await self._responder.send(status, headers, body)

    def abort(self) -> None:
        """See ``Responder``."""
        self._responder.abort()

    def _keep(self, data: bytes) -> None:
        if data and self._track is not None:
            self._track.add(data)

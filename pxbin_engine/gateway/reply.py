"""Reply: the client's side of an exchange; what goes out, and when the status is committed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from pxbin_engine.gateway.deadlines import Watch
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.rate_headers import rate_headers, without_rate_headers
from pxbin_engine.protocol.dialect import EncodedError

STREAM_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


class Responder(Protocol):
    """How the skin answers; each raises ``ConnectionResetError`` where the client has gone."""

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status and headers of a stream."""
        ...

    async def write(self, data: bytes) -> None:
        """Send more of the stream, waiting where the client reads slowly."""
        ...

    async def end(self, data: bytes) -> None:
        """Send the last of the stream, maybe nothing, and its end."""
        ...

    async def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer."""
        ...

    def abort(self) -> None:
        """Cut the connection at once."""
        ...


class ClientStalled(ConnectionResetError):
    """The client is still there, but it reads no more, so its connection was cut."""


class Reply:
    """The answer to one exchange: either whole, or a stream; its marks of time go to the exchange.

    Args:
        watch: of the task that answers; also for its other waits, of which there is one at a time.
        patience: seconds for which a client may read nothing; every call raises ``ClientStalled`` after that.
    """

    def __init__(
        self,
        exchange: Exchange,
        responder: Responder,
        clock: Callable[[], float],
        watch: Watch,
        *,
        patience: float,
    ) -> None:
        self._exchange = exchange
        self._responder = responder
        self._clock = clock
        self.watch = watch
        self._patience = patience
        self.written_at = 0.0
        self.ended = False

    @property
    def committed(self) -> bool:
        """Whether a status went out."""
        return self._exchange.committed is not None

    async def write(
        self, data: bytes, *, headers: Mapping[str, str] | None = None, read_at: float | None = None
    ) -> None:
        """Send more of the stream; the first call commits the status 200.

        Args:
            headers: further headers, for the first call.
            read_at: when the upstream's bytes behind ``data`` were read.
        """
        await self._begin(headers, read_at)
        if data:
            await self._limited(self._responder.write(data))
        self.written_at = self._clock()

    async def end(
        self,
        data: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        read_at: float | None = None,
    ) -> None:
        """Send the last of the stream, and that it is complete; otherwise as ``write``."""
        await self._begin(headers, read_at)
        self.ended = True
        await self._limited(self._responder.end(data))

    async def _begin(self, headers: Mapping[str, str] | None, read_at: float | None) -> None:
        if not self.committed:
            self._exchange.commit(200, now=self._clock(), read_at=read_at)
            headers = self._with_ids(STREAM_HEADERS, headers)
            await self._limited(self._responder.start(200, headers))

    async def send(
        self, status: int, headers: Mapping[str, str], body: bytes, *, read_at: float | None = None
    ) -> None:
        """Send a whole answer."""
        self._exchange.commit(status, now=self._clock(), read_at=read_at)
        self.ended = True
        await self._limited(self._responder.send(status, self._with_ids(headers), body))

    async def send_error(self, encoded: EncodedError) -> None:
        """Send an error, encoded in the client's dialect."""
        await self.send(encoded.status, encoded.headers, encoded.body)

    async def _limited(self, sending: Awaitable[None]) -> None:
        try:
            await self.watch.wait(sending, self._patience)
        except TimeoutError:
            self._responder.abort()
            raise ClientStalled(
                f"The client read nothing for {self._patience:g} seconds."
            ) from None

    def _with_ids(
        self, headers: Mapping[str, str], more: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        request_id = self._exchange.request_id
        told = {**(more or {}), **headers, "x-request-id": request_id, "request-id": request_id}
        if (
            standings := self._exchange.grant.standings
        ):  # what an upstream allows pxbin is nothing to this client
            spoken, now = self._exchange.input_format, self._exchange.timestamp
            told = without_rate_headers(told) | rate_headers(spoken, standings, now)
        # An upstream's header may hold what no header of ours can carry.
        return {
            name: value for name, value in told.items() if value.isascii() and value.isprintable()
        }

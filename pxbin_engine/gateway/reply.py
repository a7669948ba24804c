"""Reply: the client's side of an exchange; what goes out, and when the status is committed."""

from collections.abc import Callable, Mapping
from typing import Protocol

from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.failures import goes_verbatim
from pxbin_engine.gateway.fallback import Failure
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import Outcome

STREAM_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


class Responder(Protocol):
    """How the skin answers; each raises ``ConnectionResetError`` where the client has gone."""

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status and headers of a stream."""
        ...

    async def write(self, data: bytes) -> None:
        """Send more of the stream, waiting where the client reads slowly."""
        ...

    async def end(self) -> None:
        """The stream is complete."""
        ...

    async def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer."""
        ...


class Reply:
    """The answer to one exchange: either whole, or a stream; its marks of time go to the exchange."""

    def __init__(
        self,
        exchange: Exchange,
        responder: Responder,
        dialect: Dialect,
        clock: Callable[[], float],
    ) -> None:
        self.dialect = dialect
        """The client's."""
        self._exchange = exchange
        self._responder = responder
        self._clock = clock
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
        if not self.committed:
            self._exchange.commit(200, now=self._clock(), read_at=read_at)
            await self._responder.start(200, self._with_ids(STREAM_HEADERS, headers))
        if data:
            await self._responder.write(data)
        self.written_at = self._clock()

    async def end(self) -> None:
        """The stream is complete."""
        self.ended = True
        await self._responder.end()

    async def send(
        self, status: int, headers: Mapping[str, str], body: bytes, *, read_at: float | None = None
    ) -> None:
        """Send a whole answer."""
        self._exchange.commit(status, now=self._clock(), read_at=read_at)
        self.ended = True
        await self._responder.send(status, self._with_ids(headers), body)

    async def send_error(self, error: ApiError) -> None:
        """Send an error in the client's dialect."""
        encoded = self.dialect.encode_error(error, request_id=self._exchange.request_id)
        await self.send(encoded.status, encoded.headers, encoded.body)

    async def send_failure(self, failure: Failure) -> None:
        """Send what the upstream failed with: in its own bytes where the client can read them."""
        error = failure.error
        outcome: Outcome = "client_error" if failure.scope == "request" else "upstream_error"
        self._exchange.fail(outcome, error)
        if failure.body is None or not goes_verbatim(failure):
            await self.send_error(error)
            return
        headers = {"content-type": "application/json"}
        if error.retry_after is not None:
            headers["retry-after"] = f"{error.retry_after:g}"
        await self.send(error.status, headers, failure.body)

    def _with_ids(
        self, headers: Mapping[str, str], more: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        request_id = self._exchange.request_id
        return {**(more or {}), **headers, "x-request-id": request_id, "request-id": request_id}

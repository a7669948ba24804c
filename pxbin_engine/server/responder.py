"""Answers through aiohttp, in the gateway's terms (``gateway.reply.Responder``)."""

from collections.abc import Mapping

from aiohttp import web

from pxbin_engine.protocol.dialects.gemini_generate.array_stream import ArrayStream

SERVER_NAME = "pxbin"


class _Stream(web.StreamResponse):
    """A stream whose headers leave with its first bytes, as one segment."""

    _send_headers_immediately = False


class HttpResponder:
    """Answers one request; ``headers`` go along with whatever is answered."""

    def __init__(self, request: web.BaseRequest, headers: Mapping[str, str] | None = None) -> None:
        self._own_headers = {"server": SERVER_NAME, **(headers or {})}
        self._request = request
        self._response: web.StreamResponse | None = None

    @property
    def response(self) -> web.StreamResponse:
        """What was answered, to be given back to aiohttp."""
        if self._response is None:
            raise RuntimeError("nothing was answered")
        return self._response

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """See ``Responder``."""
        self._response = _Stream(status=status, headers={**self._own_headers, **headers})
        await self._response.prepare(self._request)

    async def write(self, data: bytes) -> None:
        """See ``Responder``."""
        await self.response.write(data)

    async def end(self, data: bytes) -> None:
        """See ``Responder``."""
        await self.response.write_eof(data)

    def abort(self) -> None:
        """See ``Responder``."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """See ``Responder``."""
        self._response = web.Response(
            status=status, headers={**self._own_headers, **headers}, body=body
        )
        await self._response.prepare(self._request)
        await self._response.write_eof()


class ArrayResponder(HttpResponder):
    """Answers a Gemini client that asked for a stream as one JSON array."""

    def __init__(self, request: web.BaseRequest, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(request, headers)
        self._array = ArrayStream()

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """See ``Responder``."""
        await super().start(status, {**headers, "content-type": "application/json"})

    async def write(self, data: bytes) -> None:
        """See ``Responder``."""
        if items := self._array.feed(data):
            await super().write(items)

    async def end(self, data: bytes) -> None:
        """See ``Responder``."""
        await super().end(self._array.feed(data) + self._array.close())

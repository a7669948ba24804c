"""Connections: aiohttp's server where it must be otherwise - the door before every route, and answers in our own words.

``app`` says what the routes are; what arrives without one, or is refused before it reaches one, is answered here.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Mapping
from typing import Any, NamedTuple

from aiohttp import web

from pxbin_engine.gateway.exchange import Inbound, utc_now
from pxbin_engine.gateway.own_answers import INTERNAL_ERROR
from pxbin_engine.gateway.redaction import without_own_keys
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.server.admin_items import answer_error
from pxbin_engine.server.guards import Guard
from pxbin_engine.server.half_sent import HalfSent
from pxbin_engine.server.proxy_routes import Handler, format_of_path, raw_target
from pxbin_engine.server.responder import SERVER_NAME

logger = logging.getLogger(__name__)

HEAD_SECONDS = 60.0
"""How long the head of a request may take."""

_LAST_WORDS_SECONDS = 1.0
"""How long a connection may take to close once nothing is in flight any more."""

_MANAGEMENT = ("/api/", "/metrics")
_PROBES = frozenset({"/", "/api/hello", "/health", "/ready"})
"""Paths that leave no row."""

_UNREADABLE = "UNKNOWN"
"""The method that aiohttp makes up for bytes that are no request."""


class Door(NamedTuple):
    """What a connection needs to know; ``direct``: path -> handler of the requests that take the short way in."""

    gateway: Gateway
    guard: Guard
    half_sent: HalfSent
    direct: Mapping[str, Handler]


class Runner(web.AppRunner):
    """aiohttp's runner, with connections that answer in our words where there is no request to speak of."""

    def __init__(self, app: web.Application, door: Door) -> None:
        super().__init__(app, shutdown_timeout=_LAST_WORDS_SECONDS)
        self._door = door

    async def _make_server(self) -> web.Server:
        return _Server(self._door, await super()._make_server())

    async def cleanup(self) -> None:
        await super().cleanup()
        self._door.half_sent.close()


class _Server(web.Server):
    """aiohttp's server, with our door."""

    def __init__(self, door: Door, plain: web.Server) -> None:
        super().__init__(
            self._dispatch,  # type: ignore[arg-type]  # the request factory makes them web.Request
            request_factory=plain.request_factory,
            handler_cancellation=True,  # a client that leaves cancels its handler, which closes the upstream
        )
        self._door = door
        self._routed = plain.request_handler

    def _dispatch(self, request: web.Request) -> Awaitable[web.StreamResponse]:
        """Past the router where it can be: that costs a tenth of what a small request costs."""
        handler = self._door.direct.get(raw_target(request)[0])
        # Decoded, as the router reads it: ``/%61pi/`` leads there too.
        management = handler is None and request.path.startswith(_MANAGEMENT)
        refusal = self._door.guard.refusal(request.headers, management=management)
        if refusal is not None:
            return self._refuse(request, refusal, leaves_row=not management)
        if handler is None or request.method != "POST" or "Expect" in request.headers:
            return self._route(request)
        return handler(request)

    async def _refuse(
        self, request: web.Request, error: ApiError, *, leaves_row: bool
    ) -> web.StreamResponse:
        if leaves_row and request.path not in _PROBES:
            return refusal_of(self._door.gateway, request, error)
        logger.info(
            "request.refused remote=%s path=%r: %s", request.remote, request.path, error.message
        )
        return answer_error(error.status, "permission_error", error.message)

    async def _route(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._routed(request)
        except (
            web.HTTPException
        ) as refusal:  # no path of ours (``OPTIONS *``), an ``Expect`` that nobody knows
            status = refusal.status
            error = ApiError(
                "invalid_request", status, f"pxbin does not serve this: {refusal.reason}"
            )
            if status == 404:
                path = without_own_keys(request.raw_path)[:200]
                error = ApiError("not_found", status, f"There is nothing at {path}.")
            return refusal_of(self._door.gateway, request, error)

    def __call__(self) -> web.RequestHandler:
        # No access log: every exchange has its own line and row.
        options: dict[str, Any] = {"access_log": None}
        return _Connection(self._door, self, loop=asyncio.get_running_loop(), **options)


class _Connection(web.RequestHandler):
    __slots__ = ("_gateway", "_half_sent")

    def __init__(self, door: Door, server: web.Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._gateway, self._half_sent = door.gateway, door.half_sent

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._half_sent.began(self)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._messages or self._current_request is not None:
            self._half_sent.ended(self)
        else:
            self._half_sent.began(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._half_sent.ended(self)
        super().connection_lost(exc)

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log what aiohttp did not expect; a body that its client broke has been answered and has its row."""
        if isinstance(kw.get("exc_info"), web.RequestPayloadError):
            logger.debug("request.broken_body")  # what aiohttp says of it quotes the body
            return
        super().log_exception(*args, **kw)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP request (4xx), or what no handler expected."""
        if request.writer.output_size > 0:
            raise ConnectionError("cannot answer twice")
        if status >= 500:
            logger.error("request.failed path=%s", request.path, exc_info=exc)
            error = INTERNAL_ERROR
        else:
            # What aiohttp says after the colon quotes the request, where keys are.
            reason = re.split(r"[:\n]", str(message or exc), maxsplit=1)[0]
            logger.debug("request.unreadable remote=%s reason=%s", request.remote, reason)
            if "content-encoding" in reason:
                reason = (
                    "its Content-Encoding is none that can be read here (gzip and deflate can)."
                )
            error = ApiError("invalid_request", status, f"This is no HTTP request: {reason}")
        response = refusal_of(self._gateway, request, error)
        response.force_close()
        return response


def refusal_of(gateway: Gateway, request: web.BaseRequest, error: ApiError) -> web.Response:
    """The answer to what no route takes; it has its row."""
    now = gateway.clock()
    unreadable = request.method == _UNREADABLE
    inbound = Inbound(
        method="" if unreadable else request.method,
        path="" if unreadable else request.raw_path,
        headers=request.headers,
        format="" if unreadable else format_of_path(raw_target(request)[0], request.headers),
        remote_addr=request.remote or "",
        timestamp=utc_now(),
        arrived=now,
        received=now,
    )
    encoded = gateway.refuse_unserved(inbound, error)
    headers = {"server": SERVER_NAME, **encoded.headers}
    return web.Response(status=encoded.status, headers=headers, body=encoded.body)

"""HttpServer: HTTP in on aiohttp; nothing below ``server`` knows what it stands on (but ``gateway.upstream``, HTTP out).

What guards it:

- Every route that does anything needs a key in a header. A browser sends none by itself (there are no cookies), so a
  foreign web page can neither ride on a person's session nor, by DNS rebinding, do more than be refused.
- The management API refuses a request from a web page (one with an ``Origin``) that ``cors_origins`` does not list;
  without that list no CORS headers are sent at all.
- Bytes that are no HTTP are answered in JSON, without a traceback, and have their row.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import ConfigError, PermissionDenied
from pxbin_engine.gateway.exchange import Inbound, utc_now
from pxbin_engine.gateway.relay import INTERNAL_ERROR, Gateway
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import KeyRecord
from pxbin_engine.server.auth import Authenticator
from pxbin_engine.server.proxy_routes import Handler, ProxyRoutes
from pxbin_engine.server.responder import SERVER_NAME

logger = logging.getLogger(__name__)

AdminApp = Callable[[Callable[[web.Request], KeyRecord]], web.Application]
"""Makes the management application, given what finds the management key of a request (or raises)."""

_LAST_WORDS_SECONDS = 1.0
"""How long a connection may take to close once nothing is in flight any more."""

_UNREADABLE = "UNKNOWN"
"""The method that aiohttp makes up for bytes that are no request."""

_CORS_HEADERS = {
    "access-control-allow-methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "access-control-allow-headers": "*, Authorization",
    "access-control-max-age": "600",
}


class HttpServer:
    """The engine's one listening socket.

    Args:
        admin_app: mounted at ``/api``; None: no management API.
        metrics_app: mounted at ``/metrics``; None: nothing to read there.
        grace_seconds: how long requests may go on after ``stop`` was called.
    """

    def __init__(
        self,
        config: EngineConfig,
        gateway: Gateway,
        authenticator: Authenticator,
        *,
        database_available: Callable[[], bool],
        admin_app: AdminApp | None = None,
        metrics_app: AdminApp | None = None,
        grace_seconds: float = 5.0,
    ) -> None:
        self._config = config
        self._gateway = gateway
        self._authenticator = authenticator
        self._routes = ProxyRoutes(config, gateway, authenticator, database_available)
        self._admin_app = admin_app
        self._metrics_app = metrics_app
        self._grace_seconds = grace_seconds
        self._runner: _Runner | None = None

    async def start(self) -> tuple[str, int]:
        """Listen; returns the host and the port that were bound.

        Raises:
            ConfigError: the address cannot be bound.
        """
        # What CORS adds to an answer, the application adds: then all goes through it.
        direct = {} if self._config.cors_origins else self._routes.generations
        runner = _Runner(self._application(), self._gateway, direct)
        await runner.setup()
        host, port = self._config.host, self._config.port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            reason = error.strerror or str(error)
            raise ConfigError("listen_addr", f"cannot listen at {host}:{port}: {reason}") from error
        self._runner = runner
        bound = runner.addresses[0]
        return str(bound[0]), int(bound[1])

    async def stop(self) -> None:
        """Accept nothing more, give the requests in flight their grace, then cancel what is left."""
        runner, self._runner = self._runner, None
        if runner is None or runner.server is None:
            return
        for site in tuple(runner.sites):
            await site.stop()
        runner.server.pre_shutdown()
        await self._gateway.drain(self._grace_seconds)
        await runner.cleanup()

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._preflight] if self._config.cors_origins else [])
        self._routes.add_to(app)
        if self._admin_app is not None:
            admin = self._admin_app(self._management_key)
            admin.middlewares.append(self._known_pages_only)
            app.add_subapp("/api", admin)
        if self._metrics_app is not None:
            app.add_subapp("/metrics", self._metrics_app(self._management_key))
        self._routes.add_last_resort(app)
        if self._config.cors_origins:
            app.on_response_prepare.append(self._add_cors_headers)
        return app

    def _management_key(self, request: web.Request) -> KeyRecord:
        return self._authenticator.authenticate(request.headers, "management")

    # ------------------------------------------------------------------ web pages, only where they are configured

    @web.middleware
    async def _known_pages_only(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Raises ``PermissionDenied`` for any other page, at bootstrap too, where a key could be guessed."""
        origin = request.headers.get("Origin")
        if origin is not None and not self._is_allowed(origin):
            raise PermissionDenied(f"Web pages of {origin} may not call pxbin (see cors_origins).")
        return await handler(request)

    def _is_allowed(self, origin: str) -> bool:
        return origin in self._config.cors_origins or "*" in self._config.cors_origins

    @web.middleware
    async def _preflight(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        asked = "Access-Control-Request-Method" in request.headers
        if (
            request.method == "OPTIONS"
            and asked
            and self._is_allowed(request.headers.get("Origin", ""))
        ):
            return web.Response(status=204, headers=_CORS_HEADERS)
        return await handler(request)

    async def _add_cors_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin")
        if origin is not None and self._is_allowed(origin):
            response.headers["access-control-allow-origin"] = origin
            response.headers["access-control-expose-headers"] = (
                "x-request-id, request-id, retry-after"
            )
            response.headers["vary"] = "Origin"


class _Runner(web.AppRunner):
    """aiohttp's runner, with connections that answer in our words where there is no request to speak of."""

    def __init__(
        self, app: web.Application, gateway: Gateway, direct: Mapping[str, Handler]
    ) -> None:
        super().__init__(app, shutdown_timeout=_LAST_WORDS_SECONDS)
        self._gateway = gateway
        self._direct = direct

    async def _make_server(self) -> web.Server:
        return _Server(self._gateway, await super()._make_server(), self._direct)


class _Server(web.Server):
    """aiohttp's server; ``direct``: path -> handler of the requests that take the short way in."""

    def __init__(self, gateway: Gateway, plain: web.Server, direct: Mapping[str, Handler]) -> None:
        super().__init__(
            self._dispatch,  # type: ignore[arg-type]  # the request factory makes them web.Request
            request_factory=plain.request_factory,
            handler_cancellation=True,  # a client that leaves cancels its handler, which closes the upstream
        )
        self._gateway = gateway
        self._direct = direct
        self._routed = plain.request_handler

    def _dispatch(self, request: web.Request) -> Awaitable[web.StreamResponse]:
        """Past the router where it can be: that costs a tenth of what a small request costs."""
        handler = self._direct.get(request.raw_path.partition("?")[0])
        if handler is None or request.method != "POST" or "Expect" in request.headers:
            return self._route(request)
        return handler(request)

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
                error = ApiError(
                    "not_found", status, f"There is nothing at {request.raw_path[:200]}."
                )
            return refusal_of(self._gateway, request, error)

    def __call__(self) -> web.RequestHandler:
        # No access log: every exchange has its own line and row.
        options: dict[str, Any] = {"access_log": None}
        return _Connection(self._gateway, self, loop=asyncio.get_running_loop(), **options)


class _Connection(web.RequestHandler):
    __slots__ = ("_gateway",)

    def __init__(self, gateway: Gateway, server: web.Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._gateway = gateway

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
    inbound = Inbound(
        method="" if request.method == _UNREADABLE else request.method,
        path="" if request.method == _UNREADABLE else request.raw_path,
        headers=request.headers,
        remote_addr=request.remote or "",
        timestamp=utc_now(),
        arrived=now,
        received=now,
    )
    encoded = gateway.refuse_unserved(inbound, error)
    headers = {"server": SERVER_NAME, **encoded.headers}
    return web.Response(status=encoded.status, headers=headers, body=encoded.body)

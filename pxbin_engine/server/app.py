"""HttpServer: HTTP in on aiohttp; nothing below ``server`` knows what it stands on (but ``gateway.upstream``, HTTP out).

What guards it:

- Every route that does anything needs a key in a header. A browser sends none by itself (there are no cookies), so a
  foreign web page cannot ride on a person's session.
- Before any route, ``guards`` judges every request: the name that it calls pxbin by, and whether a web page sent it.
  Without ``cors_origins`` no CORS headers are sent at all.
- Whoever tries unknown keys is locked out for a while (``lockout``), and whoever never ends a request's head is cut
  (``half_sent``).
- Bytes that are no HTTP are answered in JSON, without a traceback, and have their row.
"""

import logging
import os
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import AuthenticationFailed, ConfigError
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.records import KeyRecord
from pxbin_engine.server.auth import Authenticator
from pxbin_engine.server.connections import HEAD_SECONDS, Door, Runner
from pxbin_engine.server.guards import Guard, own_names
from pxbin_engine.server.half_sent import HalfSent
from pxbin_engine.server.proxy_routes import ProxyRoutes

logger = logging.getLogger(__name__)

AdminApp = Callable[[Callable[[web.Request], KeyRecord]], web.Application]
"""Makes the management application, given what finds the management key of a request (or raises)."""

BOOTSTRAP = "/api/v1/bootstrap"

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
        about: what else ``/ready`` tells.
        shares_port: other processes listen at the same address; the kernel spreads the connections.
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
        about: Callable[[], Mapping[str, object]] = dict,
        shares_port: bool = False,
    ) -> None:
        self._config = config
        self._gateway = gateway
        self._authenticator = authenticator
        self._routes = ProxyRoutes(config, gateway, authenticator, database_available, about)
        self._admin_app = admin_app
        self._metrics_app = metrics_app
        self._grace_seconds = grace_seconds
        self._shares_port = shares_port or None
        self._guard = Guard(own_names(config.host, config.allowed_hosts), config.cors_origins)
        self._runner: Runner | None = None

    async def start(self) -> tuple[str, int]:
        """Listen; returns the host and the port that were bound.

        Raises:
            ConfigError: the address cannot be bound.
        """
        # What CORS adds to an answer, the application adds: then all goes through it.
        direct = {} if self._config.cors_origins else self._routes.generations
        half_sent = HalfSent(min(HEAD_SECONDS, self._config.client_timeout_seconds))
        door = Door(self._gateway, self._guard, half_sent, direct)
        runner = Runner(self._application(), door)
        await runner.setup()
        host, port = self._config.host, self._config.port
        try:
            await web.TCPSite(runner, host, port, reuse_port=self._shares_port).start()
        except OSError as error:
            await runner.cleanup()
            # asyncio puts the address into ``strerror``, in a program's words.
            reason = os.strerror(error.errno) if error.errno else str(error)
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
            admin.middlewares.append(self._no_guesses_at_bootstrap)
            app.add_subapp("/api", admin)
        if self._metrics_app is not None:
            app.add_subapp("/metrics", self._metrics_app(self._management_key))
        self._routes.add_last_resort(app)
        if self._config.cors_origins:
            app.on_response_prepare.append(self._add_cors_headers)
        return app

    def _management_key(self, request: web.Request) -> KeyRecord:
        return self._authenticator.authenticate(
            request.headers, "management", remote=request.remote
        )

    @web.middleware
    async def _no_guesses_at_bootstrap(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """The bootstrap key was chosen by a person: who is locked out may not even try it."""
        if request.path != BOOTSTRAP:
            return await handler(request)
        self._authenticator.refuse_locked_out(request.remote)
        try:
            return await handler(request)
        except AuthenticationFailed:
            self._authenticator.count_unknown(request.remote)
            raise

    # ------------------------------------------------------------------ web pages, only where they are configured

    @web.middleware
    async def _preflight(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        asked = "Access-Control-Request-Method" in request.headers
        if (
            request.method == "OPTIONS"
            and asked
            and self._guard.allows_origin(request.headers.get("Origin", ""))
        ):
            return web.Response(status=204, headers=_CORS_HEADERS)
        return await handler(request)

    async def _add_cors_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin")
        if origin is not None and self._guard.allows_origin(origin):
            response.headers["access-control-allow-origin"] = origin
            response.headers["access-control-expose-headers"] = (
                "x-request-id, request-id, retry-after"
            )
            response.headers["vary"] = "Origin"

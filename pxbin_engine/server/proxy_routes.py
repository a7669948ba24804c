"""The proxy's routes: read the request once, find its key, hand both to the gateway.

Every request that arrives here is answered by the gateway, so that each has its row, refused ones too. Only the probes
(``HEAD /``, ``HEAD /api/hello``, ``/health``, ``/ready``) need no key and leave none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec
from aiohttp import StreamReader, web

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import AuthenticationFailed, LockedOut, PermissionDenied
from pxbin_engine.gateway.client_names import client_name
from pxbin_engine.gateway.exchange import Inbound, utc_now
from pxbin_engine.gateway.redaction import without_own_keys
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.reply import Responder
from pxbin_engine.protocol.dialects.gemini_generate.paths import parse_action, parse_model
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import KeyRecord
from pxbin_engine.server.auth import Authenticator
from pxbin_engine.server.model_listing import encode_model, encode_models, format_of_listing
from pxbin_engine.server.responder import SERVER_NAME, ArrayResponder, HttpResponder
from pxbin_engine.server.stored_responses import STORED, StoredResponses, allowed_of_stored

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Inbound, Responder], Awaitable[None]]

GENERATIONS: Mapping[str, str] = {
    "/v1/messages": "anthropic",
    "/v1/chat/completions": "openai",
    "/v1/responses": "openai-responses",
}
"""Path -> the dialect spoken there, as records name it."""

GEMINI = "gemini"
"""The dialect that says the model and what to do with it in the path."""

ALLOWED: Mapping[str, str] = {
    "/": "HEAD",
    "/api/hello": "HEAD",
    "/health": "GET, HEAD",
    "/ready": "GET, HEAD",
    "/v1/messages": "POST",
    "/v1/messages/count_tokens": "POST",
    "/v1/chat/completions": "POST",
    "/v1/responses": "POST",
    "/v1/responses/compact": "POST",
    "/v1/responses/input_tokens": "POST",
    "/v1beta/models": "GET, HEAD",
    "/v1/models": "GET, HEAD",
}
"""Path -> the methods that it takes."""

_OPENAI_PATHS = ("/v1/chat", "/v1/completions", "/v1/embeddings", "/v1/models")


NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_CLOSING: Mapping[str, str] = MappingProxyType({"connection": "close"})
"""Where the next request would begin is not known."""


class Refusal(Exception):
    """A request that goes no further than the door; never leaves this module."""

    def __init__(self, error: ApiError, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(error.message)
        self.error = error
        self.headers = headers


class ProxyRoutes:
    """The handlers.

    Args:
        database_available: for ``/ready``.
        about: what else ``/ready`` tells.

    Attributes:
        generations: path -> its handler, for those who pass the router by.
    """

    def __init__(
        self,
        config: EngineConfig,
        gateway: Gateway,
        authenticator: Authenticator,
        database_available: Callable[[], bool],
        about: Callable[[], Mapping[str, object]] = dict,
    ) -> None:
        self._max_body = config.max_body_mb * 1024 * 1024
        self._patience = config.client_timeout_seconds
        self._gateway = gateway
        self._authenticator = authenticator
        self._database_available = database_available
        self._about = about
        self.generations = {path: self._serving(gateway.handle) for path in GENERATIONS}

    def add_to(self, app: web.Application) -> None:
        """Add every route but the last resort."""
        for path, handler in self.generations.items():
            app.router.add_post(path, handler)
        app.router.add_post("/v1/messages/count_tokens", self._serving(self._gateway.count_tokens))
        app.router.add_post("/v1/responses/compact", self._serving(self._gateway.compact))
        app.router.add_post("/v1/responses/input_tokens", self._serving(self._gateway.count_tokens))
        app.router.add_get("/v1/responses", self._responses_websocket)
        stored = StoredResponses(self._gateway)
        app.router.add_get(STORED, self._serving(stored.get))
        app.router.add_delete(STORED, self._serving(stored.delete))
        app.router.add_get(f"{STORED}/input_items", self._serving(stored.list_input))
        for version in ("/v1beta", "/v1"):
            app.router.add_post(f"{version}/models/{{action:.+}}", self._gemini)
        app.router.add_get("/v1beta/models", self._serving(self._list_models))
        app.router.add_get("/v1beta/models/{id:.+}", self._serving(self._get_model))
        app.router.add_get("/v1/models", self._serving(self._list_models))
        app.router.add_get("/v1/models/{id:.+}", self._serving(self._get_model))
        for probe in ("/", "/api/hello"):
            app.router.add_head(probe, _probe)
        app.router.add_get("/health", _health)
        app.router.add_get("/ready", self._ready)

    def add_last_resort(self, app: web.Application) -> None:
        """Answer whatever no other route takes; must be added last."""
        app.router.add_route("*", "/{path:.*}", self._unknown)

    # ------------------------------------------------------------------ the way in

    def _serving(
        self,
        serve: Serve,
        headers: Mapping[str, str] = NO_HEADERS,
        answers: type[HttpResponder] = HttpResponder,
    ) -> Handler:
        """A handler that finds the key, reads the body and lets ``serve`` answer."""

        async def handle(request: web.Request) -> web.StreamResponse:
            arrived, timestamp = self._gateway.clock(), utc_now()
            key: KeyRecord | None = None
            body = b""
            refusal: Refusal | None = None
            try:
                key = self._key(request)
                body = await self._body(request)
            except Refusal as refused:
                refusal = refused
            except asyncio.CancelledError:
                self._gateway.abandon(self._inbound(request, key, b"", timestamp, arrived))
                raise
            inbound = self._inbound(request, key, body, timestamp, arrived)
            if refusal is None:
                responder = answers(request, headers)
                await serve(inbound, responder)
            else:
                responder = HttpResponder(request, refusal.headers)
                await self._gateway.refuse(inbound, refusal.error, responder)
            return responder.response

        return handle

    def _inbound(
        self,
        request: web.Request,
        key: KeyRecord | None,
        body: bytes,
        timestamp: datetime,
        arrived: float,
    ) -> Inbound:
        path, query = raw_target(request)
        format_ = format_of_path(path, request.headers)
        action = parse_action(path) if format_ == GEMINI else None
        return Inbound(
            method=request.method,
            path=path,
            query=_without_own(query) if format_ == GEMINI else query,
            headers=request.headers,
            body=body,
            format=format_,
            wish=action.wish if action is not None else None,
            key=key,
            remote_addr=request.remote or "",
            timestamp=timestamp,
            arrived=arrived,
            received=self._gateway.clock(),
        )

    def _key(self, request: web.Request) -> KeyRecord:
        try:
            return self._authenticator.authenticate(
                request.headers,
                "llm",
                in_query=request.query.get("key", ""),
                remote=request.remote,
            )
        except LockedOut as error:
            locked = ApiError("rate_limit", 429, error.message, retry_after=error.retry_after)
            raise Refusal(locked) from None
        except AuthenticationFailed as error:
            raise Refusal(ApiError("authentication", 401, error.message)) from None
        except PermissionDenied as error:
            raise Refusal(ApiError("permission", 403, error.message)) from None

    async def _body(self, request: web.Request) -> bytes:
        """The whole body.

        Raises:
            Refusal: it is larger than allowed, or broken off; what is left of it is read and dropped by aiohttp, so that
                the client sees the answer.
        """
        if (request.content_length or 0) > self._max_body:
            raise self._too_large()
        chunks = []
        size = 0
        try:
            while chunk := await self._chunk(request.content):
                size += len(chunk)
                if size > self._max_body:
                    raise self._too_large()
                chunks.append(chunk)
        except web.RequestPayloadError as error:
            message = f"The request body cannot be read: {' '.join(str(error).split())}"
            raise Refusal(ApiError("invalid_request", 400, message), _CLOSING) from error
        except TimeoutError:
            message = f"Nothing more of the request body came for {self._patience:g} seconds."
            raise Refusal(ApiError("timeout", 408, message), _CLOSING) from None
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _chunk(self, content: StreamReader) -> bytes:
        """What has arrived, without a timer where something has; ``b""`` at the end."""
        if (chunk := content.read_nowait()) or content.at_eof():
            return chunk
        async with asyncio.timeout(self._patience):
            return await content.readany()

    def _too_large(self) -> Refusal:
        limit = self._max_body // (1024 * 1024)
        message = f"The request body is larger than {limit} MB (pxbin's max_body_mb)."
        return Refusal(ApiError("request_too_large", 413, message))

    # ------------------------------------------------------------------ what pxbin answers by itself

    async def _list_models(self, inbound: Inbound, responder: Responder) -> None:
        offered = self._gateway.routing.offered(inbound.key, _client_of(inbound))
        body = encode_models(offered, inbound.format)
        await self._gateway.respond(inbound, body, responder)

    async def _get_model(self, inbound: Inbound, responder: Responder) -> None:
        name = parse_model(inbound.path)
        model = self._gateway.routing.find_offered(name, inbound.key, _client_of(inbound))
        if model is None:
            error = ApiError("not_found", 404, f"There is no model {name!r}.", param="model")
            await self._gateway.refuse(inbound, error, responder)
            return
        body = encode_model(model, inbound.format)
        await self._gateway.respond(inbound, body, responder)

    async def _gemini(self, request: web.Request) -> web.StreamResponse:
        """A model and what is asked of it, both in the path; a stream is server-sent events only where that is said."""
        action = parse_action(raw_target(request)[0])
        if action is None:
            return await self._unknown(request)
        if action.method == "countTokens":
            return await self._serving(self._gateway.count_tokens)(request)
        array = action.wish.stream and request.query.get("alt") != "sse"
        answers = ArrayResponder if array else HttpResponder
        return await self._serving(self._gateway.handle, answers=answers)(request)

    async def _responses_websocket(self, request: web.Request) -> web.StreamResponse:
        """426 at once: Codex then falls back to HTTP without the seven tries that it makes after a 404."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return await self._unknown(request)
        error = ApiError("unsupported", 426, "The Responses API is not served over WebSocket.")
        return await self._refused(request, error)

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        path = without_own_keys(raw_target(request)[0])
        allowed = ALLOWED.get(path) or allowed_of_stored(path)
        if allowed is None:
            error = ApiError("not_found", 404, f"There is nothing at {path[:200]}.")
            return await self._refused(request, error)
        message = f"{path} does not take {request.method}, but {allowed}."
        error = ApiError("invalid_request", 405, message)
        return await self._refused(request, error, {"allow": allowed})

    async def _refused(
        self, request: web.Request, error: ApiError, headers: Mapping[str, str] = NO_HEADERS
    ) -> web.StreamResponse:
        async def refuse(inbound: Inbound, responder: Responder) -> None:
            await self._gateway.refuse(inbound, error, responder)

        return await self._serving(refuse, headers)(request)

    async def _ready(self, _request: web.Request) -> web.Response:
        available = self._database_available()
        status = "ok" if available else "unavailable"
        if self._gateway.paused or self._gateway.stopping:
            status = "stopping" if self._gateway.stopping else "paused"
        told = {"status": status, "db": "ok" if available else "down", **self._about()}
        return _json(200 if status == "ok" else 503, told)


async def _probe(_request: web.Request) -> web.Response:
    return web.Response(headers={"server": SERVER_NAME})


async def _health(_request: web.Request) -> web.Response:
    return _json(200, {"status": "ok"})


def _json(status: int, value: Mapping[str, object]) -> web.Response:
    headers = {"server": SERVER_NAME, "content-type": "application/json"}
    return web.Response(status=status, headers=headers, body=msgspec.json.encode(value))


def _client_of(inbound: Inbound) -> str:
    return client_name(inbound.headers.get("User-Agent", ""))


def raw_target(request: web.BaseRequest) -> tuple[str, str]:
    """The path and the query as they came, also where the whole URL stands (RFC 9112, 3.2.2)."""
    path, _, query = request.raw_path.partition("?")
    if path.startswith("/"):
        return path, query
    return request.rel_url.raw_path, request.rel_url.raw_query_string


def _without_own(query: str) -> str:
    """A query of a Gemini client without what is between it and pxbin: its key, and how a stream is to be written."""
    return "&".join(
        part for part in query.split("&") if part.partition("=")[0] not in {"key", "alt"}
    )


def format_of_path(path: str, headers: Mapping[str, str]) -> str:
    """The dialect of a path, as records name it; empty for one that has none."""
    if path.startswith("/v1/messages"):
        return "anthropic"
    if path.startswith("/v1/responses"):
        return "openai-responses"
    if path.startswith("/v1beta/") or (path.startswith("/v1/models/") and parse_action(path)):
        return GEMINI
    if path.startswith("/v1/models"):
        return format_of_listing(headers)
    return "openai" if path.startswith(_OPENAI_PATHS) else ""

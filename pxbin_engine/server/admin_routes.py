"""The management API under /api: one table of routes with the permission that each needs, and one shape of errors."""

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from aiohttp import web

from pxbin_engine import errors
from pxbin_engine.errors import PermissionDenied, PxbinError
from pxbin_engine.gateway.exchange import uuid7
from pxbin_engine.gateway.redaction import without_own_keys
from pxbin_engine.records import KeyRecord, Permission
from pxbin_engine.server import admin_handlers as handlers
from pxbin_engine.server import (
    alias_handlers,
    budget_handlers,
    log_handlers,
    price_handlers,
    reconcile_handlers,
    recording_handlers,
    replay_handlers,
    session_handlers,
    upstream_key_handlers,
)
from pxbin_engine.server.admin_handlers import Call, UseCases
from pxbin_engine.server.admin_items import answer_error, encode
from pxbin_engine.server.metrics import CONTENT_TYPE
from pxbin_engine.server.openapi import document
from pxbin_engine.server.responder import SERVER_NAME

logger = logging.getLogger(__name__)

_REQUEST_ID = web.RequestKey("request_id", str)


class Route(NamedTuple):
    """One route; ``permission`` None: no key is asked (bootstrap has its own)."""

    method: str
    path: str
    permission: Permission | None
    handler: Callable[[Call], Awaitable[web.StreamResponse]]


async def show_openapi(_: Call) -> web.Response:
    return encode(openapi_document())


ROUTES = (
    Route("GET", "/v1/openapi.json", "read", show_openapi),
    Route("POST", "/v1/bootstrap", None, handlers.bootstrap),
    Route("GET", "/v1/keys", "read", handlers.list_keys),
    Route("POST", "/v1/keys", "write", handlers.create_key),
    Route("PATCH", "/v1/keys/{id}", "write", handlers.update_key),
    Route("DELETE", "/v1/keys/{id}", "write", handlers.revoke_key),
    Route("GET", "/v1/upstreams", "read", handlers.list_upstreams),
    Route("POST", "/v1/upstreams", "write", handlers.create_upstream),
    Route("POST", "/v1/upstreams/bulk-delete", "write", handlers.delete_upstreams),
    # A check sends requests wherever the caller says, so it takes the right to write.
    Route("POST", "/v1/upstreams/health-check", "write", handlers.check_upstream),
    Route("GET", "/v1/upstreams/health", "read", handlers.upstream_health),
    Route("GET", "/v1/upstreams/{id}", "read", handlers.get_upstream),
    Route("PATCH", "/v1/upstreams/{id}", "write", handlers.update_upstream),
    Route("DELETE", "/v1/upstreams/{id}", "write", handlers.delete_upstream),
    Route("DELETE", "/v1/upstreams/{id}/learned", "write", handlers.forget_learned_quirks),
    Route("POST", "/v1/upstreams/{id}/keys", "write", upstream_key_handlers.add_key),
    Route("PATCH", "/v1/upstreams/{id}/keys/{key_id}", "write", upstream_key_handlers.update_key),
    Route("DELETE", "/v1/upstreams/{id}/keys/{key_id}", "write", upstream_key_handlers.remove_key),
    Route("GET", "/v1/presets", "read", handlers.list_presets),
    Route("GET", "/v1/models", "read", handlers.list_models),
    Route("POST", "/v1/models", "write", handlers.create_model),
    Route("POST", "/v1/models/bulk-delete", "write", handlers.delete_models),
    Route("POST", "/v1/models/discover", "write", handlers.discover_models),
    Route("POST", "/v1/models/import", "write", handlers.import_models),
    Route("POST", "/v1/models/sync-pricing", "write", price_handlers.sync_pricing),
    Route("POST", "/v1/models/reprice", "write", price_handlers.reprice),
    Route("GET", "/v1/models/repricings", "read", price_handlers.list_repricings),
    Route("GET", "/v1/models/repricings/{id}", "read", price_handlers.list_repriced),
    Route("GET", "/v1/models/{id}", "read", handlers.get_model),
    Route("PATCH", "/v1/models/{id}", "write", handlers.update_model),
    Route("DELETE", "/v1/models/{id}", "write", handlers.delete_model),
    Route("GET", "/v1/models/{id}/prices", "read", price_handlers.list_prices),
    Route("POST", "/v1/models/{id}/prices", "write", price_handlers.add_price),
    Route("GET", "/v1/aliases", "read", alias_handlers.list_aliases),
    Route("POST", "/v1/aliases", "write", alias_handlers.create_alias),
    Route("POST", "/v1/aliases/client-map", "write", alias_handlers.set_client_map),
    Route("PATCH", "/v1/aliases/{id}", "write", alias_handlers.update_alias),
    Route("DELETE", "/v1/aliases/{id}", "write", alias_handlers.delete_alias),
    # It asks, and changes nothing; a body says it better than a query.
    Route("POST", "/v1/explain", "read", alias_handlers.explain),
    Route("GET", "/v1/budgets", "read", budget_handlers.list_budgets),
    Route("POST", "/v1/budgets", "write", budget_handlers.create_budget),
    Route("GET", "/v1/budgets/status", "read", budget_handlers.list_statuses),
    Route("GET", "/v1/budgets/{id}", "read", budget_handlers.get_budget),
    Route("PATCH", "/v1/budgets/{id}", "write", budget_handlers.update_budget),
    Route("DELETE", "/v1/budgets/{id}", "write", budget_handlers.delete_budget),
    Route("GET", "/v1/logs", "read", log_handlers.list_requests),
    Route("GET", "/v1/logs/export", "read", log_handlers.export_requests),
    Route("GET", "/v1/logs/{id}", "read", log_handlers.get_request),
    Route("GET", "/v1/logs/{id}/recording", "read", recording_handlers.get_recording),
    Route("GET", "/v1/logs/{id}/recording/events", "read", recording_handlers.list_events),
    Route("DELETE", "/v1/logs/recordings", "write", recording_handlers.erase_recordings),
    # It sends a request, which somebody pays for.
    Route("POST", "/v1/logs/{id}/replay", "write", replay_handlers.replay),
    Route("GET", "/v1/sessions", "read", session_handlers.list_sessions),
    # Clients name their sessions as they like: a name with a slash is written %2F.
    Route("GET", "/v1/sessions/{session_id}", "read", session_handlers.get_session),
    Route("GET", "/v1/reconcile/imports", "read", reconcile_handlers.list_imports),
    Route("POST", "/v1/reconcile/imports", "write", reconcile_handlers.import_usage),
    Route("DELETE", "/v1/reconcile/imports/{id}", "write", reconcile_handlers.delete_import),
    Route("GET", "/v1/reconcile/comparison", "read", reconcile_handlers.compare),
    Route("GET", "/v1/stats/overview", "read", handlers.overview),
    Route("GET", "/v1/stats/by-key", "read", handlers.by_key),
    Route("GET", "/v1/stats/by-model", "read", handlers.by_model),
    Route("GET", "/v1/stats/by-client", "read", handlers.by_client),
    Route("GET", "/v1/stats/by-upstream", "read", handlers.by_upstream),
    Route("GET", "/v1/stats/timeseries", "read", handlers.timeseries),
    Route("GET", "/v1/stats/forecast", "read", handlers.forecast),
    Route("GET", "/v1/stats/latency", "read", handlers.latency),
)
"""Every route below /api."""


def admin_app(admin: UseCases, authenticate: Callable[[web.Request], KeyRecord]) -> web.Application:
    """The application to mount at /api; ``authenticate`` gives the management key of a request, or raises."""
    app = web.Application(middlewares=[_identified, _errors_as_json])
    app.on_response_prepare.append(_sign)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _guarded(route, admin, authenticate))
    return app


def metrics_app(
    render: Callable[[], Awaitable[bytes]], authenticate: Callable[[web.Request], KeyRecord]
) -> web.Application:
    """The application to mount at /metrics: what Prometheus reads, with a management key that may read."""

    async def show(request: web.Request) -> web.Response:
        _permit(authenticate(request), "read")
        return web.Response(body=await render(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application(middlewares=[_identified, _errors_as_json])
    app.on_response_prepare.append(_sign)
    app.router.add_get("", show)
    return app


def _permit(key: KeyRecord, permission: Permission) -> None:
    if permission not in key.permissions:
        raise PermissionDenied(f"This key may not {permission}.")


def _guarded(
    route: Route, admin: UseCases, authenticate: Callable[[web.Request], KeyRecord]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        if route.permission is None:
            return await route.handler(Call(admin, request))
        key = authenticate(request)
        _permit(key, route.permission)
        return await route.handler(Call(admin, request, key.name))

    return handle


ANSWERS: dict[type[PxbinError], tuple[int, str]] = {
    errors.InvalidInput: (400, "invalid_request_error"),
    errors.AuthenticationFailed: (401, "authentication_error"),
    errors.LockedOut: (429, "rate_limit_error"),
    errors.PermissionDenied: (403, "permission_error"),
    errors.NotFound: (404, "not_found_error"),
    errors.Conflict: (409, "conflict_error"),
    errors.UpstreamError: (502, "upstream_error"),
    errors.ProtocolError: (502, "upstream_error"),
    errors.SecretError: (503, "secret_error"),
    errors.DatabaseUnavailable: (503, "database_unavailable"),
    errors.PxbinError: (500, "internal_error"),
}
"""Status and type of each error; the nearest ancestor counts."""


@functools.cache
def openapi_document() -> dict[str, Any]:
    """What OpenAPI tools read of these routes; it is the same for everyone, and has no secrets."""
    return document(ROUTES, [kind for _, kind in ANSWERS.values()])


@web.middleware
async def _identified(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every answer has an id, which the log names where something failed."""
    request[_REQUEST_ID] = str(uuid7())
    return await handler(request)


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer; one that was refused before it came here has no id."""
    if _REQUEST_ID in request:
        response.headers["X-Request-ID"] = request[_REQUEST_ID]
        response.headers["Server"] = SERVER_NAME


@web.middleware
async def _errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except PxbinError as error:
        return _refusal(request, error)
    except web.HTTPException as error:
        return _http_refusal(request, error)
    except Exception:
        logger.exception(
            "management.failed id=%s method=%s path=%r",
            request[_REQUEST_ID],
            request.method,
            request.path,
        )
        return answer_error(500, "internal_error", "pxbin failed at this; its log says why.")


def _refusal(request: web.Request, error: PxbinError) -> web.Response:
    status, kind = next(
        ANSWERS[ancestor] for ancestor in type(error).__mro__ if ancestor in ANSWERS
    )
    if status == 500:
        logger.error(
            "management.failed id=%s error=%s", request[_REQUEST_ID], error.message, exc_info=error
        )
    response = answer_error(status, kind, error.message, field=getattr(error, "field", ""))
    if isinstance(error, errors.LockedOut):
        response.headers["Retry-After"] = f"{error.retry_after:.0f}"
    return response


def _http_refusal(request: web.Request, error: web.HTTPException) -> web.Response:
    """What aiohttp itself refuses: an unknown path, a method that the path does not know, a body too large."""
    path = without_own_keys(request.path)
    texts = {
        404: f"There is no {path} here.",
        405: f"{path} does not take {request.method}.",
        413: "The body is too large.",
    }
    response = answer_error(
        error.status,
        "not_found_error" if error.status == 404 else "invalid_request_error",
        texts.get(error.status, error.reason),
    )
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response

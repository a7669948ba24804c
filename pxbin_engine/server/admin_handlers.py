"""What each management route does: decode, call one use case, encode."""

from collections.abc import Mapping
from typing import Protocol, TypeVar
from uuid import UUID

from aiohttp import web
from msgspec import UnsetType

from pxbin_engine.admin.aliases import AliasAdmin
from pxbin_engine.admin.budgets import BudgetAdmin
from pxbin_engine.admin.explain import Explain
from pxbin_engine.admin.keys import KeyAdmin
from pxbin_engine.admin.models import ModelAdmin
from pxbin_engine.admin.prices import PriceAdmin
from pxbin_engine.admin.reconcile import ReconcileAdmin
from pxbin_engine.admin.replays import ReplayAdmin
from pxbin_engine.admin.requests import RequestAdmin
from pxbin_engine.admin.sessions import SessionAdmin
from pxbin_engine.admin.stats import StatsAdmin
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import UpstreamHealthRecord
from pxbin_engine.server import admin_bodies as bodies
from pxbin_engine.server.admin_items import (
    answer,
    answer_list,
    created_key,
    key_item,
)
from pxbin_engine.server.auth import presented_keys

T = TypeVar("T")


class UseCases(Protocol):
    """What the routes call; the engine has all of them."""

    keys: KeyAdmin
    upstreams: UpstreamAdmin
    models: ModelAdmin
    prices: PriceAdmin
    aliases: AliasAdmin
    budgets: BudgetAdmin
    explain: Explain
    requests: RequestAdmin
    replays: ReplayAdmin
    sessions: SessionAdmin
    stats: StatsAdmin
    reconcile: ReconcileAdmin

    def upstream_health(self) -> tuple[UpstreamHealthRecord, ...]:
        """How every upstream is, as this process has seen it."""


class Call:
    """One call of a route: its query, body and path, decoded when asked for."""

    def __init__(self, admin: UseCases, request: web.Request, caller: str = "") -> None:
        self.admin = admin
        self.caller = caller
        """The name of the management key that was presented."""
        self._request = request

    @property
    def id(self) -> UUID:
        """The id in the path; a text that is none names nothing that exists."""
        return self.id_of("id")

    def id_of(self, name: str) -> UUID:
        """The id that stands in the path under this name."""
        text = self.text_of(name)
        try:
            return UUID(text)
        except ValueError:
            raise NotFound(f"There is nothing with the id {text!r}.") from None

    def text_of(self, name: str) -> str:
        """What stands in the path under this name."""
        return self._request.match_info[name]

    @property
    def bootstrap_key(self) -> str:
        """The bootstrap key in the headers, or an empty text."""
        headers = self._request.headers
        return headers.get("X-Bootstrap-Key") or next(presented_keys(headers), "")

    def query(self, kind: type[T]) -> T:
        """The query's parameters."""
        return bodies.decode_query(self._request.query, kind)

    async def body(self, kind: type[T], *, largest: int = 0) -> T:
        """The body's object; ``largest``: bytes, where it may be larger than bodies are otherwise."""
        read = self._read_large(largest) if largest else self._request.read()
        return bodies.decode_body(await read, kind)

    async def _read_large(self, largest: int) -> bytes:
        body = bytearray()
        async for piece in self._request.content.iter_any():
            body += piece
            if len(body) > largest:
                raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=len(body))
        return bytes(body)

    async def stream(self, headers: Mapping[str, str]) -> web.StreamResponse:
        """An answer that is written piece by piece; its headers have left."""
        response = web.StreamResponse(headers=headers)
        await response.prepare(self._request)
        return response

    def abort(self) -> None:
        """Break the connection: what was answered is not whole."""
        if self._request.transport is not None:
            self._request.transport.abort()


# --- keys ---------------------------------------------------------------------------------------


async def bootstrap(call: Call) -> web.Response:
    body = await call.body(bodies.Bootstrap)
    given = body.bootstrap_key or call.bootstrap_key
    created = await call.admin.keys.bootstrap(given, name=body.name, type=body.type)
    return answer(created_key(created), status=201)


async def list_keys(call: Call) -> web.Response:
    query = call.query(bodies.KeyQuery)
    keys = await call.admin.keys.list(query.type)
    return answer_list([key_item(key) for key in keys], page=query.page, per_page=query.per_page)


async def create_key(call: Call) -> web.Response:
    body = await call.body(bodies.NewKey)
    if body.type == "llm" and not isinstance(body.permissions, UnsetType):
        raise InvalidInput("permissions: an llm key has none.", field="permissions")
    created = await call.admin.keys.create(**bodies.given_fields(body))
    return answer(created_key(created), status=201)


async def update_key(call: Call) -> web.Response:
    body = await call.body(bodies.KeyChanges)
    return answer(key_item(await call.admin.keys.update(call.id, **bodies.given_fields(body))))


async def revoke_key(call: Call) -> web.Response:
    query = call.query(bodies.KeyKind)
    return answer(key_item(await call.admin.keys.revoke(call.id, type=query.type)))


# --- upstreams ----------------------------------------------------------------------------------


async def list_upstreams(call: Call) -> web.Response:
    query = call.query(bodies.Paging)
    upstreams = await call.admin.upstreams.list()
    return answer_list(upstreams, page=query.page, per_page=query.per_page)


async def upstream_health(call: Call) -> web.Response:
    return answer(call.admin.upstream_health())


async def get_upstream(call: Call) -> web.Response:
    return answer(await call.admin.upstreams.get(call.id))


async def create_upstream(call: Call) -> web.Response:
    body = await call.body(bodies.NewUpstream)
    return answer(await call.admin.upstreams.create(**bodies.given_fields(body)), status=201)


async def update_upstream(call: Call) -> web.Response:
    body = await call.body(bodies.UpstreamChanges)
    return answer(await call.admin.upstreams.update(call.id, **bodies.given_fields(body)))


async def delete_upstream(call: Call) -> web.Response:
    await call.admin.upstreams.delete(call.id)
    return answer({"deleted": 1})


async def forget_learned_quirks(call: Call) -> web.Response:
    return answer(await call.admin.upstreams.forget(call.id))


async def list_presets(call: Call) -> web.Response:
    return answer(call.admin.upstreams.presets)


async def delete_upstreams(call: Call) -> web.Response:
    body = await call.body(bodies.Ids)
    return answer({"deleted": await call.admin.upstreams.delete_many(body.ids)})


async def check_upstream(call: Call) -> web.Response:
    body = await call.body(bodies.HealthCheck)
    if body.upstream_id is not None:
        if body.base_url or body.api_key:
            raise InvalidInput(
                "Give upstream_id, or base_url with api_key and format.", field="upstream_id"
            )
        return answer(await call.admin.upstreams.check(body.upstream_id, paid=body.paid))
    if not body.base_url:
        raise InvalidInput(
            "Give upstream_id, or base_url with api_key and format.", field="base_url"
        )
    report = await call.admin.upstreams.check_new(
        base_url=body.base_url,
        api_key=body.api_key,
        format=body.format,
        paid=body.paid,
        preset=body.preset,
    )
    return answer(report)


# --- models -------------------------------------------------------------------------------------


async def list_models(call: Call) -> web.Response:
    query = call.query(bodies.Paging)
    models = await call.admin.models.list()
    return answer_list(models, page=query.page, per_page=query.per_page)


async def get_model(call: Call) -> web.Response:
    return answer(await call.admin.models.get(call.id))


async def create_model(call: Call) -> web.Response:
    body = await call.body(bodies.NewModel)
    return answer(await call.admin.models.create(**bodies.given_fields(body)), status=201)


async def update_model(call: Call) -> web.Response:
    body = await call.body(bodies.ModelChanges)
    return answer(await call.admin.models.update(call.id, **bodies.given_fields(body)))


async def delete_model(call: Call) -> web.Response:
    await call.admin.models.delete(call.id)
    return answer({"deleted": 1})


async def delete_models(call: Call) -> web.Response:
    body = await call.body(bodies.Ids)
    return answer({"deleted": await call.admin.models.delete_many(body.ids)})


async def discover_models(call: Call) -> web.Response:
    body = await call.body(bodies.Discovery)
    return answer(await call.admin.models.discover(body.upstream_id))


async def import_models(call: Call) -> web.Response:
    body = await call.body(bodies.Import)
    names = [m if isinstance(m, str) else (m.name, m.provider) for m in body.models]
    return answer(await call.admin.models.import_models(body.upstream_id, names))


# --- statistics ---------------------------------------------------------------------------------


async def overview(call: Call) -> web.Response:
    return answer(await call.admin.stats.overview(call.query(bodies.StatsQuery).period))


async def by_key(call: Call) -> web.Response:
    return answer(await call.admin.stats.by_key(call.query(bodies.StatsQuery).period))


async def by_model(call: Call) -> web.Response:
    return answer(await call.admin.stats.by_model(call.query(bodies.StatsQuery).period))


async def by_client(call: Call) -> web.Response:
    return answer(await call.admin.stats.by_client(call.query(bodies.StatsQuery).period))


async def by_upstream(call: Call) -> web.Response:
    return answer(await call.admin.stats.by_upstream(call.query(bodies.StatsQuery).period))


async def timeseries(call: Call) -> web.Response:
    query = call.query(bodies.SeriesQuery)
    return answer(await call.admin.stats.timeseries(query.period, query.interval, query.tz))


async def forecast(call: Call) -> web.Response:
    return answer(await call.admin.stats.forecast(call.query(bodies.ForecastQuery).tz))


async def latency(call: Call) -> web.Response:
    return answer(await call.admin.stats.latency(call.query(bodies.StatsQuery).period))

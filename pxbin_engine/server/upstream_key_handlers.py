"""What the routes of an upstream's keys do; each answers with the upstream as it is afterwards."""

from uuid import UUID

from aiohttp import web

from pxbin_engine.server import admin_bodies as bodies
from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer


async def add_key(call: Call) -> web.Response:
    body = await call.body(bodies.NewUpstreamKey)
    upstream = await call.admin.upstreams.add_key(call.id, body.api_key, label=body.label)
    return answer(upstream, status=201)


async def update_key(call: Call) -> web.Response:
    body = await call.body(bodies.UpstreamKeyChanges)
    changes = bodies.given_fields(body)
    if "api_key" in changes:
        changes["secret"] = changes.pop("api_key")
    return answer(await call.admin.upstreams.update_key(call.id, _key_id(call), **changes))


async def remove_key(call: Call) -> web.Response:
    return answer(await call.admin.upstreams.remove_key(call.id, _key_id(call)))


def _key_id(call: Call) -> UUID:
    return call.id_of("key_id")

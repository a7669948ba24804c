"""What the routes of aliases do, and the one that says where a request would go."""

from aiohttp import web

from pxbin_engine.server import alias_bodies as bodies
from pxbin_engine.server.admin_bodies import Paging, given_fields
from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer, answer_list


async def list_aliases(call: Call) -> web.Response:
    query = call.query(Paging)
    aliases = await call.admin.aliases.list()
    return answer_list(aliases, page=query.page, per_page=query.per_page)


async def create_alias(call: Call) -> web.Response:
    body = await call.body(bodies.NewAlias)
    return answer(await call.admin.aliases.create(**given_fields(body)), status=201)


async def update_alias(call: Call) -> web.Response:
    body = await call.body(bodies.AliasChanges)
    return answer(await call.admin.aliases.update(call.id, **given_fields(body)))


async def delete_alias(call: Call) -> web.Response:
    await call.admin.aliases.delete(call.id)
    return answer({"deleted": 1})


async def set_client_map(call: Call) -> web.Response:
    body = await call.body(bodies.ClientMap)
    return answer(await call.admin.aliases.set_client_map(body.client, body.models))


async def explain(call: Call) -> web.Response:
    body = await call.body(bodies.Question)
    return answer(await call.admin.explain(**given_fields(body)))

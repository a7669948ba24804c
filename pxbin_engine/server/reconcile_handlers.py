"""What the management routes of reconciling do: decode, call one use case, encode."""

from aiohttp import web

from pxbin_engine.admin.reconcile import LARGEST_FILE
from pxbin_engine.server.admin_bodies import Paging
from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer, answer_list
from pxbin_engine.server.reconcile_bodies import ComparisonQuery, NewImport

_LARGEST_BODY = 2 * LARGEST_FILE
"""Bytes: in JSON quotes and line breaks take two."""


async def import_usage(call: Call) -> web.Response:
    body = await call.body(NewImport, largest=_LARGEST_BODY)
    made = await call.admin.reconcile.import_export(
        body.upstream_id, body.text, file_name=body.file_name
    )
    return answer(made, status=201)


async def list_imports(call: Call) -> web.Response:
    query = call.query(Paging)
    imports = await call.admin.reconcile.imports()
    return answer_list(imports, page=query.page, per_page=query.per_page)


async def delete_import(call: Call) -> web.Response:
    await call.admin.reconcile.delete(call.id)
    return answer({"deleted": 1})


async def compare(call: Call) -> web.Response:
    query = call.query(ComparisonQuery)
    return answer(
        await call.admin.reconcile.comparison(query.upstream_id, first=query.first, last=query.last)
    )

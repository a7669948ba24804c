"""What the routes of the log do: pages of it, one row, and exports as a stream."""

import logging
from contextlib import aclosing

from aiohttp import web

from pxbin_engine.admin.log_export import CONTENT_TYPES
from pxbin_engine.errors import PxbinError
from pxbin_engine.records import RequestFilter
from pxbin_engine.server import admin_bodies as bodies
from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer, answer_page, log_item

logger = logging.getLogger(__name__)


async def list_requests(call: Call) -> web.Response:
    query = call.query(bodies.LogQuery)
    page = await call.admin.requests.page(
        _filter(call, query),
        cursor=query.cursor,
        page=None if query.cursor else query.page,
        limit=query.per_page,
    )
    searched = {"searched_from": page.searched_since, "searched_to": page.searched_until}
    return answer_page(
        [log_item(record) for record in page.items],
        total=page.total,
        page=query.page,
        per_page=query.per_page,
        next_cursor=page.next_cursor,
        **{name: at for name, at in searched.items() if at is not None},
    )


async def get_request(call: Call) -> web.Response:
    return answer(log_item(await call.admin.requests.get(call.id)))


async def export_requests(call: Call) -> web.StreamResponse:
    """The file leaves as it is made. Whatever can be refused is refused before its first byte."""
    query = call.query(bodies.LogExport)
    where = call.admin.requests.bounded(_filter(call, query))
    headers = {
        "Content-Type": CONTENT_TYPES[query.format],
        "Content-Disposition": f'attachment; filename="pxbin-requests.{query.format}"',
    }
    if where.reads_text and where.since is not None:
        headers["X-Searched-From"] = where.since.isoformat()
    async with aclosing(call.admin.requests.export(where, query.format)) as pieces:
        first, second = await anext(pieces), await anext(pieces)
        response = await call.stream(headers)
        try:
            await response.write(first.data + second.data)
            async for piece in pieces:
                await response.write(piece.data)
        except PxbinError as error:
            # The status is gone; a connection that breaks is how the client sees that the file is not whole.
            logger.warning("export.broken reason=%s", error.message)
            call.abort()
        except ConnectionError:
            logger.info("export.left")
        return response


def _filter(call: Call, query: bodies.LogConditions) -> RequestFilter:
    """The conditions of the parameters, and those of ``q``: all of them hold."""
    within = RequestFilter(
        key_id=query.key_id,
        upstream_id=query.upstream_id,
        model=query.model,
        status_code=query.status_code,
        errors_only=query.errors_only,
        input_format=query.input_format,
        session_id=query.session_id,
        since=query.since,
        until=query.until,
    )
    return call.admin.requests.filter(query.q, within=within)

"""What the management routes of sessions do: decode, call one use case, encode."""

from aiohttp import web

from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer, answer_page
from pxbin_engine.server.session_bodies import SessionQuery


async def list_sessions(call: Call) -> web.Response:
    query = call.query(SessionQuery)
    sessions = call.admin.sessions
    found = await sessions.list(
        query.period, order=query.order, page=query.page, limit=query.per_page
    )
    total = await sessions.count(query.period)
    return answer_page(found, total=total, page=query.page, per_page=query.per_page)


async def get_session(call: Call) -> web.Response:
    return answer(await call.admin.sessions.get(call.text_of("session_id")))

"""What the management routes of recordings do: decode, call one use case, encode."""

from aiohttp import web

from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer
from pxbin_engine.server.recording_bodies import EventsQuery, recording_item


async def get_recording(call: Call) -> web.Response:
    return answer(recording_item(await call.admin.requests.recording(call.id)))


async def list_events(call: Call) -> web.Response:
    query = call.query(EventsQuery)
    return answer(await call.admin.requests.events(call.id, query.side, attempt=query.attempt))


async def erase_recordings(call: Call) -> web.Response:
    return answer({"deleted": await call.admin.requests.erase_recordings()})

"""What the management route of replays does: decode, call one use case, encode."""

from aiohttp import web

from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer
from pxbin_engine.server.replay_bodies import NewReplay


async def replay(call: Call) -> web.Response:
    """Answers once the other model has; a caller that leaves ends the request."""
    wanted = await call.body(NewReplay)
    return answer(await call.admin.replays.run(call.id, model=wanted.model, key_id=wanted.key_id))

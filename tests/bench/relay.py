"""A bare relay, the measure for the proxy: aiohttp in and out on uvloop, one write per read, and nothing else.

``python -m tests.bench.relay UPSTREAM_PORT`` prints its port on a line of its own, then serves until it is ended. It knows
no keys, routes, dialects, errors or log, so what a request costs here is what a request costs at all on this machine.
"""

import asyncio
import sys

import aiohttp
from aiohttp import web


class Relay:
    """Passes every request on to one upstream, and its answer back."""

    def __init__(self, upstream_port: int) -> None:
        self._url = f"http://127.0.0.1:{upstream_port}/v1/chat/completions"
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request."""
        body = await request.read()
        headers = {"content-type": "application/json"}
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            if answer.content_length is not None:
                whole = web.Response(body=await answer.read(), content_type="application/json")
                await whole.prepare(request)
                await whole.write_eof()
                return whole
            response = web.StreamResponse(headers={"content-type": "text/event-stream"})
            await response.prepare(request)
            while chunk := await answer.content.readany():
                await response.write(chunk)
            await response.write_eof()
            return response


async def _serve(kind: type[Relay], upstream_port: int) -> None:
    runner = web.ServerRunner(web.Server(kind(upstream_port).handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def serve(kind: type[Relay], upstream_port: int) -> None:
    """Serve on a free port of the loopback, which is printed, until ended."""
    if sys.platform == "win32":
        asyncio.run(_serve(kind, upstream_port))
    else:
        import uvloop

        uvloop.run(_serve(kind, upstream_port))


if __name__ == "__main__":
    serve(Relay, int(sys.argv[1]))

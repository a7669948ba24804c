"""Answers through aiohttp, in the gateway's terms."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from pxbin_engine.server.responder import HttpResponder


def test_nothing_answered_is_a_fault() -> None:
    responder = HttpResponder(make_mocked_request("GET", "/"))
    with pytest.raises(RuntimeError, match="nothing was answered"):
        _ = responder.response


async def test_a_stream_and_a_whole_answer() -> None:
    streamed = HttpResponder(make_mocked_request("GET", "/"))
    await streamed.start(200, {"content-type": "text/event-stream"})
    await streamed.write(b"data: 1\n\n")
    await streamed.end()
    assert streamed.response.headers["server"] == "pxbin"
    assert streamed.response.content_type == "text/event-stream"

    whole = HttpResponder(make_mocked_request("GET", "/"))
    await whole.send(404, {"content-type": "application/json"}, b"{}")
    assert isinstance(whole.response, web.Response)
    assert (whole.response.status, whole.response.body) == (404, b"{}")

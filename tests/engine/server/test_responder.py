"""Answers through aiohttp, in the gateway's terms."""

import asyncio
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_writer import StreamWriter
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
    await streamed.end(b"")
    assert streamed.response.headers["server"] == "pxbin"
    assert streamed.response.content_type == "text/event-stream"

    whole = HttpResponder(make_mocked_request("GET", "/"))
    await whole.send(404, {"content-type": "application/json"}, b"{}")
    assert isinstance(whole.response, web.Response)
    assert (whole.response.status, whole.response.body) == (404, b"{}")


async def test_a_short_stream_leaves_as_one_segment() -> None:
    transport = Mock()
    transport.is_closing.return_value = False
    protocol = BaseProtocol(asyncio.get_running_loop())
    protocol.transport = transport
    writer = StreamWriter(protocol, asyncio.get_running_loop())
    responder = HttpResponder(make_mocked_request("POST", "/", writer=writer))
    await responder.start(200, {"content-type": "text/event-stream"})
    await responder.end(b"data: 1\n\n")
    ((segment,), _) = transport.write.call_args
    assert transport.write.call_count == 1
    assert segment.startswith(b"HTTP/1.1 200 OK\r\n")
    assert segment.endswith(b"\r\n\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n")

"""The client's side: what commits the status, and which headers go along."""

import asyncio
from collections.abc import Mapping

import pytest

from pxbin_engine.gateway.deadlines import Deadlines
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.reply import ClientStalled, Reply
from tests.engine.gateway.test_relay import inbound


class Sent:
    """A responder that keeps each call."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        self.calls.append(("start", status, dict(headers)))

    async def write(self, data: bytes) -> None:
        self.calls.append(("write", data))

    async def end(self, data: bytes) -> None:
        self.calls.append(("end", data))

    async def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.calls.append(("send", status, dict(headers), body))

    def abort(self) -> None:
        self.calls.append(("abort",))


def answering(exchange: Exchange, sent: Sent, *, patience: float = 5.0) -> Reply:
    """A reply at five o'clock."""
    return Reply(exchange, sent, lambda: 5.0, Deadlines().watch(), patience=patience)


async def test_the_first_write_commits_and_an_empty_one_writes_nothing() -> None:
    exchange, sent = Exchange(inbound(b"")), Sent()
    reply = answering(exchange, sent)
    assert not reply.committed
    await reply.write(b"", headers={"x-ratelimit-left": "1"}, read_at=4.999)
    await reply.write(b"data")
    await reply.end(b"last")
    assert reply.committed
    assert reply.ended
    assert sent.calls == [
        (
            "start",
            200,
            {
                "x-ratelimit-left": "1",
                "content-type": "text/event-stream; charset=utf-8",
                "cache-control": "no-cache",
                "x-request-id": str(exchange.id),
                "request-id": str(exchange.id),
            },
        ),
        ("write", b"data"),
        ("end", b"last"),
    ]
    assert (exchange.status, exchange.committed) == (200, 5.0)


async def test_a_client_that_reads_nothing_is_cut_off() -> None:
    class Stalled(Sent):
        async def write(self, data: bytes) -> None:
            await asyncio.Event().wait()

    sent = Stalled()
    reply = answering(Exchange(inbound(b"")), sent, patience=0.05)
    with pytest.raises(ClientStalled, match=r"read nothing for 0\.05 seconds"):
        await reply.write(b"data")
    assert sent.calls[-1] == ("abort",)


async def test_a_header_of_the_upstream_that_cannot_be_sent_is_left_out() -> None:
    sent = Sent()
    headers = {"retry-after": "\udcff", "x-ratelimit-a": "1\x01", "x-ratelimit-b": "2\r\nx: y"}
    await answering(Exchange(inbound(b"")), sent).write(b"", headers=headers)
    ((_, _, told),) = sent.calls
    assert isinstance(told, dict)
    assert not told.keys() & headers.keys()


async def test_a_whole_answer_carries_the_ids_too() -> None:
    exchange, sent = Exchange(inbound(b"")), Sent()
    await answering(exchange, sent).send(404, {"content-type": "application/json"}, b"{}")
    ((kind, status, headers, body),) = sent.calls
    assert (kind, status, body) == ("send", 404, b"{}")
    assert isinstance(headers, dict)
    assert headers["x-request-id"] == headers["request-id"] == str(exchange.id)

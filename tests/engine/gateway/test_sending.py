"""How an attempt asks its target: with which key, where, and that nothing is left behind when nobody waits any more."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import UpstreamUnreachable
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.deadlines import Deadlines
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.key_pool import UpstreamKey
from pxbin_engine.gateway.patience import Patience, Tools
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.routing import Target
from pxbin_engine.gateway.sending import Errand, Sending
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.gateway.upstream_answer import UpstreamAnswer
from pxbin_engine.records import UpstreamFormat
from tests.engine.gateway.test_patience import TOLD
from tests.engine.gateway.test_relay import inbound
from tests.engine.gateway.test_reply import Sent
from tests.support.gateway import upstream_record


class Answered(UpstreamAnswer):
    """An answer that only knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Client:
    """Keeps what it was asked to send, and answers with ``answer``."""

    def __init__(self, answer: Callable[[], Awaitable[UpstreamAnswer]]) -> None:
        self.sent: list[dict[str, Any]] = []
        self._answer = answer

    async def send(self, **request: Any) -> UpstreamAnswer:
        self.sent.append(request)
        return await self._answer()


def sending(
    client: Client, *, stream: bool = False, spoken: UpstreamFormat = "openai", **settings: Any
) -> Sending:
    config, now = EngineConfig(**settings), time.monotonic()
    came = inbound(b"", format="openai", query="beta=1", arrived=now, received=now)
    exchange = Exchange(came)
    exchange.stream = stream
    tools = Tools(
        config, cast("UpstreamClient", client), UpstreamHealth(config, EventBus()), Deadlines(),
        time.monotonic, lambda: 0.5,
    )  # fmt: skip
    reply = Reply(exchange, Sent(), time.monotonic, tools.deadlines.watch(), patience=5.0)
    patience = Patience(tools, exchange, reply)
    upstream = upstream_record(1, "http://u", spoken)
    patience.ask(upstream)
    key = UpstreamKey(id=upstream.id, secret="sk-1")
    errand = Errand(tools, exchange, came, reply, patience)
    return Sending(errand, Target(upstream, "m", (key,)), key, TOLD)


@pytest.mark.parametrize("stream", [True, False])
async def test_the_answer_comes_back_and_the_key_went_along(stream: bool) -> None:
    answer = Answered()
    client = Client(lambda: asyncio.sleep(0, answer))
    assert await sending(client, stream=stream).patiently(b"{}") is answer
    (sent,) = client.sent
    assert (sent["api_key"], sent["body"], sent["path"]) == ("sk-1", b"{}", "/v1/chat/completions")
    assert not answer.closed


@pytest.mark.parametrize(("spoken", "query"), [("openai", "beta=1"), ("anthropic", "")])
async def test_a_query_is_only_for_who_speaks_the_clients_dialect(
    spoken: UpstreamFormat, query: str
) -> None:
    client = Client(lambda: asyncio.sleep(0, Answered()))
    await sending(client, spoken=spoken).patiently(b"{}")
    assert client.sent[0]["query"] == query


@pytest.mark.parametrize("stream", [True, False])
async def test_that_nobody_is_there_is_told(stream: bool) -> None:
    async def nobody() -> UpstreamAnswer:
        raise UpstreamUnreachable("refused")

    with pytest.raises(UpstreamUnreachable):
        await sending(Client(nobody), stream=stream).patiently(b"{}")


async def test_a_stream_that_is_kept_alive_is_sent_once() -> None:
    client = Client(lambda: asyncio.sleep(0.2, Answered()))
    asked = sending(client, stream=True, commit_delay_seconds=0.05)
    assert isinstance(await asked.patiently(b"{}"), Answered)
    assert len(client.sent) == 1


async def test_an_answer_for_which_nobody_waits_any_more_is_cut() -> None:
    answer, ended = Answered(), asyncio.Event()

    async def late() -> UpstreamAnswer:
        try:
            await asyncio.sleep(5)
        finally:
            ended.set()
        return answer

    task = asyncio.ensure_future(sending(Client(late), stream=True).patiently(b"{}"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1):
        await ended.wait()


async def test_an_answer_that_had_come_meanwhile_is_closed() -> None:
    answer = Answered()
    client = Client(lambda: asyncio.sleep(0, answer))
    task = asyncio.ensure_future(sending(client, stream=True).patiently(b"{}"))
    while not client.sent:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert answer.closed

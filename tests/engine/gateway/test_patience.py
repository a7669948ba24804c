"""Waiting for an upstream: the limits of silence, without HTTP."""

import asyncio
import time
from typing import Any, cast

import pytest

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import UpstreamTimeout
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.deadlines import Deadlines
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.patience import Patience, Tools
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.protocol.translation import Translation
from tests.engine.gateway.test_relay import inbound
from tests.engine.gateway.test_reply import Sent


class Told:
    """The two calls that patience makes of a translation."""

    def open(self) -> bytes:
        return b"open "

    def ping(self) -> bytes:
        return b"ping "


TOLD = cast("Translation", Told())


def waiting(*, stream: bool, **settings: Any) -> tuple[Patience, Sent]:
    now = time.monotonic()
    exchange, sent = Exchange(inbound(b"", arrived=now, received=now)), Sent()
    exchange.stream = stream
    config = EngineConfig(**settings)
    health = UpstreamHealth(1, 1.0, EventBus())
    client = UpstreamClient(connect_timeout=1.0)
    tools = Tools(config, client, health, Deadlines(), time.monotonic, lambda: 0.5)
    watch = tools.deadlines.watch()
    reply = Reply(exchange, sent, time.monotonic, watch, patience=5.0)
    return Patience(tools, exchange, reply), sent


async def test_a_stream_is_opened_once_and_then_kept_alive() -> None:
    patience, sent = waiting(stream=True, commit_delay_seconds=0.05, ping_interval_seconds=0.05)
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.25, done.set_result, "said")
    assert await patience.wait(TOLD, lambda: asyncio.shield(done)) == "said"
    data = [call[1] for call in sent.calls if call[0] == "write"]
    assert data[0] == b"open "
    assert len(data) >= 3
    assert set(data[1:]) == {b"ping "}


async def test_a_whole_answer_is_waited_for_in_silence() -> None:
    patience, sent = waiting(stream=False, commit_delay_seconds=0.01, upstream_timeout_seconds=0.1)
    with pytest.raises(UpstreamTimeout, match="silent"):
        await patience.wait(TOLD, lambda: asyncio.sleep(5))
    assert not sent.calls


async def test_each_sign_of_life_begins_the_silence_anew() -> None:
    patience, _ = waiting(stream=False, upstream_timeout_seconds=0.15)
    for _ in range(4):
        await patience.wait(TOLD, lambda: asyncio.sleep(0.08))
        patience.heard_at = time.monotonic()

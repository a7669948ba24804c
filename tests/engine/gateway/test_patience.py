"""Waiting for an upstream: the limits of silence, without HTTP."""

import asyncio
import time
from typing import Any, cast

import pytest
from msgspec.structs import replace

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
from tests.support.gateway import upstream_record


class Told:
    """What patience asks of a translation."""

    useful = False

    def open(self) -> bytes:
        return b"open "

    def ping(self) -> bytes:
        return b"ping "


TOLD = cast("Translation", Told())


def waiting(
    *, stream: bool, first_byte: float | None = None, idle: float | None = None, **settings: Any
) -> tuple[Patience, Sent]:
    now = time.monotonic()
    exchange, sent = Exchange(inbound(b"", arrived=now, received=now)), Sent()
    exchange.stream = stream
    config = EngineConfig(**settings)
    health = UpstreamHealth(config, EventBus())
    client = UpstreamClient(connect_timeout=1.0)
    tools = Tools(config, client, health, Deadlines(), time.monotonic, lambda: 0.5)
    watch = tools.deadlines.watch()
    reply = Reply(exchange, sent, time.monotonic, watch, patience=5.0)
    patience = Patience(tools, exchange, reply)
    upstream = upstream_record(1, "http://u", "openai")
    patience.ask(
        replace(upstream, first_byte_timeout_seconds=first_byte, idle_timeout_seconds=idle)
    )
    return patience, sent


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
    patience, sent = waiting(
        stream=False, commit_delay_seconds=0.01, first_byte_timeout_seconds=0.1
    )
    with pytest.raises(
        UpstreamTimeout, match=r"within 0\.1 seconds \(first_byte_timeout_seconds\)"
    ):
        await patience.wait(TOLD, lambda: asyncio.sleep(5))
    assert not sent.calls


async def test_each_sign_of_life_begins_the_silence_anew() -> None:
    patience, _ = waiting(
        stream=False, first_byte_timeout_seconds=0.15, upstream_timeout_seconds=0.15
    )
    patience.heard_headers()
    for _ in range(4):
        await patience.wait(TOLD, lambda: asyncio.sleep(0.08))
        patience.heard_at = time.monotonic()
    with pytest.raises(UpstreamTimeout, match=r"silent for 0\.15 seconds \(upstream_timeout_s"):
        await patience.wait(TOLD, lambda: asyncio.sleep(5))


async def test_a_stream_that_only_pings_has_not_begun() -> None:
    patience, _ = waiting(stream=True, first_byte_timeout_seconds=0.15)
    patience.heard_headers()

    async def hear_pings() -> None:
        while True:
            await patience.wait(TOLD, lambda: asyncio.sleep(0.02))
            patience.heard_at = time.monotonic()

    with pytest.raises(UpstreamTimeout, match="did not begin"):
        await hear_pings()


async def test_a_stream_that_has_begun_may_take_as_long_as_it_is_not_silent() -> None:
    patience, _ = waiting(
        stream=True, first_byte_timeout_seconds=0.01, upstream_timeout_seconds=0.5
    )
    begun = Told()
    begun.useful = True
    await patience.wait(cast("Translation", begun), lambda: asyncio.sleep(0.05))


@pytest.mark.parametrize(
    ("begun", "said"), [(False, "did not begin its answer"), (True, "silent for 0.05 seconds")]
)
async def test_an_upstreams_own_limits_go_before_the_configurations(begun: bool, said: str) -> None:
    patience, _ = waiting(stream=False, first_byte=0.05, idle=0.05)
    if begun:
        patience.heard_headers()
    with pytest.raises(UpstreamTimeout, match=said) as failed:
        await patience.wait(TOLD, lambda: asyncio.sleep(5))
    assert "the upstream's own limit" in failed.value.message


async def test_another_attempt_has_its_time_anew() -> None:
    patience, _ = waiting(stream=False, first_byte_timeout_seconds=0.15)
    for _ in range(3):
        await patience.wait(TOLD, lambda: asyncio.sleep(0.08))
        patience.ask(upstream_record(1, "http://u", "openai"))

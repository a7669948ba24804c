"""Who is asked whether it is there, when, and with which key."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from pxbin_engine.admin.discovery import Discovery
from pxbin_engine.admin.prober import Prober
from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.key_pool import UpstreamKey
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import UpstreamRecord
from tests.support.gateway import upstream_record
from tests.support.upstream import HANG, Answer, FakeUpstream, json_answer

ONE, OTHER = upstream_record(1, "http://one", "openai"), upstream_record(2, "http://two", "openai")
KEY = UpstreamKey(id=UUID(int=11), secret="sk-1")
INTERVAL = 60.0


class Stage:
    """A prober whose clock and jitter the test sets; it knows one upstream."""

    def __init__(
        self, discovery: Any = None, *upstreams: UpstreamRecord, interval: float = INTERVAL
    ) -> None:
        self.now, self.jitter, self.paused = 0.0, 0.0, False
        self.known: list[tuple[UpstreamRecord, tuple[UpstreamKey, ...]]] = [
            (upstream, (KEY,)) for upstream in upstreams or (ONE,)
        ]
        self.health = UpstreamHealth(EngineConfig(cb_failure_threshold=1), EventBus())
        self.prober = Prober(
            discovery, self.health, lambda: self.known, interval=interval, is_paused=lambda: self.paused,
            clock=lambda: self.now, jitter=lambda: self.jitter,
        )  # fmt: skip

    def due(self, now: float) -> list[str]:
        self.now = now
        return [upstream.name for upstream, _ in self.prober.due(now)]

    def answered(self, now: float) -> None:
        self.health.succeeded(ONE, self.health.of(ONE), now, now)


def test_an_upstream_is_first_asked_soon_and_then_once_an_interval() -> None:
    stage = Stage()
    stage.jitter = 0.5
    assert stage.due(0.0) == []
    assert stage.due(2.5) == ["upstream-1"]
    stage.health.checked(ONE, 2.5, None)
    assert [stage.due(now) for now in (30.0, 68.0)] == [[], []]
    assert stage.due(68.5) == ["upstream-1"], "the interval and half of its spread"


def test_one_with_traffic_is_not_asked() -> None:
    stage = Stage()
    for now in range(0, 600, 10):
        stage.answered(now)
        assert stage.due(now) == []
    assert stage.due(649.0) == []
    assert stage.due(650.0) == ["upstream-1"]


def test_one_whose_circuit_is_open_is_asked_though_requests_still_fail() -> None:
    stage = Stage()
    stage.health.failed(ONE, stage.health.of(ONE), 0.0, 0.0, "503")
    assert stage.due(0.0) == ["upstream-1"]
    stage.health.checked(ONE, 0.0, "it is not there")
    stage.health.failed(ONE, stage.health.of(ONE), 59.0, 59.0, "503")
    assert stage.due(60.0) == ["upstream-1"]


def test_one_that_was_edited_is_asked_anew() -> None:
    stage = Stage()
    assert stage.due(0.0) == ["upstream-1"]
    stage.health.checked(ONE, 0.0, None)
    stage.known = [(structs.replace(ONE, base_url="http://mended"), (KEY,))]
    assert stage.due(1.0) == ["upstream-1"]


def test_a_key_that_rests_is_not_used_and_one_that_cannot_be_read_neither() -> None:
    stage = Stage()
    spare = UpstreamKey(id=UUID(int=12), secret="sk-2")
    stage.known = [(ONE, (KEY, spare))]
    stage.health.keys.rest(KEY, ApiError("authentication", 401, "no"), 0.0)
    assert [key for _, key in stage.prober.due(0.0)] == [spare]
    stage.known = [(OTHER, (structs.replace(KEY, error="locked"),))]
    assert stage.due(0.0) == []


@pytest.fixture
async def asked() -> Any:
    """A fake upstream, its record, and a discovery that can reach it."""
    client = UpstreamClient(connect_timeout=2)
    await client.start()
    async with FakeUpstream() as upstream:
        yield upstream, upstream_record(3, upstream.url, "anthropic"), Discovery(client)
    await client.close()


async def run_until(stage: Stage, reached: Any) -> None:
    """Run the prober, with its clock moving on, until ``reached`` is true or 5 s have passed."""
    running = asyncio.ensure_future(stage.prober.run())
    try:
        async with asyncio.timeout(5):
            while not reached():
                stage.now += 0.01
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_what_it_is_asked_and_what_is_seen(asked: Any) -> None:
    upstream, record, discovery = asked
    upstream.script(json_answer({"data": []}))
    stage = Stage(discovery, record, interval=0.2)
    await run_until(stage, lambda: stage.health.record(record, stage.now).checked_at)
    assert stage.health.record(record, stage.now).level == "ok"
    sent = upstream.requests[0]
    assert (sent.method, sent.path, sent.headers["x-api-key"]) == ("GET", "/v1/models", "sk-1")


SEEN: list[tuple[Answer, str]] = [
    (json_answer({"error": "none here"}, status=404), "ok"),
    (json_answer({}, status=405), "ok"),
    (json_answer({"error": "missing scope"}, status=403), "ok"),
    (json_answer({}, status=429), "ok"),
    (Answer(200, {"content-type": "text/html"}, [b"<html>"]), "ok"),
    (json_answer({}, status=401), "degraded"),
    (json_answer({}, status=500), "degraded"),
    (Answer(302, {"location": "http://elsewhere"}), "degraded"),
]


@pytest.mark.parametrize(
    ("answer", "level"), SEEN, ids=lambda value: str(getattr(value, "status", value))
)
async def test_what_answers_tell(asked: Any, answer: Answer, level: str) -> None:
    upstream, record, discovery = asked
    upstream.script(answer)
    stage = Stage(discovery, record, interval=60.0)
    await run_until(stage, lambda: stage.health.record(record, stage.now).checked_at)
    assert stage.health.record(record, stage.now).level == level


async def test_one_question_at_a_time_and_none_while_paused(asked: Any) -> None:
    upstream, record, discovery = asked
    upstream.always = Answer(before=[HANG])
    stage = Stage(discovery, record, interval=0.04)
    stage.paused = True
    began = asyncio.get_running_loop().time()
    await run_until(stage, lambda: asyncio.get_running_loop().time() > began + 0.2)
    assert upstream.requests == []
    stage.paused = False
    await run_until(stage, lambda: stage.now > 0.6)
    assert len(upstream.requests) == 1

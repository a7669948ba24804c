"""The keys of an upstream with two engines on one database: what one is told holds for the other within a second."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pxbin_engine import Engine
from pxbin_engine.events import KeyRested
from tests.engine.test_engine import ask, config_of, serve
from tests.support.upstream import FakeUpstream, openai_error, openai_stream


@pytest.fixture
async def engines(
    database_url: str, schema: str, tmp_path: Path
) -> AsyncIterator[tuple[Engine, Engine]]:
    here, there = (
        Engine(config_of(database_url, schema, tmp_path / name)) for name in ("here", "there")
    )
    await here.start()
    await there.start()
    yield here, there
    await there.stop()
    await here.stop()


def used(upstream: FakeUpstream) -> list[str]:
    return [request.headers["Authorization"] for request in upstream.requests]


async def until_used(engine: Engine, key: str, upstream: FakeUpstream, secrets: set[str]) -> float:
    """Seconds until two requests in a row use just these of the upstream's keys."""
    upstream.always = openai_stream("Hello")
    started = time.monotonic()
    while True:
        statuses = {(await ask(engine, key))[0] for _ in range(2)}
        if statuses == {200} and set(used(upstream)[-2:]) == {
            f"Bearer {secret}" for secret in secrets
        }:
            return time.monotonic() - started
        assert time.monotonic() - started < 5
        await asyncio.sleep(0.01)


async def test_a_key_that_is_added_changed_and_removed_here_is_so_there_within_a_second(
    engines: tuple[Engine, Engine],
) -> None:
    here, there = engines
    async with FakeUpstream() as upstream:
        key = await serve(here, upstream)
        assert await until_used(here, key, upstream, {"sk-1"}) < 1
        (record,) = await here.upstreams.list()
        record = await here.upstreams.add_key(record.id, "sk-2", label="second")
        first, second = record.keys
        assert await until_used(there, key, upstream, {"sk-1", "sk-2"}) < 1
        await here.upstreams.update_key(record.id, second.id, secret="sk-new")
        assert await until_used(there, key, upstream, {"sk-1", "sk-new"}) < 1
        await there.upstreams.update_key(record.id, first.id, is_active=False)
        assert await until_used(here, key, upstream, {"sk-new"}) < 1
        await there.upstreams.update_key(record.id, first.id, is_active=True)
        await here.upstreams.remove_key(record.id, second.id)
        assert await until_used(there, key, upstream, {"sk-1"}) < 1
        assert await until_used(here, key, upstream, {"sk-1"}) < 1


async def test_a_refused_key_rests_and_the_row_says_which_it_was(
    engines: tuple[Engine, Engine],
) -> None:
    engine, _ = engines
    rested: list[KeyRested] = []
    engine.events.subscribe(KeyRested, rested.append)
    async with FakeUpstream() as upstream:
        key = await serve(engine, upstream)
        (record,) = await engine.upstreams.list()
        await engine.upstreams.add_key(record.id, "sk-2", label="second")
        upstream.script(openai_error(401, "no such key"), openai_stream("Hello"))
        status, text = await ask(engine, key)
        assert (status, "Hello" in text) == (200, True)
    async with asyncio.timeout(5):
        while not (page := await engine.requests.page(limit=1)).items:
            await asyncio.sleep(0.02)
    attempts = page.items[0].attempts
    assert {attempt.key_label for attempt in attempts} == {"key 1", "second"}
    assert [event.key_label for event in rested] == [attempts[0].key_label]
    assert all("sk-" not in (attempt.error or "") for attempt in attempts)

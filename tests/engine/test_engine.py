"""The composition root: an ordered start, changes in force at once, an ordered stop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from pxbin_engine import Engine, EngineConfig, EngineState
from pxbin_engine.config import Secret, load_config
from pxbin_engine.errors import ConfigError, DatabaseUnavailable, InvalidInput, NotFound
from pxbin_engine.events import (
    ConfigurationChanged,
    EngineStateChanged,
    QuirkLearned,
    RequestFinished,
)
from tests.support.upstream import (
    HANG,
    FakeUpstream,
    openai_error,
    openai_events,
    openai_stream,
    sse_answer,
)

ENCRYPTION_KEY = "an-encryption-key-for-tests"
BODY = {
    "model": "m",
    "max_tokens": 20,
    "stream": True,
    "messages": [{"role": "user", "content": "Hi"}],
}


def config_of(database_url: str, schema: str, tmp_path: Path, **more: Any) -> EngineConfig:
    values = {"database_url": database_url, "database_schema": schema, "data_dir": tmp_path,
              "listen_addr": "127.0.0.1:0", "encryption_key": ENCRYPTION_KEY,
              "health_check_seconds": 0}  # fmt: skip
    return load_config({}, **values | more)


@pytest.fixture
def config(database_url: str, schema: str, tmp_path: Path) -> EngineConfig:
    """An engine's settings on the tests' own PostgreSQL."""
    return config_of(database_url, schema, tmp_path)


@pytest.fixture
async def engine(config: EngineConfig) -> AsyncIterator[Engine]:
    engine = Engine(config)
    await engine.start()
    yield engine
    await engine.stop()


async def serve(engine: Engine, upstream: FakeUpstream) -> str:
    """A model ``m`` on ``upstream``; a key for it."""
    record = await engine.upstreams.create(
        name="u", base_url=upstream.url, format="openai", api_key="sk-1"
    )
    await engine.models.create(
        name="m",
        upstream_id=record.id,
        input_cost_per_million=Decimal(1),
        output_cost_per_million=Decimal(2),
    )
    return (await engine.keys.create("llm", "laptop")).key


async def ask(engine: Engine, key: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(headers={"x-api-key": key}) as session,
        session.post(f"{engine.base_url}/v1/messages", json=BODY) as answer,
    ):
        return answer.status, await answer.text()


async def test_it_goes_through_its_states(config: EngineConfig) -> None:
    engine = Engine(config)
    seen: list[str] = []
    engine.events.subscribe(EngineStateChanged, lambda event: seen.append(event.state))
    assert (engine.state, engine.base_url) == (EngineState.STOPPED, "")
    await engine.start()
    assert engine.base_url.startswith("http://127.0.0.1:")
    engine.pause()
    engine.resume()
    await engine.stop()
    await engine.stop()
    assert seen == ["starting", "running", "paused", "running", "stopping", "stopped"]
    assert engine.base_url == ""


async def test_a_request_is_answered_priced_and_logged(engine: Engine) -> None:
    finished: list[RequestFinished] = []
    engine.events.subscribe(RequestFinished, finished.append)
    async with FakeUpstream() as upstream:
        upstream.script(openai_stream("Hel", "lo"))
        status, text = await ask(engine, await serve(engine, upstream))
    assert status == 200
    assert "message_stop" in text
    record = finished[0].record
    assert (record.model, record.upstream_name, record.key_name, record.outcome) == (
        "m",
        "u",
        "laptop",
        "ok",
    )
    assert str(record.cost) == "0.000026"
    async with asyncio.timeout(5):
        while (page := await engine.requests.page()).total == 0:
            await asyncio.sleep(0.05)
    assert page.items[0].id == record.id
    assert (await engine.stats.overview("24h")).total_requests == 1


async def test_a_request_that_was_recorded_can_be_sent_again(engine: Engine) -> None:
    engine.set_recording("all")
    async with FakeUpstream() as upstream:
        upstream.script(openai_stream("Hel", "lo"), openai_stream("Good day"))
        await ask(engine, await serve(engine, upstream))
        (model,) = await engine.models.list()
        await engine.models.create(name="other", targets=model.targets)
        async with asyncio.timeout(5):
            while not (page := await engine.requests.page()).items:
                await asyncio.sleep(0.05)
            request_id = page.items[0].id
            while True:
                with contextlib.suppress(InvalidInput):  # its recording is not written yet
                    replay = await engine.replays.run(request_id, model="other")
                    break
                await asyncio.sleep(0.05)
    assert (replay.original.text, replay.replayed.text) == ("Hello", "Good day")
    assert (replay.original.model, replay.replayed.model) == ("m", "other")
    assert upstream.requests[0].json["messages"] == upstream.requests[1].json["messages"]


async def test_behaviour_27_a_new_price_never_rewrites_the_past(engine: Engine) -> None:
    async def total(requests: int) -> tuple[str, int]:
        async with asyncio.timeout(5):
            while (told := await engine.stats.overview("24h")).total_requests < requests:
                await asyncio.sleep(0.05)
        return f"{told.total_cost:f}", told.unpriced_requests

    async with FakeUpstream() as upstream:
        upstream.always = openai_stream("Hel", "lo")
        key = await serve(engine, upstream)
        await ask(engine, key)
        assert await total(1) == ("0.000026", 0)
        (model,) = await engine.models.list()
        await engine.models.update(
            model.id, input_cost_per_million=Decimal(200), output_cost_per_million=Decimal(1000)
        )
        await ask(engine, key)
        assert await total(2) == ("0.009426", 0)
        await engine.models.update(model.id, output_cost_per_million=None)
        await ask(engine, key)
        assert await total(3) == ("0.009426", 1)
    costs = [record.cost for record in (await engine.requests.page()).items]
    assert costs == [None, Decimal("0.0094"), Decimal("0.000026")]


async def test_a_revoked_key_stops_before_the_answer_to_its_revocation(engine: Engine) -> None:
    async with FakeUpstream() as upstream:
        upstream.always = openai_stream("Hi")
        await serve(engine, upstream)
        created = await engine.keys.create("llm", "other")
        assert (await ask(engine, created.key))[0] == 200
        await engine.keys.revoke(created.record.id)
        assert (await ask(engine, created.key))[0] == 401


async def test_a_change_by_another_engine_arrives(engine: Engine, config: EngineConfig) -> None:
    """Two programs on one database: what the one changes is in force in the other."""
    heard: list[str] = []
    engine.events.subscribe(ConfigurationChanged, lambda event: heard.append(event.what))
    other = Engine(config)
    await other.open()
    try:
        async with FakeUpstream() as upstream:
            upstream.always = openai_stream("Hi")
            key = await serve(other, upstream)
            async with asyncio.timeout(5):
                while (await ask(engine, key))[0] != 200:
                    await asyncio.sleep(0.05)
    finally:
        await other.close()
    assert "all" in heard


async def test_an_alias_is_in_force_at_once_here_and_soon_in_another_engine(
    engine: Engine, config: EngineConfig
) -> None:
    heard: list[str] = []
    engine.events.subscribe(ConfigurationChanged, lambda event: heard.append(event.what))
    other = Engine(config)
    await other.start()
    try:
        async with FakeUpstream() as upstream:
            key = await serve(engine, upstream)
            await engine.models.update((await engine.models.list())[0].id, name="big")
            assert (await ask(engine, key))[0] == 404
            heard.clear()
            await engine.aliases.create(pattern="*", model="big")
            upstream.always = openai_stream("Hi")
            assert (await ask(engine, key))[0] == 200
            async with asyncio.timeout(1):
                while (await ask(other, key))[0] != 200:
                    await asyncio.sleep(0.05)
    finally:
        await other.stop()
    assert {"aliases", "all"} & set(heard)  # its own listener may have been quicker


async def test_a_serving_engine_explains_by_its_present_and_another_by_what_is_stored(
    engine: Engine, config: EngineConfig
) -> None:
    async with FakeUpstream() as upstream:
        await serve(engine, upstream)
    (key,) = await engine.keys.list()
    assert (await engine.explain(model="m", key_id=key.id)).refusal == ""
    engine.pause()
    assert "paused" in (await engine.explain(model="m", key_id=key.id)).refusal
    idle = Engine(config)
    await idle.open()
    try:
        explanation = await idle.explain(model="m", key_id=key.id)
    finally:
        await idle.close()
    assert (explanation.model, explanation.refusal) == ("m", "")
    assert "running engine only" in explanation.steps[-1]
    assert explanation.targets[0].state == "ready"
    with pytest.raises(NotFound):
        await engine.explain(model="m", key_id=UUID(int=0))


async def test_paused_refuses_with_a_row(engine: Engine) -> None:
    finished: list[RequestFinished] = []
    engine.events.subscribe(RequestFinished, finished.append)
    async with FakeUpstream() as upstream:
        key = await serve(engine, upstream)
        engine.pause()
        status, _ = await ask(engine, key)
    assert status == 503
    assert finished[0].record.outcome == "refused"


async def test_it_can_start_paused(config: EngineConfig) -> None:
    engine = Engine(config)
    states: list[str] = []
    engine.events.subscribe(EngineStateChanged, lambda event: states.append(event.state))
    await engine.start(paused=True)
    try:
        async with FakeUpstream() as upstream:
            key = await serve(engine, upstream)
            assert (await ask(engine, key))[0] == 503
            engine.resume()
            upstream.script(sse_answer(*openai_events("Hi")))
            assert (await ask(engine, key))[0] == 200
    finally:
        await engine.stop()
    assert states[:3] == ["starting", "paused", "running"]


async def test_a_stream_in_flight_at_the_stop_has_its_row(config: EngineConfig) -> None:
    engine = Engine(config)
    await engine.start()
    finished: list[RequestFinished] = []
    engine.events.subscribe(RequestFinished, finished.append)
    async with FakeUpstream() as upstream:
        upstream.script(sse_answer(*openai_events("Half")[:2], HANG))
        key = await serve(engine, upstream)
        asking = asyncio.ensure_future(ask(engine, key))
        async with asyncio.timeout(5):
            while engine.in_flight == 0 or not upstream.requests:
                await asyncio.sleep(0.02)
        await engine.stop()
        await asyncio.gather(asking, return_exceptions=True)
    assert len(finished) == 1
    again = Engine(config)
    await again.open()
    assert (await again.requests.page()).items[0].id == finished[0].record.id
    await again.close()


async def test_its_own_address_is_no_upstream(engine: Engine) -> None:
    with pytest.raises(InvalidInput):
        await engine.upstreams.create(name="loop", base_url=engine.base_url, format="anthropic")


async def test_a_taken_port_is_a_clear_failure_that_leaves_nothing(config: EngineConfig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        engine = Engine(
            load_config(
                {},
                **{
                    name: getattr(config, name)
                    for name in ("database_url", "database_schema", "data_dir")
                },
                listen_addr=f"127.0.0.1:{port}",
            )
        )
        with pytest.raises(ConfigError, match="listen_addr"):
            await engine.start()
    assert engine.state is EngineState.FAILED


async def test_a_database_that_is_not_there_is_a_clear_failure(tmp_path: Path) -> None:
    url = Secret("postgresql://nobody:pw@127.0.0.1:1/none")
    engine = Engine(load_config({}, database_url=url, data_dir=tmp_path, listen_addr="127.0.0.1:0"))
    with pytest.raises(DatabaseUnavailable) as caught:
        await engine.start()
    assert "pw" not in caught.value.message
    assert engine.state is EngineState.FAILED


async def test_a_start_that_is_broken_off_is_no_failure(config: EngineConfig) -> None:
    engine = Engine(config)
    starting = asyncio.ensure_future(engine.start())
    await asyncio.sleep(0.01)
    starting.cancel()
    await asyncio.wait({starting})
    assert engine.state is EngineState.STOPPED


async def test_a_wrong_encryption_key_sends_nothing_upstream(
    config: EngineConfig, engine: Engine
) -> None:
    """The key that cannot be read is an answer in words; the sealed bytes never leave."""
    async with FakeUpstream() as upstream:
        key = await serve(engine, upstream)
        values = {
            name: getattr(config, name)
            for name in ("database_url", "database_schema", "data_dir", "listen_addr")
        }
        other = Engine(load_config({}, **values, encryption_key="another-key-altogether"))
        await other.start()
        try:
            status, text = await ask(other, key)
        finally:
            await other.stop()
        assert status == 403
        assert "encryption_key" in text
        assert upstream.requests == []


async def test_no_secret_is_in_a_log_line_an_answer_or_a_row(
    database_url: str, schema: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    bootstrap, secret = "a-bootstrap-key-of-the-test", "sk-the-upstreams-own-secret"
    engine = Engine(config_of(database_url, schema, tmp_path, management_bootstrap_key=bootstrap))
    await engine.start()
    try:
        async with FakeUpstream() as upstream:
            upstream.always = openai_error(401, f"Incorrect API key provided: {secret}")
            key = await serve(engine, upstream)
            manager = (await engine.keys.bootstrap(bootstrap)).key
            (record,) = await engine.upstreams.list()
            await engine.upstreams.update(record.id, api_key=secret)
            told = [
                await ask(engine, key),
                await ask(engine, manager),
                await ask(engine, key + "x"),
            ]
            report = await engine.upstreams.check(record.id)
            async with asyncio.timeout(5):
                while (page := await engine.requests.page()).total < 3:
                    await asyncio.sleep(0.05)
    finally:
        await engine.stop()
    assert [status for status, _ in told] == [403, 403, 401]
    assert upstream.requests[0].headers["Authorization"] == f"Bearer {secret}"
    said = f"{caplog.text}{told}{report}{page}{engine.config!r}"
    for plaintext in (bootstrap, secret, key, manager, ENCRYPTION_KEY):
        assert plaintext not in said


async def test_metrics_are_read_with_a_management_key(
    database_url: str, schema: str, tmp_path: Path
) -> None:
    engine = Engine(config_of(database_url, schema, tmp_path, metrics_enabled=True))
    await engine.start()
    try:
        async with FakeUpstream() as upstream:
            upstream.always = openai_stream("Hi")
            await ask(engine, await serve(engine, upstream))
        keys = {
            kind: (await engine.keys.create(kind, "prometheus")).key
            for kind in ("llm", "management")
        }
        told = {}
        async with aiohttp.ClientSession() as session:
            for kind, key in {**keys, "none": ""}.items():
                headers = {"authorization": f"Bearer {key}"}
                async with session.get(f"{engine.base_url}/metrics", headers=headers) as answer:
                    told[kind] = (answer.status, await answer.text())
        assert told["management"][0] == 200
        assert 'pxbin_requests_total{model="m"' in told["management"][1]
        assert (told["llm"][0], told["none"][0]) == (403, 401)
    finally:
        await engine.stop()


async def test_without_the_setting_there_are_no_metrics(engine: Engine) -> None:
    key = (await engine.keys.create("management", "prometheus")).key
    async with (
        aiohttp.ClientSession(headers={"x-api-key": key}) as session,
        session.get(f"{engine.base_url}/metrics") as answer,
    ):
        assert answer.status in {403, 404}
        assert "pxbin_requests" not in await answer.text()


async def test_behaviour_16_a_lesson_is_in_force_after_one_request_and_survives_the_engine(
    engine: Engine, config: EngineConfig
) -> None:
    refusal = openai_error(400, "Unknown parameter: 'max_tokens'. Use 'max_completion_tokens'.")
    heard: asyncio.Queue[QuirkLearned] = asyncio.Queue()
    engine.events.subscribe(QuirkLearned, heard.put_nowait)
    async with FakeUpstream() as upstream:
        key = await serve(engine, upstream)
        upstream.script(refusal, openai_stream("Hi"), openai_stream("Hi again"))
        assert (await ask(engine, key))[0] == 200
        learned = await asyncio.wait_for(heard.get(), 5)
        assert (learned.upstream_name, learned.quirk.upstream_model) == ("u", "m")

        assert (await ask(engine, key))[0] == 200
        sent = [
            sorted({"max_tokens", "max_completion_tokens"} & r.json.keys())
            for r in upstream.requests
        ]
        assert sent == [["max_tokens"], ["max_completion_tokens"], ["max_completion_tokens"]]

        other = Engine(config)
        await other.open()
        (record,) = await other.upstreams.list()
        assert record.learned == (learned.quirk,)
        await other.upstreams.forget(record.id)
        await other.close()

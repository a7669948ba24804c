"""An engine's log: rows and recordings arrive together, bodies are switched while it serves, old ones go at the start."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from pxbin_engine import Engine
from pxbin_engine.config import load_config
from pxbin_engine.errors import NotFound
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import RequestRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.recordings import PackedRecording, RecordingStore, pack
from tests.support.database import uuid7
from tests.support.upstream import FakeUpstream, openai_error, openai_stream

BODY = {"model": "m", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "Hi, Tape"}]}  # fmt: skip


class Serving:
    """An engine that serves a model ``m``, and what it made of requests."""

    def __init__(self, engine: Engine, key: str) -> None:
        self.engine, self.key = engine, key
        self.rows: list[RequestRecord] = []
        engine.events.subscribe(RequestFinished, lambda event: self.rows.append(event.record))

    async def ask(self) -> RequestRecord:
        async with (
            aiohttp.ClientSession(headers={"x-api-key": self.key}) as session,
            session.post(f"{self.engine.base_url}/v1/messages", json=BODY) as answer,
        ):
            await answer.read()
        async with asyncio.timeout(5):
            while not self.rows:
                await asyncio.sleep(0.005)
        return self.rows.pop()

    async def recorded(self, request_id: UUID) -> Any:
        """Its recording, once it is written."""
        async with asyncio.timeout(10):
            while True:
                try:
                    return await self.engine.requests.recording(request_id)
                except NotFound:
                    await asyncio.sleep(0.02)


@pytest.fixture
def settings(database_url: str, schema: str, tmp_path: Path) -> dict[str, Any]:
    return {
        "database_url": database_url, "database_schema": schema, "data_dir": tmp_path, "listen_addr": "127.0.0.1:0",
        "encryption_key": "an-encryption-key-for-tests", "health_check_seconds": 0, "log_body_retention_days": 2,
    }  # fmt: skip


async def test_bodies_are_switched_while_it_serves_and_asked_for(settings: dict[str, Any]) -> None:
    engine = Engine(load_config({}, **settings))
    await engine.start()
    try:
        async with FakeUpstream() as upstream:
            upstream.always = openai_stream("Hello")
            made = await engine.upstreams.create(
                name="u", base_url=upstream.url, format="openai", api_key="sk-1"
            )
            await engine.models.create(name="m", upstream_id=made.id)
            serving = Serving(engine, (await engine.keys.create("llm", "laptop")).key)
            assert engine.recording_mode == "off"
            without = await serving.ask()
            engine.set_recording("all")
            row = await serving.ask()
            recording = await serving.recorded(row.id)
            engine.set_recording("errors")
            well = await serving.ask()
            assert engine.recording_mode == "errors"
            upstream.always = openai_error(400, "no")
            failed = await serving.ask()
            await serving.recorded(failed.id)
        assert [one.recording for one in (without, row, well, failed)] == ["", "kept", "", "kept"]
        assert (recording.request_id, recording.timestamp) == (row.id, row.timestamp)
        assert b"Hi, Tape" in recording.find("upstream_request").body
        names = [event.name for event in await engine.requests.events(row.id, "client_response")]
        assert (names[0], names[-1]) == ("message_start", "message_stop")
        with pytest.raises(NotFound, match="not kept"):
            await engine.requests.recording(without.id)
        assert row.queue_ms is not None
        assert 0 < row.queue_ms <= (row.attempts[0].first_byte_ms or 0) <= row.latency_ms
        engine.set_recording("all")
        await serving.ask()
        assert await engine.requests.erase_recordings() == 3
        with pytest.raises(NotFound, match="any more"):
            await engine.requests.recording(row.id)
    finally:
        await engine.stop()


async def test_what_was_kept_before_the_end_is_there_after_it_until_its_days_are_over(
    settings: dict[str, Any], database_url: str, schema: str
) -> None:
    engine = Engine(load_config({}, **settings, log_bodies="all"))
    await engine.start()
    serving = Serving(engine, (await engine.keys.create("llm", "laptop")).key)
    row = await serving.ask()  # there is no such model
    await engine.stop()

    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=1)
    store, old = RecordingStore(database), datetime.now(UTC) - timedelta(days=4)
    try:
        recording = await store.get(row.id)
        assert recording is not None
        assert recording.find("client_response").status == 404  # type: ignore[union-attr]
        aged = PackedRecording(uuid7(old), old, pack(()))
        await store.insert([aged])
        again = Engine(load_config({}, **settings))
        await again.start()
        await again.stop()
        assert await store.get(aged.request_id) is None
        assert await store.get(row.id) is not None
    finally:
        await database.close()

"""What an operator sees of a running engine: every metric fed, health, readiness, traces; and docs/operations.md tells it."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from pxbin_engine import Engine
from pxbin_engine.config import load_config
from pxbin_engine.events import UpstreamHealthChanged
from pxbin_engine.observation import VERSION
from tests.support.upstream import FakeUpstream, json_answer, openai_error, openai_stream

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
BODY = {
    "model": "m",
    "max_tokens": 20,
    "stream": True,
    "top_k": 5,
    "messages": [{"role": "user", "content": "Hi"}],
}

MAY_BE_ZERO = {
    "pxbin_log_queued_rows",
    "pxbin_log_spooled_rows",
    "pxbin_log_lost_rows",
    "pxbin_recording_bytes",
    "pxbin_recordings_dropped",
    "pxbin_requests_in_flight",
}
"""What is nothing while all is well."""


@pytest.fixture
async def start(
    database_url: str, schema: str, tmp_path: Path
) -> AsyncIterator[Callable[..., Any]]:
    """Start an engine with these settings."""
    started: list[Engine] = []

    async def start(**settings: Any) -> Engine:
        engine = Engine(load_config({}, **{
            "database_url": database_url, "database_schema": schema, "data_dir": tmp_path, "listen_addr": "127.0.0.1:0",
            "encryption_key": "an-encryption-key-for-tests", "health_check_seconds": 0, **settings,
        }))  # fmt: skip
        await engine.start()
        started.append(engine)
        return engine

    yield start
    for engine in started:
        await engine.stop()


async def an_upstream(engine: Engine, name: str, at: FakeUpstream, priority: int = 0) -> Any:
    return await engine.upstreams.create(
        name=name, base_url=at.url, format="openai", api_key="sk-1", priority=priority
    )


async def ask(engine: Engine, key: str, **headers: str) -> int:
    async with (
        aiohttp.ClientSession(headers={"x-api-key": key, **headers}) as session,
        session.post(f"{engine.base_url}/v1/messages", json=BODY) as answer,
    ):
        await answer.read()
        return answer.status


async def read(engine: Engine, path: str, key: str = "") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(headers={"x-api-key": key}) as session,
        session.get(engine.base_url + path) as answer,
    ):
        return answer.status, await answer.text()


async def until(reached: Callable[[], Any], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.02)


async def test_every_metric_is_fed_by_a_scripted_run(start: Any) -> None:
    engine = await start(metrics_enabled=True, cb_failure_threshold=1, retry_max_attempts=1)
    async with FakeUpstream() as failing, FakeUpstream() as good:
        failing.always = openai_error(503, "busy")
        good.script(openai_error(429, "slow down"))
        good.always = openai_stream("Hello")
        down = await an_upstream(engine, "down", failing)
        spare = await an_upstream(engine, "spare", good, priority=1)
        await engine.upstreams.add_key(spare.id, "sk-2", label="second")
        targets = [{"upstream_id": str(each.id), "upstream_model": "m"} for each in (down, spare)]
        manager = (await engine.keys.create("management", "prometheus")).key
        async with aiohttp.ClientSession(headers={"x-api-key": manager}) as session:
            made = {
                "name": "m",
                "targets": targets,
                "input_cost_per_million": 1,
                "output_cost_per_million": 2,
            }
            async with session.post(f"{engine.base_url}/api/v1/models", json=made) as answer:
                assert answer.status == 201, await answer.text()
                model = (await answer.json())["data"]
        await engine.budgets.create(name="month", limit=Decimal(5))
        key = (await engine.keys.create("llm", "laptop")).key
        assert await ask(engine, key) == 200
        assert await ask(engine, key) == 200
        assert (await read(engine, "/v1/models/none", key))[0] == 404
        assert (await read(engine, "/v1/models", "pxb_" + "0" * 40))[0] == 401
        await engine.models.update(
            UUID(model["id"]), input_cost_per_million=None, output_cost_per_million=None
        )
        assert await ask(engine, key) == 200
        await asyncio.sleep(1.2)  # rows are written, budgets looked at, the loop measured
        status, text = await read(engine, "/metrics", manager)
    assert status == 200
    highest: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        highest[family.name] = max([0.0, *(sample.value for sample in family.samples)])
    assert {name for name, value in highest.items() if not value} <= MAY_BE_ZERO
    ours = {name for name in highest if name.startswith("pxbin_")}
    assert ours == set(re.findall(r"^\| `(pxbin_\w+?)(?:_total)?` \|", PAGE, re.MULTILINE)), "told"
    assert {"process_cpu_seconds", "python_info"} <= highest.keys()


async def test_an_upstream_that_nobody_uses_is_asked_and_its_health_is_told(start: Any) -> None:
    engine = await start(health_check_seconds=0.2)
    heard: list[UpstreamHealthChanged] = []
    engine.events.subscribe(UpstreamHealthChanged, heard.append)
    async with FakeUpstream() as upstream:
        upstream.always = json_answer({"data": []})
        await an_upstream(engine, "idle", upstream)
        assert [u.level for u in engine.upstream_health()] == ["unknown"]
        await until(lambda: [u.level for u in engine.upstream_health()] == ["ok"])
        await until(
            lambda: upstream.requests[-1].headers.get("authorization") == "Bearer sk-1"
        )  # its key may come a moment after itself
        upstream.always = json_answer({}, status=500)
        await until(lambda: [u.level for u in engine.upstream_health()] == ["degraded"])
        engine.pause()
        await asyncio.sleep(0.3)
        asked = len(upstream.requests)
        await asyncio.sleep(0.5)
        assert len(upstream.requests) == asked
    assert [event.level for event in heard] == ["ok", "degraded"]
    manager = (await engine.keys.create("management", "reader", permissions=["read"])).key
    status, text = await read(engine, "/api/v1/upstreams/health", manager)
    assert status == 200
    assert '"level":"degraded"' in text.replace(" ", "")


async def test_ready_tells_what_a_balancer_wants_to_know(start: Any) -> None:
    engine = await start()
    async with FakeUpstream() as upstream:
        await an_upstream(engine, "u", upstream)
        status, text = await read(engine, "/ready")
        assert (status, json.loads(text)) == (
            200,
            {
                "status": "ok",
                "db": "ok",
                "version": VERSION,
                "upstreams": {"up": 1, "known": 1},
                "queued_rows": 0,
                "disk_error": "",
                "dropped_recordings": 0,
            },
        )
        engine.pause()
        status, text = await read(engine, "/ready")
        assert (status, json.loads(text)["status"]) == (503, "paused")


async def test_a_request_is_traced_below_its_clients_span(start: Any) -> None:
    received: list[bytes] = []

    async def collect(request: web.BaseRequest) -> web.Response:
        received.append(await request.read())
        return web.Response()

    runner = web.ServerRunner(web.Server(collect))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    engine = await start(otlp_endpoint=f"http://127.0.0.1:{runner.addresses[0][1]}")
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with FakeUpstream() as upstream:
        upstream.always = openai_stream("Hello")
        await engine.models.create(
            name="m", upstream_id=(await an_upstream(engine, "u", upstream)).id
        )
        assert (
            await ask(engine, (await engine.keys.create("llm", "laptop")).key, traceparent=parent)
            == 200
        )
        assert "traceparent" not in upstream.requests[0].headers
    await engine.stop()
    await runner.cleanup()
    spans = [
        span
        for body in received
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {span.trace_id.hex() for span in spans} == {parent[3:35]}
    assert sorted(span.name for span in spans) == ["chat m", "chat m"]
    told = [
        a.value.string_value for span in spans for a in span.attributes if a.key == "server.address"
    ]
    assert told == ["127.0.0.1"]

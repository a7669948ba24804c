"""Traces: what is told of a request and of its attempts, and that it arrives at a collector."""

import builtins
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from pxbin_engine.errors import ConfigError
from pxbin_engine.events import EventBus, RequestFinished
from pxbin_engine.records import AttemptRecord, RequestRecord
from pxbin_engine.tracing import Tracing, provider

A, B = UUID(int=1), UUID(int=2)
ADDRESSES = {A: "https://api.openai.com/v1", B: "http://127.0.0.1:9000"}
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ROW = RequestRecord(
    id=UUID(int=7), timestamp=datetime(2026, 11, 23, 12, tzinfo=UTC), method="POST", path="/v1/messages",
    input_format="anthropic", output_format="openai", model="big", asked_model="opus", upstream_name="B",
    key_name="laptop", client_name="Claude Code 2", status_code=200, stop_reason="end_turn", session_id="s-1",
    input_tokens=10, cache_read_tokens=90, cache_write_5m_tokens=5, output_tokens=20, cost=Decimal("0.5"),
    latency_ms=2500, ttft_ms=1500, metadata={"traceparent": PARENT},
    attempts=(
        AttemptRecord(upstream_id=A, upstream_name="A", upstream_model="gpt", status=503,
                      error="the prompt 'secret words' was too much", started_ms=1, took_ms=100),
        AttemptRecord(upstream_id=B, upstream_name="B", upstream_model="local", status=200,
                      started_ms=200, took_ms=2300),
    ),
)  # fmt: skip


async def traced(*rows: RequestRecord) -> list[ReadableSpan]:
    """The spans of these rows, in the order in which they began."""
    exporter, events = InMemorySpanExporter(), EventBus()
    tracing = Tracing(
        "", events, version="1", base_url_of=ADDRESSES.get, exporter=exporter
    )  # fmt: skip
    for row in rows:
        events.publish(RequestFinished(row))
    await tracing.stop()
    events.publish(RequestFinished(ROW))  # nobody listens any more
    return sorted(exporter.get_finished_spans(), key=lambda span: span.start_time or 0)


async def test_a_request_is_a_span_and_its_attempts_are_below_it() -> None:
    root, first, second = await traced(ROW)
    assert [span.name for span in (root, first, second)] == ["chat big", "chat gpt", "chat local"]
    assert root.parent is not None
    assert f"{root.parent.trace_id:032x}" in PARENT
    assert f"{root.parent.span_id:016x}" in PARENT
    for span in (first, second):
        assert span.parent is not None
        assert root.context is not None
        assert span.parent.span_id == root.context.span_id
    assert (root.kind, first.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
    arrived = int(ROW.timestamp.timestamp()) * 10**9
    times = [(span.start_time, span.end_time) for span in (root, first, second)]
    assert [(s - arrived, e - arrived) for s, e in times if s and e] == [
        (0, 2_500_000_000), (1_000_000, 101_000_000), (200_000_000, 2_500_000_000)
    ]  # fmt: skip


async def test_what_is_told_has_the_names_of_the_conventions() -> None:
    root, first, second = [dict(span.attributes or {}) for span in await traced(ROW)]
    usage = {
        "gen_ai.usage.input_tokens": 105,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 90,
        "gen_ai.usage.cache_creation.input_tokens": 5,
        "gen_ai.response.finish_reasons": ("end_turn",),
    }
    assert usage.items() <= root.items()
    assert usage.items() <= second.items()
    assert not usage.keys() & first.keys()
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "opus",
        "gen_ai.conversation.id": "s-1",
        "gen_ai.response.time_to_first_chunk": 1.5,
        "pxbin.cost_dollars": 0.5,
        "pxbin.key.name": "laptop",
        "http.response.status_code": 200,
    }
    assert told.items() <= root.items()
    assert (first["gen_ai.provider.name"], first["server.address"]) == ("openai", "api.openai.com")
    assert (first["server.port"], second["server.port"]) == (443, 9000)
    assert (first["error.type"], first["http.response.status_code"]) == ("503", 503)
    assert "error.type" not in root


async def test_failures_are_seen_and_no_text_is_told() -> None:
    failed = ROW.__class__(
        id=ROW.id, timestamp=ROW.timestamp, method="POST", path="/v1beta/models/m:generateContent",
        input_format="gemini", model="m", status_code=429, outcome="refused", error_type="rate_limit",
        error_message="secret words", metadata={"traceparent": "nonsense"},
    )  # fmt: skip
    spans = await traced(ROW, failed)
    assert "secret words" not in "".join(span.to_json() for span in spans)
    (alone,) = [span for span in spans if span.name == "generate_content m"]
    assert alone.parent is None
    assert alone.status.status_code is StatusCode.ERROR
    assert (alone.attributes or {})["error.type"] == "rate_limit"


async def test_what_is_no_generation_has_no_trace() -> None:
    assert not await traced(
        RequestRecord(id=ROW.id, timestamp=ROW.timestamp, method="GET", path="/nothing")
    )


@pytest.mark.parametrize(
    ("host", "spoken", "name"),
    [
        ("api.anthropic.com", "anthropic", "anthropic"),
        ("x.openai.azure.com", "openai", "azure.ai.openai"),
        ("notopenai.com", "anthropic", "anthropic"),
        ("localhost", "openai-responses", "openai"),
        ("generativelanguage.googleapis.com", "openai", "gcp.gemini"),
    ],
)
def test_who_answers_is_called_as_the_conventions_call_them(
    host: str, spoken: str, name: str
) -> None:
    assert provider(host, spoken) == name


@pytest.mark.parametrize("path", ["", "/", "/v1/traces"])
async def test_a_collector_gets_them(path: str) -> None:
    received: list[tuple[str, bytes]] = []

    async def collect(request: web.BaseRequest) -> web.Response:
        received.append((request.path, await request.read()))
        return web.Response()

    runner = web.ServerRunner(web.Server(collect))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    events = EventBus()
    tracing = Tracing(
        f"http://127.0.0.1:{runner.addresses[0][1]}{path}", events, version="1", base_url_of=ADDRESSES.get
    )  # fmt: skip
    events.publish(RequestFinished(ROW))
    await tracing.stop()
    await runner.cleanup()
    ((asked, body),) = received
    assert asked == "/v1/traces"
    (told,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert {a.key: a.value.string_value for a in told.resource.attributes}[
        "service.name"
    ] == "pxbin"
    assert len(told.scope_spans[0].spans) == 3


def test_without_the_packages_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"otlp_endpoint: .*pxbin\[otel\]"):
        Tracing("http://x", EventBus(), version="1", base_url_of=ADDRESSES.get)


def test_an_engine_without_traces_imports_nothing_of_it() -> None:
    script = "import sys, pxbin_engine.__main__; print(any(m.startswith('opentelemetry') for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"

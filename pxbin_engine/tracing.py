"""Traces of requests, by OpenTelemetry's conventions for generative AI, sent where ``otlp_endpoint`` says.

1. Spans are made of finished rows, with the times that stand there: the way of a request knows nothing of traces, and
   nothing is measured twice. One span a request, one below it for each attempt.
2. They hold names, models, counts and statuses; never what was said, no error's text, and no key.
3. Who calls pxbin with a ``traceparent`` finds the request below the span of its own. It is not passed on: an upstream
   has no business in the trace of a person's own system.
4. The SDK is an extra and is imported only here, once it is needed. Its own thread sends in batches; a collector that is
   away costs spans, never a request.

The names: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from pxbin_engine.errors import ConfigError
from pxbin_engine.events import EventBus, RequestFinished
from pxbin_engine.records import AttemptRecord, RequestRecord

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

TRACE_PARENT = "traceparent"
"""W3C's header of this name, kept in a row's metadata under it."""

Attributes = dict[str, str | int | float | bool | tuple[str, ...]]

_STOP_SECONDS = 5.0

_PROVIDERS = {
    "anthropic.com": "anthropic",
    "openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "googleapis.com": "gcp.gemini",
    "deepseek.com": "deepseek",
    "groq.com": "groq",
    "mistral.ai": "mistral_ai",
    "x.ai": "x_ai",
    "perplexity.ai": "perplexity",
    "cohere.com": "cohere",
}
"""The conventions' names of vendors, by where they are."""

_BY_FORMAT = {"anthropic": "anthropic", "gemini": "gcp.gemini"}


class Tracing:
    """Makes and sends the traces of one engine.

    Args:
        endpoint: of the collector, with or without the path ``/v1/traces``.
        version: pxbin's.
        base_url_of: where an upstream is; None where it was deleted.
        exporter: sends elsewhere.

    Raises:
        ConfigError: the packages are not installed.
    """

    def __init__(
        self,
        endpoint: str,
        events: EventBus,
        *,
        version: str,
        base_url_of: Callable[[UUID], str | None],
        exporter: "SpanExporter | None" = None,
    ) -> None:
        try:
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # an extra
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

            sender = exporter or _exporter(endpoint)
        except ImportError as error:
            raise ConfigError(
                "otlp_endpoint", "needs the packages of the extra: pip install 'pxbin[otel]'"
            ) from error
        resource = Resource.create(
            {"service.name": "pxbin", "service.version": version, "process.pid": os.getpid()}
        )
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(sender))
        self._tracer = self._provider.get_tracer("pxbin", version)
        self._base_url_of = base_url_of
        self._unsubscribe = events.subscribe(RequestFinished, lambda e: self._trace(e.record))

    async def stop(self) -> None:
        """Send what is left, for a few seconds at most."""
        self._unsubscribe()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await asyncio.to_thread(self._provider.shutdown)
        except TimeoutError:
            return

    def _trace(self, record: RequestRecord) -> None:
        if not record.input_format:
            return  # no path of a model's
        from opentelemetry.trace import SpanKind, set_span_in_context  # noqa: PLC0415  # an extra
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        parent = TraceContextTextMapPropagator().extract(
            {TRACE_PARENT: record.metadata.get(TRACE_PARENT, "")}
        )
        root = self._tracer.start_span(
            f"{operation(record.input_format)} {record.model}".rstrip(),
            context=parent,
            kind=SpanKind.SERVER,
            attributes=request_attributes(record),
            start_time=_nanoseconds(record.timestamp),
        )
        below = set_span_in_context(root)
        for attempt, attributes in self._attempts(record):
            span = self._tracer.start_span(
                f"{operation(record.output_format)} {attempt.upstream_model}".rstrip(),
                context=below,
                kind=SpanKind.CLIENT,
                attributes=attributes,
                start_time=_nanoseconds(record.timestamp, attempt.started_ms),
            )
            _end(span, attributes, record.timestamp, attempt.started_ms + attempt.took_ms)
        _end(root, request_attributes(record), record.timestamp, record.latency_ms)

    def _attempts(self, record: RequestRecord) -> Iterator[tuple[AttemptRecord, Attributes]]:
        last = len(record.attempts) - 1
        for number, attempt in enumerate(record.attempts):
            base_url = self._base_url_of(attempt.upstream_id) if attempt.upstream_id else None
            attributes = attempt_attributes(attempt, record, base_url or "")
            if number == last:
                attributes |= usage_attributes(record)
            yield attempt, attributes


def operation(format: str) -> str:  # noqa: A002  # the record's own word
    """What the conventions call a generation in this format."""
    return "generate_content" if format == "gemini" else "chat"


def request_attributes(record: RequestRecord) -> Attributes:
    """What is told of a request as a whole."""
    told: Attributes = {
        "gen_ai.operation.name": operation(record.input_format),
        "gen_ai.provider.name": _BY_FORMAT.get(record.input_format, "openai"),
        "http.request.method": record.method,
        "http.response.status_code": record.status_code,
        "pxbin.request.id": str(record.id),
        "pxbin.outcome": record.outcome,
        "pxbin.stream": record.stream,
        "pxbin.overhead_us": record.overhead_us,
    }
    known: Attributes = {
        "gen_ai.request.model": record.asked_model or record.model,
        "gen_ai.conversation.id": record.session_id or "",
        "pxbin.key.name": record.key_name,
        "pxbin.client.name": record.client_name,
        "pxbin.upstream.name": record.upstream_name,
    }
    told |= {name: value for name, value in known.items() if value}
    if record.cost is not None:
        told["pxbin.cost_dollars"] = float(record.cost)
    if record.ttft_ms is not None:
        told["gen_ai.response.time_to_first_chunk"] = record.ttft_ms / 1000
    if record.outcome != "ok":
        told["error.type"] = record.error_type or str(record.status_code)
    return told | usage_attributes(record)


def usage_attributes(record: RequestRecord) -> Attributes:
    """Tokens, and why it ended; the conventions count cached tokens among the input."""
    read, written = record.cache_read_tokens, record.cache_creation_tokens
    told: Attributes = {}
    if record.input_tokens or read or written or record.output_tokens:
        told = {
            "gen_ai.usage.input_tokens": record.input_tokens + read + written,
            "gen_ai.usage.output_tokens": record.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": read,
            "gen_ai.usage.cache_creation.input_tokens": written,
        }
    if record.stop_reason:
        told["gen_ai.response.finish_reasons"] = (record.stop_reason,)
    return told


def attempt_attributes(attempt: AttemptRecord, record: RequestRecord, base_url: str) -> Attributes:
    """What is told of one attempt at an upstream."""
    address = urlsplit(base_url)
    host = address.hostname or ""
    told: Attributes = {
        "gen_ai.operation.name": operation(record.output_format),
        "gen_ai.provider.name": provider(host, record.output_format),
        "gen_ai.request.model": attempt.upstream_model,
        "pxbin.upstream.name": attempt.upstream_name,
    }
    if host:
        told["server.address"] = host
        told["server.port"] = address.port or (80 if address.scheme == "http" else 443)
    if attempt.status is not None:
        told["http.response.status_code"] = attempt.status
    if attempt.error:
        told["error.type"] = str(attempt.status or "no_answer")
    return told


def provider(host: str, format: str) -> str:  # noqa: A002  # the record's own word
    """The conventions' name of who answers at ``host``; of others, whose dialect they speak."""
    for domain, name in _PROVIDERS.items():
        if host == domain or host.endswith(f".{domain}"):
            return name
    return _BY_FORMAT.get(format, "openai")


def _exporter(endpoint: str) -> "SpanExporter":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  # an extra
        OTLPSpanExporter,
    )

    path = "/v1/traces"
    base = endpoint.rstrip("/")
    return OTLPSpanExporter(base if base.endswith(path) else base + path)


def _end(span: "Span", attributes: Attributes, began: datetime, milliseconds: float) -> None:
    from opentelemetry.trace import StatusCode  # noqa: PLC0415  # an extra

    if "error.type" in attributes:
        span.set_status(StatusCode.ERROR)
    span.end(_nanoseconds(began, milliseconds))


def _nanoseconds(moment: datetime, milliseconds: float = 0.0) -> int:
    since = moment + timedelta(milliseconds=milliseconds)
    return int(since.timestamp() * 1e6) * 1000

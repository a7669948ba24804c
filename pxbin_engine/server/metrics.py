"""What Prometheus asks for at ``/metrics``, where it is switched on: counted from the events that every row is told by."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from pxbin_engine.events import EventBus, RequestFinished, RequestStarted, UpstreamHealthChanged
from pxbin_engine.records import RequestRecord

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_LABELS = ("model", "upstream")
_HEALTH = {"closed": 0, "half_open": 1, "open": 2}


class Metrics:
    """Counters of one engine, since it started. Models that nobody routes are not told apart: clients choose names."""

    def __init__(self, events: EventBus) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests = Counter(
            "pxbin_requests",
            "Requests that ended.",
            (*_LABELS, "status", "outcome"),
            registry=registry,
        )
        self._tokens = Counter(
            "pxbin_tokens", "Tokens, by class.", (*_LABELS, "class"), registry=registry
        )
        self._cost = Counter(
            "pxbin_cost_dollars",
            "US dollars; unknown prices add nothing.",
            _LABELS,
            registry=registry,
        )
        self._latency = Histogram(
            "pxbin_latency_seconds",
            "First byte in to last byte out.",
            _LABELS,
            buckets=_SECONDS,
            registry=registry,
        )
        self._first_token = Histogram(
            "pxbin_time_to_first_token_seconds",
            "Time to the first token.",
            _LABELS,
            buckets=_SECONDS,
            registry=registry,
        )
        self._started = Counter(
            "pxbin_requests_routed", "Requests that found a route.", registry=registry
        )
        self._circuit = Gauge(
            "pxbin_upstream_circuit",
            "0 closed, 1 half open, 2 open.",
            ("upstream",),
            registry=registry,
        )
        events.subscribe(RequestStarted, lambda _: self._started.inc())
        events.subscribe(RequestFinished, lambda event: self._count(event.record))
        events.subscribe(UpstreamHealthChanged, self._note_health)

    def render(self) -> bytes:
        """The text that Prometheus reads (``CONTENT_TYPE``)."""
        return bytes(generate_latest(self._registry))

    def _note_health(self, event: UpstreamHealthChanged) -> None:
        self._circuit.labels(event.upstream_name).set(_HEALTH[event.state])

    def _count(self, record: RequestRecord) -> None:
        # A name without a route is whatever a client wrote: as a label it could grow without end.
        model = record.model if record.upstream_id is not None else ""
        labels = (model, record.upstream_name)
        self._requests.labels(*labels, str(record.status_code), record.outcome).inc()
        self._latency.labels(*labels).observe(record.latency_ms / 1000)
        if record.ttft_ms is not None:
            self._first_token.labels(*labels).observe(record.ttft_ms / 1000)
        if record.cost is not None:
            self._cost.labels(*labels).inc(float(record.cost))
        for name, tokens in _token_classes(record).items():
            if tokens:
                self._tokens.labels(*labels, name).inc(tokens)


def _token_classes(record: RequestRecord) -> dict[str, int]:
    return {
        "input": record.input_tokens,
        "cache_read": record.cache_read_tokens,
        "cache_write": record.cache_creation_tokens,
        "output": record.output_tokens,
    }

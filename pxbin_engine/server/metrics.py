"""What Prometheus asks for at ``/metrics``, where it is switched on.

What happens is counted from events; how things stand (``Readings``) is looked at when somebody asks. Labels are names that
a person gave (models, upstreams, budgets) or words of ours: what clients choose is no label, for it could grow without end.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily

from pxbin_engine.events import EventBus, KeyRested, RequestFinished, RequestStarted
from pxbin_engine.records import BudgetStatus, RequestRecord, UpstreamHealthRecord

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_SHORT_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1)
_LABELS = ("model", "upstream")
_CIRCUIT = {"closed": 0, "half_open": 1, "open": 2}
_LAG_SECONDS = 0.5
MOST_METERS = 200
"""Meters of budgets that are told; one for each session could be thousands."""


class Readings(Struct, frozen=True, kw_only=True):
    """How an engine stands now.

    Attributes:
        queued_rows: rows of the log that are not known to be in the database, in memory and on disk.
        spooled_rows: those of them on disk.
        lost_rows: rows that neither database nor disk nor memory took.
        recording_bytes: memory that bodies take which are to be kept.
        dropped_recordings: of requests whose bodies were to be kept, and were not.
    """

    in_flight: int = 0
    queued_rows: int = 0
    spooled_rows: int = 0
    lost_rows: int = 0
    recording_bytes: int = 0
    dropped_recordings: int = 0
    database_available: bool = False
    upstreams: tuple[UpstreamHealthRecord, ...] = ()
    budgets: tuple[BudgetStatus, ...] = ()


class Metrics:
    """The metrics of one engine, since it started.

    Args:
        read: gives how it stands now.
    """

    def __init__(self, events: EventBus, read: Callable[[], Readings] = Readings) -> None:
        # A series more for each counter, and Prometheus knows when it first saw one.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        registry.register(_Present(read))

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"pxbin_{name}", text, labels, registry=registry)

        def histogram(
            name: str, text: str, *labels: str, buckets: Iterable[float] = _SECONDS
        ) -> Histogram:
            return Histogram(
                f"pxbin_{name}", text, labels, buckets=tuple(buckets), registry=registry
            )

        self._requests = counter("requests", "Requests that ended.", *_LABELS, "status", "outcome")
        self._started = counter("requests_routed", "Requests that found a route.")
        self._refused = counter("requests_refused", "Requests that pxbin refused, by why.", "type")
        self._tokens = counter("tokens", "Tokens, by class.", *_LABELS, "class")
        self._cost = counter("cost_dollars", "US dollars; unknown prices add nothing.", *_LABELS)
        self._unpriced = counter("unpriced_requests", "Requests whose cost is unknown.", *_LABELS)
        self._attempts = counter(
            "attempts", "What upstreams were asked; status none: no answer.", "upstream", "status"
        )
        self._failovers = counter(
            "failovers", "Requests that went on to another upstream, by who failed.", "upstream"
        )
        self._key_rests = counter("key_rests", "Keys of upstreams that were refused.", "upstream")
        self._losses = counter(
            "losses", "What translations could not carry, by formats.", "input_format", "output_format"
        )  # fmt: skip
        self._latency = histogram("latency_seconds", "First byte in to last byte out.", *_LABELS)
        self._first_token = histogram(
            "time_to_first_token_seconds", "Time to the first token.", *_LABELS
        )
        self._overhead = histogram(
            "overhead_seconds", "What pxbin itself took of a request.", buckets=_SHORT_SECONDS
        )
        self._lag = histogram(
            "event_loop_lag_seconds", "How late the event loop was.", buckets=_SHORT_SECONDS
        )
        events.subscribe(RequestStarted, lambda _: self._started.inc())
        events.subscribe(RequestFinished, lambda event: self._count(event.record))
        events.subscribe(KeyRested, lambda e: self._key_rests.labels(e.upstream_name).inc())

    def render(self) -> bytes:
        """The text that Prometheus reads (``CONTENT_TYPE``)."""
        return bytes(generate_latest(self._registry))

    async def read(self) -> bytes:
        """What ``render`` gives."""
        return self.render()

    async def watch_lag(self) -> None:
        """Measure how late the loop wakes, for as long as this is not cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_SECONDS
            await asyncio.sleep(_LAG_SECONDS)
            self._lag.observe(max(0.0, loop.time() - due))

    def _count(self, record: RequestRecord) -> None:
        # A name without a route is whatever a client wrote: as a label it could grow without end.
        model = record.model if record.upstream_id is not None else ""
        labels = (model, record.upstream_name)
        self._requests.labels(*labels, str(record.status_code), record.outcome).inc()
        self._latency.labels(*labels).observe(record.latency_ms / 1000)
        self._overhead.observe(record.overhead_us / 1e6)
        if record.outcome == "refused":
            self._refused.labels(record.error_type or "").inc()
        if record.ttft_ms is not None:
            self._first_token.labels(*labels).observe(record.ttft_ms / 1000)
        if record.cost is not None:
            self._cost.labels(*labels).inc(float(record.cost))
        else:
            self._unpriced.labels(*labels).inc()
        for name, tokens in _token_classes(record).items():
            if tokens:
                self._tokens.labels(*labels, name).inc(tokens)
        if record.losses:
            self._losses.labels(record.input_format, record.output_format).inc(len(record.losses))
        self._count_attempts(record)

    def _count_attempts(self, record: RequestRecord) -> None:
        left = ""
        for attempt in record.attempts:
            if left and attempt.upstream_name != left:
                self._failovers.labels(left).inc()
            left = attempt.upstream_name
            self._attempts.labels(left, str(attempt.status or "none")).inc()


class _Present:
    """How things stand, looked at when somebody asks."""

    def __init__(self, read: Callable[[], Readings]) -> None:
        self._read = read

    def describe(self) -> Iterator[Metric]:
        """Nothing is looked at before somebody asks."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        readings = self._read()
        for name, text, value in (
            ("requests_in_flight", "Requests that are being served.", readings.in_flight),
            ("log_queued_rows", "Rows that are not in the database yet.", readings.queued_rows),
            ("log_spooled_rows", "Those of them that wait on disk.", readings.spooled_rows),
            ("log_lost_rows", "Rows that nothing took, since the start.", readings.lost_rows),
            ("recording_bytes", "Memory of bodies that are to be kept.", readings.recording_bytes),
            (
                "recordings_dropped",
                "Requests whose bodies were to be kept, and were not, since the start.",
                readings.dropped_recordings,
            ),
            ("database_up", "Whether the database answers.", readings.database_available),
        ):
            yield GaugeMetricFamily(f"pxbin_{name}", text, value=float(value))
        yield from _of_upstreams(readings.upstreams)
        yield from _of_budgets(readings.budgets[:MOST_METERS])


def _of_upstreams(upstreams: tuple[UpstreamHealthRecord, ...]) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        "pxbin_upstream_up",
        "1 where it works, also in part; 0 where it is down; missing where nobody knows.",
        labels=["upstream"],
    )
    circuit = GaugeMetricFamily(
        "pxbin_upstream_circuit", "0 closed, 1 half open, 2 open.", labels=["upstream"]
    )
    rate = GaugeMetricFamily(
        "pxbin_upstream_error_rate", "Share of its latest requests that failed.", labels=["upstream"]
    )  # fmt: skip
    resting = GaugeMetricFamily(
        "pxbin_upstream_resting_keys", "Keys that are left alone.", labels=["upstream"]
    )
    for upstream in upstreams:
        name = [upstream.upstream_name]
        if upstream.level != "unknown":
            up.add_metric(name, float(upstream.level != "down"))
        circuit.add_metric(name, _CIRCUIT[upstream.circuit])
        if upstream.error_rate is not None:
            rate.add_metric(name, upstream.error_rate)
        resting.add_metric(name, len(upstream.resting_keys))
    yield from (up, circuit, rate, resting)


def _of_budgets(budgets: tuple[BudgetStatus, ...]) -> Iterator[Metric]:
    labels = ["budget", "subject"]
    spent = GaugeMetricFamily("pxbin_budget_spent_dollars", "Spent in this period.", labels=labels)
    limit = GaugeMetricFamily("pxbin_budget_limit_dollars", "What may be spent.", labels=labels)
    for status in budgets:
        meter = [status.budget.name, status.label if status.subject else ""]
        spent.add_metric(meter, float(status.spent))
        limit.add_metric(meter, float(status.budget.limit))
    yield from (spent, limit)


def _token_classes(record: RequestRecord) -> dict[str, int]:
    return {
        "input": record.input_tokens,
        "cache_read": record.cache_read_tokens,
        "cache_write": record.cache_creation_tokens,
        "output": record.output_tokens,
    }

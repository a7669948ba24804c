"""What Prometheus reads is what the rows say."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from prometheus_client.parser import text_string_to_metric_families

from pxbin_engine.events import EventBus, RequestFinished, UpstreamHealthChanged
from pxbin_engine.records import RequestRecord
from pxbin_engine.server.metrics import Metrics

UPSTREAM = UUID(int=5)
ROW = RequestRecord(
    id=UUID(int=1), timestamp=datetime(2026, 11, 23, tzinfo=UTC), method="POST", path="/v1/messages",
    model="gpt-4o", upstream_id=UPSTREAM, upstream_name="OpenAI", status_code=200, outcome="ok",
    input_tokens=10, cache_read_tokens=90, cache_write_5m_tokens=3, cache_write_1h_tokens=4, output_tokens=20,
    cost=Decimal("0.25"), latency_ms=1500, ttft_ms=300,
)  # fmt: skip


def told(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Name and label values, in the order of the labels' names -> value."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_request_is_counted_by_model_upstream_and_class() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    for _ in range(2):
        bus.publish(RequestFinished(ROW))
    found = told(metrics)
    assert found["pxbin_requests_total", "gpt-4o", "ok", "200", "OpenAI"] == 2
    assert found["pxbin_tokens_total", "cache_read", "gpt-4o", "OpenAI"] == 180
    assert found["pxbin_tokens_total", "cache_write", "gpt-4o", "OpenAI"] == 14
    assert found["pxbin_cost_dollars_total", "gpt-4o", "OpenAI"] == 0.5
    assert found["pxbin_latency_seconds_sum", "gpt-4o", "OpenAI"] == 3
    assert found["pxbin_time_to_first_token_seconds_count", "gpt-4o", "OpenAI"] == 2


def test_names_that_no_route_has_share_one_label() -> None:
    """Else a stranger's requests would grow the memory."""
    bus = EventBus()
    metrics = Metrics(bus)
    for number in range(50):
        bus.publish(
            RequestFinished(
                RequestRecord(
                    id=UUID(int=number), timestamp=ROW.timestamp, method="POST", path="/", model=f"made-up-{number}",
                    status_code=404, outcome="refused",
                )
            )
        )  # fmt: skip
    found = told(metrics)
    assert found["pxbin_requests_total", "", "refused", "404", ""] == 50
    assert not any("made-up" in part for key in found for part in key)


def test_a_circuit_is_told_by_number() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    bus.publish(
        UpstreamHealthChanged(
            upstream_id=UPSTREAM, upstream_name="OpenAI", state="open", reason="500"
        )
    )
    assert told(metrics)["pxbin_upstream_circuit", "OpenAI"] == 2

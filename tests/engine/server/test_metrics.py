"""What Prometheus reads is what the rows say."""

import asyncio
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import structs
from prometheus_client.parser import text_string_to_metric_families

from pxbin_engine.events import EventBus, KeyRested, RequestFinished
from pxbin_engine.records import (
    AttemptRecord,
    BudgetRecord,
    BudgetStatus,
    LossRecord,
    RequestRecord,
    UpstreamHealthRecord,
)
from pxbin_engine.server.metrics import MOST_METERS, Metrics, Readings
from pxbin_engine.tasks import spawn

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


def test_attempts_are_counted_by_what_came_of_them_and_the_ones_left_by_name() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    attempts = tuple(
        AttemptRecord(upstream_id=UPSTREAM, upstream_name=name, upstream_model="m", status=status)
        for name, status in (("A", 503), ("A", None), ("B", 429), ("C", 200))
    )
    bus.publish(RequestFinished(structs.replace(ROW, attempts=attempts)))
    found = told(metrics)
    assert found["pxbin_attempts_total", "503", "A"] == 1
    assert found["pxbin_attempts_total", "none", "A"] == 1
    assert found["pxbin_attempts_total", "200", "C"] == 1
    assert found["pxbin_failovers_total", "A"] == 1, "a repetition is none"
    assert found["pxbin_failovers_total", "B"] == 1


def test_what_is_refused_lost_or_unpriced_is_counted() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    lost = (LossRecord("tools", "no word for it"), LossRecord("top_k", "no word for it"))
    row = structs.replace(
        ROW, outcome="refused", error_type="rate_limit", cost=None, losses=lost,
        input_format="anthropic", output_format="openai",
    )  # fmt: skip
    bus.publish(RequestFinished(row))
    found = told(metrics)
    assert found["pxbin_requests_refused_total", "rate_limit"] == 1
    assert found["pxbin_losses_total", "anthropic", "openai"] == 2
    assert found["pxbin_unpriced_requests_total", "gpt-4o", "OpenAI"] == 1


def health(name: str, **seen: Any) -> UpstreamHealthRecord:
    return UpstreamHealthRecord(upstream_id=UPSTREAM, upstream_name=name, **seen)


BUDGET = BudgetRecord(
    id=UUID(int=9), name="month", limit=Decimal(20), created_at=ROW.timestamp, updated_at=ROW.timestamp
)  # fmt: skip


def meter(number: int) -> BudgetStatus:
    return BudgetStatus(
        budget=BUDGET, subject=str(number), label=f"key {number}", starts_at=None, ends_at=None,
        spent=Decimal("0.5"),
    )  # fmt: skip


def test_how_things_stand_is_looked_at_when_somebody_asks() -> None:
    readings = Readings()
    metrics = Metrics(EventBus(), lambda: readings)
    assert told(metrics)["pxbin_database_up",] == 0
    readings = Readings(
        in_flight=3,
        queued_rows=7,
        spooled_rows=5,
        lost_rows=2,
        database_available=True,
        upstreams=(
            health("new"),
            health("good", level="ok", error_rate=0.25, resting_keys=(UUID(int=1),)),
            health("bad", level="down", circuit="open"),
        ),
        budgets=tuple(meter(number) for number in range(MOST_METERS + 1)),
    )
    found = told(metrics)
    assert found["pxbin_requests_in_flight",] == 3
    assert found["pxbin_log_queued_rows",] == 7
    assert found["pxbin_log_spooled_rows",] == 5
    assert found["pxbin_log_lost_rows",] == 2
    assert found["pxbin_database_up",] == 1
    assert ("pxbin_upstream_up", "new") not in found
    assert (found["pxbin_upstream_up", "good"], found["pxbin_upstream_up", "bad"]) == (1, 0)
    assert found["pxbin_upstream_circuit", "bad"] == 2
    assert found["pxbin_upstream_error_rate", "good"] == 0.25
    assert found["pxbin_upstream_resting_keys", "good"] == 1
    assert found["pxbin_budget_spent_dollars", "month", "key 0"] == 0.5
    assert found["pxbin_budget_limit_dollars", "month", "key 0"] == 20
    assert sum(name[0] == "pxbin_budget_limit_dollars" for name in found) == MOST_METERS


def test_a_key_that_rests_is_counted() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    bus.publish(
        KeyRested(
            upstream_id=UPSTREAM, upstream_name="OpenAI", key_id=UUID(int=2), key_label="a", seconds=60.0, reason="429"
        )
    )  # fmt: skip
    assert told(metrics)["pxbin_key_rests_total", "OpenAI"] == 1


async def test_a_loop_that_is_held_is_seen() -> None:
    metrics = Metrics(EventBus())
    watching = spawn(metrics.watch_lag(), name="lag")
    await asyncio.sleep(0.1)
    time.sleep(0.7)
    await asyncio.sleep(0.05)
    watching.cancel()
    assert told(metrics)["pxbin_event_loop_lag_seconds_sum",] > 0.2

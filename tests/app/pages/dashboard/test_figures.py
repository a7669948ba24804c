"""What is shown of what was read."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pxbin_app.pages.dashboard import figures
from pxbin_app.pages.dashboard.figures import Reading, UpstreamLine
from pxbin_app.widgets.series import Series
from pxbin_engine.records import (
    LatencyStats,
    ModelBucket,
    StatsOverview,
    UpstreamHealthRecord,
    UpstreamUsage,
    UsageBucket,
)
from tests.support.database import NOW, a_request, an_upstream

HOUR = NOW.replace(minute=0, second=0, microsecond=0)
STEPS = (
    UsageBucket(bucket=HOUR - timedelta(hours=1), requests=4, cost=Decimal("0.5"), errors=1, input_tokens=10,
                output_tokens=5, cache_read_tokens=100, avg_latency_ms=900.0, avg_ttft_ms=300.0),
    UsageBucket(bucket=HOUR),
)  # fmt: skip
OVERVIEW = StatsOverview(
    total_requests=1284,
    total_input_tokens=1_000_000,
    total_output_tokens=400_000,
    total_cache_read_tokens=17_000_000,
    cache_hit_rate=0.71,
    total_cost=Decimal("6.889"),
    avg_overhead_us=420.0,
    error_count=15,
    error_rate=0.012,
)


def a_reading(**values: Any) -> Reading:
    defaults: dict[str, Any] = {
        "overview": OVERVIEW,
        "latency": LatencyStats(ttft_p50=830.0, ttft_p95=2400.0),
        "steps": STEPS,
    }
    return Reading(**defaults | values)


def test_the_four_figures() -> None:
    reading = a_reading()
    shown = [
        (one.figure, one.note)
        for one in (
            figures.spend(reading),
            figures.requests(reading),
            figures.token_sum(reading),
            figures.first_token(reading),
        )
    ]
    assert shown == [
        ("$6.89", ""),
        ("1,284", "1.2% errors"),
        ("18.4M", "71% cached"),
        ("0.83 s", "p95 2.40 s"),
    ]


def test_trends_are_the_steps() -> None:
    reading = a_reading()
    assert figures.spend(reading).trend == (0.5, 0.0)
    assert figures.requests(reading).trend == (4, 0)
    assert figures.token_sum(reading).trend == (115, 0)
    assert figures.first_token(reading).trend == (300.0, 0.0)


@pytest.mark.parametrize(
    ("number", "note", "said"),
    [
        (0, "", ""),
        (1, "1 without a price", "1 request has no known price"),
        (12, "12 without a price", "12 requests have no known price"),
    ],
)
def test_requests_without_a_price_are_said(number: int, note: str, said: str) -> None:
    figure = figures.spend(a_reading(overview=StatsOverview(unpriced_requests=number)))
    assert (figure.note, figure.tone) == (note, "warn")
    assert figure.explained.startswith(said)


def test_nothing_is_not_zero_percent_of_it() -> None:
    empty = Reading()
    assert figures.requests(empty).note == ""
    assert figures.token_sum(empty).note == ""
    assert figures.first_token(empty).figure == "—"
    assert figures.overhead(empty) == ""
    assert empty.unused
    assert not a_reading(newest=(a_request(),)).unused


def test_many_errors_are_marked() -> None:
    assert figures.requests(a_reading()).tone == "text2"
    many = StatsOverview(total_requests=10, error_count=1, error_rate=0.1)
    assert figures.requests(a_reading(overview=many)).tone == "err"


def test_what_pxbin_adds() -> None:
    assert figures.overhead(a_reading()) == "pxbin adds 420 µs to a request"


def test_steps_are_named_by_hour_or_day() -> None:
    hours = figures.labels(a_reading())
    assert hours == [f"{step.bucket.astimezone():%H:%M}" for step in STEPS]
    local = HOUR.astimezone()
    assert figures.labels(a_reading(interval="1d"))[1] == f"{local.day} {local:%b}"


def test_spend_by_model_has_every_step_and_no_model_that_was_free() -> None:
    rows = (
        ModelBucket(bucket=STEPS[1].bucket, model="glm", requests=1, cost=Decimal("0.25")),
        ModelBucket(bucket=STEPS[0].bucket, model="local", requests=1, cost=Decimal(0)),
        ModelBucket(bucket=HOUR - timedelta(days=9), model="old", requests=1, cost=Decimal(1)),
    )
    assert figures.spend_by_model(a_reading(models=rows)) == [Series("glm", (0.0, 0.25))]


def test_the_courses() -> None:
    reading = a_reading()
    assert figures.request_series(reading) == [
        Series("went well", (3, 0)),
        Series("errors", (1, 0), failed=True),
    ]
    assert [one.values[0] for one in figures.token_series(reading)] == [100, 10, 5]
    assert [one.values for one in figures.latency_series(reading)] == [(900.0, 0.0), (300.0, 0.0)]


def health(upstream: Any, **values: Any) -> dict[Any, UpstreamHealthRecord]:
    return {
        upstream.id: UpstreamHealthRecord(
            upstream_id=upstream.id, upstream_name=upstream.name, **values
        )
    }


def test_upstreams_are_told_the_busiest_first_and_deleted_ones_are_not() -> None:
    quiet, busy = an_upstream(name="quiet"), an_upstream(name="busy")
    usage = (
        UpstreamUsage(upstream_id=busy.id, upstream_name="busy", total_requests=100, error_count=1, p50_ttft_ms=810.0),
        UpstreamUsage(upstream_id=NOW_DELETED, upstream_name="gone", total_requests=900, error_count=0,
                      p50_ttft_ms=1.0),
    )  # fmt: skip
    lines = figures.upstream_lines(a_reading(upstreams=(quiet, busy), usage=usage), {})
    assert lines == [
        UpstreamLine(
            name="busy", tone="neutral", state="not asked yet", ttft="0.81 s", errors="1.0%"
        ),
        UpstreamLine(name="quiet", tone="neutral", state="not asked yet", ttft="—", errors="—"),
    ]


NOW_DELETED = an_upstream().id


@pytest.mark.parametrize(
    ("values", "active", "tone", "said"),
    [
        ({}, True, "neutral", "not asked yet"),
        ({"level": "ok"}, True, "ok", "answers"),
        ({"level": "degraded", "error_rate": 0.3}, True, "warn", "30% of its requests fail: 503."),
        ({"level": "down", "circuit": "half_open"}, True, "warn", "being tried again: 503."),
        ({"level": "down", "circuit": "open"}, True, "err", "left alone for a while: 503."),
        ({"level": "down", "circuit": "open"}, False, "neutral", "switched off"),
    ],
)
def test_health_is_a_sign_and_words(
    values: dict[str, Any], active: bool, tone: str, said: str
) -> None:
    upstream = an_upstream(is_active=active)
    seen = health(upstream, last_failure="503.", **values)
    (line,) = figures.upstream_lines(a_reading(upstreams=(upstream,)), seen)
    assert (line.tone, line.state) == (tone, said)


def test_many_errors_of_the_period_stand_beside_how_it_is_now() -> None:
    upstream = an_upstream()
    usage = UpstreamUsage(
        upstream_id=upstream.id, upstream_name="main", total_requests=100, error_count=4, p50_ttft_ms=None
    )  # fmt: skip
    reading = a_reading(upstreams=(upstream,), usage=(usage,))
    (line,) = figures.upstream_lines(reading, health(upstream, level="ok"))
    assert (line.tone, line.errors, line.many_errors) == ("ok", "4.0%", True)

"""What the Dashboard reads, and what it shows of it: texts, trends and series. No Qt here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pxbin_app import look_back
from pxbin_app.look_back import Interval, Period
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import (
    UNKNOWN,
    count,
    counted,
    dollars,
    microseconds,
    percent,
    seconds,
    tokens,
)
from pxbin_app.widgets.series import Series
from pxbin_engine.records import (
    LatencyStats,
    ModelBucket,
    RequestRecord,
    StatsOverview,
    UpstreamHealthRecord,
    UpstreamRecord,
    UpstreamUsage,
    UsageBucket,
)

_MANY_ERRORS = 0.02
"""From here on an upstream's share of errors is worth a look."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How far pxbin is set up: upstreams, the names of the models, keys of clients."""

    upstreams: int = 0
    models: tuple[str, ...] = ()
    keys: int = 0


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that one refresh reads."""

    period: Period = "24h"
    interval: Interval = "1h"
    overview: StatsOverview = field(default_factory=StatsOverview)
    latency: LatencyStats = field(default_factory=LatencyStats)
    steps: tuple[UsageBucket, ...] = ()
    models: tuple[ModelBucket, ...] = ()
    usage: tuple[UpstreamUsage, ...] = ()
    upstreams: tuple[UpstreamRecord, ...] = ()
    newest: tuple[RequestRecord, ...] = ()
    setup: Setup = field(default_factory=Setup)

    @property
    def unused(self) -> bool:
        """Whether no request was ever made."""
        return not self.newest


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A card: the figure, its note, and its course."""

    figure: str = UNKNOWN
    note: str = ""
    tone: str = "text2"
    trend: tuple[float, ...] = ()
    explained: str = ""


@dataclass(frozen=True, kw_only=True)
class UpstreamLine:
    """One upstream: its state as a sign and in words, time to first token and share of errors."""

    name: str
    tone: Tone
    state: str
    ttft: str
    errors: str
    many_errors: bool = False


def spend(reading: Reading) -> Figure:
    """What it cost; requests without a known price are missing from the sum, and that is said."""
    unpriced = reading.overview.unpriced_requests
    said = counted(unpriced, "request has", "requests have") + " no known price"
    return Figure(
        figure=dollars(reading.overview.total_cost),
        note=f"{count(unpriced)} without a price" if unpriced else "",
        tone="warn",
        trend=_trend(reading, lambda step: float(step.cost)),
        explained=f"{said}: the sum is without them. Set prices in Models." if unpriced else "",
    )


def requests(reading: Reading) -> Figure:
    """How many, and how many went wrong."""
    overview = reading.overview
    return Figure(
        figure=count(overview.total_requests),
        note=f"{percent(overview.error_rate)} errors" if overview.total_requests else "",
        tone="err" if overview.error_rate >= _MANY_ERRORS else "text2",
        trend=_trend(reading, lambda step: step.requests),
        explained=counted(overview.error_count, "request went wrong", "requests went wrong"),
    )


def token_sum(reading: Reading) -> Figure:
    """All tokens, in and out, and how much of the input came from the cache."""
    overview = reading.overview
    cached, written = overview.total_cache_read_tokens, overview.total_cache_creation_tokens
    whole = overview.total_input_tokens + cached + written + overview.total_output_tokens
    return Figure(
        figure=tokens(whole),
        note=f"{percent(overview.cache_hit_rate)} cached" if whole else "",
        trend=_trend(reading, _all_tokens),
        explained=(
            f"{count(overview.total_input_tokens)} in, {count(cached)} from the cache,"
            f" {count(written)} written to it, {count(overview.total_output_tokens)} out"
        ),
    )


def first_token(reading: Reading) -> Figure:
    """The median time to the first token, and the slow end."""
    latency = reading.latency
    return Figure(
        figure=seconds(latency.ttft_p50),
        note=f"p95 {seconds(latency.ttft_p95)}" if latency.ttft_p95 is not None else "",
        trend=_trend(reading, lambda step: step.avg_ttft_ms or 0.0),
        explained="Half of the answers began within this time",
    )


def overhead(reading: Reading) -> str:
    """What pxbin itself adds to a request."""
    if not reading.overview.total_requests:
        return ""
    return f"pxbin adds {microseconds(reading.overview.avg_overhead_us)} to a request"


def _trend(reading: Reading, value: Callable[[UsageBucket], float]) -> tuple[float, ...]:
    return tuple(value(step) for step in reading.steps)


def _all_tokens(step: UsageBucket) -> float:
    return step.input_tokens + step.cache_read_tokens + step.output_tokens


# ------------------------------------------------------------------ charts


def labels(reading: Reading) -> list[str]:
    """The names of the steps."""
    return look_back.step_names(reading.steps, reading.interval)


def spend_by_model(reading: Reading) -> list[Series]:
    """A series for each model that cost anything."""
    return look_back.spend_by_model(reading.steps, reading.models)


def request_series(reading: Reading) -> list[Series]:
    """What went well, and what went wrong."""
    return [
        Series("went well", _trend(reading, lambda step: step.requests - step.errors)),
        Series("errors", _trend(reading, lambda step: step.errors), failed=True),
    ]


def token_series(reading: Reading) -> list[Series]:
    """By class."""
    return [
        Series("cached", _trend(reading, lambda step: step.cache_read_tokens)),
        Series("input", _trend(reading, lambda step: step.input_tokens)),
        Series("output", _trend(reading, lambda step: step.output_tokens)),
    ]


def latency_series(reading: Reading) -> list[Series]:
    """Averages of the whole answer and of its first token, in milliseconds."""
    return [
        Series("whole answer", _trend(reading, lambda step: step.avg_latency_ms)),
        Series("first token", _trend(reading, lambda step: step.avg_ttft_ms or 0.0)),
    ]


# ------------------------------------------------------------------ upstreams


def upstream_lines(
    reading: Reading, health: Mapping[UUID, UpstreamHealthRecord]
) -> list[UpstreamLine]:
    """The upstreams that there are, the busiest first; one that was deleted is history and not shown."""
    usage = {one.upstream_id: one for one in reading.usage}
    busiest = sorted(
        reading.upstreams,
        key=lambda record: (-_asked(usage.get(record.id)), record.priority, record.name),
    )
    return [_line(record, usage.get(record.id), health.get(record.id)) for record in busiest]


def _asked(usage: UpstreamUsage | None) -> int:
    return usage.total_requests if usage else 0


def _line(
    record: UpstreamRecord, usage: UpstreamUsage | None, health: UpstreamHealthRecord | None
) -> UpstreamLine:
    rate = usage.error_count / usage.total_requests if usage and usage.total_requests else None
    tone, state = _state(record, health)
    return UpstreamLine(
        name=record.name,
        tone=tone,
        state=state,
        ttft=seconds(usage.p50_ttft_ms if usage else None),
        errors=percent(rate),
        many_errors=rate is not None and rate >= _MANY_ERRORS,
    )


def _state(record: UpstreamRecord, health: UpstreamHealthRecord | None) -> tuple[Tone, str]:
    """How it is now, by what this process saw of it; its errors in the period stand beside it."""
    if not record.is_active:
        return "neutral", "switched off"
    if health is None or health.level == "unknown":
        return "neutral", "not asked yet"
    if health.level == "ok":
        return "ok", "answers"
    why = f": {health.last_failure}" if health.last_failure else ""
    if health.level == "degraded":
        return "warn", f"{percent(health.error_rate)} of its requests fail{why}"
    if health.circuit == "half_open":
        return "warn", f"being tried again{why}"
    return "err", f"left alone for a while{why}"

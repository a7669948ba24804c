"""Sums over many requests."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct


class StatsOverview(Struct, frozen=True, kw_only=True):
    """Sums over a period. ``cache_hit_rate`` = cache reads / all input; ``error_rate`` = errors / requests (0..1)."""

    total_requests: int = 0
    total_input_tokens: int = 0
    total_output_tokens: int = 0
    total_cache_read_tokens: int = 0
    total_cache_creation_tokens: int = 0
    cache_hit_rate: float = 0.0
    total_cost: Decimal = Decimal(0)
    unpriced_requests: int = 0
    """Requests that used tokens but whose price is unknown: they are missing from ``total_cost``."""
    avg_latency_ms: float = 0.0
    avg_ttft_ms: float | None = None
    avg_overhead_us: float = 0.0
    error_count: int = 0
    error_rate: float = 0.0


class KeyUsage(Struct, frozen=True, kw_only=True):
    """What one key used in a period."""

    key_id: UUID | None
    key_prefix: str
    key_name: str
    total_requests: int
    total_input_tokens: int
    total_output_tokens: int
    total_cost: Decimal
    unpriced_requests: int = 0
    avg_latency_ms: float


class ModelUsage(Struct, frozen=True, kw_only=True):
    """What one model was used for in a period."""

    model: str
    total_requests: int
    total_input_tokens: int
    total_output_tokens: int
    total_cost: Decimal
    unpriced_requests: int = 0
    avg_latency_ms: float


class ClientUsage(Struct, frozen=True, kw_only=True):
    """What one client was used for in a period."""

    client: str
    """Without its version; empty where a client says nothing of itself."""
    total_requests: int
    total_input_tokens: int
    total_output_tokens: int
    total_cost: Decimal
    unpriced_requests: int = 0
    avg_latency_ms: float


class UsageBucket(Struct, frozen=True, kw_only=True):
    """One step of a time series; ``bucket`` is its start. Gaps are filled with zeros."""

    bucket: datetime
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cost: Decimal = Decimal(0)
    avg_latency_ms: float = 0.0
    avg_ttft_ms: float | None = None
    avg_overhead_us: float = 0.0
    errors: int = 0


class ModelBucket(Struct, frozen=True, kw_only=True):
    """One step of one model's time series (the dashboard's stacked bars)."""

    bucket: datetime
    model: str
    requests: int
    cost: Decimal


class KeyBucket(Struct, frozen=True, kw_only=True):
    """One step of one key's time series; ``key_id`` None: requests without a valid key."""

    bucket: datetime
    key_id: UUID | None
    requests: int
    cost: Decimal


class ClientBucket(Struct, frozen=True, kw_only=True):
    """One step of one client's time series; ``client`` as in ``ClientUsage``."""

    bucket: datetime
    client: str
    requests: int
    cost: Decimal


class SpendForecast(Struct, frozen=True, kw_only=True):
    """What a month will have cost at its end, if it goes on as in the last days."""

    month_start: datetime
    month_end: datetime
    """When the next month begins."""
    spent: Decimal
    """Dollars, since the month began."""
    pace: Decimal
    """Dollars a day, in the last ``pace_days``."""
    pace_days: float
    """Seven, or how long pxbin has counted."""
    total: Decimal
    """``spent``, and the pace for what is left of the month."""


class UpstreamUsage(Struct, frozen=True, kw_only=True):
    """How one upstream did in a period; ``p50_ttft_ms`` None where no token came."""

    upstream_id: UUID
    upstream_name: str
    total_requests: int
    error_count: int
    p50_ttft_ms: float | None
    total_input_tokens: int = 0
    total_output_tokens: int = 0
    total_cost: Decimal = Decimal(0)
    unpriced_requests: int = 0
    avg_latency_ms: float = 0.0


class LatencyStats(Struct, frozen=True, kw_only=True):
    """Percentiles over a period, exact where it is short, else within a few percent. None: no request."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    overhead_p50_us: float | None = None
    overhead_p95_us: float | None = None
    overhead_p99_us: float | None = None
    ttft_p50: float | None = None
    ttft_p95: float | None = None
    ttft_p99: float | None = None


class TotalsDifference(Struct, frozen=True, kw_only=True):
    """A figure of the totals that was not the sum of its rows; after a recount it is."""

    table: str
    bucket: datetime
    """When the hour, or the five minutes, began."""
    dimension: str
    """``total``, ``key``, ``model``, ``upstream`` ...: what the total is of."""
    dimension_id: str
    field: str
    held: Decimal
    counted: Decimal

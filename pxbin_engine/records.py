"""Frozen rows: what storage returns, what the admin use cases and the app show. They know nothing of storage.

Money is ``Decimal`` in US dollars; None means "unknown", never 0. Times are aware ``datetime`` in UTC; durations are
milliseconds (float) unless the name says ``_us`` (microseconds, int). Ids are UUIDs.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct, field

UpstreamFormat = Literal["openai", "anthropic", "openai-responses", "gemini"]
KeyType = Literal["llm", "management"]
Permission = Literal["read", "write"]
SecretPlace = Literal["keyring", "sealed", "none"]
"""Where an upstream's key lives: an OS keyring entry, sealed by AES-256-GCM in the database, or no key at all."""

Outcome = Literal["ok", "client_error", "upstream_error", "stream_error", "cancelled", "refused"]
"""``client_error``: the upstream refused the request's content (4xx). ``upstream_error``: it failed before a byte went
out. ``stream_error``: it failed after. ``cancelled``: the client went away. ``refused``: pxbin itself said no (key,
limit, bad JSON, no route, pause)."""


class KeyRecord(Struct, frozen=True, kw_only=True):
    """A pxbin key. The plaintext is never here; ``key_prefix`` is its first 8 characters."""

    id: UUID
    type: KeyType
    name: str
    key_prefix: str
    key_hash: str = ""
    is_active: bool = True
    rate_limit: int | None = None
    """Requests a minute; None: the configuration's default. Only ``llm``."""
    permissions: tuple[Permission, ...] = ()
    """Only ``management``."""
    metadata: dict[str, Any] = field(default_factory=dict)
    last_used_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    def __repr__(self) -> str:
        return f"KeyRecord({self.type} {self.name!r} {self.key_prefix}… active={self.is_active})"


class Preset(Struct, frozen=True, kw_only=True):
    """A vendor's address, or a server program's, that a person need not look up."""

    id: str
    name: str
    base_url: str
    format: UpstreamFormat = "openai"
    needs_key: bool = True
    any_host: bool = False
    """The address is only where it usually is; the person may put another in."""
    models_url: str = ""
    """The OpenAI-compatible base URL of the same host that lists its models, where the address itself does not."""
    hint: str = ""
    """What a person must know to use it."""
    source: str
    """The vendor's page that says so."""


class LearnedQuirk(Struct, frozen=True, kw_only=True):
    """What an upstream's refusal taught about one of its models, proved by the request that was then answered."""

    upstream_model: str
    quirk: str
    """The field of ``protocol.quirks.Quirks`` that it changes."""
    value: Any
    """Its new value, or what is added to it where it is a list of names."""
    description: str
    """For a person, after the model's name: ``does not take `parallel_tool_calls` ``."""
    said: str = ""
    """The upstream's own words."""
    learned_at: datetime


class UpstreamRecord(Struct, frozen=True, kw_only=True):
    """Where requests can be sent. Its key is never here, only where the key lives."""

    id: UUID
    name: str
    base_url: str
    format: UpstreamFormat
    is_active: bool = True
    priority: int = 0
    """Lower is tried first."""
    secret_place: SecretPlace = "none"
    preset: str | None = None
    """The id of the ``Preset`` that the person chose; it says which program answers at an address of their own."""
    learned: tuple[LearnedQuirk, ...] = ()
    created_at: datetime
    updated_at: datetime


class ModelPrice(Struct, frozen=True, kw_only=True):
    """US dollars per million tokens, class by class; None: unknown."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    source: Literal["model", "published", "unknown"] = "unknown"
    """``model``: the person's own figures; ``published``: genai-prices."""


class TargetRecord(Struct, frozen=True, kw_only=True):
    """One place that serves a model: an upstream and the name it has there. Lower priority is tried first."""

    upstream_id: UUID
    upstream_model: str
    priority: int = 0


class ModelRecord(Struct, frozen=True, kw_only=True):
    """A model that clients can name."""

    id: UUID
    name: str
    display_name: str = ""
    provider: str = ""
    upstream_id: UUID | None = None
    """The first target's upstream."""
    input_cost_per_million: Decimal | None = None
    output_cost_per_million: Decimal | None = None
    cache_read_cost_per_million: Decimal | None = None
    cache_write_5m_cost_per_million: Decimal | None = None
    cache_write_1h_cost_per_million: Decimal | None = None
    price_source: Literal["model", "published", "unknown"] = "unknown"
    context_window: int | None = None
    max_output_tokens: int | None = None
    targets: tuple[TargetRecord, ...] = ()
    is_active: bool = True
    created_at: datetime
    updated_at: datetime

    @property
    def price(self) -> ModelPrice:
        """The price row of this model."""
        return ModelPrice(
            input=self.input_cost_per_million,
            output=self.output_cost_per_million,
            cache_read=self.cache_read_cost_per_million,
            cache_write_5m=self.cache_write_5m_cost_per_million,
            cache_write_1h=self.cache_write_1h_cost_per_million,
            source=self.price_source,
        )


class AttemptRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try at one target. ``reason`` says why it was made or why it failed, in a sentence."""

    upstream_id: UUID | None
    upstream_name: str
    upstream_model: str
    status: int | None = None
    error: str | None = None
    started_ms: float = 0.0
    """Since the request arrived."""
    took_ms: float = 0.0
    reason: str = ""


class LossRecord(Struct, frozen=True):
    """What a translation could not carry: ``path`` in the client's request, and why."""

    path: str
    reason: str


class RequestRecord(Struct, frozen=True, kw_only=True):
    """One request that arrived: one row. Written once, priced once; a later price never changes it."""

    id: UUID
    """Also the ``X-Request-ID``; a uuid7, so ids sort by arrival."""
    timestamp: datetime
    method: str
    path: str
    input_format: str = ""
    """``anthropic``, ``openai``, ``openai-responses``, ``gemini``; empty for an unknown path."""
    output_format: str = ""
    """The upstream's format."""
    model: str = ""
    """The model's own name, also where the client called it ``claude-<name>`` or ``<name>[1m]``; as the client said where
    there is none."""
    upstream_model: str = ""
    upstream_id: UUID | None = None
    upstream_name: str = ""
    llm_key_id: UUID | None = None
    key_name: str = ""
    stream: bool = False
    status_code: int = 0
    outcome: Outcome = "ok"
    error_type: str | None = None
    error_message: str | None = None
    stop_reason: str | None = None
    input_tokens: int = 0
    """Uncached input. 0 where nothing was used."""
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    usage_estimated: bool = False
    cost: Decimal | None = None
    """None: the price is unknown."""
    cost_input: Decimal | None = None
    cost_output: Decimal | None = None
    cost_cache_read: Decimal | None = None
    cost_cache_write: Decimal | None = None
    price_source: Literal["model", "published", "unknown"] = "unknown"
    latency_ms: float = 0.0
    """First byte in to last byte out."""
    ttft_ms: float | None = None
    """Time to the first token; None where none came."""
    upstream_ms: float | None = None
    """Sent to the upstream until its last byte."""
    overhead_us: int = 0
    """What pxbin itself took: before the upstream and after its first byte to ours."""
    session_id: str | None = None
    agent_id: str | None = None
    parent_agent_id: str | None = None
    client_name: str = ""
    """``Claude Code 2.1.330``, ``OpenAI SDK`` ...; from the user agent."""
    user_agent: str = ""
    remote_addr: str = ""
    attempts: tuple[AttemptRecord, ...] = ()
    losses: tuple[LossRecord, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def cache_creation_tokens(self) -> int:
        """Tokens written to the prompt cache, for however long."""
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens


class RequestFilter(Struct, frozen=True, kw_only=True):
    """Which rows of the log; all given conditions hold together. ``status_code`` 400 means the whole class 4xx."""

    key_id: UUID | None = None
    upstream_id: UUID | None = None
    model: str | None = None
    """A substring, case-insensitive."""
    model_name: str | None = None
    """Exactly this model."""
    key_name: str | None = None
    """A substring, case-insensitive; so are the two that follow."""
    client_name: str | None = None
    upstream_name: str | None = None
    status_code: int | None = None
    status_from: int | None = None
    status_to: int | None = None
    """The last status that fits."""
    errors_only: bool = False
    input_format: str | None = None
    session_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class RequestPage(Struct, frozen=True, kw_only=True):
    """Newest first. ``next_cursor`` is None on the last page; ``total`` counts all rows of the filter."""

    items: tuple[RequestRecord, ...]
    total: int
    next_cursor: str | None = None


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


class UpstreamUsage(Struct, frozen=True, kw_only=True):
    """How one upstream did in a period; ``p50_ttft_ms`` None where no token came."""

    upstream_id: UUID
    upstream_name: str
    total_requests: int
    error_count: int
    p50_ttft_ms: float | None


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


class CreatedKey(Struct, frozen=True, kw_only=True):
    """A new key with its plaintext: shown once, here only."""

    key: str
    record: KeyRecord

    def __repr__(self) -> str:
        return f"CreatedKey({self.record!r})"


class DiscoveredModel(Struct, frozen=True, kw_only=True):
    """A model that an upstream says it has."""

    id: str
    owned_by: str = ""
    context_window: int | None = None
    max_output_tokens: int | None = None


class HealthReport(Struct, frozen=True, kw_only=True):
    """The answer to "does this upstream work": its model list was asked, nothing was paid (unless asked for)."""

    healthy: bool
    models_found: int = 0
    tested_model: str | None = None
    latency_ms: float = 0.0
    error: str | None = None


class ImportReport(Struct, frozen=True, kw_only=True):
    """What an import made; ``skipped`` were there already."""

    upstream: str
    models_created: int
    models_skipped: int


class PricingReport(Struct, frozen=True, kw_only=True):
    """What a sync of published prices changed. A person's own figures are never overwritten."""

    models_updated: int
    models_not_found: int
    total_models: int

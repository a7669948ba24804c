"""Requests: the rows of the log, and how they are asked for."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct, field

from pxbin_engine.records.prices import PriceSource, ServiceTier
from pxbin_engine.records.recordings import RecordingState

Outcome = Literal["ok", "client_error", "upstream_error", "stream_error", "cancelled", "refused"]
"""``client_error``: the upstream refused the request's content (4xx). ``upstream_error``: it failed before a byte went
out. ``stream_error``: it failed after. ``cancelled``: the client went away. ``refused``: pxbin itself said no (key,
limit, budget, bad JSON, no route, pause)."""


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
    first_byte_ms: float | None = None
    """Since the request arrived; when the first byte of the answer's body came, None where none did."""
    key_label: str = ""
    """Which of the upstream's keys was used, where it has several."""


class LossRecord(Struct, frozen=True):
    """What a translation could not carry: ``path`` in the client's request, and why."""

    path: str
    reason: str


class RequestRecord(Struct, frozen=True, kw_only=True):
    """One request that arrived: one row. Written once; a later price does not change it, only a re-price, which is recorded."""

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
    asked_model: str = ""
    """The name that the client said, where an alias gave it another model; else empty."""
    route_reason: str = ""
    """Why the request went to this model and target first, in a sentence; empty where the name alone decided."""
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
    input_audio_tokens: int = 0
    """The part of ``input_tokens`` that was sound; the three that follow are parts, too."""
    cache_read_audio_tokens: int = 0
    output_audio_tokens: int = 0
    output_image_tokens: int = 0
    service_tier: ServiceTier = ""
    """As which the upstream served it; empty: the standard one."""
    usage_estimated: bool = False
    cost: Decimal | None = None
    """None: the price is unknown."""
    cost_input: Decimal | None = None
    cost_output: Decimal | None = None
    cost_cache_read: Decimal | None = None
    cost_cache_write: Decimal | None = None
    price_source: PriceSource = "unknown"
    price_id: UUID | None = None
    """Of the ``PriceRecord`` that it was priced by."""
    price_valid_from: datetime | None = None
    queue_ms: float | None = None
    """Arrived until first sent to an upstream, its translation included; None where it never was."""
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
    project: str = ""
    """The directory that the client says it works in; empty where it says none, or is not to be kept."""
    remote_addr: str = ""
    attempts: tuple[AttemptRecord, ...] = ()
    losses: tuple[LossRecord, ...] = ()
    recording: RecordingState = ""
    """Whether its bodies were kept; they may have been erased since."""
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def cache_creation_tokens(self) -> int:
        """Tokens written to the prompt cache, for however long."""
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens

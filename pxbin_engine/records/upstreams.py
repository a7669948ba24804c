"""Upstreams: where requests can be sent, with which keys, and what is known of them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from pxbin_engine.records.prices import ModelPrice

UpstreamFormat = Literal["openai", "anthropic", "openai-responses", "gemini"]
SecretPlace = Literal["keyring", "sealed", "none"]
"""Where an upstream's key lives: an OS keyring entry, sealed by AES-256-GCM in the database, or no key at all."""


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


class UpstreamKeyRecord(Struct, frozen=True, kw_only=True):
    """One of an upstream's keys: where it lives, never the key itself."""

    id: UUID
    """Also the name of its keyring entry."""
    label: str = ""
    """What the person calls it; empty for the only one."""
    secret_place: SecretPlace = "none"
    is_active: bool = True
    position: int = 0
    """Lower is used first, where nothing else decides."""
    created_at: datetime
    updated_at: datetime


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
    """Of the first key."""
    keys: tuple[UpstreamKeyRecord, ...] = ()
    """By position; several are taken in turn, and one that was refused rests for a while."""
    first_byte_timeout_seconds: float | None = None
    """How long it may take to begin its answer; None: as the configuration says."""
    idle_timeout_seconds: float | None = None
    """How long it may be silent within an answer; None: as the configuration says."""
    preset: str | None = None
    """The id of the ``Preset`` that the person chose; it says which program answers at an address of their own."""
    learned: tuple[LearnedQuirk, ...] = ()
    created_at: datetime
    updated_at: datetime


class DiscoveredModel(Struct, frozen=True, kw_only=True):
    """A model that an upstream says it has."""

    id: str
    owned_by: str = ""
    context_window: int | None = None
    max_output_tokens: int | None = None
    price: ModelPrice | None = None
    """As its list says; None where it says none."""


class HealthReport(Struct, frozen=True, kw_only=True):
    """The answer to "does this upstream work": its model list was asked, nothing was paid (unless asked for)."""

    healthy: bool
    models_found: int = 0
    tested_model: str | None = None
    latency_ms: float = 0.0
    error: str | None = None
    warning: str = ""
    """What a person should know although it works: that keys and prompts cross the internet unencrypted."""

"""How upstreams are, by what was seen of them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

Circuit = Literal["closed", "open", "half_open"]
HealthLevel = Literal["unknown", "ok", "degraded", "down"]
"""``unknown``: nothing was asked of it yet. ``degraded``: part of its requests fail. ``down``: its circuit is open."""


class UpstreamHealthRecord(Struct, frozen=True, kw_only=True):
    """How one upstream is, as this process has seen it."""

    upstream_id: UUID
    upstream_name: str
    level: HealthLevel = "unknown"
    circuit: Circuit = "closed"
    error_rate: float | None = None
    """0 to 1, of the requests within the breaker's window; None where there were none."""
    recent_requests: int = 0
    """How many those were."""
    last_ok_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure: str = ""
    checked_at: datetime | None = None
    """When it was last asked for its list of models."""
    resting_keys: tuple[UUID, ...] = ()
    """Those of its keys that were refused a moment ago."""

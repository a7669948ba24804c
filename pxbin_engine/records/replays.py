"""Replays: a recorded request sent again to another model, and both answers side by side."""

from decimal import Decimal
from uuid import UUID

from msgspec import Struct


class ReplayAnswer(Struct, frozen=True, kw_only=True):
    """One answer to the request, with what its row says of it."""

    model: str
    """The model's own name; as it was asked for where there is none."""
    upstream_name: str = ""
    status: int = 0
    error: str | None = None
    """Why there is no whole answer, in a sentence."""
    text: str = ""
    """What the model said, without its thinking."""
    tool_calls: tuple[str, ...] = ()
    """Each as ``name(arguments)``; none was carried out."""
    is_cut: bool = False
    """The recording has only the beginning of this answer, so text and calls may be missing."""
    stop_reason: str | None = None
    input_tokens: int = 0
    """All that the model read, also out of a cache or into one."""
    output_tokens: int = 0
    cost: Decimal | None = None
    """None: the price is unknown."""
    latency_ms: float = 0.0
    ttft_ms: float | None = None
    request_id: UUID | None = None
    """Of its row in the log."""


class Replay(Struct, frozen=True, kw_only=True):
    """The same request to two models."""

    original: ReplayAnswer
    replayed: ReplayAnswer

"""Which model a name means, and where a request would go."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct


class AliasRecord(Struct, frozen=True, kw_only=True):
    """A name, or a pattern of names, that means a model; for everyone, or for one key or client alone.

    What is said for a key goes before what is said for a client, that before a model of the very name, and that before
    what is said for everyone; among equals the pattern with more letters of its own wins. ``*`` for everyone is the
    default model.
    """

    id: UUID
    pattern: str
    """``*`` stands for any part of the name; case counts."""
    model: str
    """The model's name."""
    key_id: UUID | None = None
    client: str = ""
    """The beginning of a client's name (``Claude Code``), case-insensitive; empty: every client."""
    is_active: bool = True
    created_at: datetime
    updated_at: datetime


TargetState = Literal[
    "ready", "switched_off", "circuit_open", "key_unreadable", "resting", "over_budget"
]
"""``resting``: all its keys were refused a moment ago. ``switched_off``: the upstream is not active."""


class ExplainedTarget(Struct, frozen=True, kw_only=True):
    """One target of an explained request, in the order in which they would be tried."""

    upstream_id: UUID
    upstream_name: str
    upstream_model: str
    priority: int
    weight: int
    state: TargetState
    reason: str
    """Why it stands here, and what keeps it from being tried, in a sentence."""
    verbatim: bool = False
    """The client's dialect is the upstream's: bytes go through."""


class Explanation(Struct, frozen=True, kw_only=True):
    """Where a request would go and why, without it being sent."""

    asked_model: str
    model: str | None
    """The model's name; None where there is none for that name."""
    alias: AliasRecord | None = None
    """What gave the name that model."""
    steps: tuple[str, ...] = ()
    """What was decided, in order, each in a sentence."""
    refusal: str = ""
    """Why it would not be let in (key, limit, budget, no model); empty where it would."""
    targets: tuple[ExplainedTarget, ...] = ()

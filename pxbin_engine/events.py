"""What happens in the engine, told to whoever listens (the app's bridge, the snapshots, tests)."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

from msgspec import Struct

from pxbin_engine.records import BudgetStatus, Circuit, HealthLevel, LearnedQuirk, RequestRecord

logger = logging.getLogger(__name__)


class RequestStarted(Struct, frozen=True, kw_only=True):
    """A request arrived and was routed (``upstream_name`` may be empty before that)."""

    id: UUID
    timestamp: datetime
    path: str
    model: str
    upstream_name: str
    key_name: str
    client_name: str
    stream: bool
    session_id: str | None = None
    agent_id: str | None = None
    """Of a subagent only."""


class RequestFinished(Struct, frozen=True):
    """A request has its row (it may not be in the database yet)."""

    record: RequestRecord


class UpstreamHealthChanged(Struct, frozen=True, kw_only=True):
    """A circuit breaker changed its state, or the upstream came to another level. ``open``: not tried until it cools down."""

    upstream_id: UUID
    upstream_name: str
    state: Circuit
    reason: str
    level: HealthLevel = "unknown"


class KeyRested(Struct, frozen=True, kw_only=True):
    """One of an upstream's keys was refused and is left alone for ``seconds``; requests go on with another."""

    upstream_id: UUID
    upstream_name: str
    key_id: UUID
    key_label: str
    seconds: float
    reason: str


class RevokedKeyUsed(Struct, frozen=True, kw_only=True):
    """A client still shows a key that was revoked; it was refused. Published for each such request."""

    key_id: UUID
    key_name: str
    client_name: str


class BudgetChanged(Struct, frozen=True):
    """A budget's meter came to another level, or back."""

    status: BudgetStatus


class QuirkLearned(Struct, frozen=True, kw_only=True):
    """A refusal taught how an upstream wants to be asked; it is in force for the requests that follow."""

    upstream_id: UUID
    upstream_name: str
    quirk: LearnedQuirk


class ConfigurationChanged(Struct, frozen=True, kw_only=True):
    """Keys, upstreams, models or prices changed; the snapshots are already new when this is published."""

    what: Literal["keys", "upstreams", "models", "aliases", "budgets", "all"]


class EngineStateChanged(Struct, frozen=True, kw_only=True):
    """See ``engine.EngineState``; ``detail`` is for a person (an address, or why it failed)."""

    state: str
    detail: str = ""


class DatabaseStateChanged(Struct, frozen=True, kw_only=True):
    """The database went away or came back; ``queued`` rows wait meanwhile."""

    available: bool
    detail: str = ""
    queued: int = 0


class DiskStateChanged(Struct, frozen=True, kw_only=True):
    """The disk refuses rows of the log, or takes them again (no ``error``); ``queued`` rows wait meanwhile."""

    error: str
    queued: int = 0


Event = (
    RequestStarted
    | RequestFinished
    | UpstreamHealthChanged
    | KeyRested
    | RevokedKeyUsed
    | BudgetChanged
    | QuirkLearned
    | ConfigurationChanged
    | EngineStateChanged
    | DatabaseStateChanged
    | DiskStateChanged
)

E = TypeVar("E", bound=Event)


class EventBus:
    """Synchronous, in one thread: listeners are called in order and must return at once.

    A listener that raises is logged and does not stop the others: an event has happened, whoever listens.
    """

    def __init__(self) -> None:
        self._listeners: dict[type, list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Call ``listener`` with each event of exactly this kind; returns what ends the subscription."""
        listeners = self._listeners.setdefault(kind, [])
        listeners.append(listener)

        def unsubscribe() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Tell everyone who listens for this kind."""
        for listener in tuple(self._listeners.get(type(event), ())):
            try:
                listener(event)
            except Exception:  # a broken listener must not break the request that it hears of
                logger.exception("listener.failed event=%s", type(event).__name__)

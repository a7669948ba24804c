"""Sessions: what a client's conversation used, and each agent that worked in it."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

SessionOrder = Literal["recent", "cost"]
"""``recent``: what was used last stands first; ``cost``: what cost most does."""


class SessionSums(Struct, frozen=True, kw_only=True):
    """Sums over requests, refused ones too. ``cost`` is without the ``unpriced_requests``."""

    requests: int = 0
    errors: int = 0
    unpriced_requests: int = 0
    input_tokens: int = 0
    """Uncached input."""
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: "SessionSums") -> "SessionSums":
        return SessionSums(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        )


class SessionUsage(Struct, frozen=True, kw_only=True):
    """What one session used, its subagents included."""

    session_id: str
    """As the client says it."""
    client: str = ""
    """Without its version."""
    key_id: UUID
    """Of the key that its first request came with."""
    key_name: str = ""
    project: str = ""
    """The directory that its client says it works in."""
    first_at: datetime
    last_at: datetime
    """When its newest request arrived."""
    subagents: int = 0
    sums: SessionSums = SessionSums()


class AgentUsage(Struct, frozen=True, kw_only=True):
    """What one agent of a session used: by itself (``own``), and with all that it started (``whole``)."""

    agent_id: str = ""
    """Empty: the main one."""
    project: str = ""
    first_at: datetime
    last_at: datetime
    own: SessionSums = SessionSums()
    whole: SessionSums = SessionSums()
    agents: tuple["AgentUsage", ...] = ()
    """Those that it started, the first one first."""


class SessionTree(Struct, frozen=True, kw_only=True):
    """A session and its agents. ``main.whole`` is the session's sums where ``unlisted_agents`` is 0."""

    session: SessionUsage
    main: AgentUsage
    unlisted_agents: int = 0
    """Of a session with more agents than are told one by one, how many were left out: the oldest."""

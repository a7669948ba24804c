"""Sessions: which there were, what they cost, and which of their agents spent it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from msgspec import structs

from pxbin_engine.admin.requests import LARGEST_PAGE
from pxbin_engine.admin.stats import a_period
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import AgentUsage, SessionOrder, SessionTree, SessionUsage
from pxbin_engine.storage.sessions import AgentRow, SessionStore
from pxbin_engine.storage.stats import PERIODS, Period

DEEPEST = 32
"""Agents that start agents: one that claims to stand deeper stands here."""


class SessionAdmin:
    """The use cases of sessions. What they tell outlives the rows of the log."""

    def __init__(
        self, store: SessionStore, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._clock = clock

    async def list(
        self,
        period: Period = "24h",
        *,
        order: SessionOrder = "recent",
        page: int = 1,
        limit: int = 50,
    ) -> tuple[SessionUsage, ...]:
        """Up to ``limit`` sessions (500 at most) that were used in the period; ``page`` counts from 1.

        A session is told as a whole, also what it used before the period.

        Raises:
            InvalidInput: the period or the order is not known, or a number is out of its range.
        """
        if order not in ("recent", "cost"):
            raise InvalidInput("order must be recent or cost.", field="order")
        if page < 1:
            raise InvalidInput("page counts from 1.", field="page")
        if not 1 <= limit <= LARGEST_PAGE:
            raise InvalidInput(f"A page has 1 to {LARGEST_PAGE} sessions.", field="per_page")
        return await self._store.list(
            since=self._since(period), order=order, limit=limit, offset=(page - 1) * limit
        )

    async def count(self, period: Period = "24h") -> int:
        """How many sessions were used in the period.

        Raises:
            InvalidInput: the period is not known.
        """
        return await self._store.count(since=self._since(period))

    async def get(self, session_id: str) -> SessionTree:
        """A session with the tree of its agents.

        Raises:
            NotFound: nothing was ever asked in it, or it was too long ago.
        """
        # In this order: an agent that comes in between is in the session's sums at least.
        rows = await self._store.agents(session_id)
        session = await self._store.get(session_id)
        if session is None:
            raise NotFound(f"There is no session {session_id!r}.")
        subagents = [row for row in rows if row.agent.agent_id]
        return SessionTree(
            session=session,
            main=tree_of(session, rows),
            unlisted_agents=max(0, session.subagents - len(subagents)),
        )

    def _since(self, period: Period) -> datetime:
        return self._clock() - PERIODS[a_period(period)]


def tree_of(session: SessionUsage, rows: Sequence[AgentRow]) -> AgentUsage:
    """The main agent of ``session`` with all others below it, each once.

    Clients say who started whom. An agent whose parent is not among ``rows``, or which would be its own ancestor, was
    started by the main one as far as pxbin can tell.
    """
    agents = {row.agent.agent_id: row.agent for row in rows}
    main = agents.pop("", None) or AgentUsage(first_at=session.first_at, last_at=session.last_at)
    parents = {row.agent.agent_id: row.parent_agent_id for row in rows if row.agent.agent_id}
    below: dict[str, list[AgentUsage]] = defaultdict(list)
    for agent_id, parent in _rooted(parents).items():
        below[parent].append(agents[agent_id])
    return _grown(main, below)


def _rooted(parents: dict[str, str]) -> dict[str, str]:
    """Agent -> its parent, such that every way up ends at the main agent after ``DEEPEST`` steps at most."""
    rooted: dict[str, str] = {}
    depths = {"": 0}
    for start in parents:
        way: list[str] = []
        parent = start
        while parent not in depths and parent in parents and parent not in way:
            way.append(parent)
            parent = parents[parent]
        if parent not in depths:
            parent = ""
        for one in reversed(way):
            if depths[parent] >= DEEPEST:
                parent = rooted[parent]
            rooted[one], depths[one] = parent, depths[parent] + 1
            parent = one
    return rooted


def _grown(agent: AgentUsage, below: dict[str, list[AgentUsage]]) -> AgentUsage:
    agents = _by_age(_grown(child, below) for child in below.get(agent.agent_id, ()))
    whole = sum((child.whole for child in agents), agent.own)
    return structs.replace(agent, whole=whole, agents=agents)


def _by_age(agents: Iterable[AgentUsage]) -> tuple[AgentUsage, ...]:
    return tuple(sorted(agents, key=lambda agent: (agent.first_at, agent.agent_id)))

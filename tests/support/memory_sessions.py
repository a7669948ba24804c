"""Sessions in memory, for the window's tests: what the use cases tell of them, and a believable few."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.errors import NotFound, PxbinError
from pxbin_engine.records import AgentUsage, SessionSums, SessionTree, SessionUsage

KEY_ID = UUID(int=77)


class MemorySessions:
    """The use cases of sessions over trees that a test sets; ``failure`` is raised while it is set."""

    def __init__(self, trees: Sequence[SessionTree] = ()) -> None:
        self.trees = list(trees)
        self.failure: PxbinError | None = None
        self.asked: list[str] = []

    async def list(
        self, period: str = "24h", *, order: str = "recent", page: int = 1, limit: int = 50
    ) -> tuple[SessionUsage, ...]:
        self._reach(f"list {period} {order}")
        sessions = [tree.session for tree in self.trees]
        if order == "cost":
            sessions.sort(key=lambda session: -session.sums.cost)
        else:
            sessions.sort(key=lambda session: -session.last_at.timestamp())
        return tuple(sessions[(page - 1) * limit : page * limit])

    async def count(self, period: str = "24h") -> int:
        self._reach(f"count {period}")
        return len(self.trees)

    async def get(self, session_id: str) -> SessionTree:
        self._reach(f"get {session_id}")
        for tree in self.trees:
            if tree.session.session_id == session_id:
                return tree
        raise NotFound(f"There is no session {session_id!r}.")

    def _reach(self, asked: str) -> None:
        self.asked.append(asked)
        if self.failure is not None:
            raise self.failure


def sums(cost: str | None, requests: int = 1) -> SessionSums:
    """Sums of requests that cost so much together; None: nobody knows how much."""
    return SessionSums(
        requests=requests,
        unpriced_requests=requests if cost is None else 0,
        input_tokens=1200 * requests,
        cache_read_tokens=41_000 * requests,
        output_tokens=640 * requests,
        cost=Decimal(cost or 0),
    )


def an_agent(agent_id: str, own: SessionSums, at: datetime, *agents: AgentUsage) -> AgentUsage:
    """An agent in ``/home/me/shop`` that started ``agents``."""
    return AgentUsage(
        agent_id=agent_id,
        project="/home/me/shop",
        first_at=at,
        last_at=at + timedelta(minutes=9),
        own=own,
        whole=sum((one.whole for one in agents), own),
        agents=agents,
    )


def a_session(session_id: str, main: AgentUsage, **told: object) -> SessionTree:
    """A session of Claude Code with this main agent."""

    def below(agent: AgentUsage) -> int:
        return sum(1 + below(one) for one in agent.agents)

    session = SessionUsage(
        session_id=session_id,
        client="Claude Code",
        key_id=KEY_ID,
        key_name="laptop",
        project=main.project,
        first_at=main.first_at,
        last_at=main.last_at,
        subagents=below(main),
        sums=main.whole,
    )
    return SessionTree(session=replace(session, **told), main=main)


def some_sessions(now: datetime) -> tuple[SessionTree, ...]:
    """One with subagents of subagents, one of another client, one whose price nobody knows."""
    early = now - timedelta(hours=2)
    search = an_agent("a52f0c3b9d1e", sums("0.21", 6), early + timedelta(minutes=4))
    plan = an_agent("a125c423582c", sums("0.64", 14), early + timedelta(minutes=2), search)
    test = an_agent("a99ee6f04f7a", sums("0.38", 9), early + timedelta(minutes=6))
    return (
        a_session(
            "52992294-c8c5-4bcb-9dee-4bbbee59ab1b",
            an_agent("", sums("1.87", 31), early, plan, test),
        ),
        a_session(
            "01a20ac7-66d5-7de0-a81b-26d024961619",
            an_agent("", sums("0.093", 4), now - timedelta(days=2)),
            client="Codex",
            project=r"C:\Users\me\billing",
        ),
        a_session(
            "ses_df538760dffefUCu0E5T6a6RGm",
            an_agent("", sums(None, 3), now - timedelta(hours=9)),
            client="opencode",
            project="",
        ),
    )

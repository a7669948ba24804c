"""Lists of sessions, and the tree of a session's agents out of what clients claim."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

import pytest

from pxbin_engine.admin.sessions import DEEPEST, SessionAdmin, tree_of
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import AgentUsage, SessionSums, SessionUsage
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.sessions import AgentRow, SessionStore
from tests.support.database import NOW, a_request

KEY_ID = uuid4()
SESSION = SessionUsage(session_id="s", key_id=KEY_ID, first_at=NOW, last_at=NOW)


@pytest.fixture
async def sessions(database: Database) -> SessionAdmin:
    def asked(session: str, hours: int, **told: object) -> object:
        at = NOW - timedelta(hours=hours)
        return a_request(at=at, session_id=session, llm_key_id=KEY_ID, **told)

    rows = [
        asked("today", 1, cost=Decimal(1)),
        asked("today", 1, cost=Decimal(2), agent_id="a"),
        asked("today", 1, cost=Decimal(4), agent_id="b", parent_agent_id="a"),
        asked("dear", 2, cost=Decimal(9)),
        asked("last week", 100, cost=Decimal(50)),
    ]
    await RequestStore(database).insert_batch(rows)  # type: ignore[arg-type]
    return SessionAdmin(SessionStore(database), clock=lambda: NOW)


async def test_sessions_of_a_period(sessions: SessionAdmin) -> None:
    assert [s.session_id for s in await sessions.list()] == ["today", "dear"]
    assert [s.session_id for s in await sessions.list(order="cost")] == ["dear", "today"]
    assert [s.session_id for s in await sessions.list("7d", page=2, limit=2)] == ["last week"]
    assert (await sessions.count(), await sessions.count("7d")) == (2, 3)


async def test_the_tree_of_one(sessions: SessionAdmin) -> None:
    tree = await sessions.get("today")
    assert (tree.session.sums.cost, tree.session.subagents, tree.unlisted_agents) == (7, 2, 0)
    (a,) = tree.main.agents
    (b,) = a.agents
    assert [(one.agent_id, one.own.cost, one.whole.cost) for one in (tree.main, a, b)] == [
        ("", 1, 7),
        ("a", 2, 6),
        ("b", 4, 4),
    ]


async def test_what_cannot_be_is_refused(sessions: SessionAdmin) -> None:
    for wrong in ({"period": "1y"}, {"order": "age"}, {"page": 0}, {"limit": 0}, {"limit": 501}):
        with pytest.raises(InvalidInput):
            await sessions.list(**wrong)  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="no session 'nobody'"):
        await sessions.get("nobody")


def row(agent: str, parent: str = "", cost: int = 1, minutes: int = 0) -> AgentRow:
    sums = SessionSums(requests=1, cost=Decimal(cost))
    at = NOW + timedelta(minutes=minutes)
    return AgentRow(
        AgentUsage(agent_id=agent, first_at=at, last_at=at, own=sums, whole=sums), parent
    )


def walked(agent: AgentUsage, depth: int = 0) -> Iterator[tuple[int, AgentUsage]]:
    yield depth, agent
    for child in agent.agents:
        yield from walked(child, depth + 1)


def shape(*rows: AgentRow) -> list[tuple[int, str]]:
    return [(depth, agent.agent_id) for depth, agent in walked(tree_of(SESSION, rows))]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], [(0, "")]),
        ([row("a"), row("")], [(0, ""), (1, "a")]),
        ([row("late", minutes=5), row("early")], [(0, ""), (1, "early"), (1, "late")]),
        ([row("b", "a"), row("a"), row("c", "b")], [(0, ""), (1, "a"), (2, "b"), (3, "c")]),
        ([row("a", "of another session")], [(0, ""), (1, "a")]),
        ([row("a", "a")], [(0, ""), (1, "a")]),
        ([row("a", "b"), row("b", "a")], [(0, ""), (1, "b"), (2, "a")]),
    ],
)
def test_every_agent_stands_where_it_says_or_below_the_main_one(
    rows: list[AgentRow], expected: list[tuple[int, str]]
) -> None:
    assert shape(*rows) == expected


@pytest.mark.parametrize("seed", range(20))
def test_whatever_clients_claim_each_agent_counts_once(seed: int) -> None:
    random = Random(seed)
    names = [f"a{n}" for n in range(random.randrange(1, 120))]
    chain = seed % 2  # every other time a long chain, else at random, circles among it
    rows = [row("", cost=5)] + [
        row(name, names[n - 1] if chain and n else random.choice([*names, "", "x"]), cost=n)
        for n, name in enumerate(names)
    ]
    random.shuffle(rows)
    main = tree_of(SESSION, rows)
    found = list(walked(main))
    assert sorted(agent.agent_id for _, agent in found) == sorted(["", *names])
    assert max(depth for depth, _ in found) <= DEEPEST
    assert main.whole == sum((one.agent.own for one in rows), SessionSums())
    for _, agent in found:
        assert agent.whole == sum((child.whole for child in agent.agents), agent.own)

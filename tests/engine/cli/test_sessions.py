"""``sessions``, against a database of the test's own."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from tests.support.command_line import Cli
from tests.support.database import a_request


async def ask(database_url: str, schema: str) -> None:
    """A session with an agent, and one that this one started."""
    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=1)
    told = {
        "at": datetime.now(UTC),
        "session_id": "s1",
        "llm_key_id": uuid4(),
        "key_name": "laptop",
        "client_name": "Claude Code 2.1.330",
        "project": "/work",
        "input_tokens": 100,
        "cache_read_tokens": 900,
        "output_tokens": 20,
    }
    agents = [(None, None), ("a1", None), ("a2", "a1")]
    rows = [
        a_request(cost=Decimal("0.5"), agent_id=agent, parent_agent_id=parent, **told)
        for agent, parent in agents
    ]
    await RequestStore(database).insert_batch(rows)
    await database.close()


def test_sessions_and_the_agents_of_one(cli: Cli, database_url: str, schema: str) -> None:
    assert cli("sessions", "--json").json == []
    asyncio.run(ask(database_url, schema))

    line = cli("sessions").out.splitlines()[1].split()[2:]
    assert line == [
        "s1",
        "Claude",
        "Code",
        "/work",
        "laptop",
        "2",
        "3",
        "300",
        "60",
        "2700",
        "1.5",
        "0",
    ]
    (session,) = cli("sessions", "--json").json
    assert (session["session_id"], session["sums"]["cost"]) == ("s1", 1.5)

    lines = cli("sessions", "s1").out.splitlines()
    assert [line.split("  20")[0].rstrip() for line in lines[1:]] == [
        "main agent",
        "  a1",
        "    a2",
    ]
    assert [line.split()[-6:] for line in lines[1:]] == [
        ["3", "300", "60", "2700", "1.5", "0"],
        ["2", "200", "40", "1800", "1.0", "0"],
        ["1", "100", "20", "900", "0.5", "0"],
    ]
    assert cli("sessions", "s1", "--json").json["main"]["agents"][0]["whole"]["requests"] == 2
    (client,) = cli("stats", "--json").json["by_client"] or [None]
    assert client is None  # no upstream was asked


def test_what_is_not_there_is_told(cli: Cli) -> None:
    gone = cli("sessions", "nobody")
    assert gone.code == 1
    assert "There is no session 'nobody'." in gone.err
    assert cli("sessions", "--limit", "501").code == 1

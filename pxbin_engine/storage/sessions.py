"""The table ``session_usage``: what sessions and their agents used. A trigger of the log keeps it (see its migration)."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from msgspec import Struct

from pxbin_engine.records import AgentUsage, SessionOrder, SessionSums, SessionUsage
from pxbin_engine.storage.database import Database

MOST_AGENTS = 1000
"""Of one session that are told one by one; a client may claim any number."""

_ORDERS: dict[SessionOrder, str] = {
    "recent": "last_at desc, session_id",
    "cost": "cost desc, last_at desc, session_id",
}

# An index alone answers it.
_SINCE = "select session_id from session_usage where level = 'session' and last_at >= $1"

# A key is called what it is called now; one that is gone, what it was called then.
_SESSIONS = """
    select s.*, coalesce(k.name, s.key_name) as key_name_now,
           (select count(*) from session_usage a
            where a.session_id = s.session_id and a.level = 'agent' and a.agent_id <> '') as subagents
    from ({}) s left join keys k on k.id = s.llm_key_id
"""


class AgentRow(Struct, frozen=True):
    """An agent alone, and the one that started it (empty: the main one)."""

    agent: AgentUsage
    parent_agent_id: str


class SessionStore:
    """Reads ``session_usage``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, *, since: datetime) -> int:
        """How many sessions were used since then."""
        row = await self._database.fetch_one(
            f"select count(*) as n from ({_SINCE}) s",  # noqa: S608  # a constant of this file
            since,
        )
        return int(row["n"]) if row else 0

    async def list(
        self, *, since: datetime, order: SessionOrder, limit: int, offset: int = 0
    ) -> tuple[SessionUsage, ...]:
        """Sessions that were used since then."""
        chosen = (
            "select * from session_usage where level = 'session'"  # noqa: S608  # constants of this file
            f" and session_id in ({_SINCE} order by {_ORDERS[order]} limit $2 offset $3)"
        )
        rows = await self._database.fetch(
            f"{_SESSIONS.format(chosen)} order by {_ORDERS[order]}", since, limit, offset
        )
        return tuple(map(_session, rows))

    async def get(self, session_id: str) -> SessionUsage | None:
        """One session; None: nothing is known of it."""
        chosen = "select * from session_usage where level = 'session' and session_id = $1"
        row = await self._database.fetch_one(_SESSIONS.format(chosen), session_id)
        return _session(row) if row else None

    async def agents(self, session_id: str) -> Sequence[AgentRow]:
        """The agents of a session, the main one too where it asked for anything; the newest ``MOST_AGENTS``."""
        rows = await self._database.fetch(
            "select * from session_usage where session_id = $1 and level = 'agent'"
            " order by agent_id = '' desc, last_at desc, agent_id limit $2",
            session_id,
            MOST_AGENTS,
        )
        return tuple(AgentRow(_agent(row), row["parent_agent_id"]) for row in rows)


def _session(row: asyncpg.Record) -> SessionUsage:
    return SessionUsage(
        session_id=row["session_id"],
        client=row["client"],
        key_id=row["llm_key_id"],
        key_name=row["key_name_now"],
        project=row["project"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        subagents=row["subagents"],
        sums=_sums(row),
    )


def _agent(row: asyncpg.Record) -> AgentUsage:
    sums = _sums(row)
    return AgentUsage(
        agent_id=row["agent_id"],
        project=row["project"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        own=sums,
        whole=sums,
    )


def _sums(row: asyncpg.Record) -> SessionSums:
    return SessionSums(
        requests=row["requests"],
        errors=row["errors"],
        unpriced_requests=row["unpriced"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cache_read_tokens=row["cache_read_tokens"],
        cache_creation_tokens=row["cache_write_tokens"],
        cost=row["cost"],
    )

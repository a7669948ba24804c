"""``pxbin-engine sessions``: what sessions cost, and which of their agents spent it."""

from argparse import Namespace
from collections.abc import Iterator
from typing import get_args

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.engine import Engine
from pxbin_engine.records import AgentUsage, SessionOrder, SessionSums, SessionTree
from pxbin_engine.storage.stats import Period

_SUMS = ("REQUESTS", "IN", "OUT", "CACHE READ", "COST $", "UNPRICED")


@on_engine
async def show(engine: Engine, arguments: Namespace) -> Answer:
    """The sessions of a period, or one session with its agents."""
    if arguments.session:
        tree = await engine.sessions.get(arguments.session)
        return Answer(_drawn(tree), tree)
    sessions = await engine.sessions.list(
        arguments.period, order=arguments.order, limit=arguments.limit
    )
    rows = [
        (s.last_at, s.session_id, s.client, s.project, s.key_name, s.subagents, *_sums(s.sums))
        for s in sessions
    ]
    titles = ("LAST USED", "SESSION", "CLIENT", "PROJECT", "KEY", "SUBAGENTS", *_SUMS)
    return Answer(as_table(titles, rows), sessions)


def _drawn(tree: SessionTree) -> str:
    """A line for each agent, those that it started indented below; its sums are with theirs."""
    rows = [
        (name, agent.first_at, agent.last_at, agent.own.cost, *_sums(agent.whole))
        for name, agent in _named(tree.main, 0)
    ]
    text = as_table(("AGENT", "FIRST USED", "LAST USED", "ITSELF $", *_SUMS), rows)
    return f"{text}\nand {tree.unlisted_agents} older ones" if tree.unlisted_agents else text


def _named(agent: AgentUsage, depth: int) -> Iterator[tuple[str, AgentUsage]]:
    yield "  " * depth + (agent.agent_id or "main agent"), agent
    for child in agent.agents:
        yield from _named(child, depth + 1)


def _sums(sums: SessionSums) -> tuple[object, ...]:
    return (
        sums.requests,
        sums.input_tokens + sums.cache_creation_tokens,
        sums.output_tokens,
        sums.cache_read_tokens,
        sums.cost,
        sums.unpriced_requests,
    )


COMMANDS = (
    Command(
        "sessions",
        "show what sessions cost, or the agents of one",
        show,
        (
            option("session", nargs="?", help="its id"),
            option("--period", choices=get_args(Period), default="24h"),
            option("--order", choices=get_args(SessionOrder), default="recent"),
            option("--limit", type=int, default=20, help="how many (up to 500)"),
        ),
    ),
)

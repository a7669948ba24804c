"""Sessions and their agents as rows of a table: each session a line, and below the open one its agents, indented."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from uuid import UUID, uuid5

from pxbin_app.listing.model import Cell
from pxbin_app.widgets.format import UNKNOWN, ago, count, counted, date_and_clock, dollars, tokens
from pxbin_app.widgets.table import Column
from pxbin_engine.records import AgentUsage, SessionSums, SessionTree, SessionUsage

_NAMES = UUID("5b1f7f5e-6a0e-4b52-9d35-2f1c9f8a4c11")
"""Makes ids of names: a table finds its rows again by an id."""
_INDENT = "\N{EM SPACE}"
_SHOWN_ID = 8

Agent = tuple[str, str]
"""A session and an agent of it; empty: the main one."""

COLUMNS = (
    Column(title="Session", kind="strong", stretch=True),
    Column(title="Last used", kind="dot", sample="59 min ago"),
    Column(title="Requests", kind="number", sample="00,000"),
    Column(title="Tokens", kind="number", sample="000.0M"),
    Column(title="Itself", kind="number", sample="$0,000.00"),
    Column(title="Cost", kind="number", sample="$0,000.00"),
    Column(title="No price", kind="number", sample="0,000"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session (``agent_id`` None), or one of its agents with all that it started.

    Attributes:
        depth: 0 for a session, 1 for its main agent, one more for each agent between.
        own: what an agent used by itself.
        live: whether it is being answered now.
        beat: for what is live, which of two signs is shown now.
    """

    id: UUID
    session: SessionUsage
    agent_id: str | None = None
    depth: int = 0
    sums: SessionSums
    own: SessionSums | None = None
    project: str
    first_at: datetime
    last_at: datetime
    live: bool = False
    beat: bool = False
    open: bool = False
    now: datetime

    @property
    def words(self) -> str:
        """What shows its requests in Logs."""
        session = f'session:"{_unquoted(self.session.session_id)}"'
        return f'{session} agent:"{_unquoted(self.agent_id)}"' if self.agent_id else session


def _unquoted(name: str) -> str:
    return name.replace('"', "")


def rows_of(
    sessions: Collection[SessionUsage],
    tree: SessionTree | None,
    *,
    live: Collection[Agent],
    beat: bool,
    now: datetime,
) -> tuple[SessionRow, ...]:
    """A row for each session, and for each agent of the session that ``tree`` is of."""
    rows: list[SessionRow] = []
    living = {session for session, _ in live}
    for session in sessions:
        opened = tree is not None and tree.session.session_id == session.session_id
        rows.append(
            SessionRow(
                id=_id(session.session_id),
                session=session,
                sums=session.sums,
                project=session.project,
                first_at=session.first_at,
                last_at=session.last_at,
                live=session.session_id in living,
                beat=beat,
                open=opened,
                now=now,
            )
        )
        if opened and tree is not None:
            rows += _agents(session, tree.main, 1, live=live, beat=beat, now=now)
    return tuple(rows)


def _agents(
    session: SessionUsage,
    agent: AgentUsage,
    depth: int,
    *,
    live: Collection[Agent],
    beat: bool,
    now: datetime,
) -> Iterator[SessionRow]:
    name = (session.session_id, agent.agent_id)
    yield SessionRow(
        id=_id(*name),
        session=session,
        agent_id=agent.agent_id,
        depth=depth,
        sums=agent.whole,
        own=agent.own,
        project=agent.project,
        first_at=agent.first_at,
        last_at=agent.last_at,
        live=name in live,
        beat=beat,
        now=now,
    )
    for child in agent.agents:
        yield from _agents(session, child, depth + 1, live=live, beat=beat, now=now)


def _id(session: str, agent: str | None = None) -> UUID:
    return uuid5(_NAMES, session if agent is None else f"{session}\0{agent}")


def cells(row: SessionRow) -> tuple[Cell, ...]:
    """One cell for each of ``COLUMNS``."""
    sums, own = row.sums, row.own
    read = sums.input_tokens + sums.cache_read_tokens + sums.cache_creation_tokens
    whole = read + sums.output_tokens
    tip = f"{count(sums.unpriced_requests)} of its requests have no known price: set one in Models."
    return (
        _name(row),
        _last_used(row),
        Cell(text=count(sums.requests), tip=f"{counted(sums.errors, 'failure', 'failures')}"),
        Cell(
            text=tokens(whole) if whole else UNKNOWN,
            tone="text2",
            tip=f"{count(read)} in ({count(sums.cache_read_tokens)} of them read from a cache), "
            f"{count(sums.output_tokens)} out",
        ),
        Cell(text="" if own is None else _cost(own), tone="text2", tip="Without what it started"),
        Cell(text=_cost(sums)),
        Cell(
            text=count(sums.unpriced_requests) if sums.unpriced_requests else "",
            tone="warn",
            tip=tip if sums.unpriced_requests else "",
        ),
    )


def _name(row: SessionRow) -> Cell:
    session = row.session
    if row.agent_id is None:
        first = folder(row.project) or session.client or "Session"
        client = session.client if row.project else ""
        second = " · ".join(
            filter(None, (client, session.session_id[:_SHOWN_ID], _agent_count(session)))
        )
        told = (row.project, session.client, session.session_id, f"key {session.key_name}")
        icon = "caret-down" if row.open else "caret-right"
        return Cell(text=first, second=second, icon=icon, tip="\n".join(filter(None, told)))
    indent = _INDENT * 2 * row.depth
    if not row.agent_id:
        return Cell(text=f"{indent}Main agent", tip=row.project)
    elsewhere = folder(row.project) if row.project != session.project else ""
    return Cell(
        text=f"{indent}Subagent {row.agent_id[:_SHOWN_ID]}",
        second=elsewhere or None,
        tip="\n".join(filter(None, (row.agent_id, row.project))),
    )


def _agent_count(session: SessionUsage) -> str:
    return counted(session.subagents, "subagent", "subagents") if session.subagents else ""


def _last_used(row: SessionRow) -> Cell:
    """What is live shows a disc and a ring by turns, so that its shape says it too."""
    seen = f"First used {date_and_clock(row.first_at)}\nLast used {date_and_clock(row.last_at)}"
    if row.live:
        return Cell(text="live", tone="ok" if row.beat else "neutral", tip=seen)
    return Cell(text=ago(row.last_at, row.now), tone="neutral", tip=seen)


def _cost(sums: SessionSums) -> str:
    return UNKNOWN if sums.unpriced_requests and not sums.cost else dollars(sums.cost)


def folder(project: str) -> str:
    """The last part of a path, of whichever system it is."""
    path = PureWindowsPath(project) if "\\" in project else PurePosixPath(project)
    return path.name or project

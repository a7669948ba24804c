"""Which session and which agent of it a request comes from, as the agents themselves say in headers.

Claude Code says it as it is kept here (code.claude.com/docs, "llm-gateway-protocol"). Codex 0.169 sends ``session-id`` and
``thread-id``; a subagent's thread is not its session's first one, and names its parent in ``x-codex-parent-thread-id``.
OpenCode 1.18 starts a session for each subagent and names the one that it belongs to in ``x-parent-session-id``. Gemini CLI
says nothing of the kind. What Codex and OpenCode do was seen on the wire.
"""

from collections.abc import Mapping
from typing import NamedTuple


class ClientSession(NamedTuple):
    """What costs are summed up by; ``agent``: of a subagent only; ``parent_agent``: of a subagent's subagent only."""

    session: str | None = None
    agent: str | None = None
    parent_agent: str | None = None


def client_session(headers: Mapping[str, str]) -> ClientSession:
    """As far as the client says it; ``headers`` are case-insensitive, and their values are returned as they came."""
    if session := headers.get("X-Claude-Code-Session-Id"):
        agent = headers.get("X-Claude-Code-Agent-Id")
        return ClientSession(session, agent, headers.get("X-Claude-Code-Parent-Agent-Id"))
    if session := headers.get("Session-Id"):
        thread, parent = headers.get("Thread-Id"), headers.get("X-Codex-Parent-Thread-Id")
        return ClientSession(session, _unless(thread, session), _unless(parent, session))
    session = headers.get("X-Session-Id")
    if parent := headers.get("X-Parent-Session-Id"):
        return ClientSession(parent, session)
    return ClientSession(session)


def _unless(thread: str | None, session: str) -> str | None:
    """The main agent's thread has the id of the session."""
    return thread if thread and thread != session else None

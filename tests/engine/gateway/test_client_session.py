"""What each agent says of its session and of its subagents, with the headers that were seen on the wire."""

import pytest
from multidict import CIMultiDict

from pxbin_engine.gateway.client_session import client_session


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (None, None, None)),
        ({"x-claude-code-session-id": "s1"}, ("s1", None, None)),
        (
            {
                "x-claude-code-session-id": "s1",
                "x-claude-code-agent-id": "a1",
                "x-claude-code-parent-agent-id": "a0",
            },
            ("s1", "a1", "a0"),
        ),
        ({"session-id": "t0", "thread-id": "t0"}, ("t0", None, None)),
        (
            {"session-id": "t0", "thread-id": "t1", "x-codex-parent-thread-id": "t0"},
            ("t0", "t1", None),
        ),
        (
            {"session-id": "t0", "thread-id": "t2", "x-codex-parent-thread-id": "t1"},
            ("t0", "t2", "t1"),
        ),
        ({"x-session-id": "ses_0", "x-session-affinity": "ses_0"}, ("ses_0", None, None)),
        ({"x-session-id": "ses_1", "x-parent-session-id": "ses_0"}, ("ses_0", "ses_1", None)),
        ({"session-id": "", "x-session-id": "ses_0"}, ("ses_0", None, None)),
    ],
)
def test_sessions_and_agents(
    headers: dict[str, str], expected: tuple[str | None, str | None, str | None]
) -> None:
    assert client_session(CIMultiDict(headers)) == expected

"""The directory that an agent works in, out of the prompts in which each was seen to tell it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from multidict import CIMultiDict

from pxbin_engine.gateway import project_directory as module
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.project_directory import ProjectDirectories, project_directory
from tests.support.database import a_key

CLAUDE = "You are in the following environment: \n - Primary working directory: {}\n - Is a git repository: true\n"
TOLD = {
    "Claude Code": CLAUDE,
    "Codex": "<environment_context>\n  <cwd>{}</cwd>\n  <shell>bash</shell>",
    "opencode": "Here is some information:\n<env>\n  Working directory: {}\n  Workspace root folder: /\n",
    "Gemini CLI": "**Session Context:**\n- **Workspace Directories:**\n  - {}\n- **Directory Structure:**\n",
}
PATHS = (
    "/home/me/my work",
    r"C:\Users\me\new project",
    "/tmp/größer/日本/\N{ROCKET}",
    '/tmp/"quoted" and \t tabbed',
)


def body(text: str, **more: Any) -> bytes:
    return json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": text}], **more}
    ).encode()


@pytest.mark.parametrize("client", TOLD)
@pytest.mark.parametrize("path", PATHS)
def test_each_agent_tells_it_in_its_own_words(client: str, path: str) -> None:
    told = project_directory(client, body(TOLD[client].format(path)))
    assert told == path.replace("\t", "\N{REPLACEMENT CHARACTER}")


def test_an_older_claude_code_has_another_line() -> None:
    text = "<env>\nWorking directory: /srv/app\nIs directory a git repo: No\n</env>"
    assert project_directory("Claude Code", body(text)) == "/srv/app"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"not JSON at all",
        body("In which working directory are we?"),
        b'{"content": "Primary working directory: /cut/in the middle \\',
        b'{"content": "Primary working directory: \\ud83d',
        b'{"content": "Primary working directory: \xff\xfe',
        b"Primary working directory: ",
    ],
)
def test_what_tells_nothing_gives_nothing_or_its_beginning(sent: bytes) -> None:
    assert project_directory("Claude Code", sent) in (
        "",
        "/cut/in the middle",
        "\N{REPLACEMENT CHARACTER}",
        "?",
    )


def test_a_path_is_of_bounded_length() -> None:
    told = project_directory("Claude Code", body(CLAUDE.format("/x" * 100_000)))
    assert told.startswith("/x/x")
    assert len(told) == 256


class Searches:
    """How often a body was searched."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, client: str, sent: bytes) -> str:
        self.count += 1
        return project_directory(client, sent)


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Iterator[Searches]:
    searches = Searches()
    monkeypatch.setattr(module, "project_directory", searches)
    return searches


def exchange(
    agent: str = "", session: str = "s1", user_agent: str = "claude-cli/2.1.330"
) -> Exchange:
    headers = {"user-agent": user_agent, "x-claude-code-session-id": session}
    if agent:
        headers["x-claude-code-agent-id"] = agent
    return Exchange(
        Inbound(
            method="POST", path="/v1/messages", headers=CIMultiDict(headers), key=a_key(),
            timestamp=datetime.now(UTC), arrived=0, received=0,
        )
    )  # fmt: skip


def test_an_agent_is_searched_once(searches: Searches) -> None:
    directories = ProjectDirectories()
    assert directories.told_by(exchange(), body("A title, please")) == ""
    assert directories.told_by(exchange(), body(CLAUDE.format("/work"))) == "/work"
    assert directories.told_by(exchange(), body("and on")) == "/work"
    assert directories.told_by(exchange("a1"), body(CLAUDE.format("/tree"))) == "/tree"
    assert directories.told_by(exchange(), b"") == "/work"
    assert searches.count == 3


def test_nobody_else_is_searched(searches: Searches) -> None:
    directories = ProjectDirectories()
    said = body(CLAUDE.format("/work"))
    assert directories.told_by(exchange(user_agent="curl/8.5.0"), said) == ""
    unknown = exchange()
    unknown.key = None
    assert directories.told_by(unknown, said) == ""
    assert searches.count == 0


def test_the_longest_silent_are_forgotten(
    searches: Searches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    directories = ProjectDirectories()
    said = body(CLAUDE.format("/work"))
    for session in ("s1", "s2", "s1", "s3", "s1", "s2"):
        assert directories.told_by(exchange(session=session), said) == "/work"
    assert searches.count == 4

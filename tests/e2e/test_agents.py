"""Other agents than Claude Code, headless, each in its own dialect, through pxbin to one scripted OpenAI-compatible upstream."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.engine_process import running_engine
from tests.support.node_clients import Ran, run_codex, run_gemini, run_opencode
from tests.support.upstream import (
    Answer,
    FakeUpstream,
    Received,
    openai_stream,
    openai_tool_call,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

MODEL = "gpt-5-mini"
COMMAND = "echo from-bash-42"


class Agent(NamedTuple):
    """How a client is started, and what is peculiar to it.

    Attributes:
        tool: by which it runs commands.
        argument: of the tool, that holds the command.
        path: that it asks at.
        name: as the log calls it.
    """

    run: Callable[..., Awaitable[Ran]]
    tool: str
    argument: str
    path: str
    name: str


AGENTS = {
    "codex": Agent(run_codex, "exec_command", "cmd", "/v1/responses", "Codex"),
    "gemini": Agent(
        run_gemini,
        "run_shell_command",
        "command",
        f"/v1beta/models/{MODEL}:streamGenerateContent",
        "Gemini CLI",
    ),
} | {
    f"opencode {package}": Agent(
        partial(run_opencode, package=f"@ai-sdk/{package}"), "bash", "command", path, "opencode"
    )
    for package, path in (
        ("anthropic", "/v1/messages"),
        ("openai", "/v1/responses"),
        ("openai-compatible", "/v1/chat/completions"),
    )
}


def title(received: Received) -> Answer | None:
    """OpenCode asks for a title, without any tools, whenever it likes."""
    return None if received.json.get("tools") else openai_stream("A number")


def results(request: Received) -> list[str]:
    return [
        json.dumps(message["content"])
        for message in request.json["messages"]
        if message["role"] == "tool"
    ]


@pytest.mark.parametrize("name", AGENTS)
async def test_a_tool_round(tmp_path: Path, name: str) -> None:
    agent = AGENTS[name]
    folder = tmp_path / "work"
    folder.mkdir()
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data") as engine:
        upstream.aside = title
        call = {agent.argument: COMMAND, "description": "Say it"}
        upstream.script(
            openai_tool_call("call_1", agent.tool, call), openai_stream("The number ", "is 42.")
        )
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        ran = await agent.run(
            "What is the number?",
            base_url=engine.base_url,
            key=await engine.add_key(),
            model=MODEL,
            folder=folder,
        )
        assert ran.code == 0, ran
        assert "The number is 42." in ran.out, ran

        asked = [request for request in upstream.requests if request.json.get("tools")]
        assert len(asked) == 2
        assert agent.tool in {tool["function"]["name"] for tool in asked[0].json["tools"]}
        assert "from-bash-42" in results(asked[1])[0]

        rows = await engine.logs(len(upstream.requests))
        assert {(row["path"], row["status_code"], row["model"]) for row in rows} == {
            (agent.path, 200, MODEL)
        }
        assert all(row["client_name"].startswith(agent.name) for row in rows)
        assert all(row["ttft_ms"] > 0 for row in rows)
        if agent.name != "Gemini CLI":  # it says of no session which one it is
            assert len({row["session_id"] for row in rows} - {None}) == 1

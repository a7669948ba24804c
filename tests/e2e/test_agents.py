"""Each agent, headless, in its own dialect, through pxbin to a scripted model at upstreams of every format.

A tool round with reasoning: the agent runs two calls of one turn, and the upstream gets the results back, and its own
proof of the reasoning byte for byte.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from tests.support.model_speech import Call, Turn
from tests.support.node_clients import Ran, run_claude, run_codex, run_gemini, run_opencode
from tests.support.scripted_model import Stage, running_stage

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PROOF = "c2lnbmVkIGJ5IHRoZSB2ZW5kb3I="


class Agent(NamedTuple):
    """How a client is started, and what is peculiar to it.

    Attributes:
        tool: by which it runs commands.
        argument: of the tool, that holds the command.
        path: that it asks at; ``{model}`` stands for the model.
        name: as the log calls it.
        keeps_proof: it gives reasoning back as it came.
    """

    run: Callable[..., Awaitable[Ran]]
    tool: str
    argument: str
    path: str
    name: str
    keeps_proof: bool = True


def opencode(package: str, path: str, *, keeps_proof: bool = True) -> Agent:
    run = partial(run_opencode, package=f"@ai-sdk/{package}")
    return Agent(run, "bash", "command", path, "opencode", keeps_proof)


CLAUDE = Agent(
    lambda prompt, **asked: run_claude(prompt, "--dangerously-skip-permissions", **asked),
    "Bash",
    "command",
    "/v1/messages",
    "Claude Code",
)
CODEX = Agent(run_codex, "exec_command", "cmd", "/v1/responses", "Codex")
GEMINI = Agent(
    run_gemini,
    "run_shell_command",
    "command",
    "/v1beta/models/{model}:streamGenerateContent",
    "Gemini CLI",
)
ANY = ("openai", "anthropic", "openai-responses", "gemini")
ROUNDS: dict[str, tuple[Agent, Sequence[str]]] = {
    "claude": (CLAUDE, ANY),
    "codex": (CODEX, ANY),
    "gemini": (GEMINI, ANY),
    "opencode anthropic": (opencode("anthropic", "/v1/messages"), ("gemini", "openai")),
    "opencode openai": (opencode("openai", "/v1/responses"), ("anthropic", "openai-responses")),
    "opencode openai-compatible": (
        opencode("openai-compatible", "/v1/chat/completions", keeps_proof=False),
        ("openai-responses", "anthropic"),
    ),
}
"""OpenCode takes long to start: each of its providers meets two formats, and each format two providers."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("data")) as stage:
        yield stage


async def tool_round(stage: Stage, agent: Agent, speaks: str, folder: Path) -> None:
    """Two calls in one turn, run by the agent, whose results reach the model."""
    folder.mkdir()
    async with stage.model(speaks, aside=Turn("A number")) as model:
        calls = tuple(
            Call(
                f"call_{number}",
                agent.tool,
                {agent.argument: f"printf from-%s-shell 4{number}", "description": "Say it"},
            )
            for number in (1, 2)
        )
        model.script(
            Turn(thought="I run both.", proof=PROOF, calls=calls), Turn("The number is 42.")
        )
        ran = await agent.run(
            "What is the number?",
            base_url=stage.engine.base_url,
            key=stage.key,
            model=model.alias,
            folder=folder,
            settings=stage.environment,
        )
        assert ran.code == 0, ran
        assert "The number is 42." in ran.out, ran

        assert len(model.asked) == 2
        assert agent.tool in model.tools(0)
        results = model.results(1)
        assert len(results) == 2
        assert all(f"from-{number}-shell" in "".join(results) for number in (41, 42))
        if agent.keeps_proof and speaks != "openai":
            assert model.proofs(1) == [PROOF]

        rows = await stage.rows(model, len(model.upstream.requests))
        path = agent.path.format(model=model.alias)
        assert {(row["path"], row["status_code"]) for row in rows} == {(path, 200)}
        assert all(row["client_name"].startswith(agent.name) for row in rows)
        assert all(row["ttft_ms"] > 0 for row in rows)
        if agent is not GEMINI:  # it says of no session which one it is
            assert len({row["session_id"] for row in rows} - {None}) == 1


@pytest.mark.parametrize("name", ROUNDS)
async def test_a_tool_round_at_upstreams_of_every_format(
    tmp_path: Path, stage: Stage, name: str
) -> None:
    agent, formats = ROUNDS[name]
    await asyncio.gather(
        *(tool_round(stage, agent, speaks, tmp_path / speaks) for speaks in formats)
    )
    stage.check_loopback_only()

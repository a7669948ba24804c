"""What each agent makes of an upstream's errors, told in the agent's own dialect."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.model_speech import Turn
from tests.support.node_clients import Ran, run_claude, run_codex, run_gemini, run_opencode
from tests.support.scripted_model import ScriptedModel, Stage, running_stage
from tests.support.upstream import (
    CUT,
    Answer,
    data_event,
    json_answer,
    openai_chunk,
    openai_error,
    sse_answer,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

AGENTS: dict[str, Callable[..., Awaitable[Ran]]] = {
    "claude": run_claude,
    "codex": run_codex,
    "gemini": run_gemini,
    "opencode": partial(run_opencode, package="@ai-sdk/anthropic"),
}
ELSEWHERE = {
    "claude": "gemini",
    "codex": "anthropic",
    "gemini": "openai-responses",
    "opencode": "openai",
}
"""Each agent, and an upstream of another format than its own."""
ASIDE = Turn("A title")
HELLO = Turn("Hello again.")
BUSY = {
    "openai": openai_error(429, "Slow down", "rate_limit_exceeded", retry_after="1"),
    "anthropic": json_answer(
        {"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down"}},
        status=429,
        retry_after="1",
    ),
    "openai-responses": openai_error(429, "Slow down", "rate_limit_exceeded", retry_after="1"),
    "gemini": json_answer(
        {
            "error": {
                "code": 429,
                "message": "Slow down",
                "status": "RESOURCE_EXHAUSTED",
                "details": [
                    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}
                ],
            }
        },
        status=429,
    ),
}
REFUSED = {
    "openai": openai_error(401, "Incorrect API key provided", "invalid_api_key"),
    "anthropic": json_answer(
        {
            "type": "error",
            "error": {"type": "authentication_error", "message": "invalid x-api-key"},
        },
        status=401,
    ),
    "openai-responses": openai_error(401, "Incorrect API key provided", "invalid_api_key"),
    "gemini": json_answer(
        {
            "error": {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
                "details": [{"reason": "API_KEY_INVALID"}],
            }
        },
        status=400,
    ),
}
OVERFLOW = openai_error(
    400,
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
    "context_length_exceeded",
)
TOO_LONG = {
    "claude": "Prompt is too long",
    "codex": "ran out of room in the model's context window",
    "gemini": "The input token count (130000) exceeds the maximum number of tokens allowed (128000)",
    "opencode": "prompt is too long: 130000 tokens > 128000 maximum",
}
"""What each makes of it: all but Gemini CLI know an overflow by what they are told."""
BEGUN = openai_chunk({"role": "assistant", "content": "Hel"})
OVERLOADED = {"error": {"message": "The server is overloaded", "type": "server_error", "code": 503}}
BROKEN = {
    "error": sse_answer(BEGUN, 0.1, data_event(OVERLOADED)),
    "reset": sse_answer(BEGUN, 0.1, CUT),
    "cut": sse_answer(BEGUN),
}
"""Once something went out to the client: an error in the stream, a connection that breaks, an end that comes too early."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("data"), retry_max_attempts="1") as stage:
        yield stage


async def ask(stage: Stage, model: ScriptedModel, agent: str, folder: Path) -> Ran:
    folder.mkdir()
    return await AGENTS[agent](
        "Say hello.", base_url=stage.engine.base_url, key=stage.key, model=model.alias,
        folder=folder, settings=stage.environment,
    )  # fmt: skip


async def all_agents(
    stage: Stage, check: Callable[[Stage, str, Path], Awaitable[None]], folder: Path
) -> None:
    """Side by side; nothing but loopback hears of it."""
    await asyncio.gather(*(check(stage, agent, folder / agent) for agent in AGENTS))
    stage.check_loopback_only()


async def waits(stage: Stage, agent: str, folder: Path) -> None:
    speaks = ELSEWHERE[agent]
    async with stage.model(speaks, aside=ASIDE) as model:
        model.script(BUSY[speaks], HELLO)
        ran = await ask(stage, model, agent, folder)
        assert ran.code == 0, ran
        assert "Hello again." in ran.out
        busy, answered = model.asked
        assert answered.at - busy.at > 0.9


async def test_a_busy_upstream_is_given_the_time_that_it_asked_for(
    tmp_path: Path, stage: Stage
) -> None:
    await all_agents(stage, waits, tmp_path)


async def gives_up(stage: Stage, agent: str, folder: Path) -> None:
    speaks = ELSEWHERE[agent]
    async with stage.model(speaks, aside=ASIDE) as model:
        model.script(*[REFUSED[speaks]] * 12)
        ran = await ask(stage, model, agent, folder)
        assert ran.code != 0, ran
        assert f"for {model.alias}" in ran.out + ran.err, "it names the upstream"
        assert len(model.asked) <= 6  # Codex asks six times, whatever the status
        rows = await stage.rows(model, len(model.upstream.requests))
        assert {row["status_code"] for row in rows} <= {200, 403}, "200 is a title"


async def test_a_key_that_the_upstream_refuses_ends_the_turn_and_names_the_upstream(
    tmp_path: Path, stage: Stage
) -> None:
    await all_agents(stage, gives_up, tmp_path)


async def is_told(stage: Stage, agent: str, folder: Path) -> None:
    async with stage.model("openai", aside=ASIDE) as model:
        model.script(OVERFLOW, HELLO, HELLO)
        ran = await ask(stage, model, agent, folder)
        assert TOO_LONG[agent] in ran.out + ran.err, ran
        assert len(model.asked) == (2 if agent == "opencode" else 1)  # which compacts and goes on


async def test_a_prompt_that_is_too_long_is_known_as_such(tmp_path: Path, stage: Stage) -> None:
    await all_agents(stage, is_told, tmp_path)


async def goes_on(stage: Stage, agent: str, broken: Answer, folder: Path) -> None:
    async with stage.model("openai", aside=ASIDE) as model:
        model.script(broken, HELLO)
        ran = await ask(stage, model, agent, folder)
        assert ran.code == 0, ran
        assert "Hello again." in ran.out
        rows = await stage.rows(model, 2)
        assert "stream_error" in {row["outcome"] for row in rows}


@pytest.mark.parametrize("agent", ["claude", "codex", "gemini"])
async def test_an_answer_that_breaks_off_is_asked_for_again(
    tmp_path: Path, stage: Stage, agent: str
) -> None:
    await asyncio.gather(
        *(goes_on(stage, agent, broken, tmp_path / name) for name, broken in BROKEN.items())
    )


async def test_opencode_tells_of_an_answer_that_breaks_off(tmp_path: Path, stage: Stage) -> None:
    """It asks again only where it was told that the upstream is overloaded."""
    async with stage.model("openai", aside=ASIDE) as model:
        model.script(BROKEN["cut"], HELLO)
        ran = await ask(stage, model, "opencode", tmp_path / "work")
        assert "was cut before the answer was complete" in ran.err, ran

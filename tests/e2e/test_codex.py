"""What only Codex does: patches as free text, compaction at its gateway, subagents, and its own provider for OpenAI."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.model_speech import Call, Turn
from tests.support.node_clients import Ran, run_codex
from tests.support.scripted_model import MODELS, ScriptedModel, Stage, running_stage

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

KNOWN = "gpt-5.5"
"""Codex offers its tool for patches to models that it knows; a longer name that begins so is known, too."""
PATCH = '*** Begin Patch\n*** Add File: hello.txt\n+say "hi"\\n\n*** End Patch'
PROOF = "c2lnbmVkIGJ5IHRoZSB2ZW5kb3I="


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("data")) as stage:
        yield stage


async def codex(
    stage: Stage, model: ScriptedModel, folder: Path, *arguments: str, configuration: str = ""
) -> Ran:
    """By its own provider for OpenAI, which opens a WebSocket first and must come back to HTTP at once."""
    folder.mkdir(exist_ok=True)
    ran = await run_codex(
        "Do it.", *arguments, base_url=stage.engine.base_url, key=stage.key, model=model.alias,
        folder=folder, settings=stage.environment, built_in=True, configuration=configuration,
    )  # fmt: skip
    assert ran.code == 0, ran
    return ran


async def patched(stage: Stage, speaks: str, folder: Path) -> None:
    async with stage.model(speaks, alias=f"{KNOWN}-at-{speaks}") as model:
        call = Call("call_1", "apply_patch", {"input": PATCH}, freeform=True)
        model.script(Turn(thought="A file.", proof=PROOF, calls=(call,)), Turn("It is there."))
        ran = await codex(stage, model, folder)
        assert "It is there." in ran.out
        assert (folder / "hello.txt").read_text() == 'say "hi"\\n\n'
        assert "apply_patch" in model.tools(0)
        assert "Success" in model.results(1)[0]
        if speaks != "openai":
            assert model.proofs(1) == [PROOF]
        if speaks == "openai-responses":
            assert all(body["store"] is False for body in model.bodies)
            assert model.asked[1].headers["Authorization"] == "Bearer sk-upstream"


async def test_a_patch_as_free_text_at_upstreams_of_every_format(
    tmp_path: Path, stage: Stage
) -> None:
    await asyncio.gather(*(patched(stage, speaks, tmp_path / speaks) for speaks in MODELS))
    stage.check_loopback_only()


async def compacted(stage: Stage, speaks: str, folder: Path) -> None:
    async with stage.model(speaks) as model:
        call = Call("call_1", "exec_command", {"cmd": "echo from-the-shell"})
        model.script(
            Turn(calls=(call,)), Turn("The handover: echo ran."), Turn("All done."), Turn("More.")
        )
        ran = await codex(
            stage, model, folder, configuration="model_auto_compact_token_limit = 500"
        )
        assert "context compacted" in ran.err
        assert "All done." in ran.out
        _, summary, after = model.asked
        assert b"from-the-shell" in summary.body
        assert b"The handover: echo ran." in after.body
        assert b"from-the-shell" not in after.body
        await codex(stage, model, folder, "resume", "--last")
        assert b"The handover: echo ran." in model.asked[3].body, "it is read back in a later run"


async def test_a_full_context_is_compacted_at_upstreams_that_cannot(
    tmp_path: Path, stage: Stage
) -> None:
    formats = ("openai", "anthropic", "gemini")
    await asyncio.gather(*(compacted(stage, speaks, tmp_path / speaks) for speaks in formats))


async def test_a_subagent_is_known_by_its_rows(tmp_path: Path, stage: Stage) -> None:
    async with stage.model("anthropic") as model:
        spawn = Call("call_1", "multi_agent_v1__spawn_agent", {"message": "Say hi"})
        pause = Turn(calls=(Call("call_2", "exec_command", {"cmd": "sleep 0.5"}),))
        done = Turn("Done.")
        # Both agents pause and end; who ends first is asked once more, when the other's end is told.
        model.script(Turn(calls=(spawn,)), pause, pause, done, done, done)
        await codex(stage, model, tmp_path / "work")
        rows = await stage.rows(model, 4)
        assert len({row["session_id"] for row in rows}) == 1
        spawned = next(
            result
            for request in range(len(model.bodies))
            for result in model.results(request)
            if "agent_id" in result
        )
        agents = {row["agent_id"] for row in rows} - {None}
        assert len(agents) == 1
        assert agents.pop() in spawned
        assert {row["parent_agent_id"] for row in rows} == {None}, "its parent is the main agent"

"""Claude Code itself, headless, through pxbin to a scripted OpenAI-compatible upstream."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_process import running_engine
from tests.support.node_clients import claude_binary, run_claude
from tests.support.upstream import (
    FakeUpstream,
    openai_error,
    openai_stream,
    openai_tool_call,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

MODEL = "gpt-5-mini"


def tool_messages(body: dict[str, Any]) -> list[str]:
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]


@pytest.mark.parametrize("kind", ["headless", "app"])
async def test_a_bash_and_a_read_round(tmp_path: Path, kind: str) -> None:
    """The job of the product: two tools, an answer, rows with model, tokens, cost, first token and session."""
    claude_binary()
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "secret.txt").write_text("the number is 4711\n")
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data", kind=kind) as engine:
        upstream.script(
            openai_tool_call(
                "call_1", "Bash", {"command": "echo from-$((40+2))-bash", "description": "Say it"}
            ),
            openai_tool_call("call_2", "Read", {"file_path": str(folder / "secret.txt")}),
            openai_stream("The number ", "is 4711."),
        )
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        ran = await run_claude(
            "What is the number?", "--allowedTools", "Bash,Read", "--dangerously-skip-permissions",
            base_url=engine.base_url, key=await engine.add_key(), model=MODEL, folder=folder,
        )  # fmt: skip
        assert ran.code == 0, ran
        assert "The number is 4711." in ran.out
        bodies = [request.json for request in upstream.requests]
        assert len(bodies) == 3
        assert "from-42-bash" in tool_messages(bodies[1])[0]
        assert "4711" in tool_messages(bodies[2])[1]
        assert all(body["stream_options"] == {"include_usage": True} for body in bodies)
        assert not any("x-anthropic-billing-header" in json.dumps(body) for body in bodies)

        rows = await engine.logs(3)
        assert [row["status_code"] for row in rows] == [200, 200, 200]
        row = rows[-1]
        assert row["model"] == MODEL
        assert (row["input_tokens"], row["cache_read_tokens"], row["output_tokens"]) == (
            100,
            900,
            20,
        )
        expected = (Decimal(100) * 2 + Decimal(900) * Decimal("0.5") + Decimal(20) * 10) / 1_000_000
        assert Decimal(str(row["cost"])) == expected
        assert row["ttft_ms"] > 0
        assert row["session_id"]
        assert row["client_name"].startswith("Claude Code")
        assert len({row["session_id"] for row in rows}) == 1


async def test_a_subagent_is_told_apart_in_the_tree_of_its_session(tmp_path: Path) -> None:
    """Its requests name it in a header, run beside the main agent's, and cost what their rows say."""
    claude_binary()
    folder = tmp_path / "my work"
    folder.mkdir()
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data") as engine:
        task = {"description": "Look", "prompt": "SUBTASK", "subagent_type": "general-purpose"}
        upstream.script(openai_tool_call("call_1", "Agent", task))
        upstream.always = openai_stream("Done.")
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        ran = await run_claude(
            "MAINTASK", "--dangerously-skip-permissions",
            base_url=engine.base_url, key=await engine.add_key(), model=MODEL, folder=folder,
        )  # fmt: skip
        assert ran.code == 0, ran
        asked = len(upstream.requests)
        rows = await engine.logs(asked)
        (session,) = await engine.call("GET", "sessions")
        assert session["session_id"] == rows[0]["session_id"]
        assert (session["client"], session["project"]) == ("Claude Code", str(folder))
        assert (session["subagents"], session["sums"]["requests"]) == (1, asked)

        main = (await engine.call("GET", f"sessions/{session['session_id']}"))["main"]
        (subagent,) = main["agents"]
        assert subagent["project"] == str(folder)
        of_subagent = [row for row in rows if row["agent_id"] == subagent["agent_id"]]
        assert len(of_subagent) == subagent["own"]["requests"] >= 1
        assert main["own"]["requests"] == asked - len(of_subagent)
        assert Decimal(str(subagent["whole"]["cost"])) == sum_of_costs(of_subagent)
        assert Decimal(str(main["whole"]["cost"])) == sum_of_costs(rows) > 0


def sum_of_costs(rows: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(str(row["cost"])) for row in rows), Decimal(0))


async def test_rows_are_there_after_a_restart(tmp_path: Path) -> None:
    claude_binary()
    async with FakeUpstream() as upstream:
        upstream.always = openai_stream("Hello.")
        async with running_engine(tmp_path / "data") as engine:
            await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
            key = await engine.add_key()
            ran = await run_claude(
                "Hi", base_url=engine.base_url, key=key, model=MODEL, folder=tmp_path
            )
            assert "Hello." in ran.out, ran
            before = await engine.logs(1)
            manager = engine.manager
            await engine.stop()
            await engine.start()
            engine.manager = manager
            assert await engine.logs(1) == before


async def test_an_overflow_is_recognised(tmp_path: Path) -> None:
    """Any upstream's wording of "too long" must reach Claude Code as the one that it knows."""
    claude_binary()
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data") as engine:
        upstream.always = openai_error(
            400,
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
            "context_length_exceeded",
        )
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        key = await engine.add_key()
        ran = await run_claude(
            "Hi", base_url=engine.base_url, key=key, model=MODEL, folder=tmp_path
        )
        assert "Prompt is too long" in ran.out + ran.err, ran
        rows = await engine.logs(1)
        assert rows[-1]["status_code"] == 400
        assert "maximum context length" in rows[-1]["error_message"], (
            "the row keeps the upstream's own words"
        )


async def test_a_refused_upstream_key_does_not_make_it_retry_for_ever(tmp_path: Path) -> None:
    claude_binary()
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data") as engine:
        upstream.always = openai_error(401, "Incorrect API key provided", "invalid_api_key")
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        key = await engine.add_key()
        ran = await run_claude(
            "Hi", base_url=engine.base_url, key=key, model=MODEL, folder=tmp_path, timeout=60
        )
        assert ran.code != 0
        assert "scripted" in ran.out + ran.err
        assert {row["status_code"] for row in await engine.logs(1)} == {403}

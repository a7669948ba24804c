"""How Claude Code comes to know a model and its limits through pxbin: its list of models, counts, and a prompt too long."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_process import running_engine
from tests.support.node_clients import claude_binary, run_claude
from tests.support.upstream import FakeUpstream, openai_error, openai_stream

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

MODEL = "gpt-5-mini"
SUMMARISE = "CRITICAL: Respond with TEXT ONLY"
"""How Claude Code 2.1.330 begins the request for a summary when it compacts."""


def last_words(body: dict[str, Any]) -> str:
    return json.dumps(body["messages"][-1])


async def test_behaviour_21_a_prompt_that_is_too_long_is_compacted_and_sent_again(
    tmp_path: Path,
) -> None:
    """The upstream refuses the conversation once, in words that Claude Code does not know."""
    claude_binary()
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data") as engine:
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        asked: dict[str, Any] = {
            "base_url": engine.base_url,
            "key": await engine.add_key(),
            "model": MODEL,
            "folder": tmp_path,
        }
        upstream.always = openai_stream("A long answer about boats. " * 40)
        await run_claude("Tell me about boats. " * 100, **asked)
        await run_claude("And about harbours. " * 100, "--continue", **asked)
        before = len(upstream.requests)

        upstream.script(
            openai_error(
                400,
                "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 509178 tokens.",
            )
        )
        upstream.always = openai_stream("<summary>They talked about boats and harbours.</summary>")
        ran = await run_claude("What now?", "--continue", **asked)
        assert ran.code == 0, ran
        refused, summary, again = (request.json for request in upstream.requests[before:])
        assert "What now?" in last_words(refused)
        assert SUMMARISE in last_words(summary)
        assert len(again["messages"]) < len(refused["messages"])
        assert "They talked about boats and harbours." in json.dumps(again["messages"])
        rows = await engine.logs(before + 3)
        assert [row["status_code"] for row in rows[:3]] == [200, 200, 400]


async def test_an_answer_that_does_not_fit_is_asked_for_shorter_not_compacted(
    tmp_path: Path,
) -> None:
    claude_binary()
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data") as engine:
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        upstream.script(
            openai_error(
                400,
                "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is"
                " 40960 tokens and your request has 21000 input tokens (32000 > 40960 - 21000).",
            )
        )
        upstream.always = openai_stream("Shorter.")
        ran = await run_claude(
            "Hi", base_url=engine.base_url, key=await engine.add_key(), model=MODEL, folder=tmp_path
        )
        assert "Shorter." in ran.out, ran
        first, second = (request.json for request in upstream.requests)
        assert first["max_completion_tokens"] == 32000
        assert second["max_completion_tokens"] <= 40960 - 21000
        assert len(second["messages"]) == len(first["messages"])


async def test_discovery_offers_every_model_and_its_alias_is_served(tmp_path: Path) -> None:
    """What Claude Code keeps of the list stands in its own cache afterwards."""
    claude_binary()
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data") as engine:
        upstream.always = openai_stream("Here.")
        place = await engine.add_upstream("scripted", upstream.url)
        model = await engine.add_model(MODEL, place, context_window=1_000_000)
        assert model
        ran = await run_claude(
            "Hi",
            base_url=engine.base_url,
            key=await engine.add_key(),
            model=f"claude-{MODEL}[1m]",
            folder=tmp_path,
            settings={
                "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "",
            },
        )
        assert "Here." in ran.out, ran
        assert upstream.requests[0].json["model"] == MODEL
        kept = (tmp_path / "home" / ".claude" / "cache" / "gateway-models.json").read_text()
        assert f"claude-{MODEL}" in kept
        rows = await engine.logs(2)
        assert {row["model"] for row in rows if row["path"] == "/v1/messages"} == {MODEL}
        assert "/v1/models" in {row["path"] for row in rows}

"""A real model behind pxbin: discovery, import, real streams, real usage, a real overflow, and Claude Code on it."""

from pathlib import Path
from typing import Any

import anthropic
import pytest

from tests.support.engine_process import EngineProcess, running_engine
from tests.support.node_clients import claude_binary, run_claude
from tests.support.real_model import ALIAS, CONTEXT, installed_model, running_model

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ASK = [{"role": "user", "content": "Write one short sentence about the sea."}]


async def imported(engine: EngineProcess, url: str, **more: str) -> str:
    """Do what a person does: add, test, discover, import; the id of the upstream."""
    upstream = await engine.add_upstream("llama.cpp", url, **more)
    health = await engine.call("POST", "upstreams/health-check", {"upstream_id": upstream})
    assert (health["healthy"], health["models_found"]) == (True, 1), health
    found = await engine.call("POST", "models/discover", {"upstream_id": upstream})
    assert [model["id"] for model in found] == [ALIAS]
    report = await engine.call(
        "POST", "models/import", {"upstream_id": upstream, "models": [ALIAS]}
    )
    assert (report["models_created"], report["models_skipped"]) == (1, 0)
    return upstream


async def test_both_formats_of_a_real_server(tmp_path: Path) -> None:
    """llama.cpp speaks Chat Completions and Messages: one model translated, the same one verbatim."""
    installed_model()
    async with running_model() as url, running_engine(tmp_path) as engine:
        await imported(engine, url)
        native = await engine.add_upstream("native", url, kind="anthropic")
        await engine.add_model(
            "native", native, targets=[{"upstream_id": native, "upstream_model": ALIAS}]
        )
        client = anthropic.AsyncAnthropic(
            base_url=engine.base_url, api_key=await engine.add_key(), max_retries=0
        )
        usages = []
        for name in (ALIAS, "native"):
            async with client.messages.stream(model=name, max_tokens=40, messages=ASK) as stream:
                assert (await stream.get_final_text()).strip()
                usages.append((await stream.get_final_message()).usage)
        whole = await client.messages.create(model=ALIAS, max_tokens=40, messages=ASK)
        assert whole.usage.output_tokens > 0
        prompts = {usage.input_tokens + (usage.cache_read_input_tokens or 0) for usage in usages}
        assert len(prompts) == 1, "the same prompt costs the same tokens, however it is asked"
        long = [{"role": "user", "content": "sea " * (CONTEXT + 100)}]
        overflow = rf"prompt is too long: \d+ tokens > {CONTEXT} maximum"
        with pytest.raises(anthropic.BadRequestError, match=overflow):
            await client.messages.create(model=ALIAS, max_tokens=10, messages=long)
        await client.close()
        rows = await engine.logs(4)
        assert [row["status_code"] for row in rows] == [400, 200, 200, 200]
        assert all(row["output_tokens"] > 0 for row in rows[1:])


async def test_claude_code_talks_to_a_real_model(tmp_path: Path) -> None:
    """The model's own limit of output tokens holds, whatever the client asks for: it may ramble for 48 tokens a round."""
    claude_binary()
    installed_model()
    async with running_model() as url, running_engine(tmp_path / "data") as engine:
        await imported(engine, url)
        model = (await engine.call("GET", "models"))[0]
        await engine.call("PATCH", f"models/{model['id']}", {"max_output_tokens": 48})
        key = await engine.add_key()
        folder = tmp_path / "work"
        folder.mkdir()
        asked = ("Say hello.", "--tools", "", "--system-prompt", "You are brief.")
        ran = await run_claude(
            *asked, base_url=engine.base_url, key=key, model=ALIAS, folder=folder, timeout=200
        )
        assert ran.out.strip(), ran
        rows = await engine.logs(1)
        assert {row["status_code"] for row in rows} == {200}, ran
        assert all(0 < row["output_tokens"] <= 48 for row in rows)
        assert all(row["ttft_ms"] > 0 for row in rows)
        assert rows[0]["client_name"].startswith("Claude Code")


CORPUS = Path(__file__).parents[1] / "corpus" / "token_counts"


async def test_counts_come_close_to_what_a_real_server_reports(tmp_path: Path) -> None:
    """Without the preset nothing says how to ask. Two prompts teach; then a count is between 90 and 125 percent of the tokens that the same prompt has, also after a restart."""
    installed_model()
    async with running_model() as url, running_engine(tmp_path) as engine:
        await imported(engine, url)
        key = await engine.add_key()

        async def reported(name: str, client: anthropic.AsyncAnthropic) -> tuple[int, int]:
            text = (CORPUS / f"{name}.txt").read_text(encoding="utf-8")
            asked = [{"role": "user", "content": text}]
            counted = await client.messages.count_tokens(model=ALIAS, messages=asked)
            answer = await client.messages.create(model=ALIAS, max_tokens=1, messages=asked)
            usage = answer.usage
            return counted.input_tokens, usage.input_tokens + (usage.cache_read_input_tokens or 0)

        async with anthropic.AsyncAnthropic(
            base_url=engine.base_url, api_key=key, max_retries=0
        ) as client:
            for name in ("english_prose", "rust"):
                await reported(name, client)
            for name in ("typescript", "markdown"):
                counted, true = await reported(name, client)
                assert 0.90 <= counted / true <= 1.25, name
        await engine.stop()
        await engine.start()
        async with anthropic.AsyncAnthropic(
            base_url=engine.base_url, api_key=key, max_retries=0
        ) as client:
            counted, true = await reported("git_diff", client)
            assert 0.90 <= counted / true <= 1.25


ROUND = [
    {"role": "user", "content": "What is in notes.txt?"},
    {
        "role": "assistant",
        "content": [
            {"type": "text", "text": "I shall look."},
            {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "notes.txt"}},
        ],
    },
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "Buy milk."}],
    },
]
TOOL = {
    "name": "read",
    "description": "Read a file",
    "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}},
}


async def test_with_the_preset_the_servers_own_tokenizer_counts_from_the_first_prompt_on(
    tmp_path: Path,
) -> None:
    """To the token, in every script, with a system prompt and with a round of tools."""
    installed_model()
    prompts: list[dict[str, Any]] = [
        {"messages": [{"role": "user", "content": (CORPUS / f"{name}.txt").read_text("utf-8")}]}
        for name in ("hindi_thai_greek", "json_minified")
    ]
    prompts += [{"messages": ROUND, "tools": [TOOL]}, {"messages": ASK, "system": "Be brief."}]
    async with running_model() as url, running_engine(tmp_path) as engine:
        await imported(engine, f"{url}/v1", preset="llamacpp")
        async with anthropic.AsyncAnthropic(
            base_url=engine.base_url, api_key=await engine.add_key(), max_retries=0
        ) as client:
            for prompt in prompts:
                counted = await client.messages.count_tokens(model=ALIAS, **prompt)
                usage = (await client.messages.create(model=ALIAS, max_tokens=1, **prompt)).usage
                true = usage.input_tokens + (usage.cache_read_input_tokens or 0)
                assert counted.input_tokens == true

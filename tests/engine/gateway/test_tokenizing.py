"""Counts by the tokenizers of self-hosted servers: what each is asked, and what the client gets where it does not answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pxbin_engine.gateway import tokenizing
from tests.support.gateway import Proxy, Seen, anthropic_request
from tests.support.upstream import HANG, Answer, json_answer

COUNT = "/v1/messages/count_tokens"
TOOL = {"name": "read", "description": "Reads", "input_schema": {"type": "object"}}
PICTURE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
}

NO_SUCH_CALL = json_answer(
    {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}}, status=404
)
INPUT_TOKENS = json_answer({"input_tokens": 21, "object": "response.input_tokens"})
"""As llama-server of June 2026 answered."""
RENDERED = json_answer({"prompt": "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"})
TOKENS = json_answer({"tokens": list(range(19))})
COUNTED = json_answer({"count": 21, "max_model_len": 4096, "tokens": [1] * 21, "token_strs": None})
"""As vLLM's ``TokenizeResponse`` is written."""


async def counted(preset: str, answers: Sequence[Answer], **fields: Any) -> tuple[Seen, Proxy]:
    async with Proxy(preset=preset) as proxy:
        proxy.upstreams[0].script(*answers)
        seen = await proxy.post(COUNT, anthropic_request("Hello") | fields)
        await proxy.finished()
        return seen, proxy


ASKED: Mapping[str, tuple[str, list[Answer], list[str], int]] = {
    "llama.cpp": ("llamacpp", [INPUT_TOKENS], ["/v1/chat/completions/input_tokens"], 21),
    "llama.cpp, older": (
        "llamacpp",
        [NO_SUCH_CALL, RENDERED, TOKENS],
        ["/v1/chat/completions/input_tokens", "/apply-template", "/tokenize"],
        19,
    ),
    "vLLM": ("vllm", [COUNTED], ["/tokenize"], 21),
}


@pytest.mark.parametrize("server", ASKED)
async def test_a_servers_own_tokenizer_counts(server: str) -> None:
    preset, answers, paths, tokens = ASKED[server]
    seen, proxy = await counted(preset, answers, system="Be brief.", tools=[TOOL])
    assert (seen.status, seen.json) == (200, {"input_tokens": tokens})
    sent = proxy.upstreams[0].requests
    assert [request.path for request in sent] == paths
    assert sent[0].json["model"] == "upstream-model"
    assert [message["role"] for message in sent[0].json["messages"]] == ["system", "user"]
    assert sent[0].json["tools"][0]["function"]["name"] == "read"
    row = proxy.rows[0]
    assert (row.outcome, row.metadata, row.output_format) == ("ok", {}, "openai")
    assert row.upstream is not None


async def test_older_llama_cpp_cuts_up_what_it_rendered() -> None:
    _, proxy = await counted("llamacpp", [NO_SUCH_CALL, RENDERED, TOKENS])
    rendered = "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    assert proxy.upstreams[0].requests[-1].json == {"content": rendered, "add_special": True}


async def test_vllm_gets_no_more_than_it_counts() -> None:
    _, proxy = await counted("vllm", [COUNTED], thinking={"type": "disabled"})
    sent = proxy.upstreams[0].requests[0].json
    assert set(sent) == {"model", "messages", "chat_template_kwargs"}


@pytest.mark.parametrize("preset", ["llamacpp", "vllm"])
@pytest.mark.parametrize(
    "answer",
    [
        NO_SUCH_CALL,
        json_answer({"error": {"message": "Broken"}}, status=500),
        json_answer({"error": {"message": "Who are you"}}, status=401),
        json_answer({"input_tokens": -1, "count": "many"}),
        json_answer([]),
        Answer(200, {"content-type": "text/html"}, [b"<html>\xff"]),
        Answer(302, {"location": "http://x.test/"}),
        Answer(before=[HANG]),
    ],
)
async def test_a_server_that_does_not_count_leaves_the_estimate(
    preset: str, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokenizing, "PATIENCE", 0.1)
    async with Proxy(preset=preset) as proxy:
        proxy.upstreams[0].always = answer
        seen = await proxy.post(COUNT, anthropic_request("word " * 400))
        assert seen.status == 200
        assert 400 <= seen.json["input_tokens"] <= 600
        row = await proxy.finished()
        assert (row.outcome, row.metadata) == ("ok", {"estimated": True})
        assert not proxy.gateway.calibration.changed


async def test_a_server_that_is_away_leaves_the_estimate() -> None:
    async with Proxy(preset="llamacpp") as proxy:
        proxy.route("http://127.0.0.1:1")
        seen = await proxy.post(COUNT, anthropic_request("word " * 400))
        assert 400 <= seen.json["input_tokens"] <= 600
        assert (await proxy.finished()).metadata == {"estimated": True}


async def test_only_text_is_asked_about_and_a_picture_is_estimated() -> None:
    content = [{"type": "text", "text": "What is this?"}, PICTURE]
    messages = [{"role": "user", "content": content}]
    seen, proxy = await counted("llamacpp", [INPUT_TOKENS], messages=messages)
    assert seen.json["input_tokens"] == pytest.approx(21 + 1500, rel=0.1)
    sent = proxy.upstreams[0].requests[0].body.decode()
    assert "What is this?" in sent
    assert "iVBOR" not in sent
    assert proxy.rows[0].metadata == {"estimated": True}


async def test_each_count_teaches_the_estimate_for_when_the_server_is_away() -> None:
    request = anthropic_request("some words that stand for a prompt " * 60)
    async with Proxy(preset="vllm") as proxy:
        proxy.upstreams[0].always = NO_SUCH_CALL
        first = (await proxy.post(COUNT, request)).json["input_tokens"]
        proxy.upstreams[0].always = json_answer({"count": 2 * first})
        for _ in range(4):
            assert (await proxy.post(COUNT, request)).json["input_tokens"] == 2 * first
        proxy.upstreams[0].always = NO_SUCH_CALL
        second = (await proxy.post(COUNT, request)).json["input_tokens"]
        assert 0.90 <= second / (2 * first) <= 1.25


@pytest.mark.parametrize("preset", [None, "ollama", "lmstudio"])
async def test_others_are_not_asked(preset: str | None) -> None:
    async with Proxy(preset=preset) as proxy:
        assert (await proxy.post(COUNT, anthropic_request())).status == 200
        assert not proxy.upstreams[0].requests


async def test_clients_of_other_dialects_are_answered_in_their_own_words() -> None:
    async with Proxy(preset="vllm") as proxy:
        proxy.upstreams[0].always = COUNTED
        body = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
        seen = await proxy.post("/v1beta/models/alias:countTokens", body)
        assert json.loads(seen.body)["totalTokens"] == 21
        seen = await proxy.post("/v1/responses/input_tokens", {"model": "alias", "input": "Hello"})
        assert seen.json["input_tokens"] == 21

"""Gemini's paths: the model and what to do with it stand there, and the key may stand in the query."""

import json
from typing import Any

import pytest

from tests.support.gateway import KEY, Proxy
from tests.support.upstream import json_answer, openai_completion, openai_stream

ASKED: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}


def text_of(answer: dict[str, Any]) -> str:
    return "".join(part["text"] for part in answer["candidates"][0]["content"]["parts"])


@pytest.mark.parametrize("version", ["/v1beta", "/v1"])
@pytest.mark.parametrize(
    ("query", "headers"),
    [("", {"x_goog_api_key": KEY}), (f"?key={KEY}", {}), ("", {"Authorization": f"Bearer {KEY}"})],
    ids=["header", "query", "bearer"],
)
async def test_a_whole_answer(version: str, query: str, headers: dict[str, str]) -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("Hi."))
        path = f"{version}/models/alias:generateContent"
        seen = await proxy.post(path + query, ASKED, key=None, **headers)
        assert (seen.status, text_of(seen.json)) == (200, "Hi.")
        row = await proxy.finished()
        assert (row.model, row.input_format, row.stream, row.path) == (
            "alias",
            "gemini",
            False,
            path,
        )
        assert KEY not in repr(vars(row))
        assert proxy.upstreams[0].requests[0].json["model"] == "upstream-model"


async def test_a_stream_of_events_where_that_is_said() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_stream("Hel", "lo"))
        seen = await proxy.post("/v1beta/models/alias:streamGenerateContent?alt=sse", ASKED)
        assert seen.headers["content-type"].startswith("text/event-stream")
        body = seen.body.replace(b"\r\n", b"\n")
        chunks = [json.loads(line[6:]) for line in body.splitlines() if line.startswith(b"data: ")]
        assert (
            "".join(text_of(chunk) for chunk in chunks if "content" in chunk["candidates"][0])
            == "Hello"
        )
        assert (await proxy.finished()).stream


async def test_else_a_stream_is_one_array() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_stream("Hel", "lo"))
        seen = await proxy.post("/v1beta/models/alias:streamGenerateContent", ASKED)
        assert seen.headers["content-type"].startswith("application/json")
        assert (
            "".join(text_of(item) for item in seen.json if "content" in item["candidates"][0])
            == "Hello"
        )
        assert seen.json[-1]["usageMetadata"]["totalTokenCount"] > 0


async def test_the_key_in_a_query_goes_no_further() -> None:
    async with Proxy("gemini") as proxy:
        part = {"parts": [{"text": "Hi."}], "role": "model"}
        answer = {"candidates": [{"content": part, "finishReason": "STOP"}], "modelVersion": "m"}
        proxy.upstreams[0].script(json_answer(answer))
        path = f"/v1beta/models/alias:generateContent?key={KEY}&alt=json&$prettyPrint=true"
        seen = await proxy.post(path, ASKED, key=None)
        assert (seen.status, seen.json) == (200, answer)
        asked = proxy.upstreams[0].requests[0]
        assert asked.path == "/v1beta/models/upstream-model:generateContent"
        assert KEY not in asked.query
        assert asked.query == "$prettyPrint=true"


async def test_tokens_are_counted() -> None:
    async with Proxy() as proxy:
        seen = await proxy.post("/v1beta/models/alias:countTokens", ASKED)
        assert 0 < seen.json["totalTokens"] < 30


async def test_the_models() -> None:
    async with Proxy() as proxy:
        listed = await proxy.ask("GET", "/v1beta/models", key=None, x_goog_api_key=KEY)
        assert [model["name"] for model in listed.json["models"]] == ["models/alias"]
        one = await proxy.ask("GET", "/v1beta/models/alias", key=None, x_goog_api_key=KEY)
        assert one.json == listed.json["models"][0]


async def test_a_wrong_key_is_refused_in_googles_words() -> None:
    async with Proxy() as proxy:
        path = "/v1beta/models/alias:generateContent?key=pxb_unknown"
        seen = await proxy.post(path, ASKED, key=None)
        assert (seen.status, seen.json["error"]["status"]) == (401, "UNAUTHENTICATED")
        assert "pxb_unknown" not in seen.body.decode()

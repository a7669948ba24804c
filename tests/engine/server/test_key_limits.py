"""The limits of keys as clients meet them: what is told, in whose words, and that what was taken is given back."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from pxbin_engine.server.auth import KeyTable
from pxbin_engine.tasks import spawn
from tests.support.gateway import KEY, Proxy, anthropic_request, key_record, openai_request
from tests.support.upstream import HANG, anthropic_message, openai_completion, sse_answer


def with_limits(proxy: Proxy, **limits: Any) -> None:
    proxy.authenticator.keys = KeyTable([key_record(KEY, **limits)])


GEMINI_PATH = "/v1beta/models/alias:generateContent"


@pytest.mark.parametrize(
    ("path", "body", "header"),
    [
        ("/v1/messages", anthropic_request(), "anthropic-ratelimit-requests-remaining"),
        ("/v1/chat/completions", openai_request(), "x-ratelimit-remaining-requests"),
        ("/v1/responses", {"model": "alias", "input": "Hi"}, "x-ratelimit-remaining-requests"),
        (GEMINI_PATH, {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}, None),
    ],
    ids=["anthropic", "openai", "openai-responses", "gemini"],
)
async def test_what_a_key_has_left_is_told_in_its_clients_words(
    path: str, body: dict[str, Any], header: str | None
) -> None:
    async with Proxy() as proxy:
        with_limits(proxy, rate_limit=2)
        proxy.upstreams[0].script(*[openai_completion("Hello")] * 2)
        left = []
        for _ in range(2):
            seen = await proxy.post(path, body)
            assert seen.status == 200
            left.append(seen.headers.get(header or "x-none"))
        assert left == (["1", "0"] if header else [None, None])
        refused = await proxy.post(path, body)
        assert (refused.status, "2 requests a minute" in refused.body.decode()) == (429, True)
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        if header:
            assert refused.headers[header] == "0"
        else:
            details = {detail["@type"]: detail for detail in refused.json["error"]["details"]}
            quota = details["type.googleapis.com/google.rpc.QuotaFailure"]["violations"][0]
            assert quota["quotaId"] == "RequestsPerMinute"
            assert "type.googleapis.com/google.rpc.RetryInfo" in details


async def test_an_upstreams_limits_are_told_only_where_the_key_has_none() -> None:
    async with Proxy("anthropic") as proxy:
        answer = anthropic_message("Hello")
        theirs = {**answer.headers, "anthropic-ratelimit-requests-limit": "4000"}
        answer = replace(answer, headers=theirs)
        proxy.upstreams[0].script(answer, answer)
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert seen.headers["anthropic-ratelimit-requests-limit"] == "4000"
        with_limits(proxy, tokens_per_minute=9000)
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert seen.headers["anthropic-ratelimit-tokens-limit"] == "9000"
        assert "anthropic-ratelimit-requests-limit" not in seen.headers


async def test_tokens_are_put_right_by_what_the_upstream_says() -> None:
    async with Proxy() as proxy:
        with_limits(proxy, tokens_per_minute=100)
        proxy.upstreams[0].script(*[openai_completion("Hello")] * 2)
        long = anthropic_request("word " * 60)  # estimated at more than the 7 + 3 that are true
        first = await proxy.post("/v1/messages", long)
        second = await proxy.post("/v1/messages", long)
        left = [int(s.headers["anthropic-ratelimit-tokens-remaining"]) for s in (first, second)]
        used = (await proxy.finished(2)).limited_tokens
        assert 0 < used < 100 - left[0]
        assert left[0] - used - 1 <= left[1] <= left[0] - used + 1


@pytest.mark.parametrize("stream", [True, False])
async def test_a_slot_is_free_again_when_its_client_leaves(stream: bool) -> None:
    async with Proxy() as proxy:
        with_limits(proxy, max_concurrency=1)
        proxy.upstreams[0].script(
            sse_answer(HANG) if stream else openai_completion("x").after(9), openai_completion("Hi")
        )
        asking = spawn(
            proxy.post("/v1/messages", anthropic_request(stream=stream)), name="test.asking"
        )
        async with asyncio.timeout(2):
            while not proxy.upstreams[0].requests:
                await asyncio.sleep(0.005)
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert (seen.status, "running" in seen.body.decode()) == (429, True)
        asking.cancel()
        await proxy.finished(2)
        assert (await proxy.post("/v1/messages", anthropic_request())).status == 200

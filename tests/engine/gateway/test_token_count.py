"""``count_tokens``: an upstream's own count, or an honest estimate."""

import pytest

from pxbin_engine.errors import SecretUndecryptable
from tests.support.gateway import Proxy, anthropic_request
from tests.support.upstream import HANG, Answer, json_answer


async def test_a_count_for_an_openai_upstream_is_an_honest_estimate() -> None:
    async with Proxy() as proxy:
        body = anthropic_request("word " * 400)
        del body["max_tokens"]
        seen = await proxy.post("/v1/messages/count_tokens?beta=true", body)
        assert seen.status == 200
        assert set(seen.json) == {"input_tokens"}
        assert 400 <= seen.json["input_tokens"] <= 600
        assert not proxy.upstreams[0].requests
        row = await proxy.finished()
        assert (row.outcome, row.usage) == ("ok", None)


async def test_a_count_for_an_anthropic_upstream_is_its_own() -> None:
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(json_answer({"input_tokens": 4711}))
        body = {"model": "alias", "messages": [{"role": "user", "content": "Hi"}], "tools": []}
        seen = await proxy.post("/v1/messages/count_tokens?beta=true", body, anthropic_beta="x")
        assert seen.json == {"input_tokens": 4711}
        sent = proxy.upstreams[0].requests[0]
        assert (sent.path, sent.query) == ("/v1/messages/count_tokens", "beta=true")
        assert sent.json == body | {"model": "upstream-model"}
        assert sent.headers["anthropic-beta"] == "x"


@pytest.mark.parametrize(("upstream_status", "status"), [(404, 404), (401, 403), (500, 500)])
async def test_an_upstream_that_cannot_count_says_so(upstream_status: int, status: int) -> None:
    async with Proxy("anthropic") as proxy:
        error = {"type": "error", "error": {"type": "not_found_error", "message": "no counting"}}
        proxy.upstreams[0].script(json_answer(error, status=upstream_status))
        seen = await proxy.post("/v1/messages/count_tokens", anthropic_request())
        assert seen.status == status
        assert (await proxy.finished()).outcome == "upstream_error"


async def test_an_upstream_that_is_silent_or_away_or_without_its_key_says_so() -> None:
    async with Proxy("anthropic", upstream_timeout_seconds=0.1) as proxy:
        upstream = proxy.upstreams[0]
        upstream.script(Answer(before=[HANG]), Answer(302, {"location": "http://x.test/"}))
        statuses = [await _status(proxy), await _status(proxy)]
        proxy.route("http://127.0.0.1:1")
        statuses.append(await _status(proxy))
        record = proxy.gateway.routing.names[0].targets[0]
        unreadable = SecretUndecryptable("sealed with another key")
        proxy.route(upstream.url, secrets={record.upstream_id: unreadable})
        statuses.append(await _status(proxy))
        assert statuses == [504, 502, 502, 403]
        assert len(upstream.requests) == 2


async def test_a_count_is_not_taken_from_the_limit() -> None:
    async with Proxy(rate_limit_rps=0.001, rate_limit_burst=1) as proxy:
        assert [await _status(proxy) for _ in range(5)] == [200] * 5


async def _status(proxy: Proxy) -> int:
    return (await proxy.post("/v1/messages/count_tokens", anthropic_request())).status

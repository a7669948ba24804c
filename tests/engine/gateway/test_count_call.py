"""One counting call: with which key, and what the tape keeps of it."""

from tests.support.gateway import Proxy, anthropic_request, upstream_record, with_keys
from tests.support.upstream import json_answer, openai_error

COUNT = "/v1/messages/count_tokens"


async def test_a_count_is_asked_for_with_a_key_that_rests() -> None:
    async with Proxy("anthropic") as proxy:
        upstream = proxy.upstreams[0]
        record = with_keys(upstream_record(1, upstream.url, "anthropic"), "mine", "yours")
        keys = {key.id: f"sk-{key.label}" for key in record.keys}
        proxy.serve([record], keys)
        refusals = [openai_error(401, "no such key")] * 2
        upstream.script(*refusals, json_answer({"input_tokens": 7}))
        for _ in range(2):
            assert (await proxy.post("/v1/messages", anthropic_request())).status >= 400
        assert len(upstream.requests) == 2, "both keys rest"
        assert (await proxy.post(COUNT, anthropic_request())).json == {"input_tokens": 7}
        assert upstream.requests[2].headers["x-api-key"] in keys.values()


async def test_the_tape_keeps_each_call_of_a_count() -> None:
    async with Proxy(preset="llamacpp", log_bodies="all") as proxy:
        proxy.upstreams[0].script(
            json_answer({"error": "no such page"}, status=404),
            json_answer({"prompt": "Hello"}),
            json_answer({"tokens": [1, 2]}),
        )
        assert (await proxy.post(COUNT, anthropic_request())).json == {"input_tokens": 2}
        tape = (await proxy.finished()).tape
        assert tape is not None
        assert [
            (message.side, message.attempt) for message in tape.messages() if message.attempt
        ] == [
            (side, attempt)
            for attempt in (1, 2, 3)
            for side in ("upstream_request", "upstream_response")
        ]

"""One generation over its targets: errors, repetitions and fallback."""

import asyncio
import re
from itertools import groupby
from typing import Any

import pytest
from msgspec import structs

from pxbin_engine.events import UpstreamHealthChanged
from pxbin_engine.gateway.routing import EMPTY, WIDE_WINDOW, RoutingTable
from tests.support.gateway import Proxy, Seen, anthropic_request, openai_request
from tests.support.upstream import (
    CUT,
    Answer,
    anthropic_error,
    anthropic_stream,
    data_event,
    openai_chunk,
    openai_error,
    openai_events,
    openai_stream,
    raw_answer,
    sse_answer,
)

STREAMED = anthropic_request(stream=True)


# ---------------------------------------------------------------------- errors and fallback


async def test_behaviour_21_an_upstreams_error_reaches_the_client_in_its_dialect() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_error(429, "slow down", retry_after="7"))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, seen.headers["retry-after"]) == (429, "7")
        assert seen.json["error"]["type"] == "rate_limit_error"
        assert "slow down" in seen.json["error"]["message"]
        assert (await proxy.finished()).outcome == "upstream_error"


async def test_behaviour_21_the_same_dialects_error_goes_through_byte_for_byte() -> None:
    answer = anthropic_error(400, "invalid_request_error", "messages.1: all wrong")
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(answer)
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == 400
        assert seen.body == answer.steps[0]
        row = await proxy.finished()
        assert (row.outcome, row.error_message) == ("client_error", "messages.1: all wrong")


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("spoken", ["openai", "anthropic"])
async def test_an_upstreams_refusal_of_its_key_is_never_a_clients_401(
    status: int, spoken: Any
) -> None:
    async with Proxy(spoken) as proxy:
        proxy.upstreams[0].script(openai_error(status, "Incorrect API key provided"))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, seen.json["error"]["type"]) == (403, "permission_error")
        assert "upstream-1" in seen.json["error"]["message"]
        assert "sk-upstream-1" not in seen.body.decode()
        assert (await proxy.finished()).outcome == "upstream_error"


@pytest.mark.parametrize(
    "first",
    [
        openai_error(500, "broken"),
        openai_error(429, "slow down"),
        openai_error(401, "no such key"),
        openai_error(404, "no such model"),
        Answer(before=[CUT]),
        raw_answer(b"<html>"),
        sse_answer(openai_chunk({"role": "assistant"}), CUT),
        Answer(302, {"location": "http://elsewhere.test/"}),
    ],
    ids=["500", "429", "401", "404", "reset", "html", "cut before use", "redirect"],
)
async def test_another_target_answers_where_the_first_cannot(first: Answer) -> None:
    async with Proxy("openai", "anthropic") as proxy:
        proxy.upstreams[0].script(first)
        proxy.upstreams[1].script(anthropic_stream("Hello"))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.text == "Hello"
        row = await proxy.finished()
        assert row.outcome == "ok"
        assert [a.upstream_name for a in row.attempts] == ["upstream-1", "upstream-2"]
        assert row.attempts[0].error
        assert row.attempts[1].error is None
        assert "upstream-1" in row.attempts[1].reason
        assert row.upstream is not None
        assert row.upstream.name == "upstream-2"


async def test_the_requests_own_fault_is_told_at_once() -> None:
    async with Proxy("openai", "openai", retry_max_attempts=3) as proxy:
        proxy.upstreams[0].script(openai_error(400, "temperature is too high"))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == 400
        assert not proxy.upstreams[1].requests
        assert len((await proxy.finished()).attempts) == 1


async def test_a_passing_failure_is_repeated() -> None:
    async with Proxy(retry_max_attempts=3) as proxy:
        proxy.upstreams[0].script(
            openai_error(503, "busy"), Answer(before=[CUT]), openai_stream("Hello")
        )
        assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"
        attempts = (await proxy.finished()).attempts
        assert [a.status for a in attempts] == [503, None, 200]
        assert [a.reason for a in attempts] == ["", "repeated after 0.0 s", "repeated after 0.0 s"]


REFUSED_SIGNATURE = anthropic_error(
    400, "invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block"
)
WITH_THINKING = anthropic_request(
    messages=[
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "of-another-upstream"},
                {"type": "text", "text": "Hello"},
            ],
        },
        {"role": "user", "content": "again"},
    ],
    stream=True,
)


async def test_behaviour_18_a_refused_signature_is_repeated_once_without_the_thinking() -> None:
    async with Proxy("anthropic") as proxy:
        upstream = proxy.upstreams[0].script(REFUSED_SIGNATURE, anthropic_stream("Hello"))
        assert (await proxy.post("/v1/messages", WITH_THINKING)).text == "Hello"
        first, second = (request.json["messages"] for request in upstream.requests)
        assert first == WITH_THINKING["messages"]
        assert second == [first[0], first[1] | {"content": first[1]["content"][1:]}, first[2]]
        row = await proxy.finished()
        assert (row.outcome, len(row.attempts), len(row.losses)) == ("ok", 2, 1)
        assert "thinking" in row.attempts[1].reason


async def test_behaviour_18_a_signature_that_is_refused_again_is_told() -> None:
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(REFUSED_SIGNATURE, REFUSED_SIGNATURE)
        seen = await proxy.post("/v1/messages", WITH_THINKING)
        assert (seen.status, len(proxy.upstreams[0].requests)) == (400, 2)
        assert "signature" in seen.json["error"]["message"]


WITH_TOOLS = anthropic_request(
    tools=[
        {
            "name": "f",
            "input_schema": {"type": "object", "propertyNames": {"pattern": "^a"}},
        }
    ],
    tool_choice={"type": "auto", "disable_parallel_tool_use": True},
    stream=True,
)
REFUSED_KEYWORD = openai_error(
    400, "Invalid schema for function 'f': In context=(), 'propertyNames' is not permitted."
)
REFUSED_FIELD = openai_error(422, "body.parallel_tool_calls: Extra inputs are not permitted")


async def test_behaviour_16_a_refused_schema_keyword_is_left_out_of_one_more_attempt() -> None:
    async with Proxy() as proxy:
        upstream = proxy.upstreams[0].script(REFUSED_KEYWORD, openai_stream("Hello"))
        assert (await proxy.post("/v1/messages", WITH_TOOLS)).text == "Hello"
        first, second = (r.json["tools"][0]["function"] for r in upstream.requests)
        assert "propertyNames" in first["parameters"]
        assert second["parameters"] == {"type": "object"}
        row = await proxy.finished()
        assert row.outcome == "ok"
        assert [attempt.status for attempt in row.attempts] == [400, 200]
        assert (
            row.attempts[1].reason == "repeated without 'propertyNames', which the upstream refused"
        )
        assert [loss.path for loss in row.losses] == ["tools[0].parameters"]
        (learned,) = proxy.learned
        assert (learned.upstream_model, learned.quirk) == (
            "upstream-model",
            "dropped_schema_keywords",
        )
        assert "is not permitted" in learned.said


async def test_behaviour_17_a_refused_parameter_is_left_out_and_named_as_a_loss() -> None:
    async with Proxy() as proxy:
        upstream = proxy.upstreams[0].script(REFUSED_FIELD, openai_stream("Hello"))
        assert (await proxy.post("/v1/messages", WITH_TOOLS)).text == "Hello"
        first, second = (request.json for request in upstream.requests)
        assert {**first} == {**second, "parallel_tool_calls": False}
        row = await proxy.finished()
        assert [loss.path for loss in row.losses] == ["parallel_tool_calls"]
        assert [quirk.value for quirk in proxy.learned] == [["parallel_tool_calls"]]


async def test_a_lesson_that_did_not_help_is_not_remembered() -> None:
    async with Proxy() as proxy:
        refusal = openai_error(400, "messages: wrong in some other way")
        proxy.upstreams[0].script(REFUSED_FIELD, refusal)
        seen = await proxy.post("/v1/messages", WITH_TOOLS)
        assert (seen.status, len(proxy.upstreams[0].requests)) == (400, 2)
        assert "some other way" in seen.json["error"]["message"]
        assert proxy.learned == []


async def test_no_more_than_three_lessons_are_taken_of_one_request_and_each_once() -> None:
    async with Proxy() as proxy:
        upstream = proxy.upstreams[0].script(
            REFUSED_FIELD,
            REFUSED_KEYWORD,
            openai_error(400, "Unknown parameter: 'stream_options'."),
            openai_error(400, "Unknown parameter: 'max_tokens'."),
        )
        assert (await proxy.post("/v1/messages", WITH_TOOLS)).status == 400
        assert len(upstream.requests) == 4
        assert proxy.learned == []
    async with Proxy() as proxy:
        upstream = proxy.upstreams[0].script(REFUSED_FIELD, REFUSED_FIELD)
        assert (await proxy.post("/v1/messages", WITH_TOOLS)).status == 400
        assert len(upstream.requests) == 2


async def test_a_clients_own_bytes_are_not_changed_by_a_lesson() -> None:
    async with Proxy() as proxy:
        upstream = proxy.upstreams[0].script(openai_error(400, "Unknown parameter: 'user'."))
        body = openai_request(user="u")
        assert (await proxy.post("/v1/chat/completions", body)).status == 400
        assert len(upstream.requests) == 1


async def test_what_one_target_teaches_is_not_held_against_the_next() -> None:
    async with Proxy("openai", "openai") as proxy:
        proxy.upstreams[0].script(REFUSED_FIELD, openai_error(500, "broken"))
        proxy.upstreams[1].script(openai_stream("Hello"))
        assert (await proxy.post("/v1/messages", WITH_TOOLS)).text == "Hello"
        assert "parallel_tool_calls" in proxy.upstreams[1].requests[0].json
        assert proxy.learned == []


async def test_after_the_first_useful_byte_nothing_is_repeated() -> None:
    async with Proxy("openai", "openai", retry_max_attempts=3) as proxy:
        proxy.upstreams[0].script(sse_answer(*openai_events("Hel")[:2], 0.02, CUT))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.events[-1][0] == "error"
        assert len(proxy.upstreams[0].requests) == 1
        assert not proxy.upstreams[1].requests


async def test_an_upstream_that_keeps_failing_is_left_alone_and_everyone_hears_of_it() -> None:
    async with Proxy("openai", "openai", cb_failure_threshold=2, cb_timeout_seconds=0.2) as proxy:
        heard: list[UpstreamHealthChanged] = []
        proxy.events.subscribe(UpstreamHealthChanged, heard.append)
        proxy.upstreams[0].script(openai_error(500, "broken"), openai_error(500, "broken"))
        proxy.upstreams[1].script(*[openai_stream("Hello")] * 3)
        for _ in range(3):
            assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"
        assert len(proxy.upstreams[0].requests) == 2
        assert "left alone" in (proxy.rows[-1].attempts[0].error or "")
        await asyncio.sleep(0.25)
        proxy.upstreams[0].script(openai_stream("again"))
        assert (await proxy.post("/v1/messages", STREAMED)).text == "again"
        states = [state for state, _ in groupby(event.state for event in heard)]
        assert states == ["closed", "open", "half_open", "closed"]


async def test_the_only_upstream_left_alone_is_overloaded_with_retry_after() -> None:
    async with Proxy(cb_failure_threshold=1) as proxy:
        proxy.upstreams[0].script(openai_error(500, "broken"))
        await proxy.post("/v1/messages", STREAMED)
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, seen.json["error"]["type"]) == (529, "overloaded_error")
        assert 0 < float(seen.headers["retry-after"]) <= 30
        assert "broken" in seen.json["error"]["message"]


async def test_an_upstream_that_never_answered_used_nothing() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_error(500, "broken"))
        await proxy.post("/v1/messages", STREAMED)
        assert (await proxy.finished()).usage is None


async def test_an_upstream_that_is_deleted_while_it_answers_answers_to_the_end() -> None:
    async with Proxy() as proxy:
        first, *rest = openai_events("Hello")
        proxy.upstreams[0].script(sse_answer(first, 0.2, *rest))
        asking = asyncio.create_task(proxy.post("/v1/messages", STREAMED))
        while not proxy.upstreams[0].requests:
            await asyncio.sleep(0.005)
        proxy.gateway.replace_routing(EMPTY, [])
        assert (await asking).text == "Hello"
        row = await proxy.finished()
        assert (row.outcome, len(row.attempts)) == ("ok", 1)


async def test_nobody_there_is_a_502_that_names_the_upstream() -> None:
    async with Proxy() as proxy:
        proxy.route("http://127.0.0.1:1")
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == 502
        assert "upstream-1" in seen.json["error"]["message"]


async def test_behaviour_22_our_own_address_as_an_upstream_is_refused() -> None:
    async with Proxy() as proxy:
        proxy.route(proxy.url)
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == 403
        assert "own address" in seen.json["error"]["message"]
        assert len(proxy.rows) == 1


async def test_a_key_stands_where_the_chosen_preset_says() -> None:
    async with Proxy(preset="azure") as proxy:
        upstream = proxy.upstreams[0].script(openai_stream("Hello"))
        assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"
        headers = upstream.requests[0].headers
        assert headers["api-key"] == "sk-upstream-1"
        assert "authorization" not in headers


# ---------------------------------------------------------------------- behaviour 21: a prompt that is too long

TOO_LONG = "Input is too long for requested model."


def with_window(proxy: Proxy, window: int | None) -> None:
    """Let ``alias`` have this context window."""
    route = proxy.gateway.routing.resolve("alias")
    assert route is not None
    model = structs.replace(route.model, context_window=window)
    proxy.gateway.replace_routing(
        RoutingTable({"alias": structs.replace(route, model=model)}),
        [target.upstream.id for target in route.targets],
    )


def told(seen: Seen) -> str:
    return str(seen.json["error"]["message"])


@pytest.mark.parametrize("status", [400, 413, 422, 500])
@pytest.mark.parametrize("stream", [True, False])
async def test_behaviour_21_numbers_that_an_upstream_leaves_out_are_filled_in(
    status: int, stream: bool
) -> None:
    async with Proxy() as proxy:
        with_window(proxy, 1000)
        proxy.upstreams[0].script(openai_error(status, TOO_LONG))
        seen = await proxy.post("/v1/messages", anthropic_request("word " * 2000, stream=stream))
        assert seen.status == 400
        found = re.fullmatch(r"prompt is too long: (\d+) tokens > 1000 maximum", told(seen))
        assert found is not None, told(seen)
        assert 2000 <= int(found[1]) <= 3000
        assert (await proxy.finished()).error_message == TOO_LONG


async def test_behaviour_21_an_overflow_told_in_a_stream_has_its_status_all_the_same() -> None:
    async with Proxy() as proxy:
        with_window(proxy, 8)
        proxy.upstreams[0].script(sse_answer(data_event({"error": {"message": TOO_LONG}})))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == 400
        assert told(seen) == "prompt is too long: 9 tokens > 8 maximum"


async def test_behaviour_21_without_a_known_window_the_upstreams_words_stay() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_error(400, TOO_LONG))
        assert told(await proxy.post("/v1/messages", STREAMED)) == f"prompt is too long: {TOO_LONG}"


async def test_behaviour_21_an_upstream_of_the_clients_dialect_speaks_for_itself() -> None:
    async with Proxy("anthropic") as proxy:
        with_window(proxy, 1000)
        proxy.upstreams[0].script(anthropic_error(400, "invalid_request_error", TOO_LONG))
        assert told(await proxy.post("/v1/messages", STREAMED)) == TOO_LONG


# ---------------------------------------------------------------------- what else a model may be called


@pytest.mark.parametrize("name", ["alias", "claude-alias", "alias[1m]", "claude-alias[1m]"])
@pytest.mark.parametrize("spoken", ["anthropic", "openai"])
async def test_a_model_is_served_by_each_name_it_is_offered_by(name: str, spoken: Any) -> None:
    """The row has its own name, the client's answer the one that it used, and only Anthropic hears of the window."""
    async with Proxy(spoken) as proxy:
        upstream = proxy.upstreams[0]
        upstream.script(anthropic_stream("Hi") if spoken == "anthropic" else openai_stream("Hi"))
        seen = await proxy.post("/v1/messages", STREAMED | {"model": name}, anthropic_beta="x")
        assert seen.text == "Hi"
        if spoken == "openai":
            assert seen.events[0][1]["message"]["model"] == name
        sent = upstream.requests[0]
        assert sent.json["model"] == "upstream-model"
        wide = spoken == "anthropic" and name.endswith("[1m]")
        assert (WIDE_WINDOW in sent.headers.get("anthropic-beta", "")) == wide
        assert (await proxy.finished()).model == "alias"

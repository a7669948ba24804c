"""One attempt at one target: streams, late commit, cuts and clients that leave."""

import asyncio
import json
from itertools import groupby
from typing import Any

import aiohttp
import pytest

from tests.support.gateway import KEY, Proxy, anthropic_request, openai_request
from tests.support.upstream import (
    CUT,
    DONE,
    HANG,
    Answer,
    FakeUpstream,
    anthropic_error,
    anthropic_events,
    anthropic_message,
    anthropic_stream,
    json_answer,
    named_event,
    openai_chunk,
    openai_completion,
    openai_error,
    openai_events,
    openai_stream,
    raw_answer,
    sse_answer,
)

STREAMED = anthropic_request(stream=True)


# ---------------------------------------------------------------------- what works


async def test_a_streamed_message_from_an_openai_upstream() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_stream("Hel", "lo"))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, seen.text) == (200, "Hello")
        names = [name for name, _ in seen.events if name != "ping"]
        assert [name for name, _ in groupby(names)] == [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
        sent = proxy.upstreams[0].requests[0]
        assert sent.path == "/v1/chat/completions"
        assert (sent.json["model"], sent.json["stream"]) == ("upstream-model", True)
        assert sent.headers["Authorization"] == "Bearer sk-upstream-1"
        assert KEY not in str(sent.headers)
        row = await proxy.finished()
        assert (row.outcome, row.status, row.stream) == ("ok", 200, True)
        assert (row.model, row.upstream_model) == ("alias", "upstream-model")
        assert row.usage is not None
        assert (row.usage.input_tokens, row.usage.output_tokens) == (12, 7)
        assert row.stop is not None
        assert row.stop.unified == "end_turn"
        assert row.ttft_ms is not None
        assert 0 < row.ttft_ms <= row.latency_ms
        assert 0 < row.overhead_us < 1_000_000
        assert seen.headers["x-request-id"] == seen.headers["request-id"] == str(row.id)
        assert [(a.upstream_name, a.status, a.error) for a in row.attempts] == [
            ("upstream-1", 200, None)
        ]


async def test_a_whole_message_from_an_openai_upstream() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"))
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert seen.status == 200
        assert seen.json["content"] == [{"type": "text", "text": "Hello"}]
        row = await proxy.finished()
        assert (row.outcome, row.stream, row.ttft_ms) == ("ok", False, None)
        assert row.usage is not None
        assert row.usage.output_tokens == 7


async def test_behaviour_20_a_stream_of_the_same_dialect_goes_through_byte_for_byte() -> None:
    events = b"".join(anthropic_events("Hel", "lo"))
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(sse_answer(events))
        seen = await proxy.post(
            "/v1/messages?beta=true",
            STREAMED,
            anthropic_beta="a,b",
            anthropic_version="2023-06-01",
            user_agent="claude-cli/2.1.330 (external, cli)",
        )
        assert seen.body == events
        sent = proxy.upstreams[0].requests[0]
        assert (sent.path, sent.query) == ("/v1/messages", "beta=true")
        assert sent.headers["x-api-key"] == "sk-upstream-1"
        assert "Authorization" not in sent.headers
        assert (sent.headers["anthropic-beta"], sent.headers["anthropic-version"]) == (
            "a,b",
            "2023-06-01",
        )
        assert sent.headers["accept-encoding"] == "identity"
        expected = json.dumps(STREAMED).replace('"alias"', '"upstream-model"').encode()
        assert sent.body == expected
        row = await proxy.finished()
        assert row.usage is not None
        assert (row.usage.input_tokens, row.usage.output_tokens) == (12, 7)
        assert row.client_name == "Claude Code 2.1.330"


@pytest.mark.parametrize("stream", [False, True])
async def test_an_openai_client_on_an_openai_upstream_gets_its_bytes(stream: bool) -> None:
    answer = openai_stream("Hel", "lo") if stream else openai_completion("Hello")
    async with Proxy() as proxy:
        proxy.upstreams[0].script(answer)
        asked = openai_request(stream=stream, stream_options={"include_usage": True})
        seen = await proxy.post("/v1/chat/completions", asked)
        assert seen.body == b"".join(step for step in answer.steps if isinstance(step, bytes))
        row = await proxy.finished()
        assert (row.input_format, row.output_format, row.outcome) == ("openai", "openai", "ok")


@pytest.mark.parametrize("stream", [False, True])
async def test_an_openai_client_on_an_anthropic_upstream(stream: bool) -> None:
    answer = anthropic_stream("Hel", "lo") if stream else anthropic_message("Hello")
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(answer)
        seen = await proxy.post("/v1/chat/completions", openai_request(stream=stream))
        assert seen.status == 200
        text = seen.text if stream else seen.json["choices"][0]["message"]["content"]
        assert text == "Hello"
        row = await proxy.finished()
        made = seen.events[0][1] if stream else seen.json
        assert made["created"] == int(row.timestamp.timestamp()) > 0
        assert proxy.upstreams[0].requests[0].headers["anthropic-version"] == "2023-06-01"


async def test_events_that_come_one_by_one_are_passed_on_at_once() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(
            sse_answer(*openai_events("Hel")[:2], HANG),
        )
        async with _streaming(proxy) as answer:
            async with asyncio.timeout(2):
                received = b""
                while b"Hel" not in received:
                    received += await answer.content.readany()
        assert (await proxy.finished()).outcome == "cancelled"


async def test_a_tool_result_of_8_mb_goes_through() -> None:
    text = "x" * (8 << 20)
    messages = [
        {"role": "user", "content": "go"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "Read", "input": {}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t1", "content": text}],
        },
    ]
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_stream("ok"))
        seen = await proxy.post("/v1/messages", STREAMED | {"messages": messages})
        assert seen.text == "ok"
        assert proxy.upstreams[0].requests[0].json["messages"][-1]["content"] == text


async def test_many_at_once_do_not_meet() -> None:
    async with Proxy() as proxy:
        upstream = proxy.upstreams[0]
        upstream.script(*(openai_stream(str(n), "!", pause=0.002) for n in range(100)))
        seen = await asyncio.gather(*(proxy.post("/v1/messages", STREAMED) for _ in range(100)))
        assert sorted(s.text for s in seen) == sorted(f"{n}!" for n in range(100))
        await proxy.finished(100)
        assert {row.outcome for row in proxy.rows} == {"ok"}
        assert proxy.gateway.in_flight == 0


# ---------------------------------------------------------------------- streams that end badly


async def test_behaviour_06_a_stream_without_an_end_is_an_error_event() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(sse_answer(*openai_events("Hel")[:2]))
        seen = await proxy.post("/v1/messages", STREAMED)
        names = [name for name, _ in seen.events]
        assert (names[-1], "message_stop" in names) == ("error", False)
        row = await proxy.finished()
        assert (row.outcome, row.status) == ("stream_error", 200)
        assert row.error_message
        assert row.attempts[0].error


async def test_behaviour_06_a_finish_without_done_is_fine() -> None:
    async with Proxy() as proxy:
        events = [event for event in openai_events("Hel") if event != DONE]
        proxy.upstreams[0].script(sse_answer(*events))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.events[-1][0] == "message_stop"
        assert (await proxy.finished()).outcome == "ok"


async def test_behaviour_06_a_cut_connection_is_an_error_event() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(sse_answer(*openai_events("Hel")[:2], 0.05, CUT))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.text == "Hel"
        assert seen.events[-1][0] == "error"
        assert "upstream-1" in seen.events[-1][1]["error"]["message"]
        assert (await proxy.finished()).outcome == "stream_error"


async def test_behaviour_07_an_error_in_one_read_with_the_first_text_leaves_room_for_another_try() -> (
    None
):
    error = json.dumps({"error": {"message": "Overloaded", "code": 503}})
    failing = b"".join(openai_events("Hel")[:2]) + f"data: {error}\n\n".encode()
    async with Proxy(retry_max_attempts=2) as proxy:
        proxy.upstreams[0].script(sse_answer(failing), sse_answer(failing), openai_stream("Hello"))
        refused = await proxy.post("/v1/messages", STREAMED)
        assert (refused.status, refused.json["error"]["message"]) == (529, "Overloaded")
        assert (await proxy.finished()).outcome == "upstream_error"
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, seen.text) == (200, "Hello")


async def test_behaviour_07_an_error_inside_a_stream_keeps_its_type() -> None:
    busy = named_event("error", error={"type": "overloaded_error", "message": "Overloaded"})
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(sse_answer(*anthropic_events("Hel")[:3], 0.02, busy))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.events[-1] == (
            "error",
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        )
        row = await proxy.finished()
        assert (row.outcome, row.error_type) == ("stream_error", "overloaded_error")


async def test_behaviour_07_an_error_before_anything_useful_has_its_real_status() -> None:
    busy = named_event("error", error={"type": "overloaded_error", "message": "Overloaded"})
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(sse_answer(anthropic_events()[0], busy))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, seen.json["error"]["type"]) == (529, "overloaded_error")
        row = await proxy.finished()
        assert (row.outcome, row.stop) == ("upstream_error", None)


@pytest.mark.parametrize(
    "answer",
    [
        raw_answer(b""),
        raw_answer(b"", content_type="text/event-stream"),
        raw_answer(b"<!doctype html><html>sign in</html>"),
        raw_answer(b"<html>", content_type="text/event-stream"),
        json_answer({"hello": "world"}),
    ],
    ids=["empty", "empty stream", "html", "html as stream", "other json"],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_behaviour_08_a_success_that_is_none_has_a_real_error_status(
    answer: Answer, stream: bool
) -> None:
    async with Proxy("openai", "openai") as proxy:
        proxy.upstreams[0].script(answer, answer)
        proxy.upstreams[1].script(openai_stream("Hi") if stream else openai_completion("Hi"))
        proxy.route(proxy.upstreams[0].url, proxy.upstreams[0].url)
        seen = await proxy.post("/v1/messages", anthropic_request(stream=stream))
        assert (seen.status, seen.json["error"]["type"]) == (502, "api_error")
        assert b"<html" not in seen.body
        row = await proxy.finished()
        assert row.outcome == "upstream_error"

        proxy.upstreams[0].script(answer)
        proxy.route(proxy.upstreams[0].url, proxy.upstreams[1].url)
        seen = await proxy.post("/v1/messages", anthropic_request(stream=stream))
        assert seen.status == 200
        assert [a.upstream_name for a in proxy.rows[-1].attempts] == ["upstream-1", "upstream-2"]


@pytest.mark.parametrize("spoken", ["openai", "anthropic"])
async def test_an_event_without_end_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, spoken: Any
) -> None:
    monkeypatch.setattr("pxbin_engine.gateway.attempt.LARGEST_EVENT", 1 << 20)
    async with Proxy(spoken) as proxy:
        proxy.upstreams[0].script(sse_answer(b"data: ", *[b"x" * (1 << 18)] * 8, HANG))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == 502
        assert "without end" in seen.json["error"]["message"]
        await proxy.upstreams[0].requests[0].left.wait()


async def test_a_status_that_is_none_is_a_502() -> None:
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(json_answer({}, status=999))
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert (seen.status, (await proxy.finished()).status) == (502, 502)


async def test_a_key_that_the_upstream_repeats_reaches_neither_client_nor_row() -> None:
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(
            anthropic_error(400, "invalid_request_error", "bad sk-upstream-1")
        )
        seen = await proxy.post("/v1/messages", anthropic_request())
        row = await proxy.finished()
        assert seen.json["error"]["message"] == row.error_message == "bad (the key)"
        assert row.attempts[0].error == "bad (the key)"


async def test_behaviour_08_a_completion_instead_of_a_stream_becomes_one() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, seen.text) == (200, "Hello")
        assert seen.events[-1][0] == "message_stop"


# ---------------------------------------------------------------------- late commit


SLOW: dict[str, Any] = {"commit_delay_seconds": 0.05, "ping_interval_seconds": 0.05}


@pytest.mark.parametrize(
    "answer",
    [
        openai_stream("Hello").after(0.3),
        sse_answer(0.3, b"".join(openai_events("Hello"))),
        sse_answer(openai_chunk({"role": "assistant"}), 0.3, *openai_events("Hello")[1:]),
    ],
    ids=["before the headers", "after the headers", "after the role"],
)
async def test_a_slow_upstream_opens_the_stream_late_with_pings(answer: Answer) -> None:
    async with Proxy(**SLOW) as proxy:
        proxy.upstreams[0].script(answer)
        seen = await proxy.post("/v1/messages", STREAMED)
        names = [name for name, _ in seen.events]
        assert (seen.status, seen.text) == (200, "Hello")
        assert names[0] == "message_start"
        assert names.count("message_start") == names.count("message_stop") == 1
        assert names.count("ping") >= 2
        row = await proxy.finished()
        assert row.outcome == "ok"
        assert row.overhead_us < 150_000


async def test_a_failure_before_the_late_commit_has_its_status() -> None:
    async with Proxy(commit_delay_seconds=5.0) as proxy:
        proxy.upstreams[0].script(openai_error(500, "broken").after(0.1))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == 500


async def test_a_failure_after_the_late_commit_is_an_error_event() -> None:
    async with Proxy(**SLOW) as proxy:
        proxy.upstreams[0].script(openai_error(500, "broken").after(0.2))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == 200
        assert seen.events[-1][0] == "error"
        assert "broken" in seen.events[-1][1]["error"]["message"]
        row = await proxy.finished()
        assert (row.outcome, row.status) == ("stream_error", 200)


@pytest.mark.parametrize("second", ["openai", "anthropic"])
async def test_after_the_late_commit_another_target_still_answers(second: Any) -> None:
    async with Proxy("openai", second, **SLOW) as proxy:
        proxy.upstreams[0].script(openai_error(500, "broken").after(0.2))
        answer = openai_stream("Hello") if second == "openai" else anthropic_stream("Hello")
        proxy.upstreams[1].script(answer)
        seen = await proxy.post("/v1/messages", STREAMED)
        names = [name for name, _ in seen.events]
        assert seen.text == "Hello"
        assert names.count("message_start") == names.count("message_stop") == 1
        assert (await proxy.finished()).outcome == "ok"


async def test_after_the_late_commit_a_request_the_next_target_cannot_take_is_an_error_event() -> (
    None
):
    async with Proxy("anthropic", "openai", **SLOW) as proxy:
        broken = anthropic_error(500, "api_error", "broken").after(0.2)
        proxy.upstreams[0].script(broken)
        body = {name: value for name, value in STREAMED.items() if name != "max_tokens"}
        seen = await proxy.post("/v1/messages", body)
        assert seen.status == 200
        assert seen.events[-1][0] == "error"
        assert "max_tokens" in seen.events[-1][1]["error"]["message"]
        assert (await proxy.finished()).outcome == "stream_error"


async def test_a_whole_answer_is_never_committed_early() -> None:
    async with Proxy(**SLOW) as proxy:
        proxy.upstreams[0].script(openai_error(503, "busy").after(0.2))
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert (seen.status, (await proxy.finished()).status) == (529, 529)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("answer", [Answer(before=[HANG]), sse_answer(HANG)], ids=["head", "body"])
async def test_silence_is_a_timeout(stream: bool, answer: Answer) -> None:
    limits = {"first_byte_timeout_seconds": 0.1, "upstream_timeout_seconds": 0.1}
    async with Proxy(**limits) as proxy:
        proxy.upstreams[0].script(answer)
        seen = await proxy.post("/v1/messages", anthropic_request(stream=stream))
        assert seen.status == 504
        row = await proxy.finished()
        assert (row.outcome, row.error_type) == ("upstream_error", "timeout")
        await _left(proxy.upstreams[0])


async def test_silence_in_mid_stream_is_an_error_event() -> None:
    async with Proxy(upstream_timeout_seconds=0.1) as proxy:
        proxy.upstreams[0].script(sse_answer(*openai_events("Hel")[:2], HANG))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.text == "Hel"
        assert seen.events[-1][0] == "error"
        await _left(proxy.upstreams[0])


async def test_a_silent_stream_is_kept_alive_between_its_events() -> None:
    async with Proxy(ping_interval_seconds=0.05) as proxy:
        first, *rest = openai_events("Hel", "lo")
        proxy.upstreams[0].script(sse_answer(first, rest[0], 0.25, b"".join(rest[1:])))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.text == "Hello"
        assert [name for name, _ in seen.events].count("ping") >= 2


# ---------------------------------------------------------------------- clients that leave


@pytest.mark.parametrize(
    "answer",
    [
        Answer(before=[HANG]),
        sse_answer(HANG),
        sse_answer(*openai_events("Hello there")[:2], HANG),
    ],
    ids=["before the headers", "before the first event", "in mid-stream"],
)
async def test_behaviour_11_a_client_that_leaves_closes_the_upstream(answer: Answer) -> None:
    async with Proxy() as proxy:
        upstream = proxy.upstreams[0]
        upstream.script(answer)
        async with _streaming(proxy, until=b"Hello there" if len(answer.steps) > 1 else None):
            pass
        await _left(upstream)
        row = await proxy.finished()
        assert row.outcome == "cancelled"
        assert proxy.gateway.in_flight == 0
        assert len(row.attempts) == 1
        if len(answer.steps) > 1:
            assert row.status == 200
            assert row.usage is not None
            assert row.usage.output_tokens > 0
            assert row.usage.estimated


async def test_behaviour_11_a_client_that_leaves_while_waiting_for_a_whole_answer() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(Answer(before=[HANG]))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await proxy.post("/v1/messages", anthropic_request())
        await _left(proxy.upstreams[0])
        row = await proxy.finished()
        assert (row.outcome, row.status) == ("cancelled", 499)


async def test_a_client_that_leaves_says_nothing_about_the_upstream() -> None:
    async with Proxy(cb_failure_threshold=1) as proxy:
        proxy.upstreams[0].script(Answer(before=[HANG]), openai_stream("Hello"))
        async with _streaming(proxy, until=None):
            pass
        await proxy.finished()
        assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"


# ---------------------------------------------------------------------- helpers


class _Streaming:
    """A raw streamed request; leaving the block drops the connection at once."""

    def __init__(self, proxy: Proxy, until: bytes | None) -> None:
        self._proxy = proxy
        self._until = until

    async def __aenter__(self) -> Any:
        self._session = aiohttp.ClientSession()
        request = self._session.post(
            self._proxy.url + "/v1/messages", json=STREAMED, headers={"x-api-key": KEY}
        )
        if self._until is None:
            self._task = asyncio.get_running_loop().create_task(request.__aenter__())
            async with asyncio.timeout(2):
                while not self._proxy.upstreams[0].requests:
                    await asyncio.sleep(0.005)
            return None
        self._answer = await request.__aenter__()
        received = b""
        while self._until not in received:
            received += await self._answer.content.readany()
        return self._answer

    async def __aexit__(self, *_: object) -> None:
        if self._until is None:
            self._task.cancel()
            await asyncio.wait([self._task])
        else:
            self._answer.close()
        await self._session.close()


def _streaming(proxy: Proxy, until: bytes | None = b"") -> _Streaming:
    return _Streaming(proxy, until)


async def _left(upstream: FakeUpstream) -> None:
    async with asyncio.timeout(2):
        while not upstream.requests:
            await asyncio.sleep(0.005)
        await upstream.requests[-1].left.wait()

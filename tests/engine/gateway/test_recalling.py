"""Clients of the Responses API that count on the server's memory, on upstreams that have none."""

from typing import Any

import pytest

from pxbin_engine.gateway.response_memory import ResponseMemory
from pxbin_engine.server.auth import KeyTable
from tests.support.gateway import KEY, Proxy, Seen, key_record
from tests.support.upstream import (
    Answer,
    anthropic_message,
    json_answer,
    openai_completion,
    openai_error,
    openai_stream,
)

OTHER_KEY = "pxb_" + "c" * 40
TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object"}}


def ask(content: Any, **fields: Any) -> dict[str, Any]:
    return {"model": "alias", "input": content, "tools": [TOOL]} | fields


def result(call: dict[str, Any], output: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call["call_id"], "output": output}


def reference(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "item_reference", "id": item["id"]}


def chat_call() -> Answer:
    """Thinks, says a word and calls."""
    call = {"id": "call_1", "type": "function"}
    message = {
        "role": "assistant",
        "reasoning_content": "Hm.",
        "content": "I look.",
        "tool_calls": [call | {"function": {"name": "weather", "arguments": '{"city":"Rome"}'}}],
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    return json_answer({"id": "chatcmpl-1", "model": "m", "choices": [choice]})


def anthropic_call() -> Answer:
    """The same of Anthropic, with the proof of its thinking."""
    content = [
        {"type": "thinking", "thinking": "Hm.", "signature": "proof"},
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Rome"}},
    ]
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    usage = {"input_tokens": 3, "output_tokens": 4}
    return json_answer({**message, "content": content, "stop_reason": "tool_use", "usage": usage})


def told(seen: Seen) -> dict[str, Any]:
    """The response object, of either kind of answer."""
    assert seen.status == 200, seen.body
    streamed = seen.headers["content-type"].startswith("text/event-stream")
    response: dict[str, Any] = seen.events[-1][1]["response"] if streamed else seen.json
    return response


def roles(proxy: Proxy, number: int = -1) -> list[str]:
    return [turn["role"] for turn in proxy.upstreams[0].requests[number].json["messages"]]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_tool_loop_by_item_references_at_a_chat_upstream(stream: bool) -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(chat_call(), openai_completion("Warm."))
        asked: list[Any] = [{"role": "user", "content": "How is Rome?"}]
        first = told(await proxy.post("/v1/responses", ask(asked, stream=stream)))
        assert first["store"] is True
        asked += [reference(item) for item in first["output"]]
        asked.append(result(first["output"][-1], "25 degrees"))
        second = told(await proxy.post("/v1/responses", ask(asked, stream=stream)))
        assert second["output"][0]["content"][0]["text"] == "Warm."
        assert second["id"] != first["id"], "this upstream gives the same id to both"
        user, model, tool = proxy.upstreams[0].requests[1].json["messages"]
        assert (user["content"], model["content"]) == ("How is Rome?", "I look.")
        assert model["tool_calls"][0]["function"] == {
            "name": "weather",
            "arguments": '{"city":"Rome"}',
        }
        assert (tool["tool_call_id"], tool["content"]) == ("call_1", "25 degrees")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_proof_of_thinking_comes_home_by_reference(stream: bool) -> None:
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(anthropic_call(), anthropic_message("Warm."))
        asked: list[Any] = [{"role": "user", "content": "How is Rome?"}]
        first = told(await proxy.post("/v1/responses", ask(asked, stream=stream)))
        assert [item["type"] for item in first["output"]] == [
            "reasoning",
            "message",
            "function_call",
        ]
        asked += [reference(item) for item in first["output"]]
        asked.append(result(first["output"][-1], "25 degrees"))
        told(await proxy.post("/v1/responses", ask(asked, stream=stream)))
        model = proxy.upstreams[0].requests[1].json["messages"][1]
        assert [part["type"] for part in model["content"]] == ["thinking", "text", "tool_use"]
        assert model["content"][0]["signature"] == "proof"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_conversation_goes_on_from_the_previous_response(stream: bool) -> None:
    async with Proxy() as proxy:
        answers = [openai_stream("One"), openai_stream("Two")]
        proxy.upstreams[0].script(*answers if stream else map(openai_completion, ("One", "Two")))
        proxy.upstreams[0].script(chat_call())
        first = told(
            await proxy.post("/v1/responses", ask("1?", instructions="Count.", stream=stream))
        )
        second = told(
            await proxy.post(
                "/v1/responses", ask("2?", previous_response_id=first["id"], stream=stream)
            )
        )
        assert (first["previous_response_id"], second["previous_response_id"]) == (
            None,
            first["id"],
        )
        third = ask([{"role": "user", "content": "3?"}], previous_response_id=second["id"])
        told(await proxy.post("/v1/responses", third))
        assert roles(proxy, 0) == ["system", "user"]
        said = [turn["content"] for turn in proxy.upstreams[0].requests[2].json["messages"]]
        assert said == ["1?", "One", "2?", "Two", "3?"], "instructions are not carried over"


async def test_a_conversation_branches_where_the_client_goes_back() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(*map(openai_completion, ("One", "Two", "Other")))
        first = told(await proxy.post("/v1/responses", ask("1?")))
        for question in ("2?", "other?"):
            body = ask(question, previous_response_id=first["id"])
            told(await proxy.post("/v1/responses", body))
        said = [turn["content"] for turn in proxy.upstreams[0].requests[2].json["messages"]]
        assert said == ["1?", "One", "other?"]


async def test_nothing_is_kept_where_the_client_asked_for_that() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("One"))
        first = told(await proxy.post("/v1/responses", ask("1?", store=False)))
        assert (first["store"], first["id"]) == (False, "resp_chatcmpl-1")
        assert proxy.gateway.memory.bytes == 0
        seen = await proxy.post("/v1/responses", ask("2?", previous_response_id=first["id"]))
        assert seen.status == 400


async def test_nothing_is_kept_where_there_is_no_room_for_it() -> None:
    async with Proxy(responses_memory_mb=0) as proxy:
        proxy.upstreams[0].script(openai_completion("One"))
        assert told(await proxy.post("/v1/responses", ask("1?")))["store"] is False
        assert proxy.gateway.memory.bytes == 0


async def test_what_is_not_known_is_refused_in_openais_words_and_says_what_to_do() -> None:
    async with Proxy() as proxy:
        seen = await proxy.post("/v1/responses", ask("2?", previous_response_id="resp_gone"))
        assert seen.status == 400
        error = seen.json["error"]
        assert (error["code"], error["param"], error["type"]) == (
            "previous_response_not_found",
            "previous_response_id",
            "invalid_request_error",
        )
        assert error["message"].startswith("Previous response with id 'resp_gone' not found.")
        assert "`store: false`" in error["message"]
        seen = await proxy.post("/v1/responses", ask([{"type": "item_reference", "id": "fc_gone"}]))
        assert (seen.status, seen.json["error"]["param"]) == (404, "input")
        assert seen.json["error"]["message"].startswith("Item with id 'fc_gone' not found.")
        assert [row.outcome for row in proxy.rows] == ["client_error"] * 2
        counted = ask("2?", previous_response_id="resp_gone")
        seen = await proxy.post("/v1/responses/input_tokens", counted)
        assert seen.status == 400
        assert seen.json["error"]["code"] == "previous_response_not_found"
        assert proxy.upstreams[0].requests == []


async def test_a_key_never_meets_what_another_asked() -> None:
    async with Proxy() as proxy:
        proxy.authenticator.keys = KeyTable([key_record(KEY), key_record(OTHER_KEY)])
        proxy.upstreams[0].script(openai_completion("Secret"))
        first = told(await proxy.post("/v1/responses", ask("1?")))
        attempts = (
            ask("2?", previous_response_id=first["id"]),
            ask([reference(first["output"][0])]),
        )
        for body in attempts:
            seen = await proxy.post("/v1/responses", body, key=OTHER_KEY)
            assert seen.status in (400, 404)
        assert len(proxy.upstreams[0].requests) == 1


async def test_what_was_not_used_for_long_gives_way() -> None:
    async with Proxy() as proxy:
        proxy.gateway.memory = ResponseMemory(1 << 20, most=2)
        proxy.upstreams[0].always = openai_completion("So.")
        first, second = [told(await proxy.post("/v1/responses", ask(text))) for text in "ab"]
        used = ask([reference(first["output"][0])])
        told(await proxy.post("/v1/responses", used))  # the third, which pushes the second out
        seen = await proxy.post("/v1/responses", ask([reference(second["output"][0])]))
        assert seen.status == 404
        told(await proxy.post("/v1/responses", used))


async def test_a_question_that_is_too_large_is_not_kept_and_the_answer_says_so() -> None:
    async with Proxy() as proxy:
        proxy.gateway.memory = ResponseMemory(2000)
        proxy.upstreams[0].always = openai_completion("So.")
        large = told(await proxy.post("/v1/responses", ask("x" * 1000)))
        small = told(await proxy.post("/v1/responses", ask("x" * 10)))
        assert (large["store"], small["store"]) == (False, True)


# ---------------------------------------------------------------------- upstreams that remember themselves

RESPONSE = {
    "id": "resp_theirs",
    "object": "response",
    "created_at": 1,
    "status": "completed",
    "model": "m",
    "output": [
        {
            "id": "msg_theirs",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Theirs", "annotations": []}],
        }
    ],
    "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
}


async def test_an_upstream_of_the_same_dialect_is_asked_by_its_own_references() -> None:
    async with Proxy("openai-responses") as proxy:
        proxy.upstreams[0].always = json_answer(RESPONSE)
        told(await proxy.post("/v1/responses", ask("1?")))
        assert proxy.gateway.memory.bytes == 0, "it has a memory of its own"
        pointing = ask(
            [{"type": "item_reference", "id": "msg_theirs"}], previous_response_id="resp_theirs"
        )
        told(await proxy.post("/v1/responses", pointing))
        assert proxy.upstreams[0].requests[1].json == pointing | {"model": "upstream-model"}


async def test_what_pxbin_answered_is_told_also_to_an_upstream_of_the_same_dialect() -> None:
    async with Proxy("openai-responses", "openai") as proxy:
        proxy.upstreams[0].script(openai_error(503, "busy"), json_answer(RESPONSE))
        proxy.upstreams[1].script(chat_call())
        first = told(await proxy.post("/v1/responses", ask("1?")))
        output = result(first["output"][-1], "25 degrees")
        told(await proxy.post("/v1/responses", ask([output], previous_response_id=first["id"])))
        second = proxy.upstreams[0].requests[1].json
        assert "previous_response_id" not in second
        kinds = [item["type"] for item in second["input"]]
        assert kinds == ["message", "message", "function_call", "function_call_output"]
        assert not any("id" in item for item in second["input"]), "it would look for them"


async def test_a_target_that_cannot_know_what_is_meant_leaves_it_to_one_that_may() -> None:
    async with Proxy("openai", "openai-responses") as proxy:
        proxy.upstreams[1].always = json_answer(RESPONSE)
        for pointing in (
            ask("2?", previous_response_id="resp_theirs"),
            ask("2?", conversation="conv_theirs"),
        ):
            assert told(await proxy.post("/v1/responses", pointing))["id"] == "resp_theirs"
        assert proxy.upstreams[0].requests == []
        assert [attempt.upstream_name for attempt in proxy.rows[0].attempts] == [
            "upstream-1",
            "upstream-2",
        ]


async def test_the_failure_of_the_one_that_knows_is_what_the_client_is_told() -> None:
    async with Proxy("openai-responses", "openai") as proxy:
        proxy.upstreams[0].script(openai_error(503, "busy, come again"))
        seen = await proxy.post("/v1/responses", ask("2?", previous_response_id="resp_theirs"))
        assert (seen.status, "busy, come again" in seen.json["error"]["message"]) == (503, True)
        assert (await proxy.finished()).outcome == "upstream_error"


# ---------------------------------------------------------------------- the other paths of the API


async def test_a_history_is_condensed_and_counted_from_the_previous_response() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("One"), openai_completion("All in short."))
        first = told(await proxy.post("/v1/responses", ask("1? " * 50)))
        pointing = {"model": "alias", "input": "2?"}
        alone = await proxy.post("/v1/responses/input_tokens", pointing)
        pointing["previous_response_id"] = first["id"]
        counted = await proxy.post("/v1/responses/input_tokens", pointing)
        assert counted.json["input_tokens"] > alone.json["input_tokens"] + 20
        assert (await proxy.post("/v1/responses/compact", pointing)).status == 200
        said = [turn["content"] for turn in proxy.upstreams[0].requests[1].json["messages"]]
        assert said[:3] == ["1? " * 50, "One", "2?"]

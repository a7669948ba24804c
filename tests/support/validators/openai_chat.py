"""Checks what pxbin says in Chat Completions against what OpenAI's API and SDK accept."""

import json
import re
from typing import Any

from openai.types.chat import ChatCompletion, ChatCompletionChunk

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")


def check_request(body: bytes) -> dict[str, Any]:
    """Assert that an upstream would take the body; returns it decoded."""
    request: dict[str, Any] = json.loads(body)
    messages = request["messages"]
    assert any(message["role"] != "system" for message in messages), "no turn to answer"
    awaited: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] in awaited, "a result without its call just before it"
            awaited.remove(message["tool_call_id"])
        else:
            assert not awaited, f"calls without a result: {awaited}"
        _check_content(message)
        for call in message.get("tool_calls", ()):
            assert call["type"] == "function"
            assert NAME.match(call["function"]["name"])
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            assert len(call["id"]) <= 40
            awaited.append(call["id"])
    assert not awaited, f"calls without a result: {awaited}"
    _check_tools(request)
    assert not {"max_tokens", "max_completion_tokens"} <= request.keys()
    assert len(request.get("stop", ())) <= 4
    assert request.get("stop", ["x"]) != []
    return request


def _check_content(message: dict[str, Any]) -> None:
    content = message["content"]
    assert content is not None
    assert content != []
    if message["role"] != "assistant":
        assert content != "", "a turn without text"
    for part in content if isinstance(content, list) else ():
        assert part["type"] in ("text", "image_url", "file", "input_audio")
        assert part["type"] != "text" or part["text"].strip()


def _check_tools(request: dict[str, Any]) -> None:
    tools = request.get("tools")
    assert tools != [], "an empty list of tools"
    assert tools or not {"tool_choice", "parallel_tool_calls"} & request.keys()
    for tool in tools or ():
        assert tool["type"] == "function"
        assert NAME.match(tool["function"]["name"])
        assert tool["function"]["parameters"]["type"] == "object"


def check_response(body: bytes) -> ChatCompletion:
    """Assert that OpenAI's own types take the answer."""
    return ChatCompletion.model_validate_json(body, strict=True)


def check_stream(data: bytes) -> list[ChatCompletionChunk]:
    """Assert that OpenAI's own types take each chunk, that one finish came, and that ``[DONE]`` is last."""
    events = [event for event in data.split(b"\n\n") if event and not event.startswith(b":")]
    assert all(event.startswith(b"data: ") for event in events)
    assert events[-1] == b"data: [DONE]"
    chunks = [
        ChatCompletionChunk.model_validate_json(event[6:], strict=True) for event in events[:-1]
    ]
    finishes = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert len([finish for finish in finishes if finish]) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    return chunks

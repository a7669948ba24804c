"""Checks what pxbin asks of a Responses upstream against OpenAI's own types, and the rules that its API adds to them."""

import json
import re
from typing import Any

from openai.types.responses import ResponseInputItemParam, ToolParam
from pydantic import TypeAdapter

Json = dict[str, Any]

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_ITEM: TypeAdapter[Any] = TypeAdapter(ResponseInputItemParam)
_TOOL: TypeAdapter[Any] = TypeAdapter(ToolParam)
_OUTPUTS = {
    "function_call_output": "function_call",
    "custom_tool_call_output": "custom_tool_call",
}
_KNOWN = frozenset({"message", "function_call", "custom_tool_call", *_OUTPUTS})
_PARTS = frozenset({"input_text", "input_image", "input_file"})
_FIELDS = frozenset(
    [
        "model",
        "instructions",
        "input",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "max_tool_calls",
        "reasoning",
        "text",
        "max_output_tokens",
        "temperature",
        "top_p",
        "store",
        "include",
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "service_tier",
        "stream",
        "metadata",
        "truncation",
        "stream_options",
    ]
)


def check_request(body: bytes) -> Json:
    """Assert that an upstream would take the body; returns it decoded."""
    request: Json = json.loads(body)
    assert request.keys() <= _FIELDS, request.keys() - _FIELDS
    assert request["input"], "no item to answer"
    awaited: dict[str, str] = {}
    for at, item in enumerate(request["input"]):
        if item["type"] in _OUTPUTS:
            assert awaited.pop(item["call_id"], None) == _OUTPUTS[item["type"]], item
        elif item.get("role") in ("user", "system"):
            assert not awaited, f"calls without a result: {awaited}"
        _check_item(item, request["input"][at + 1 : at + 2], awaited)
    assert not awaited, f"calls without a result: {awaited}"
    assert request.get("tools", ["some"]), "an empty list of tools"
    for tool in request.get("tools", ()):
        _check_tool(tool)
    assert request.get("max_output_tokens", 16) >= 16
    return request


def _check_item(item: Json, following: list[Json], awaited: dict[str, str]) -> None:
    assert not str(item.get("id", "")).startswith(("rs_", "fc_", "msg_")), "nothing is stored"
    match item["type"]:
        case "reasoning":
            assert following, "OpenAI refuses reasoning that nothing follows"
            assert isinstance(item["summary"], list)
            return  # the SDK's type wants the id that must not be sent
        case "function_call":
            assert isinstance(json.loads(item["arguments"]), dict)
        case "message":
            assert item["content"], "empty content"
            texts = [part["text"] for part in item["content"] if "text" in part]
            assert all(text.strip() for text in texts), "blank text"
            if item["role"] == "assistant":
                assert {part["type"] for part in item["content"]} == {"output_text"}
                return  # the same: without an id
    if item["type"] in ("function_call", "custom_tool_call"):
        assert NAME.match(item["name"])
        assert len(item["call_id"]) <= 64
        awaited[item["call_id"]] = item["type"]
    if item["type"] in _KNOWN and not _has_unknown_parts(item):
        _ITEM.validate_python(item, strict=True)


def _has_unknown_parts(item: Json) -> bool:
    """Whether it holds what the SDK's types do not have in a message (sound), or what a client made up."""
    parts = item.get("content", item.get("output", ()))
    return any(isinstance(part, dict) and part["type"] not in _PARTS for part in parts)


def _check_tool(tool: Json) -> None:
    if tool["type"] == "function":
        assert NAME.match(tool["name"])
        assert tool["parameters"]["type"] == "object"
        tool = {"strict": None, **tool}  # the SDK's type wants it; some upstreams refuse it
    _TOOL.validate_python(tool, strict=True)

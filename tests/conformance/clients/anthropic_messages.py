"""A client of Anthropic's Messages API, with bodies as Claude Code and Anthropic's SDKs send them.

Source: docs.claude.com, "Messages" and "Errors".
"""

import json
from collections.abc import Mapping

from tests.conformance.case import Error, Json, Seen, Tokens, compact, read_events
from tests.conformance.material import (
    ANSWER_SCHEMA,
    DESCRIPTION,
    HELLO,
    MAX_TOKENS,
    OTHER_SCHEMA,
    OTHER_TOOL,
    PAGE_TITLE,
    PAGE_URL,
    PDF,
    PNG,
    SCHEMA,
    SEARCHED,
    STOP,
    SYSTEM,
    TEMPERATURE,
    TOOL,
)
from tests.support.validators import anthropic_messages as validator

_HELLO: Json = {"max_tokens": MAX_TOKENS, "messages": [{"role": "user", "content": HELLO}]}
_TOOLS = [
    {"name": TOOL, "description": DESCRIPTION, "input_schema": SCHEMA},
    {"name": OTHER_TOOL, "description": "Lists it.", "input_schema": OTHER_SCHEMA},
]
_PICTURE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": PNG},
}


def _says(*messages: Json, **fields: object) -> Json:
    return {**_HELLO, "messages": list(messages), **fields}


def _user(*content: Json) -> Json:
    return {"role": "user", "content": list(content)}


def _assistant(*content: Json) -> Json:
    return {"role": "assistant", "content": list(content)}


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


def _call(call_id: str, path: str) -> Json:
    return {"type": "tool_use", "id": call_id, "name": TOOL, "input": {"path": path}}


def _result(call_id: str, content: object, **fields: object) -> Json:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **fields}


_BODIES: dict[str, Json] = {
    "hello": _HELLO,
    "system": {**_HELLO, "system": [_text(SYSTEM)]},
    "turns": _says(_user(_text("One?")), _assistant(_text("One.")), _user(_text("Two?"))),
    "sampling": {**_HELLO, "temperature": TEMPERATURE},
    "stops": {**_HELLO, "stop_sequences": [STOP]},
    "thinking": {**_HELLO, "thinking": {"type": "enabled", "budget_tokens": 2048}},
    "tools": {**_HELLO, "tools": _TOOLS},
    "choice_auto": {**_HELLO, "tools": _TOOLS, "tool_choice": {"type": "auto"}},
    "choice_any": {**_HELLO, "tools": _TOOLS, "tool_choice": {"type": "any"}},
    "choice_none": {**_HELLO, "tools": _TOOLS, "tool_choice": {"type": "none"}},
    "choice_named": {**_HELLO, "tools": _TOOLS, "tool_choice": {"type": "tool", "name": TOOL}},
    "one_at_a_time": {
        **_HELLO,
        "tools": _TOOLS,
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    },
    "tool_round": _says(
        _user(_text("Read /a.")),
        _assistant(_text("I read it."), _call("toolu_01A", "/a")),
        _user(_result("toolu_01A", [_text("content of a")]), _text("Well?")),
        tools=_TOOLS,
    ),
    "parallel_round": _says(
        _user(_text("Read both.")),
        _assistant(_call("toolu_01A", "/a"), _call("toolu_01B", "/b")),
        _user(_result("toolu_01B", "content of b"), _result("toolu_01A", "content of a")),
        tools=_TOOLS,
    ),
    "failed_result": _says(
        _user(_text("Read /a.")),
        _assistant(_call("toolu_01A", "/a")),
        _user(_result("toolu_01A", "no such file", is_error=True)),
        tools=_TOOLS,
    ),
    "image_result": _says(
        _user(_text("Read /a.png.")),
        _assistant(_call("toolu_01A", "/a.png")),
        _user(_result("toolu_01A", [_text("a picture"), _PICTURE])),
        tools=_TOOLS,
    ),
    "image": _says(_user(_text("What is this?"), _PICTURE)),
    "document": _says(
        _user(
            _text("Sum it up."),
            {
                "type": "document",
                "title": "paper.pdf",
                "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
            },
        )
    ),
    "json_schema": {
        **_HELLO,
        "output_config": {"format": {"type": "json_schema", "schema": ANSWER_SCHEMA}},
    },
    "web_search_history": _says(
        _user(_text("Which is the tallest tower?")),
        _assistant(
            {"type": "server_tool_use", "id": "srvtoolu_01", "name": "web_search", "input": {"query": SEARCHED}},
            {
                "type": "web_search_tool_result",
                "tool_use_id": "srvtoolu_01",
                "content": [
                    {"type": "web_search_result", "url": PAGE_URL, "title": PAGE_TITLE, "encrypted_content": "RW5j", "page_age": None}
                ],
            },
            _text("The Burj Khalifa."),
        ),
        _user(_text("And the second?")),
    ),
    "bad_body": {**_HELLO, "messages": "no list"},
}  # fmt: skip


class AnthropicClient:
    """See ``Client``."""

    format = "anthropic"
    bodies: Mapping[str, Json] = _BODIES
    count_path: str | None = "/v1/messages/count_tokens"
    stops: Mapping[str, tuple[str, ...]] = {
        "end": ("end_turn",),
        "length": ("max_tokens",),
        "calls": ("tool_use",),
        "stop_sequence": ("stop_sequence", "end_turn"),  # most vendors do not say which it was
        "refusal": ("refusal",),
    }
    errors: Mapping[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
        "invalid": ((400,), ("invalid_request_error",)),
        "key": ((401, 403), ("authentication_error", "permission_error")),
        "permission": ((403,), ("permission_error",)),
        "not_found": ((404,), ("not_found_error",)),
        "rate_limit": ((429,), ("rate_limit_error",)),
        "overloaded": ((529,), ("overloaded_error",)),
        "broken": ((500, 502, 503), ("api_error",)),
        "overflow": ((400,), ("invalid_request_error",)),
        "broken_off": ((200, 500, 502, 503, 529), ("api_error", "overloaded_error")),
    }

    def path(self, model: str, *, stream: bool) -> str:
        """The model is in the body."""
        del model, stream
        return "/v1/messages"

    def headers(self, key: str) -> dict[str, str]:
        """As Anthropic's SDKs."""
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}

    def body(self, name: str, model: str, *, stream: bool) -> bytes:
        """The stream is a field."""
        return compact({"model": model, **self.bodies[name]} | ({"stream": True} if stream else {}))

    def read(self, body: bytes, *, stream: bool) -> Seen:
        """The blocks of a message."""
        if not stream:
            message = json.loads(body)
            return _seen(message, message["content"])
        message, blocks, error = _collect(read_events(body))
        seen = _seen(message, blocks)
        seen.error = error
        return seen

    def read_error(self, status: int, headers: Mapping[str, str], body: bytes) -> Error:
        """``{"type": "error", "error": {"type", "message"}}``."""
        told = json.loads(body)
        assert told["type"] == "error"
        error = told["error"]
        return Error(status, error["type"], error["message"], headers.get("retry-after"))

    def validate(self, body: bytes, *, stream: bool) -> None:
        """Order, indexes and fields of a stream; the fields of a whole message."""
        if stream:
            validator.validate(body)
            return
        message = json.loads(body)
        assert (message["type"], message["role"]) == ("message", "assistant")
        assert message["id"]
        assert message["model"]
        assert "stop_sequence" in message

    def usage(self, tokens: Tokens) -> Json:
        """Cached tokens are no part of ``input_tokens``."""
        return {
            "input_tokens": tokens.fresh,
            "cache_read_input_tokens": tokens.cached,
            "cache_creation_input_tokens": tokens.written,
            "output_tokens": tokens.output,
        }

    def count(self, body: bytes) -> int:
        """``{"input_tokens": n}``."""
        return int(json.loads(body)["input_tokens"])


def _seen(message: Json, blocks: list[Json]) -> Seen:
    return Seen(
        text="".join(block["text"] for block in blocks if block["type"] == "text"),
        thinking="".join(block["thinking"] for block in blocks if block["type"] == "thinking"),
        calls=[(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"],
        stop=message.get("stop_reason"),
        usage=message.get("usage", {}),
        model=message.get("model", ""),
    )


def _collect(events: list[Json]) -> tuple[Json, list[Json], Error | None]:
    message: Json = {}
    blocks: list[Json] = []
    for event in events:
        match event["type"]:
            case "message_start":
                message = event["message"]
            case "content_block_start":
                blocks.append({**event["content_block"], "json": ""})
            case "content_block_delta":
                _grow(blocks[event["index"]], event["delta"])
            case "content_block_stop":
                block = blocks[event["index"]]
                if block["json"]:
                    block["input"] = json.loads(block["json"])
            case "message_delta":
                message = {**message, **event["delta"]}
                message["usage"] = message["usage"] | event["usage"]
            case "error":
                error = event["error"]
                return message, blocks, Error(200, error["type"], error["message"])
    return message, blocks, None


def _grow(block: Json, delta: Json) -> None:
    match delta["type"]:
        case "text_delta":
            block["text"] += delta["text"]
        case "thinking_delta":
            block["thinking"] += delta["thinking"]
        case "input_json_delta":
            block["json"] += delta["partial_json"]

"""A client of OpenAI's Chat Completions, with bodies as OpenAI's SDKs send them.

Source: platform.openai.com, "Create chat completion" and "Error codes".
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
    PDF,
    PNG,
    SCHEMA,
    STOP,
    SYSTEM,
    TEMPERATURE,
    TOOL,
)
from tests.support.validators import openai_chat as validator

_HELLO: Json = {
    "max_completion_tokens": MAX_TOKENS,
    "messages": [{"role": "user", "content": HELLO}],
}
_TOOLS = [
    {"type": "function", "function": {"name": TOOL, "description": DESCRIPTION, "parameters": SCHEMA}},
    {"type": "function", "function": {"name": OTHER_TOOL, "description": "Lists it.", "parameters": OTHER_SCHEMA}},
]  # fmt: skip


def _says(*messages: Json, **fields: object) -> Json:
    return {**_HELLO, "messages": list(messages), **fields}


def _user(content: object) -> Json:
    return {"role": "user", "content": content}


def _assistant(content: str | None, **fields: object) -> Json:
    return {"role": "assistant", "content": content, **fields}


def _call(call_id: str, path: str) -> Json:
    function = {"name": TOOL, "arguments": json.dumps({"path": path})}
    return {"id": call_id, "type": "function", "function": function}


def _result(call_id: str, content: str) -> Json:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


_BODIES: dict[str, Json] = {
    "hello": _HELLO,
    "system": _says({"role": "system", "content": SYSTEM}, _user(HELLO)),
    "turns": _says(_user("One?"), _assistant("One."), _user("Two?")),
    "sampling": {**_HELLO, "temperature": TEMPERATURE},
    "stops": {**_HELLO, "stop": [STOP]},
    "thinking": {**_HELLO, "reasoning_effort": "medium"},
    "tools": {**_HELLO, "tools": _TOOLS},
    "choice_auto": {**_HELLO, "tools": _TOOLS, "tool_choice": "auto"},
    "choice_any": {**_HELLO, "tools": _TOOLS, "tool_choice": "required"},
    "choice_none": {**_HELLO, "tools": _TOOLS, "tool_choice": "none"},
    "choice_named": {
        **_HELLO,
        "tools": _TOOLS,
        "tool_choice": {"type": "function", "function": {"name": TOOL}},
    },
    "one_at_a_time": {**_HELLO, "tools": _TOOLS, "parallel_tool_calls": False},
    "tool_round": _says(
        _user("Read /a."),
        _assistant("I read it.", tool_calls=[_call("call_A", "/a")]),
        _result("call_A", "content of a"),
        _user("Well?"),
        tools=_TOOLS,
    ),
    "parallel_round": _says(
        _user("Read both."),
        _assistant(None, tool_calls=[_call("call_A", "/a"), _call("call_B", "/b")]),
        _result("call_B", "content of b"),
        _result("call_A", "content of a"),
        tools=_TOOLS,
    ),
    "image": _says(
        _user(
            [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
            ]
        )
    ),
    "document": _says(
        _user(
            [
                {"type": "text", "text": "Sum it up."},
                {
                    "type": "file",
                    "file": {"filename": "paper.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
                },
            ]
        )
    ),
    "json_schema": {
        **_HELLO,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "city", "strict": True, "schema": ANSWER_SCHEMA},
        },
    },
    "bad_body": {**_HELLO, "messages": "no list"},
}  # fmt: skip


class ChatClient:
    """See ``Client``."""

    format = "openai"
    bodies: Mapping[str, Json] = _BODIES
    count_path: str | None = None
    stops: Mapping[str, tuple[str, ...]] = {
        "end": ("stop",),
        "length": ("length",),
        "calls": ("tool_calls",),
        "stop_sequence": ("stop",),
        "refusal": ("content_filter",),
    }
    errors: Mapping[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
        "invalid": ((400,), ("invalid_request_error",)),
        "key": ((401, 403), ("invalid_api_key", "permission_error", "authentication_error")),
        "permission": ((403,), ("permission_error", "permission_denied")),
        "not_found": ((404,), ("model_not_found", "not_found_error", "invalid_request_error")),
        "rate_limit": ((429,), ("rate_limit_exceeded", "rate_limit_error")),
        "overloaded": ((503, 529), ("overloaded", "overloaded_error", "server_error")),
        "broken": ((500, 502, 503), ("server_error", "api_error")),
        "overflow": ((400,), ("context_length_exceeded",)),
        "broken_off": (
            (200, 500, 502, 503, 529),
            ("server_error", "api_error", "overloaded", "overloaded_error"),
        ),
    }

    def path(self, model: str, *, stream: bool) -> str:
        """The model is in the body."""
        del model, stream
        return "/v1/chat/completions"

    def headers(self, key: str) -> dict[str, str]:
        """As OpenAI's SDKs."""
        return {"authorization": f"Bearer {key}"}

    def body(self, name: str, model: str, *, stream: bool) -> bytes:
        """The stream is a field; so is the wish for its usage."""
        more: Json = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
        return compact({"model": model, **self.bodies[name]} | more)

    def read(self, body: bytes, *, stream: bool) -> Seen:
        """The first choice."""
        if stream:
            return _read_chunks(read_events(body))
        completion = json.loads(body)
        (choice,) = completion["choices"]
        seen = _seen(choice["message"], choice["message"].get("tool_calls") or [])
        seen.stop, seen.model = choice["finish_reason"], completion["model"]
        seen.usage = completion.get("usage") or {}
        return seen

    def read_error(self, status: int, headers: Mapping[str, str], body: bytes) -> Error:
        """``{"error": {"message", "type", "code"}}``."""
        return _error(status, json.loads(body)["error"], headers.get("retry-after"))

    def validate(self, body: bytes, *, stream: bool) -> None:
        """OpenAI's own types take it; a stream that fails has no finish to check."""
        if not stream:
            validator.check_response(body)
        elif not any("error" in chunk for chunk in read_events(body)):
            validator.check_stream(body)

    def usage(self, tokens: Tokens) -> Json:
        """Cached tokens are a part of ``prompt_tokens``."""
        cached: Json = {"prompt_tokens_details": {"cached_tokens": tokens.cached}}
        return {
            "prompt_tokens": tokens.prompt,
            "completion_tokens": tokens.output,
            "total_tokens": tokens.prompt + tokens.output,
            **(cached if tokens.cached else {}),
        }

    def count(self, body: bytes) -> int:
        """The dialect does not count."""
        raise NotImplementedError


def _seen(message: Json, calls: list[Json]) -> Seen:
    return Seen(
        text=(message.get("content") or "") + (message.get("refusal") or ""),
        thinking=message.get("reasoning_content") or message.get("reasoning") or "",
        calls=[
            (call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls
        ],
    )


def _read_chunks(chunks: list[Json]) -> Seen:
    message: Json = {}
    calls: dict[int, Json] = {}
    stop, usage, model, error = None, {}, "", None
    for chunk in chunks:
        if "error" in chunk:
            error = _error(200, chunk["error"], None)
            break
        usage, model = chunk.get("usage") or usage, chunk["model"]
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for name in ("content", "refusal", "reasoning_content", "reasoning"):
                message[name] = message.get(name, "") + (delta.get(name) or "")
            for fragment in delta.get("tool_calls") or ():
                call = calls.setdefault(
                    fragment["index"], {"function": {"name": "", "arguments": ""}}
                )
                for name, text in fragment["function"].items():
                    call["function"][name] += text or ""
            stop = choice.get("finish_reason") or stop
    whole = [] if error else [calls[index] for index in sorted(calls)]
    seen = _seen(message, whole)
    seen.stop, seen.usage, seen.model, seen.error = stop, usage, model, error
    return seen


def _error(status: int, error: Json, retry_after: str | None) -> Error:
    assert isinstance(error["type"], str)
    return Error(status, error.get("code") or error["type"], error["message"], retry_after)

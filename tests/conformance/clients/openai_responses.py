"""A client of OpenAI's Responses API, with bodies as Codex and OpenAI's SDKs send them.

Source: platform.openai.com, "Create a model response" and its streaming events. The API has no stop sequences.
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
    SEARCHED,
    SYSTEM,
    TEMPERATURE,
    TOOL,
)
from tests.support.validators import openai_responses as validator

_HELLO: Json = {"max_output_tokens": MAX_TOKENS, "store": False, "input": HELLO}
_TOOLS = [
    {"type": "function", "name": TOOL, "description": DESCRIPTION, "parameters": SCHEMA, "strict": False},
    {"type": "function", "name": OTHER_TOOL, "description": "Lists it.", "parameters": OTHER_SCHEMA, "strict": False},
]  # fmt: skip
_PICTURE = {
    "type": "input_image",
    "image_url": f"data:image/png;base64,{PNG}",
    "detail": "auto",
}


def _says(*items: Json, **fields: object) -> Json:
    return {**_HELLO, "input": list(items), **fields}


def _user(*parts: Json) -> Json:
    return {"type": "message", "role": "user", "content": list(parts)}


def _assistant(text: str) -> Json:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "role": "assistant", "content": content}


def _text(text: str) -> Json:
    return {"type": "input_text", "text": text}


def _call(call_id: str, path: str) -> Json:
    arguments = json.dumps({"path": path})
    return {"type": "function_call", "call_id": call_id, "name": TOOL, "arguments": arguments}


def _result(call_id: str, output: object) -> Json:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


_BODIES: dict[str, Json] = {
    "hello": _HELLO,
    "system": {**_HELLO, "instructions": SYSTEM},
    "turns": _says(_user(_text("One?")), _assistant("One."), _user(_text("Two?"))),
    "sampling": {**_HELLO, "temperature": TEMPERATURE},
    "thinking": {**_HELLO, "reasoning": {"effort": "medium", "summary": "auto"}},
    "tools": {**_HELLO, "tools": _TOOLS},
    "choice_auto": {**_HELLO, "tools": _TOOLS, "tool_choice": "auto"},
    "choice_any": {**_HELLO, "tools": _TOOLS, "tool_choice": "required"},
    "choice_none": {**_HELLO, "tools": _TOOLS, "tool_choice": "none"},
    "choice_named": {
        **_HELLO,
        "tools": _TOOLS,
        "tool_choice": {"type": "function", "name": TOOL},
    },
    "one_at_a_time": {**_HELLO, "tools": _TOOLS, "parallel_tool_calls": False},
    "tool_round": _says(
        _user(_text("Read /a.")),
        _assistant("I read it."),
        _call("call_A", "/a"),
        _result("call_A", "content of a"),
        _user(_text("Well?")),
        tools=_TOOLS,
    ),
    "parallel_round": _says(
        _user(_text("Read both.")),
        _call("call_A", "/a"),
        _call("call_B", "/b"),
        _result("call_B", "content of b"),
        _result("call_A", "content of a"),
        tools=_TOOLS,
    ),
    "image_result": _says(
        _user(_text("Read /a.png.")),
        _call("call_A", "/a.png"),
        _result("call_A", [_text("a picture"), _PICTURE]),
        tools=_TOOLS,
    ),
    "image": _says(_user(_text("What is this?"), _PICTURE)),
    "document": _says(
        _user(
            _text("Sum it up."),
            {
                "type": "input_file",
                "filename": "paper.pdf",
                "file_data": f"data:application/pdf;base64,{PDF}",
            },
        )
    ),
    "json_schema": {
        **_HELLO,
        "text": {
            "format": {"type": "json_schema", "name": "city", "strict": True, "schema": ANSWER_SCHEMA}
        },
    },
    "web_search_history": _says(
        _user(_text("Which is the tallest tower?")),
        {
            "type": "web_search_call",
            "id": "ws_1",
            "status": "completed",
            "action": {"type": "search", "query": SEARCHED},
        },
        _assistant("The Burj Khalifa."),
        _user(_text("And the second?")),
    ),
    "bad_body": {**_HELLO, "input": 7},
}  # fmt: skip


class ResponsesClient:
    """See ``Client``."""

    format = "openai-responses"
    bodies: Mapping[str, Json] = _BODIES
    count_path: str | None = "/v1/responses/input_tokens"
    stops: Mapping[str, tuple[str, ...]] = {
        "end": ("completed",),
        "length": ("incomplete: max_output_tokens",),
        "calls": ("completed",),
        "stop_sequence": ("completed",),
        "refusal": ("incomplete: content_filter", "completed: refusal"),
    }
    errors: Mapping[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
        "invalid": ((400,), ("invalid_request_error", "invalid_prompt")),
        "key": ((401, 403), ("invalid_api_key", "permission_error", "authentication_error")),
        "permission": ((403,), ("permission_error", "permission_denied")),
        "not_found": ((404,), ("model_not_found", "not_found_error", "invalid_request_error")),
        "rate_limit": ((429,), ("rate_limit_exceeded", "rate_limit_error")),
        "overloaded": (
            (503, 529),
            ("server_is_overloaded", "overloaded", "overloaded_error", "server_error"),
        ),
        "broken": ((500, 502, 503), ("server_error", "api_error")),
        "overflow": ((400,), ("context_length_exceeded",)),
        "broken_off": (
            (200, 500, 502, 503, 529),
            ("server_error", "server_is_overloaded", "overloaded", "overloaded_error"),
        ),
    }  # fmt: skip

    def path(self, model: str, *, stream: bool) -> str:
        """The model is in the body."""
        del model, stream
        return "/v1/responses"

    def headers(self, key: str) -> dict[str, str]:
        """As OpenAI's SDKs."""
        return {"authorization": f"Bearer {key}"}

    def body(self, name: str, model: str, *, stream: bool) -> bytes:
        """The stream is a field."""
        return compact({"model": model, **self.bodies[name]} | ({"stream": True} if stream else {}))

    def read(self, body: bytes, *, stream: bool) -> Seen:
        """The items of the output; in a stream, those that its deltas tell."""
        if not stream:
            return _seen(json.loads(body))
        deltas = ""
        response: Json = {}
        for event in read_events(body):
            if event["type"] == "error":
                message = event.get("error", event)
                return Seen(
                    text=deltas,
                    error=Error(200, message.get("code") or "server_error", message["message"]),
                )
            if event["type"] in ("response.output_text.delta", "response.refusal.delta"):
                deltas += event["delta"]
            response = event.get("response", response)
        if response.get("status") == "failed":
            error = response["error"]
            return Seen(text=deltas, error=Error(200, error["code"], error["message"]))
        seen = _seen(response)
        assert deltas in ("", seen.text), "the deltas tell another text than the output"
        return seen

    def read_error(self, status: int, headers: Mapping[str, str], body: bytes) -> Error:
        """``{"error": {"message", "type", "code"}}``."""
        error = json.loads(body)["error"]
        assert isinstance(error["type"], str)
        kind = error.get("code") or error["type"]
        return Error(status, kind, error["message"], headers.get("retry-after"))

    def validate(self, body: bytes, *, stream: bool) -> None:
        """OpenAI's own types, and the order of items and numbers."""
        if stream:
            validator.validate(body)
        else:
            validator.check_response(body)

    def usage(self, tokens: Tokens) -> Json:
        """Cached tokens are a part of ``input_tokens``."""
        return {
            "input_tokens": tokens.prompt,
            "input_tokens_details": {"cached_tokens": tokens.cached},
            "output_tokens": tokens.output,
            "total_tokens": tokens.prompt + tokens.output,
        }

    def count(self, body: bytes) -> int:
        """``{"object": "response.input_tokens", "input_tokens": n}``."""
        return int(json.loads(body)["input_tokens"])


def _seen(response: Json) -> Seen:
    seen = Seen(model=response["model"], usage=response.get("usage") or {})
    refused = ""
    for item in response["output"]:
        match item["type"]:
            case "message":
                for part in item["content"]:
                    refused = refused or (": refusal" if part["type"] == "refusal" else "")
                    seen.text += part.get("text") or part.get("refusal") or ""
            case "reasoning":
                texts = [*item["summary"], *(item.get("content") or ())]
                seen.thinking += "".join(part["text"] for part in texts)
            case "function_call":
                seen.calls.append((item["name"], json.loads(item["arguments"])))
    details = response.get("incomplete_details")
    seen.stop = response["status"] + (f": {details['reason']}" if details else refused)
    return seen

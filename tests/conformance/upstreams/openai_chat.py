"""An upstream that speaks OpenAI's Chat Completions, as those with reasoning do (``reasoning_content``).

Source: platform.openai.com, "Create chat completion", "Streaming" and "Error codes"; api-docs.deepseek.com, "Reasoning model".
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.conformance.case import Asked, Json, Tokens, Turn, data, pieces

_STOPS = {
    "end": "stop",
    "length": "length",
    "calls": "tool_calls",
    "stop_sequence": "stop",
    "refusal": "content_filter",
}
_ERRORS: Mapping[str, tuple[int, str, str | None, str]] = {
    "bad_request": (400, "invalid_request_error", None, "temperature: must be at most 1"),
    "unauthorized": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided"),
    "forbidden": (403, "permission_error", None, "Your key may not use this model."),
    "no_model": (404, "invalid_request_error", "model_not_found", "The model does not exist"),
    "rate_limited": (429, "requests", "rate_limit_exceeded", "Too many requests."),
    "broken": (500, "server_error", None, "The server had an error"),
    "overloaded": (503, "server_error", None, "The engine is currently overloaded"),
    "overflow": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 200000 tokens. However, your messages resulted in 210000 tokens.",
    ),
}


class ChatUpstream:
    """See ``Upstream``."""

    format = "openai"

    def wants_stream(self, path: str, body: Json) -> bool:
        """A field of the body."""
        del path
        return bool(body.get("stream"))

    def model(self, path: str, body: Json) -> str:
        """A field of the body."""
        del path
        return str(body["model"])

    def read(self, path: str, body: Json) -> Asked:
        """The fields of a completion's request."""
        system, said = _said(body["messages"])
        wanted = body.get("tool_choice")
        choices = {"required": "any"}
        stop = body.get("stop", [])
        return Asked(
            model=self.model(path, body),
            stream=self.wants_stream(path, body),
            system=system,
            said=said,
            tools={
                tool["function"]["name"]: (
                    tool["function"].get("description", ""),
                    json.dumps(tool["function"]["parameters"]),
                )
                for tool in body.get("tools", ())
            },
            choice=wanted["function"]["name"]
            if isinstance(wanted, dict)
            else choices.get(wanted, wanted),
            one_at_a_time=body.get("parallel_tool_calls") is False,
            max_tokens=body.get("max_completion_tokens", body.get("max_tokens")),
            temperature=body.get("temperature"),
            stops=[stop] if isinstance(stop, str) else stop,
            thinks=body.get("reasoning_effort") not in (None, "none"),
            schema=body.get("response_format", {}).get("json_schema", {}).get("schema"),
        )

    def whole(self, turn: Turn) -> Json:
        """A completion."""
        message: Json = {"role": "assistant", "content": None, "refusal": None}
        for part in turn.parts:
            match part:
                case ("thinking", text):
                    message["reasoning_content"] = text
                case ("call", call_id, name, arguments):
                    message.setdefault("tool_calls", []).append(_call(call_id, name, arguments))
                case (_, text):
                    message["content"] = (message["content"] or "") + text
        choice = {"index": 0, "message": message, "finish_reason": _STOPS[turn.stop]}
        usage = {"usage": _usage(turn.tokens)} if turn.tokens else {}
        return {**_frame("chat.completion"), "choices": [choice], **usage}

    def events(self, turn: Turn) -> list[bytes]:
        """A stream; calls are told in turns, as some vendors do. The odd one tells its usage first and its finish twice."""
        chunks = [_chunk({"role": "assistant", "content": ""})]
        calls: list[tuple[str, ...]] = []
        for part in turn.parts:
            if part[0] == "call":
                calls.append(part)
                continue
            field = "reasoning_content" if part[0] == "thinking" else "content"
            chunks += [_chunk({field: piece}) for piece in pieces(part[1])]
        chunks += _calls_in_turns(calls)
        finish = _chunk({}, _STOPS[turn.stop])
        usage = [{**_frame("chat.completion.chunk"), "choices": [], "usage": _usage(turn.tokens)}] if turn.tokens else []  # fmt: skip
        chunks += [*usage, finish, finish] if turn.odd else [finish, *usage]
        return [*(data(chunk) for chunk in chunks), b"data: [DONE]\n\n"]

    def error(self, name: str) -> tuple[int, Mapping[str, str], Json]:
        """An error of the API."""
        status, kind, code, message = _ERRORS[name]
        headers = {"retry-after": "7"} if name == "rate_limited" else {}
        error = {"message": message, "type": kind, "param": None, "code": code}
        return status, headers, {"error": error}

    def error_event(self) -> bytes:
        """As OpenAI's own and most compatible servers tell it."""
        return data({"error": {"message": "The server had an error", "type": "server_error"}})


def _said(messages: list[Json]) -> tuple[str, list[tuple[Any, ...]]]:
    system: list[str] = []
    said: list[tuple[Any, ...]] = []
    calls: dict[str, Json] = {}
    awaited: set[str] = set()
    for message in messages:
        role, content = message["role"], message.get("content")
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        if role == "tool":
            awaited.remove(message["tool_call_id"])
            text = "".join(part["text"] for part in parts)
            said.append(("result", calls[message["tool_call_id"]], text, text.startswith("Error")))
            continue
        assert not awaited, "calls without a result"
        if role in ("system", "developer"):
            system += [part["text"] for part in parts]
            continue
        said += [_read_part(role, part) for part in parts if part.get("text") != ""]
        for call in message.get("tool_calls", ()):
            calls[call["id"]] = json.loads(call["function"]["arguments"])
            awaited.add(call["id"])
            said.append(("call", call["function"]["name"], calls[call["id"]]))
    return "\n\n".join(system), said


def _read_part(role: str, part: Json) -> tuple[Any, ...]:
    match part["type"]:
        case "text":
            return (role, part["text"])
        case "image_url":
            return ("image", *_data_url(part["image_url"]["url"]))
        case "file":
            return ("document", *_data_url(part["file"]["file_data"]))
        case other:
            return (other, json.dumps(part))


def _data_url(url: str) -> tuple[str, str]:
    head, _, content = url.partition(",")
    return head.removeprefix("data:").removesuffix(";base64"), content


def _frame(kind: str) -> Json:
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 1_700_000_000,
        "model": "gpt-4o-2024-08-06",
    }


def _chunk(delta: Json, finish: str | None = None) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**_frame("chat.completion.chunk"), "choices": [choice]}


def _call(call_id: str, name: str, arguments: str) -> Json:
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _calls_in_turns(calls: list[tuple[str, ...]]) -> list[Json]:
    chunks: list[Json] = []
    rest: list[list[str]] = []
    for index, (_, call_id, name, arguments) in enumerate(calls):
        chunks.append(_chunk({"tool_calls": [{"index": index, **_call(call_id, name, "")}]}))
        rest.append(pieces(arguments))
    while any(rest):
        for index, left in enumerate(rest):
            if left:
                fragment = {"index": index, "function": {"arguments": left.pop(0)}}
                chunks.append(_chunk({"tool_calls": [fragment]}))
    return chunks


def _usage(tokens: Tokens) -> Json:
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.prompt + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached},
    }

"""An upstream that speaks Anthropic's Messages API.

Source: docs.claude.com, "Messages", "Streaming messages" and "Errors".
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.conformance.case import Asked, Json, Tokens, Turn, named, pieces

_STOPS = {
    "end": "end_turn",
    "length": "max_tokens",
    "calls": "tool_use",
    "stop_sequence": "stop_sequence",
    "refusal": "refusal",
}
_ERRORS: Mapping[str, tuple[int, str, str]] = {
    "bad_request": (400, "invalid_request_error", "temperature: must be at most 1"),
    "unauthorized": (401, "authentication_error", "invalid x-api-key"),
    "forbidden": (403, "permission_error", "Your key may not use this model."),
    "no_model": (404, "not_found_error", "model: none-of-ours"),
    "rate_limited": (429, "rate_limit_error", "Too many requests."),
    "broken": (500, "api_error", "Internal server error"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "overflow": (
        400,
        "invalid_request_error",
        "prompt is too long: 210000 tokens > 200000 maximum",
    ),
}


class AnthropicUpstream:
    """See ``Upstream``."""

    format = "anthropic"

    def wants_stream(self, path: str, body: Json) -> bool:
        """A field of the body."""
        del path
        return bool(body.get("stream"))

    def model(self, path: str, body: Json) -> str:
        """A field of the body."""
        del path
        return str(body["model"])

    def read(self, path: str, body: Json) -> Asked:
        """The fields of a message request."""
        choice = body.get("tool_choice", {})
        system = body.get("system", "")
        asked = Asked(
            model=self.model(path, body),
            stream=self.wants_stream(path, body),
            system=system if isinstance(system, str) else "\n\n".join(b["text"] for b in system),
            said=_said(body["messages"]),
            tools={
                tool["name"]: (tool.get("description", ""), json.dumps(tool["input_schema"]))
                for tool in body.get("tools", ())
                if "input_schema" in tool  # the others are Anthropic's own
            },
            choice=choice.get("name") or choice.get("type"),
            one_at_a_time=choice.get("disable_parallel_tool_use", False),
            max_tokens=body["max_tokens"],
            temperature=body.get("temperature"),
            stops=body.get("stop_sequences", []),
            thinks=body.get("thinking", {}).get("type") in ("enabled", "adaptive"),
            schema=body.get("output_config", {}).get("format", {}).get("schema"),
        )
        assert body["max_tokens"] > body.get("thinking", {}).get("budget_tokens", 0)
        return asked

    def whole(self, turn: Turn) -> Json:
        """A message."""
        return _message(
            [_block(part) for part in turn.parts], turn, _usage(turn.tokens) if turn.tokens else {}
        )

    def events(self, turn: Turn) -> list[bytes]:
        """A stream; the odd one repeats the usage, and has pings where they may stand."""
        first = {**_usage(turn.tokens), "output_tokens": 1} if turn.tokens else {}
        start = {**_message([], turn, first), "stop_reason": None, "stop_sequence": None}
        events: list[Json] = [{"type": "message_start", "message": start}]
        for index, part in enumerate(turn.parts):
            events += [
                {**event, "index": index} if event["type"] != "ping" else event
                for event in _block_events(part, odd=turn.odd)
            ]
        end = {"stop_reason": _STOPS[turn.stop], "stop_sequence": _stop_sequence(turn)}
        usage = _usage(turn.tokens) if turn.tokens else {}
        events.append({"type": "message_delta", "delta": end, "usage": usage})
        events.append({"type": "message_stop"})
        return [named(event) for event in events]

    def error(self, name: str) -> tuple[int, Mapping[str, str], Json]:
        """An error of the API."""
        status, kind, message = _ERRORS[name]
        headers = {"retry-after": "7"} if name == "rate_limited" else {}
        error = {"type": kind, "message": message}
        return status, headers, {"type": "error", "error": error, "request_id": "req_1"}

    def error_event(self) -> bytes:
        """As Anthropic sends it when it is overloaded."""
        return named(
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        )


def _said(messages: list[Json]) -> list[tuple[Any, ...]]:
    said: list[tuple[Any, ...]] = []
    calls: dict[str, Json] = {}
    awaited: set[str] = set()
    for message in messages:
        role, content = message["role"], message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        answered = {b["tool_use_id"] for b in blocks if b["type"] == "tool_result"}
        assert answered == awaited, "results that do not answer the calls just before them"
        awaited = set()
        for block in blocks:
            if block["type"] == "tool_use":
                calls[block["id"]] = block["input"]
                awaited.add(block["id"])
            said += _read_block(role, block, calls)
    return said


def _read_block(role: str, block: Json, calls: dict[str, Json]) -> list[tuple[Any, ...]]:
    match block["type"]:
        case "text":
            assert block["text"].strip(), "Anthropic refuses blank texts"
            return [(role, block["text"])]
        case "tool_use":
            return [("call", block["name"], block["input"])]
        case "tool_result":
            content = block.get("content", [])
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            text = "".join(part["text"] for part in parts if part["type"] == "text")
            media = [part for part in parts if part["type"] != "text"]
            failed = block.get("is_error", False) or text.startswith("Error")
            result = ("result", calls[block["tool_use_id"]], text, failed)
            return [result, *(m for part in media for m in _read_block(role, part, calls))]
        case "image" | "document" as kind:
            source = block["source"]
            return [(kind, source.get("media_type", ""), source.get("data") or json.dumps(source))]
        case other:
            return [(other, json.dumps(block))]


def _message(content: list[Json], turn: Turn, usage: Json) -> Json:
    return {
        "id": "msg_01UpStream",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": content,
        "stop_reason": _STOPS[turn.stop],
        "stop_sequence": _stop_sequence(turn),
        "usage": usage,
    }


def _stop_sequence(turn: Turn) -> str | None:
    return "END" if turn.stop == "stop_sequence" else None


def _usage(tokens: Tokens) -> Json:
    return {
        "input_tokens": tokens.fresh,
        "cache_creation_input_tokens": tokens.written,
        "cache_read_input_tokens": tokens.cached,
        "output_tokens": tokens.output,
    }


def _block(part: tuple[str, ...]) -> Json:
    match part:
        case ("thinking", text):
            return {"type": "thinking", "thinking": text, "signature": "RXFvQkNrZ0lDQw=="}
        case ("call", call_id, name, arguments):
            return {"type": "tool_use", "id": call_id, "name": name, "input": json.loads(arguments)}
    return {"type": "text", "text": part[1]}


def _block_events(part: tuple[str, ...], *, odd: bool) -> list[Json]:
    block = _block(part)
    deltas: list[Json] = []
    match part:
        case ("thinking", text):
            empty = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(text)]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        case ("call", _, _, arguments):
            empty = {**block, "input": {}}
            deltas = [
                {"type": "input_json_delta", "partial_json": piece}
                for piece in ["", *pieces(arguments)]
            ]
        case _:
            empty = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces(part[1])]
    ping: list[Json] = [{"type": "ping"}] if odd else []
    return [
        {"type": "content_block_start", "content_block": empty},
        *ping,
        *({"type": "content_block_delta", "delta": delta} for delta in deltas),
        {"type": "content_block_stop"},
        *ping,
    ]

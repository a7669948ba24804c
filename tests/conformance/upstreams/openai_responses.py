"""An upstream that speaks OpenAI's Responses API.

Source: platform.openai.com, "Create a model response" and "Streaming events".
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.conformance.case import Asked, Json, Tokens, Turn, named, pieces
from tests.conformance.upstreams.openai_chat import ChatUpstream

_INCOMPLETE = {"length": "max_output_tokens", "refusal": "content_filter"}
_PROOF = "gAAAAABpcm9vZg=="


class ResponsesUpstream:
    """See ``Upstream``."""

    format = "openai-responses"

    def wants_stream(self, path: str, body: Json) -> bool:
        """A field of the body."""
        del path
        return bool(body.get("stream"))

    def model(self, path: str, body: Json) -> str:
        """A field of the body."""
        del path
        return str(body["model"])

    def read(self, path: str, body: Json) -> Asked:
        """The fields of a response's request."""
        system, said = _said(body["input"])
        wanted = body.get("tool_choice")
        choices = {"required": "any"}
        return Asked(
            model=self.model(path, body),
            stream=self.wants_stream(path, body),
            system="\n\n".join(filter(None, [body.get("instructions", ""), *system])),
            said=said,
            tools={
                tool["name"]: (tool.get("description", ""), json.dumps(tool["parameters"]))
                for tool in body.get("tools", ())
            },
            choice=wanted["name"] if isinstance(wanted, dict) else choices.get(wanted, wanted),
            one_at_a_time=body.get("parallel_tool_calls") is False,
            max_tokens=body.get("max_output_tokens"),
            temperature=body.get("temperature"),
            thinks=body.get("reasoning", {}).get("effort") not in (None, "none"),
            schema=body.get("text", {}).get("format", {}).get("schema"),
        )

    def whole(self, turn: Turn) -> Json:
        """A response."""
        return _response(turn, [_item(n, part) for n, part in enumerate(turn.parts)], ended=True)

    def events(self, turn: Turn) -> list[bytes]:
        """A stream; the odd one names items without telling what is in them before they are done."""
        begun = _response(turn, [], ended=False)
        events: list[Json] = [
            {"type": "response.created", "response": begun},
            {"type": "response.in_progress", "response": begun},
        ]
        items = [_item(number, part) for number, part in enumerate(turn.parts)]
        for index, item in enumerate(items):
            inner = [] if turn.odd else _inside(item, index)
            events += [
                {"type": "response.output_item.added", "output_index": index, "item": _begun(item)},
                *inner,
                {"type": "response.output_item.done", "output_index": index, "item": item},
            ]
        ended = _response(turn, items, ended=True)
        events.append({"type": f"response.{ended['status']}", "response": ended})
        return [named({**event, "sequence_number": number}) for number, event in enumerate(events)]

    def error(self, name: str) -> tuple[int, Mapping[str, str], Json]:
        """The same as those of Chat Completions."""
        return ChatUpstream().error(name)

    def error_event(self) -> bytes:
        """As OpenAI documents it."""
        return named(
            {
                "type": "error",
                "code": "server_error",
                "message": "The server had an error",
                "param": None,
                "sequence_number": 9,
            }
        )


def _said(items: list[Json] | str) -> tuple[list[str], list[tuple[Any, ...]]]:
    if isinstance(items, str):
        return [], [("user", items)]
    system: list[str] = []
    said: list[tuple[Any, ...]] = []
    calls: dict[str, Json] = {}
    for item in items:
        match item.get("type", "message"):
            case "message":
                content = item["content"]
                parts = [{"type": "input_text", "text": content}] if isinstance(content, str) else content  # fmt: skip
                if item["role"] in ("system", "developer"):
                    system += [part["text"] for part in parts]
                else:
                    said += [_read_part(item["role"], part) for part in parts]
            case "function_call":
                calls[item["call_id"]] = json.loads(item["arguments"])
                said.append(("call", item["name"], calls[item["call_id"]]))
            case "function_call_output":
                said += _read_result(item, calls)
            case other:
                said.append((other, json.dumps(item)))
    return system, said


def _read_part(role: str, part: Json) -> tuple[Any, ...]:
    match part["type"]:
        case "input_text" | "output_text":
            return (role, part["text"])
        case "input_image":
            return ("image", *_data_url(part["image_url"]))
        case "input_file":
            return ("document", *_data_url(part["file_data"]))
        case other:
            return (other, json.dumps(part))


def _read_result(item: Json, calls: dict[str, Json]) -> list[tuple[Any, ...]]:
    output = item["output"]
    parts = [{"type": "input_text", "text": output}] if isinstance(output, str) else output
    text = "".join(part["text"] for part in parts if part["type"] == "input_text")
    result = ("result", calls[item["call_id"]], text, text.startswith("Error"))
    return [result, *(_read_part("tool", part) for part in parts if part["type"] != "input_text")]


def _data_url(url: str) -> tuple[str, str]:
    head, _, content = url.partition(",")
    return head.removeprefix("data:").removesuffix(";base64"), content


def _response(turn: Turn, output: list[Json], *, ended: bool) -> Json:
    reason = _INCOMPLETE.get(turn.stop)
    if reason and output and output[-1]["type"] == "message" and ended:
        output[-1]["status"] = "incomplete"
    return {
        "id": "resp_upstream",
        "object": "response",
        "created_at": 1_700_000_000,
        "status": "in_progress" if not ended else "incomplete" if reason else "completed",
        "model": "gpt-5.1-2025-11-13",
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": {"reason": reason} if ended and reason else None,
        "usage": _usage(turn.tokens) if ended and turn.tokens else None,
    }


def _usage(tokens: Tokens) -> Json:
    return {
        "input_tokens": tokens.prompt,
        "input_tokens_details": {"cached_tokens": tokens.cached, "cache_write_tokens": 0},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": tokens.prompt + tokens.output,
    }


def _item(number: int, part: tuple[str, ...]) -> Json:
    match part:
        case ("thinking", text):
            summary = [{"type": "summary_text", "text": text}]
            return {
                "type": "reasoning",
                "id": f"rs_{number}",
                "summary": summary,
                "encrypted_content": _PROOF,
            }
        case ("call", call_id, name, arguments):
            return {
                "type": "function_call",
                "id": f"fc_{number}",
                "call_id": call_id,
                "name": name,
                "arguments": arguments,
                "status": "completed",
            }
    content = [{"type": "output_text", "text": part[1], "annotations": [], "logprobs": []}]
    return {
        "type": "message",
        "id": f"msg_{number}",
        "role": "assistant",
        "content": content,
        "status": "completed",
    }


def _begun(item: Json) -> Json:
    empty = {"content": [], "arguments": "", "summary": [], "status": "in_progress"}
    return {name: empty.get(name, value) for name, value in item.items()}


def _inside(item: Json, index: int) -> list[Json]:
    """The deltas of an item, and what stands around them."""
    place = {"item_id": item["id"], "output_index": index}
    if item["type"] == "function_call":
        kind, text, inner = "function_call_arguments", item["arguments"], place
        return _grown(kind, pieces(text), inner, {"arguments": text, "name": item["name"]})
    if item["type"] == "reasoning":
        text, inner = item["summary"][0]["text"], {**place, "summary_index": 0}
        around, kind = "reasoning_summary_part", "reasoning_summary_text"
        part, empty, more = item["summary"][0], {**item["summary"][0], "text": ""}, {}
    else:
        text, inner = item["content"][0]["text"], {**place, "content_index": 0}
        around, kind = "content_part", "output_text"
        part, empty, more = item["content"][0], {**item["content"][0], "text": ""}, {"logprobs": []}
    return [
        {"type": f"response.{around}.added", **inner, "part": empty},
        *_grown(kind, pieces(text), inner | more, {"text": text}),
        {"type": f"response.{around}.done", **inner, "part": part},
    ]


def _grown(kind: str, deltas: list[str], place: Json, done: Json) -> list[Json]:
    return [
        *({"type": f"response.{kind}.delta", **place, "delta": delta} for delta in deltas),
        {"type": f"response.{kind}.done", **place, **done},
    ]

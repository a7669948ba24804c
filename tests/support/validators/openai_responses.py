"""Checks what pxbin says in the Responses API against OpenAI's own types, and its streams as a strict client would."""

import json
from typing import Any

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

Json = dict[str, Any]

_EVENTS: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
_ENDS = ("response.completed", "response.incomplete", "response.failed")
_PREFIXES = {
    "message": "msg_",
    "reasoning": "rs_",
    "function_call": "fc_",
    "custom_tool_call": "ctc_",
    "web_search_call": "ws_",
    "image_generation_call": "ig_",
    "tool_search_call": "tsc_",
    "compaction": "cmp_",
}
_GROWN = {
    "function_call_arguments": "arguments",
    "custom_tool_call_input": "input",
    "output_text": "text",
    "reasoning_summary_text": "text",
}
"""What the deltas of a kind add up to, as its ``done`` calls it."""


def parse(stream: bytes) -> list[Json]:
    """The events' data; each event is one ``event`` line, one ``data`` line and an empty line; comments are skipped."""
    assert stream == b"" or stream.endswith(b"\n\n"), stream[-80:]
    events = []
    for block in stream.decode().split("\n\n")[:-1]:
        if block.startswith(":"):
            continue
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        if event["type"] != "response.failed":  # its codes are more than the types know
            _EVENTS.validate_json(data.removeprefix("data: "), strict=True)
        events.append(event)
    return events


def validate(stream: bytes, *, ended: bool = True) -> Json:
    """The response in its last state. Fails where a client could stumble."""
    check = _Check()
    for number, event in enumerate(parse(stream)):
        assert event["sequence_number"] == number, "the numbers are not contiguous"
        assert not check.ended, f"{event['type']} follows the end"
        check.take(event)
    assert check.ended or not ended, "the stream has no end"
    return check.response


def check_response(body: bytes) -> Response:
    """Assert that OpenAI's own types take the whole answer."""
    return Response.model_validate_json(body, strict=True)


class _Check:
    """One walk through a stream."""

    def __init__(self) -> None:
        self.response: Json = {}
        self.ended = False
        self._count = 0
        self._items: list[Json] = []
        self._open: Json | None = None
        self._grown: dict[str, str] = {}
        self._part: str | None = None
        self._annotations: list[Json] = []

    def take(self, event: Json) -> None:
        kind = event["type"]
        if self._count < 2:
            assert kind == ("response.created", "response.in_progress")[self._count]
            self._begin(event["response"])
        elif kind in _ENDS:
            self._end(kind.removeprefix("response."), event["response"])
        elif kind == "response.output_item.added":
            self._add(event)
        elif kind == "response.output_item.done":
            self._done(event)
        else:
            self._in_item(kind.removeprefix("response."), event)
        self._count += 1

    def _begin(self, response: Json) -> None:
        assert response["id"].startswith("resp_")
        assert (response["object"], response["status"]) == ("response", "in_progress")
        assert (response["output"], response["usage"], response["error"]) == ([], None, None)
        assert self.response in ({}, response)
        self.response = response

    def _end(self, status: str, response: Json) -> None:
        self.ended = True
        assert response["status"] == status
        for field in ("id", "model", "created_at", "tools", "object"):
            assert response[field] == self.response[field]
        assert response["output"] == self._items
        assert (status == "incomplete") == (response["incomplete_details"] is not None)
        assert (status == "failed") == (response["error"] is not None)
        if status == "failed":
            assert response["error"]["message"]
        else:
            assert self._open is None, "an item is still open"
            self._check_last(status)
        self.response = response

    def _check_last(self, status: str) -> None:
        states = [
            item["status"]
            for item in self._items
            if item["type"] != "compaction" and "status" in item
        ]
        assert "in_progress" not in states
        assert "incomplete" not in states[:-1]
        if status == "completed":
            assert "incomplete" not in states

    def _add(self, event: Json) -> None:
        item = event["item"]
        assert self._open is None, "an item begins while another is open"
        assert event["output_index"] == len(self._items)
        assert item["id"].startswith(_PREFIXES[item["type"]])
        assert len(item["id"]) <= 64
        assert item["id"] not in [known["id"] for known in self._items]
        assert item.get("status", "in_progress") == "in_progress"
        assert not any(
            item.get(field) for field in ("content", "arguments", "input", "summary", "result")
        )
        self._open, self._grown, self._part, self._annotations = item, {}, None, []

    def _done(self, event: Json) -> None:
        item = event["item"]
        assert self._open is not None, "an item ends that has not begun"
        assert self._part is None, "a part of it is still open"
        assert event["output_index"] == len(self._items)
        for field in ("id", "type", "call_id", "name", "namespace", "role"):
            assert item.get(field) == self._open.get(field)
        assert _texts(item) == self._grown
        if item["type"] == "reasoning":
            assert item["encrypted_content"]
        self._items.append(item)
        self._open = None

    def _in_item(self, kind: str, event: Json) -> None:
        assert self._open is not None, f"{kind} outside of an item"
        assert event["item_id"] == self._open["id"]
        assert event["output_index"] == len(self._items)
        what, _, verb = kind.rpartition(".")
        if what in ("content_part", "reasoning_summary_part"):
            assert (self._part is None) == (verb == "added")
            self._part = what if verb == "added" else None
            text = self._grown.setdefault(
                what.replace("content_part", "output_text").replace("_part", "_text"), ""
            )
            assert event["part"]["text"] == text
            assert event["part"].get("annotations", []) == self._annotations
        elif what == "output_text.annotation":
            self._annotate(event)
        elif verb == "delta":
            assert event["delta"], "an empty delta"
            assert what in ("function_call_arguments", "custom_tool_call_input") or self._part
            self._grown[what] = self._grown.get(what, "") + event["delta"]
        elif what in _GROWN:
            assert verb == "done"
            assert event[_GROWN[what]] == self._grown.setdefault(what, "")
        else:
            assert what in ("web_search_call", "image_generation_call"), kind

    def _annotate(self, event: Json) -> None:
        annotation = event["annotation"]
        assert event["annotation_index"] == len(self._annotations)
        assert 0 <= annotation["start_index"] <= annotation["end_index"]
        assert annotation["end_index"] <= len(self._grown["output_text"])
        self._annotations.append(annotation)


def _texts(item: Json) -> dict[str, str]:
    """What a finished item says, by the kind of delta that told it."""
    match item["type"]:
        case "message":
            return {"output_text": "".join(part["text"] for part in item["content"])}
        case "reasoning":
            summary = "".join(part["text"] for part in item["summary"])
            return {"reasoning_summary_text": summary} if item["summary"] else {}
        case "function_call":
            return {"function_call_arguments": item["arguments"]}
        case "custom_tool_call":
            return {"custom_tool_call_input": item["input"]}
        case _:
            return {}

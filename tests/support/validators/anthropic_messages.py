"""Checks a stream as a strict client of the Messages API would: order, indexes, required fields, nothing after the end."""

import json
from typing import Any

_EMPTY = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
}
_DELTAS = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "tool_use": {"input_json_delta"},
    "server_tool_use": {"input_json_delta"},
}
_FIELDS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "input_json_delta": "partial_json",
    "citations_delta": "citation",
}
_STOP_REASONS = {
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "refusal",
    "pause_turn",
    "model_context_window_exceeded",
}
_COUNTERS = (
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)


def parse(stream: bytes) -> list[dict[str, Any]]:
    """The events' data; each event must be one ``event`` line, one ``data`` line and an empty line."""
    assert stream == b"" or stream.endswith(b"\n\n"), stream[-80:]
    events = []
    for block in stream.decode().split("\n\n")[:-1]:
        name, data = block.split("\n")
        assert name.startswith("event: ")
        assert data.startswith("data: ")
        event = json.loads(data.removeprefix("data: "))
        assert event["type"] == name.removeprefix("event: ")
        events.append(event)
    return events


def validate(stream: bytes) -> dict[str, Any]:
    """The message that the stream tells. Fails where a client could stumble; a stream may end with an error."""
    events = parse(stream)
    if not events:
        raise AssertionError("an empty stream")
    if events[0]["type"] == "error":
        assert len(events) == 1
        return _check_error(events[0])
    message = _check_start(events[0])
    for position, event in enumerate(events[1:], 1):
        match event["type"]:
            case "content_block_start":
                _start(message, event)
            case "content_block_delta":
                _add(message, event)
            case "content_block_stop":
                _stop(message, event)
            case "ping":
                pass
            case "message_delta":
                _finish(message, event)
                rest = [later["type"] for later in events[position + 1 :]]
                assert [kind for kind in rest if kind != "ping"] == ["message_stop"]
            case "message_stop":
                assert "stop_reason" in message
                assert message["stop_reason"] is not None
                return message
            case "error":
                assert position == len(events) - 1, "something follows an error"
                return _check_error(event)
            case other:
                raise AssertionError(f"an event of the type {other}")
    raise AssertionError("the stream ends without message_stop or error")


def _check_error(event: dict[str, Any]) -> dict[str, Any]:
    assert event["error"]["type"].endswith(("_error", "too_large"))
    assert isinstance(event["error"]["message"], str)
    assert event["error"]["message"]
    return event


def _check_start(event: dict[str, Any]) -> dict[str, Any]:
    assert event["type"] == "message_start"
    message = event["message"]
    assert message["id"].startswith("msg_")
    assert (message["type"], message["role"]) == ("message", "assistant")
    assert isinstance(message["model"], str)
    assert message["content"] == []
    assert message["stop_reason"] is None
    assert message["stop_sequence"] is None
    _check_usage(message["usage"])
    return {**message, "open": None}


def _check_usage(usage: dict[str, Any]) -> None:
    for counter in _COUNTERS:
        assert isinstance(usage[counter], int)
        assert usage[counter] >= 0


def _start(message: dict[str, Any], event: dict[str, Any]) -> None:
    assert message["open"] is None, "a block starts while another is open"
    assert event["index"] == len(message["content"]), "indexes are not contiguous"
    block = event["content_block"]
    for field, empty in _EMPTY.get(block["type"], {}).items():
        assert block[field] == empty
    if block["type"] == "tool_use":
        assert block["id"]
        assert block["name"]
    message["open"] = {**block, "partial_json": ""}
    message["content"].append(message["open"])


def _add(message: dict[str, Any], event: dict[str, Any]) -> None:
    block, delta = message["open"], event["delta"]
    assert block is not None, "a delta outside of a block"
    assert event["index"] == len(message["content"]) - 1
    field = _FIELDS[delta["type"]]
    assert delta["type"] in _DELTAS[block["type"]]
    if field == "citation":
        block.setdefault("citations", []).append(delta[field])
    else:
        block[field] += delta[field]


def _stop(message: dict[str, Any], event: dict[str, Any]) -> None:
    block = message["open"]
    assert block is not None
    assert event["index"] == len(message["content"]) - 1
    if block["type"] == "thinking":
        assert block["signature"], "thinking without a signature cannot be sent back"
    partial = block.pop("partial_json")
    if partial:
        block["input"] = partial
    message["open"] = None


def _finish(message: dict[str, Any], event: dict[str, Any]) -> None:
    assert message.pop("open") is None, "the message ends while a block is open"
    assert event["delta"]["stop_reason"] in _STOP_REASONS
    assert "stop_sequence" in event["delta"]
    _check_usage(event["usage"])
    message.update(event["delta"])
    message["usage"] = event["usage"]
    if any(block["type"] == "tool_use" for block in message["content"]):
        assert message["stop_reason"] not in ("end_turn", "stop_sequence")

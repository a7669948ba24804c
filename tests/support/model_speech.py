"""What a scripted model says, written once, and how each upstream format says it: whole, and as a stream's events."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.support.upstream import DONE, data_event, named_event, openai_usage

Json = dict[str, Any]


class Call(NamedTuple):
    """A call of a tool; ``freeform``: of one whose input is text, which is all that ``arguments["input"]`` says."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    freeform: bool = False


@dataclass(frozen=True)
class Turn:
    """What the model says; ``proof`` is what the vendor wants back with the reasoning. 1000 tokens in, 20 out."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    thought: str = ""
    proof: str = ""


def _halves(text: str) -> tuple[str, str]:
    """Two deltas, so that every delta counts."""
    middle = len(text) // 2
    return text[:middle], text[middle:]


# ---------------------------------------------------------------------- OpenAI's chat completions


def _chat_whole(turn: Turn) -> Json:
    calls = [
        {"id": call.id, "type": "function"}
        | {"function": {"name": call.name, "arguments": json.dumps(call.arguments)}}
        for call in turn.calls
    ]
    message: Json = {"role": "assistant", "content": turn.text or None}
    message |= {"reasoning_content": turn.thought} if turn.thought else {}
    message |= {"tool_calls": calls} if calls else {}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
    about = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5-mini"}
    return about | {"choices": [choice], "usage": openai_usage(1000, 20)}


def _chat_events(whole: Json) -> Iterator[bytes]:
    about = whole | {"object": "chat.completion.chunk"}
    usage = about.pop("usage")
    choice = about.pop("choices")[0]

    def chunk(delta: Json, finish: str | None = None) -> bytes:
        return data_event(
            about | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        )

    message = choice["message"]
    yield chunk({"role": "assistant", "content": ""})
    for field in ("reasoning_content", "content"):
        for half in _halves(message.get(field) or ""):
            yield chunk({field: half})
    for index, call in enumerate(message.get("tool_calls", ())):
        first, second = _halves(call["function"]["arguments"])
        started = call | {"index": index, "function": call["function"] | {"arguments": first}}
        yield chunk({"tool_calls": [started]})
        yield chunk({"tool_calls": [{"index": index, "function": {"arguments": second}}]})
    yield chunk({}, choice["finish_reason"])
    yield data_event(about | {"choices": [], "usage": usage})
    yield DONE


# ---------------------------------------------------------------------- Anthropic's messages


def _messages_whole(turn: Turn) -> Json:
    content: list[Json] = []
    if turn.thought or turn.proof:
        content.append({"type": "thinking", "thinking": turn.thought, "signature": turn.proof})
    if turn.text:
        content.append({"type": "text", "text": turn.text})
    content += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}
        for call in turn.calls
    ]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": content,
        "stop_reason": "tool_use" if turn.calls else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1000, "output_tokens": 20},
    }


def _messages_events(whole: Json) -> Iterator[bytes]:
    yield named_event("message_start", message=whole | {"content": [], "stop_reason": None})
    for index, block in enumerate(whole["content"]):
        yield from _block_events(index, block)
    stop = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield named_event("message_delta", delta=stop, usage={"output_tokens": 20})
    yield named_event("message_stop")


def _block_events(index: int, block: Json) -> Iterator[bytes]:
    match block["type"]:
        case "thinking":
            deltas = [
                {"type": "thinking_delta", "thinking": half} for half in _halves(block["thinking"])
            ]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
            empty = {"thinking": "", "signature": ""}
        case "text":
            deltas = [{"type": "text_delta", "text": half} for half in _halves(block["text"])]
            empty = {"text": ""}
        case _:
            halves = _halves(json.dumps(block["input"]))
            deltas = [{"type": "input_json_delta", "partial_json": half} for half in halves]
            empty = {"input": {}}
    yield named_event("content_block_start", index=index, content_block={**block, **empty})
    for delta in deltas:
        yield named_event("content_block_delta", index=index, delta=delta)
    yield named_event("content_block_stop", index=index)


# ---------------------------------------------------------------------- OpenAI's responses


def _responses_whole(turn: Turn) -> Json:
    output: list[Json] = []
    if turn.thought or turn.proof:
        summary = [{"type": "summary_text", "text": turn.thought}] if turn.thought else []
        reasoning = {"type": "reasoning", "id": "rs_1", "summary": summary}
        output.append(reasoning | {"encrypted_content": turn.proof})
    if turn.text:
        part = {"type": "output_text", "text": turn.text, "annotations": []}
        message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
        output.append(message | {"content": [part]})
    output += map(_call_item, turn.calls)
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_760_000_000,
        "status": "completed",
        "model": "gpt-5.2",
        "output": output,
        "error": None,
        "incomplete_details": None,
        "store": False,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 1000,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 1020,
        },
    }


def _call_item(call: Call) -> Json:
    about = {"call_id": call.id, "name": call.name, "status": "completed"}
    if call.freeform:
        said = {"type": "custom_tool_call", "id": f"ctc_{call.id}"}
        return said | about | {"input": call.arguments["input"]}
    said = {"type": "function_call", "id": f"fc_{call.id}"}
    return said | about | {"arguments": json.dumps(call.arguments)}


def _responses_events(whole: Json) -> Iterator[bytes]:
    begun = whole | {"status": "in_progress", "output": [], "usage": None}
    told: list[tuple[str, Json]] = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
    ]
    for index, item in enumerate(whole["output"]):
        told.append(("response.output_item.added", {"output_index": index, "item": _empty(item)}))
        told += (
            (kind, {"item_id": item["id"], "output_index": index, **fields})
            for kind, fields in _item_events(item)
        )
        told.append(("response.output_item.done", {"output_index": index, "item": item}))
    told.append(("response.completed", {"response": whole}))
    for number, (kind, fields) in enumerate(told):
        yield named_event(kind, sequence_number=number, **fields)


def _empty(item: Json) -> Json:
    """An item as it is announced."""
    fields = {"summary": [], "content": [], "arguments": "", "input": ""}
    empty = {name: value for name, value in fields.items() if name in item}
    return item | empty | ({"status": "in_progress"} if "status" in item else {})


def _item_events(item: Json) -> Iterator[tuple[str, Json]]:
    match item["type"]:
        case "reasoning":
            for part in item["summary"]:
                at = {"summary_index": 0}
                kind = "response.reasoning_summary"
                yield f"{kind}_part.added", at | {"part": part | {"text": ""}}
                for half in _halves(part["text"]):
                    yield f"{kind}_text.delta", at | {"delta": half}
                yield f"{kind}_text.done", at | {"text": part["text"]}
                yield f"{kind}_part.done", at | {"part": part}
        case "message":
            part = item["content"][0]
            at = {"content_index": 0}
            yield "response.content_part.added", at | {"part": part | {"text": ""}}
            for half in _halves(part["text"]):
                yield "response.output_text.delta", at | {"delta": half, "logprobs": []}
            yield "response.output_text.done", at | {"text": part["text"], "logprobs": []}
            yield "response.content_part.done", at | {"part": part}
        case "function_call":
            for half in _halves(item["arguments"]):
                yield "response.function_call_arguments.delta", {"delta": half}
            done = {"arguments": item["arguments"], "name": item["name"]}
            yield "response.function_call_arguments.done", done
        case _:
            for half in _halves(item["input"]):
                yield "response.custom_tool_call_input.delta", {"delta": half}
            yield "response.custom_tool_call_input.done", {"input": item["input"]}


# ---------------------------------------------------------------------- Gemini's generateContent


def _gemini_whole(turn: Turn) -> Json:
    """The proof stands at the first call, or else at the text: where Gemini 3 puts it."""
    parts: list[Json] = []
    if turn.thought:
        parts.append({"text": turn.thought, "thought": True})
    signed: list[Json] = [{"text": turn.text}] if turn.text else []
    said = len(signed)
    signed += [
        {"functionCall": {"id": call.id, "name": call.name, "args": call.arguments}}
        for call in turn.calls
    ]
    if turn.proof:
        signed[said if turn.calls else 0]["thoughtSignature"] = turn.proof
    content = {"role": "model", "parts": parts + signed}
    usage = {"promptTokenCount": 1000, "candidatesTokenCount": 20, "totalTokenCount": 1020}
    about = {"modelVersion": "gemini-3-pro-preview", "responseId": "resp1", "usageMetadata": usage}
    return {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], **about}


def _gemini_events(whole: Json) -> Iterator[bytes]:
    """A chunk for each part, and one that ends it all."""
    candidate = whole["candidates"][0]

    def chunk(parts: list[Json], **end: str) -> bytes:
        content = {"role": "model", "parts": parts}
        return data_event(whole | {"candidates": [{"content": content, "index": 0, **end}]})

    for part in candidate["content"]["parts"]:
        yield chunk([part])
    yield chunk([{"text": ""}], finishReason="STOP")


class Speech(NamedTuple):
    """How a format says a turn: in one piece, and that as the events of a stream."""

    whole: Callable[[Turn], Json]
    events: Callable[[Json], Iterable[bytes]]


SPEECHES = {
    "openai": Speech(_chat_whole, _chat_events),
    "anthropic": Speech(_messages_whole, _messages_events),
    "openai-responses": Speech(_responses_whole, _responses_events),
    "gemini": Speech(_gemini_whole, _gemini_events),
}

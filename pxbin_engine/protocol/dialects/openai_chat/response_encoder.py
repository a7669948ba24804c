"""Whole answers to clients of Chat Completions, and what streams to them share."""

from collections.abc import Sequence
from typing import Any

import msgspec

from pxbin_engine.protocol.dialects.openai_chat.annotations import encode_annotations
from pxbin_engine.protocol.dialects.openai_chat.reasoning_details import (
    client_details,
    proofs_of_calls,
    signed_call,
    vouches_for_call,
)
from pxbin_engine.protocol.freeform import freeform_input
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Base64Source,
    FunctionTool,
    Image,
    OpaquePart,
    Part,
    Request,
    SearchCall,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
    UrlSource,
)
from pxbin_engine.protocol.response import Response, StopKind, StopReason, Usage
from pxbin_engine.protocol.stops import note_stop

_FINISH_OF_STOP: dict[StopKind, str] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "context_window": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def encode_response(response: Response, request: Request, *, created: int, losses: Losses) -> bytes:
    """The client's whole answer; ``created`` in Unix seconds; what it cannot say goes to ``losses``."""
    note_stop(response.stop, losses)
    answer: dict[str, Any] = {
        "id": response.id,
        "object": "chat.completion",
        "created": created,
        "model": response.model,
        "choices": [
            {
                "index": 0,
                "message": _encode_message(response.parts, request, losses),
                "logprobs": None,
                "finish_reason": encode_stop(response.stop),
            }
        ],
    }
    if response.usage is not None:
        answer["usage"] = encode_usage(response.usage)
    return msgspec.json.encode(answer)


def _encode_message(parts: Sequence[Part], request: Request, losses: Losses) -> dict[str, Any]:
    text = "".join(part.text for part in parts if isinstance(part, Text))
    thoughts = [part for part in parts if isinstance(part, Thinking)]
    calls = _encode_calls(parts, request)
    fields = {
        "reasoning_content": "".join(thought.text for thought in thoughts),
        "reasoning_details": _encode_details(parts),
        "annotations": encode_annotations(parts),
        "images": _encode_images(parts, losses),
        "tool_calls": calls,
    }
    for position, part in enumerate(parts):
        note_loss(part, position, losses)
    return {
        "role": "assistant",
        "content": text or (None if calls else ""),
        "refusal": None,
        **{name: value for name, value in fields.items() if value},
    }


def _encode_details(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """What vouches for the thinking, but for the proofs that stand in the calls."""
    details = []
    for position, part in enumerate(parts):
        if isinstance(part, Thinking):
            after = parts[position + 1] if position + 1 < len(parts) else None
            in_call = vouches_for_call(part) and isinstance(after, ToolCall)
            details += [] if in_call else client_details(part)
    return details


def _encode_calls(parts: Sequence[Part], request: Request) -> list[dict[str, Any]]:
    freeform, proofs = freeform_names(request), proofs_of_calls(parts)
    calls = [part for part in parts if isinstance(part, ToolCall)]
    return [_encode_call(call, freeform, proofs.get(call.id)) for call in calls]


def _encode_call(call: ToolCall, freeform: frozenset[str], proof: str | None) -> dict[str, Any]:
    signed = signed_call(proof) if proof else {}
    if call.name in freeform:
        custom = {"name": call.name, "input": freeform_input(call.arguments)}
        return {"id": call.id, "type": "custom", "custom": custom, **signed}
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function, **signed}


def _encode_images(parts: Sequence[Part], losses: Losses) -> list[dict[str, Any]]:
    images = [
        encode_image(part, position, losses)
        for position, part in enumerate(parts)
        if isinstance(part, Image)
    ]
    return [image for image in images if image is not None]


def encode_image(image: Image, position: int, losses: Losses) -> dict[str, Any] | None:
    """A picture as OpenRouter's ``message.images`` has it ("Image Generation")."""
    match image.source:
        case Base64Source(media_type=media_type, data=data):
            url = f"data:{media_type};base64,{data}"
        case UrlSource(url=url):
            pass
        case _:
            losses.add(f"answer[{position}]", "The picture is a file that only its vendor has.")
            return None
    return {"type": "image_url", "image_url": {"url": url}}


def note_loss(part: Part, position: int, losses: Losses) -> None:
    """A Loss for a part that no message of this dialect holds."""
    match part:
        case SearchCall() | SearchResult():
            losses.add(f"answer[{position}]", "Chat Completions has no place for a search.")
        case OpaquePart(kind=kind):
            losses.add(f"answer[{position}]", f"Chat Completions has no part of the type {kind}.")
        case _:
            pass


def freeform_names(request: Request) -> frozenset[str]:
    """The client's tools that take a text."""
    tools = (tool for tool in request.tools if isinstance(tool, FunctionTool))
    return frozenset(tool.name for tool in tools if tool.freeform)


def encode_stop(stop: StopReason) -> str:
    """OpenAI's ``finish_reason``."""
    return _FINISH_OF_STOP[stop.unified]


def encode_usage(usage: Usage) -> dict[str, Any]:
    """OpenAI's counts, cached tokens inside ``prompt_tokens``; OpenRouter's names for what OpenAI does not count."""
    cached = {"cached_tokens": usage.cache_read_tokens}
    if usage.cache_write_tokens:
        cached["cache_write_tokens"] = usage.cache_write_tokens
    searches = {"server_tool_use": {"web_search_requests": usage.web_searches}}
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.prompt_tokens + usage.output_tokens,
        "prompt_tokens_details": cached,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        **(searches if usage.web_searches else {}),
    }

"""Canonical answers -> ``GenerateContentResponse``, and what streams share with them: token counts and why it ended.

Source: the API reference of ``GenerateContentResponse``, ``FinishReason`` and ``UsageMetadata``.
"""

import msgspec

from pxbin_engine.protocol.dialects.gemini_generate.answer_parts import AnswerParts
from pxbin_engine.protocol.dialects.gemini_generate.wire import Json
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response, StopKind, StopReason, Usage
from pxbin_engine.protocol.stops import note_stop
from pxbin_engine.protocol.stream import events_of

_FINISH_OF_STOP: dict[StopKind, str] = {
    "end_turn": "STOP",
    "stop_sequence": "STOP",
    "tool_use": "STOP",
    "pause_turn": "STOP",
    "max_tokens": "MAX_TOKENS",
    "context_window": "MAX_TOKENS",
    "refusal": "SAFETY",
}

_GOOGLES_FINISHES = frozenset(
    {
        "BLOCKLIST",
        "IMAGE_OTHER",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "IMAGE_SAFETY",
        "LANGUAGE",
        "MAX_TOKENS",
        "NO_IMAGE",
        "OTHER",
        "PROHIBITED_CONTENT",
        "RECITATION",
        "SAFETY",
        "SPII",
        "STOP",
    }
)
"""Said by a Gemini upstream, they are told as they were."""

_MALFORMED = "MALFORMED_FUNCTION_CALL"


def encode_response(response: Response, request: Request, *, losses: Losses) -> bytes:
    """The client's whole answer."""
    answer = AnswerParts(request, losses)
    parts: list[Json] = []
    for event in events_of(response):
        for part in answer.take(event):
            _append(parts, part)
    for part in answer.end():
        _append(parts, part)
    content = {"parts": parts, "role": "model"} if parts else {"role": "model"}
    candidate = {"content": content, **encode_end(response.stop, answer, losses), "index": 0}
    body: Json = {"candidates": [candidate]}
    if response.usage is not None:
        body["usageMetadata"] = encode_usage(response.usage)
    body |= {"modelVersion": response.model, "responseId": response.id}
    return msgspec.json.encode(body)


def _append(parts: list[Json], part: Json) -> None:
    """Texts that follow each other are one, up to the one with the signature; what a signature stands on begins anew."""
    last = parts[-1] if parts else {}
    alike = "text" in last and "text" in part and last.get("thought") == part.get("thought")
    signed = "thoughtSignature" in part and not part.get("thought")
    if alike and not signed and not ("thoughtSignature" in last and last.get("thought")):
        parts[-1] = {**last, **part, "text": last["text"] + part["text"]}
    else:
        parts.append(part)


def encode_end(stop: StopReason, answer: AnswerParts, losses: Losses) -> Json:
    """What a candidate says when it is complete: why it ended, and what it has from the web."""
    end: Json = {"finishReason": _finish(stop, losses)}
    if answer.broken_call is not None and stop.unified != "max_tokens":
        end = {"finishReason": _MALFORMED, "finishMessage": answer.broken_call}
    grounding = answer.grounding.metadata()
    return end if grounding is None else {**end, "groundingMetadata": grounding}


def _finish(stop: StopReason, losses: Losses) -> str:
    note_stop(stop, losses)
    if stop.raw in _GOOGLES_FINISHES:
        return stop.raw
    return _FINISH_OF_STOP[stop.unified]


def encode_usage(usage: Usage) -> Json:
    """Google's counts: cached tokens inside the prompt's, thoughts beside the answer's."""
    thoughts = min(usage.reasoning_tokens, usage.output_tokens)
    counts = {
        "promptTokenCount": usage.prompt_tokens,
        "cachedContentTokenCount": usage.cache_read_tokens,
        "candidatesTokenCount": usage.output_tokens - thoughts,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": usage.prompt_tokens + usage.output_tokens,
    }
    optional = ("cachedContentTokenCount", "thoughtsTokenCount")
    return {name: count for name, count in counts.items() if count or name not in optional}

"""How an answer of Gemini came out, streamed or whole: its token counts, why it stopped, and its ids.

Source: the API reference of ``generateContent``, ``FinishReason``, ``BlockReason`` and ``UsageMetadata``.
"""

import secrets

from pxbin_engine.protocol.dialects.gemini_generate import upstream_wire as wire
from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.response import StopKind, StopReason, Usage, bounded, service_tier
from pxbin_engine.protocol.wire_names import digest

_STOP_OF_FINISH: dict[str, StopKind] = {
    "STOP": "end_turn",
    "OTHER": "end_turn",
    "MAX_TOKENS": "max_tokens",
    "CONTINUATION": "max_tokens",  # of one request; the rest needs a token that no other dialect has
    "SAFETY": "refusal",
    "RECITATION": "refusal",
    "LANGUAGE": "refusal",
    "BLOCKLIST": "refusal",
    "PROHIBITED_CONTENT": "refusal",
    "SPII": "refusal",
    "ESCALATION": "refusal",
    "MODEL_ARMOR": "refusal",
    "IMAGE_SAFETY": "refusal",
    "IMAGE_PROHIBITED_CONTENT": "refusal",
    "IMAGE_RECITATION": "refusal",
}

_FAILED_FINISHES: dict[str, tuple[ErrorKind, int, str]] = {
    "MALFORMED_FUNCTION_CALL": ("api", 502, "The model wrote a function call that is not valid."),
    "MALFORMED_RESPONSE": ("api", 502, "The model wrote an answer that is not valid."),
    "UNEXPECTED_TOOL_CALL": ("api", 502, "The model called a tool that it does not have."),
    "TOO_MANY_TOOL_CALLS": ("api", 502, "The model made too many tool calls in one answer."),
    "MISSING_THOUGHT_SIGNATURE": (
        "invalid_request",
        400,
        "The upstream misses a thought signature in the conversation.",
    ),
    "PUP_LIMITED_DISABLED": (
        "permission",
        403,
        "The upstream has limited or disabled the account.",
    ),
}
"""Finishes that are no end but a failure: an answer without its call would look like the model's last word."""


def decode_usage(usage: wire.UsageMetadata, searches: int = 0) -> Usage:
    """Token counts in disjoint classes; what the vendor's own tools gave the model to read is input, too.

    Some compatible servers leave thinking out of every counter; then ``totalTokenCount`` knows better.
    """
    prompt = usage.prompt_token_count or 0
    cached = usage.cached_content_token_count or 0
    by_tools = usage.tool_use_prompt_token_count or 0
    thoughts = usage.thoughts_token_count or 0
    output = (usage.candidates_token_count or 0) + thoughts
    cached_sound = _of_kind(usage.cache_tokens_details, "AUDIO")
    # promptTokensDetails, as promptTokenCount, include what was cached.
    sound = max(0, _of_kind(usage.prompt_tokens_details, "AUDIO") - cached_sound)
    told = Usage(
        input_tokens=(prompt - cached if cached <= prompt else prompt) + by_tools,
        cache_read_tokens=cached,
        output_tokens=max(output, (usage.total_token_count or 0) - prompt - by_tools),
        reasoning_tokens=thoughts,
        input_audio_tokens=sound,
        cache_read_audio_tokens=cached_sound,
        output_audio_tokens=_of_kind(usage.candidates_tokens_details, "AUDIO"),
        output_image_tokens=_of_kind(usage.candidates_tokens_details, "IMAGE"),
        service_tier=service_tier(usage.service_tier),
        web_searches=searches,
    )
    return bounded(told)


def _of_kind(details: list[wire.ModalityTokens] | None, kind: str) -> int:
    return sum(part.token_count or 0 for part in details or () if part.modality == kind)


def decode_stop(finish: str | None, *, has_call: bool) -> StopReason:
    """Why the model stopped; a call is whole whenever it is there, so the client has to answer it."""
    if has_call:
        return StopReason("tool_use", finish)
    return StopReason(_STOP_OF_FINISH.get(finish or "", "end_turn"), finish)


def failed_finish(finish: str, message: str | None) -> ApiError | None:
    """The failure that a finish is, with Google's ``finishMessage``; None where it is an end."""
    if finish not in _FAILED_FINISHES:
        return None
    kind, status, text = _FAILED_FINISHES[finish]
    return ApiError(kind, status, f"{text} {message}" if message else text, code=finish)


def new_response_id() -> str:
    """An id for an answer that came without one."""
    return secrets.token_hex(12)


def made_id(prefix: str, response_id: str, position: int) -> str:
    """An id for what came without one, the same whenever the same answer is read."""
    return f"{prefix}_{digest(f'{response_id}:{position}')[:24]}"

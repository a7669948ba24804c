"""What the end of an answer says: why it stopped, what it used, why it failed."""

import secrets
from typing import Literal

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire as wire
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.response import StopKind, StopReason, Usage, bounded, service_tier
from pxbin_engine.protocol.upstream_error import decode_stream_error

_STOP_OF_REASON: dict[str, StopKind] = {
    "max_output_tokens": "max_tokens",
    "max_tokens": "max_tokens",
    "max_messages": "max_tokens",
    "content_filter": "refusal",
}
"""By ``incomplete_details.reason``; ``steered`` (the client spoke meanwhile) just ends the turn."""

_FAILURES = {
    "failed": "The upstream's answer failed, without a reason.",
    "cancelled": "The upstream cancelled its answer.",
}
"""By ``status``."""


def decode_stop(
    answer: wire.Answer, *, refused: bool, last_call: Literal["whole", "cut"] | None
) -> StopReason:
    """Why the model stopped.

    Args:
        answer: the response as it was in the end.
        refused: it said so in a part of its own.
        last_call: how the last call of a client's tool ended; None where there was no call.
    """
    details = answer.incomplete_details
    reason = details.reason if details else None
    raw = reason or answer.status or "completed"
    unified = _STOP_OF_REASON.get(reason or "", "end_turn")
    if last_call is not None and not (last_call == "cut" and unified == "max_tokens"):
        unified = "tool_use"
    elif refused and unified == "end_turn":
        unified = "refusal"
    return StopReason(unified, raw)


def decode_usage(answer: wire.Answer, searches: int) -> Usage | None:
    """Token counts in disjoint classes; None where the upstream told none.

    OpenAI's caches last for thirty minutes or twelve hours, so what it wrote counts as the shorter and the longer kind.

    Args:
        answer: the response as it was in the end.
        searches: of the web, as far as its items tell; the response's own count is better.
    """
    used = answer.usage
    if used is None:
        return None
    given = used.input_tokens_details or wire.InputDetails()
    read = given.cached_tokens or 0
    long = (given.cache_write_tokens_details or wire.CacheWrites()).ttl_12h_tokens or 0
    written = max(given.cache_write_tokens or 0, long)
    total = used.input_tokens or 0
    counted = answer.tool_usage.web_search if answer.tool_usage else None
    thinking = used.output_tokens_details
    told = Usage(
        input_tokens=total - read - written if read + written <= total else total,
        cache_read_tokens=read,
        cache_write_5m_tokens=written - long,
        cache_write_1h_tokens=long,
        output_tokens=used.output_tokens or 0,
        reasoning_tokens=(thinking.reasoning_tokens or 0) if thinking else 0,
        service_tier=service_tier(answer.service_tier),
        web_searches=(counted.num_requests if counted else None) or searches,
    )
    return bounded(told)


def decode_failure(answer: wire.Answer) -> ApiError | None:
    """Why the response failed; None where it did not."""
    if answer.error:
        return decode_stream_error({"error": answer.error})
    message = _FAILURES.get(answer.status or "")
    return ApiError("api", 502, message) if message else None


def new_response_id() -> str:
    """An id for an answer that came without one."""
    return f"resp_{secrets.token_hex(12)}"

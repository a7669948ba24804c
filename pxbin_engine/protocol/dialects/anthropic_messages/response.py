"""Whole answers of the Messages API, in both directions, and what streams share with them: ids, usage, stop reasons."""

import re
import secrets

import msgspec

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages import answer_wire as wire
from pxbin_engine.protocol.dialects.anthropic_messages.answer_parts import encode_answer_part
from pxbin_engine.protocol.dialects.anthropic_messages.parts import Json, decode_block
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import ToolCall
from pxbin_engine.protocol.response import (
    Response,
    StopKind,
    StopReason,
    Usage,
    bounded,
    service_tier,
    with_distinct_ids,
)

_ANSWER = msgspec.json.Decoder(wire.Answer)

_KINDS: dict[str, StopKind] = {
    "end_turn": "end_turn",
    "max_tokens": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_use",
    "refusal": "refusal",
    "pause_turn": "pause_turn",
    "model_context_window_exceeded": "context_window",
}
_REASONS: dict[StopKind, str] = {kind: reason for reason, kind in _KINDS.items()}


def decode_response(body: bytes) -> Response:
    """An upstream's whole answer. Raises ``ProtocolError``."""
    try:
        answer = _ANSWER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"The upstream's answer is no message: {error}") from error
    if answer.content is None:
        raise ProtocolError("The upstream's answer is no message: it has no content.")
    blocks = (decode_block(raw, f"content.{i}") for i, raw in enumerate(answer.content))
    return Response(
        id=answer.id or new_message_id(),
        model=answer.model or "",
        parts=tuple(with_distinct_ids(blocks, new_call_id)),
        stop=decode_stop(answer.stop_reason, answer.stop_sequence),
        usage=decode_usage(answer.usage) if answer.usage else None,
    )


def encode_response(response: Response, losses: Losses) -> bytes:
    """The client's whole answer; what it cannot say goes to ``losses``."""
    has_call = any(isinstance(part, ToolCall) for part in response.parts)
    blocks = (
        encode_answer_part(part, f"answer[{i}]", losses) for i, part in enumerate(response.parts)
    )
    return msgspec.json.encode(
        {
            "id": encode_message_id(response.id),
            "type": "message",
            "role": "assistant",
            "model": response.model,
            "content": [block for block in blocks if block is not None],
            **encode_stop(response.stop, has_call=has_call),
            "usage": encode_usage(response.usage or Usage()),
        }
    )


def decode_usage(usage: wire.Usage, earlier: Usage | None = None) -> Usage:
    """Token counts; input that this one does not tell, or tells as 0, stays as ``earlier`` had it."""
    earlier = earlier or Usage()
    output, tools = usage.output_tokens, usage.server_tool_use
    short, long = _decode_cache_writes(usage, earlier)
    told = Usage(
        input_tokens=usage.input_tokens or earlier.input_tokens,
        cache_read_tokens=usage.cache_read_input_tokens or earlier.cache_read_tokens,
        cache_write_5m_tokens=short,
        cache_write_1h_tokens=long,
        output_tokens=earlier.output_tokens if output is None else output,
        service_tier=service_tier(usage.service_tier)
        or service_tier(usage.speed)
        or earlier.service_tier,
        web_searches=(tools.web_search_requests if tools else None) or earlier.web_searches,
    )
    return bounded(told)


def _decode_cache_writes(usage: wire.Usage, earlier: Usage) -> tuple[int, int]:
    """Tokens written for five minutes and for an hour; ``message_delta`` only says their sum."""
    total = usage.cache_creation_input_tokens or 0
    if usage.cache_creation is not None:
        long = usage.cache_creation.ephemeral_1h_input_tokens or 0
        short = usage.cache_creation.ephemeral_5m_input_tokens or 0
        return max(short, total - long), long
    if total in (0, earlier.cache_write_tokens):
        return earlier.cache_write_5m_tokens, earlier.cache_write_1h_tokens
    return total, 0


def encode_usage(usage: Usage) -> Json:
    """All that Claude Code adds up to know how full its context is."""
    searches = {"server_tool_use": {"web_search_requests": usage.web_searches}}
    return {
        "input_tokens": usage.input_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        },
        "output_tokens": usage.output_tokens,
        **(searches if usage.web_searches else {}),
    }


def decode_stop(reason: str | None, sequence: str | None) -> StopReason:
    """Why the model stopped; a reason that is not known counts as the end of the turn."""
    return StopReason(_KINDS.get(reason or "", "end_turn"), reason, sequence)


def encode_stop(stop: StopReason, *, has_call: bool) -> dict[str, str | None]:
    """``stop_reason`` and ``stop_sequence``; a client waits for no result unless it hears ``tool_use``."""
    if has_call and stop.unified in ("end_turn", "stop_sequence"):
        return {"stop_reason": "tool_use", "stop_sequence": None}
    return {"stop_reason": _REASONS[stop.unified], "stop_sequence": stop.sequence}


def encode_message_id(message_id: str) -> str:
    """The upstream's id in the form that Anthropic's clients know."""
    if message_id.startswith("msg_"):
        return message_id
    return f"msg_{re.sub(r'[^a-zA-Z0-9_-]', '_', message_id)}" if message_id else new_message_id()


def new_call_id() -> str:
    """An id for a call that came with another one's."""
    return f"toolu_{secrets.token_hex(12)}"


def new_message_id() -> str:
    """An id for an answer that came without one."""
    return f"msg_{secrets.token_hex(12)}"

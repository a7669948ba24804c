"""Whole answers of Chat Completions -> canonical, and what streams share with them: usage and stop reasons."""

import secrets
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import wire
from pxbin_engine.protocol.dialects.openai_chat.annotations import decode_annotations
from pxbin_engine.protocol.dialects.openai_chat.reasoning_details import GEMINI, read_thinking
from pxbin_engine.protocol.dialects.openai_chat.think_tags import split_think_tags
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    Image,
    Part,
    Source,
    Text,
    Thinking,
    ToolCall,
    UrlSource,
)
from pxbin_engine.protocol.response import (
    Response,
    StopKind,
    StopReason,
    Usage,
    bounded,
    service_tier,
    with_distinct_ids,
)
from pxbin_engine.protocol.upstream_error import decode_stream_error

_STOP_OF_FINISH: dict[str, StopKind] = {
    "stop": "end_turn",
    "end_turn": "end_turn",
    "eos": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "max_tokens": "max_tokens",
    "model_length": "max_tokens",  # Mistral
    "tool_calls": "tool_use",
    "tool_use": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
    "refusal": "refusal",
    "sensitive": "refusal",  # Z.ai
    "model_context_window_exceeded": "context_window",
    "pause_turn": "pause_turn",
}

FAILED_FINISHES = {
    # OpenRouter
    "error": {"message": "The upstream ended the answer with an error.", "type": "server_error"},
    # Z.ai
    "network_error": {"message": "The upstream lost its model.", "type": "server_error"},
    # DeepSeek
    "insufficient_system_resource": {
        "message": "The upstream ran out of resources while it answered.",
        "type": "overloaded_error",
    },
}
"""Finishes that are no end but a failure."""


def decode_usage(usage: wire.CompletionUsage, tier: object = None) -> Usage:
    """Token counts in disjoint classes.

    ``prompt_tokens`` include what was cached, unless the cached ones alone are more. Some (xAI, Gemini) leave thinking out
    of ``completion_tokens``; then ``total_tokens`` knows better. ``tier`` is the answer's ``service_tier``.
    """
    prompt = usage.prompt_tokens or 0
    output = usage.completion_tokens or 0
    read, written = _cached(usage)
    heard = (usage.prompt_tokens_details or wire.PromptDetails()).audio_tokens
    made = usage.completion_tokens_details or wire.CompletionDetails()
    tools = usage.server_tool_use
    if read + written <= prompt:
        output = max(output, (usage.total_tokens or 0) - prompt)
        prompt -= read + written
    told = Usage(
        input_tokens=prompt,
        cache_read_tokens=read,
        cache_write_5m_tokens=written,
        output_tokens=output,
        reasoning_tokens=made.reasoning_tokens or 0,
        input_audio_tokens=min(heard or 0, prompt),
        output_audio_tokens=made.audio_tokens or 0,
        output_image_tokens=made.image_tokens or 0,
        service_tier=service_tier(tier),
        web_searches=(tools.web_search_requests or 0) if tools else 0,
    )
    return bounded(told)


def _cached(usage: wire.CompletionUsage) -> tuple[int, int]:
    """Tokens read from and written to the prompt cache, under any vendor's name."""
    details = usage.prompt_tokens_details or wire.PromptDetails()
    read = (
        details.cached_tokens
        or usage.prompt_cache_hit_tokens
        or usage.cached_tokens
        or usage.cache_read_input_tokens
        or 0
    )
    written = (
        details.cache_write_tokens
        or details.cache_creation_tokens
        or usage.cache_creation_input_tokens
        or 0
    )
    return read, written


def decode_stop(
    finish: str | None, met: str | int | None, last_arguments: str | None
) -> StopReason:
    """Why the model stopped.

    Args:
        finish: the upstream's ``finish_reason``.
        met: vLLM's ``stop_reason``: the stop string that was met, or a token id.
        last_arguments: of the last tool call; None where there was no call.
    """
    unified = _STOP_OF_FINISH.get(finish or "", "end_turn")
    if last_arguments is not None:
        cut = unified == "max_tokens" and not is_json(last_arguments)
        return StopReason("max_tokens" if cut else "tool_use", finish)
    if unified == "end_turn" and isinstance(met, str) and met:
        return StopReason("stop_sequence", finish, met)
    # A call was announced and none came: the turn is over all the same.
    return StopReason("end_turn" if unified == "tool_use" else unified, finish)


def is_json(text: str) -> bool:
    """Whether the text is one whole JSON value."""
    try:
        msgspec.json.decode(text)
    except wire.UNREADABLE:
        return False
    return True


def new_call_id() -> str:
    """An id for a call that came without one, in the form that Anthropic's clients know."""
    return f"toolu_{secrets.token_hex(12)}"


def new_response_id() -> str:
    """An id for an answer that came without one."""
    return f"chatcmpl-{secrets.token_hex(12)}"


def arguments_text(arguments: str | dict[str, Any] | None) -> str:
    """The arguments as text; some upstreams send them as an object."""
    if isinstance(arguments, dict):
        return msgspec.json.encode(arguments).decode()
    return arguments or ""


def content_pieces(content: list[Any]) -> Iterator[tuple[str, str]]:
    """Mistral's list of parts as (``text`` | ``thinking``, text) pairs."""
    for part in content:
        if not isinstance(part, dict):
            continue  # inside of Mistral's thinking nobody has looked yet
        text = part.get("text")
        thinking = part.get("thinking")
        if isinstance(text, str):
            yield "text", text
        elif isinstance(thinking, list):
            yield "thinking", "".join(text for _, text in content_pieces(thinking))
        elif isinstance(thinking, str):
            yield "thinking", thinking


def decode_response(
    body: bytes, *, quirks: Quirks, names: dict[str, str] | None = None
) -> Response:
    """An upstream's whole answer; ``names`` undoes changed tool names. Raises ``ProtocolError``."""
    try:
        completion = wire.decode_completion(body)
    except wire.UNREADABLE as error:
        raise ProtocolError(f"The upstream's answer is no chat completion: {error}") from error
    if completion.error is not None:
        raise ProtocolError(decode_stream_error({"error": completion.error}).message)
    if not completion.choices:
        raise ProtocolError("The upstream's answer is no chat completion: it has no choices.")
    choice = completion.choices[0]
    if choice.finish_reason in FAILED_FINISHES:
        error_object = choice.error or FAILED_FINISHES[choice.finish_reason]
        raise ProtocolError(decode_stream_error({"error": error_object}).message)
    message = choice.message or choice.delta or wire.Delta()
    calls = _decode_calls(message, names or {})
    usage = completion.usage or choice.usage
    return Response(
        id=completion.id or new_response_id(),
        model=completion.model or "",
        parts=(
            *_decode_content(message, quirks),
            *with_distinct_ids(_with_proofs(calls, message), new_call_id),
        ),
        stop=_refused(message)
        or decode_stop(
            choice.finish_reason, choice.stop_reason, calls[-1].arguments if calls else None
        ),
        usage=decode_usage(usage, completion.service_tier) if usage else None,
    )


def _refused(message: wire.Delta) -> StopReason | None:
    return StopReason("refusal", "refusal") if message.refusal else None


def _decode_content(message: wire.Delta, quirks: Quirks) -> Iterator[Part]:
    plain = message.reasoning_content or message.reasoning or ""
    yield from read_thinking(message.reasoning_details or (), plain)
    yield from _with_citations(
        [
            Thinking(text) if kind == "thinking" else Text(text)
            for kind, text in _content(message, quirks)
            if text
        ],
        decode_annotations(message.annotations),
    )
    yield from decode_images(message.images)
    if message.refusal:
        yield Text(message.refusal)


def _with_citations(
    parts: list[Thinking | Text], citations: tuple[Citation, ...]
) -> list[Thinking | Text]:
    """The last text has them all: their places in the message are no longer told apart."""
    if citations and parts and isinstance(last := parts[-1], Text):
        parts[-1] = Text(last.text, citations)
    return parts


def decode_images(images: list[dict[str, Any]] | None) -> Iterator[Image]:
    """OpenRouter's ``images`` ("Image Generation"): shaped as the parts of a user's turn."""
    for image in images or ():
        place = image.get("image_url")
        url = place.get("url") if isinstance(place, dict) else place
        if isinstance(url, str):
            yield Image(source_of(url))


def source_of(url: str) -> Source:
    """A data URI's bytes, or the address."""
    if not url.startswith("data:"):
        return UrlSource(url)
    head, _, data = url[len("data:") :].partition(",")
    return Base64Source(head.removesuffix(";base64"), data)


def _content(message: wire.Delta, quirks: Quirks) -> Iterator[tuple[str, str]]:
    content = message.content
    if isinstance(content, list):
        yield from content_pieces(content)
    elif content and quirks.think_tags:
        yield from split_think_tags(content)
    elif content:
        yield "text", content


def _decode_calls(message: wire.Delta, names: dict[str, str]) -> list[ToolCall]:
    calls = list(message.tool_calls or ())
    if message.function_call is not None:
        calls.append(wire.ToolCall(function=message.function_call))
    return [_decode_call(call, names) for call in calls]


def _with_proofs(calls: list[ToolCall], message: wire.Delta) -> Iterator[Part]:
    """Each call after Gemini's proof of it, where it has one."""
    proofs = [call_proof(call) for call in message.tool_calls or ()]
    for call, proof in zip_longest(calls, proofs):
        if proof:
            yield Thinking("", proof, vendor=GEMINI)
        yield call


def call_proof(call: wire.ToolCall | wire.AskedCall) -> str | None:
    """``extra_content.google.thought_signature``."""
    google = call.extra_content.google if call.extra_content else None
    return google.thought_signature if google else None


def _decode_call(call: wire.ToolCall, names: dict[str, str]) -> ToolCall:
    function = call.function
    if function is None or not function.name:
        raise ProtocolError("The upstream's answer calls a tool without a name.")
    name = names.get(function.name, function.name)
    return ToolCall(call.id or new_call_id(), name, arguments_text(function.arguments))

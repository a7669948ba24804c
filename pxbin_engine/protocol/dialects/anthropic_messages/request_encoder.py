"""Canonical requests -> requests of the Messages API."""

import re
from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import structs

from pxbin_engine.protocol.dialects.anthropic_messages.part_encoder import (
    Json,
    encode_extensions,
    encode_parts,
)
from pxbin_engine.protocol.dialects.anthropic_messages.search import whole_searches
from pxbin_engine.protocol.dialects.anthropic_messages.thinking import encode_thinking
from pxbin_engine.protocol.dialects.anthropic_messages.tools import (
    encode_tool_choice,
    encode_tools,
)
from pxbin_engine.protocol.dialects.anthropic_messages.turns import filled_turns
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    Image,
    Message,
    OutputFormat,
    Part,
    Request,
    SearchCall,
    SearchResult,
    Text,
    Thinking,
)
from pxbin_engine.protocol.search_text import search_text

_MAX_TOKENS = (
    # Anthropic's "Models overview": what a family can write, for a client that did not say how much it wants
    (re.compile(r"claude-3-(?:opus|sonnet|haiku)"), 4096),
    (re.compile(r"claude-3[-.]5"), 8192),
    (re.compile(r""), 32000),
)
_SERVICE_TIERS = {"auto": "auto", "standard_only": "standard_only", "default": "standard_only"}
_NO_PICTURE = Text("[picture: left out]")
_RARE = (Image, SearchCall, SearchResult)
_NO_CONTENT: Json = {"type": "text", "text": "(no content)"}


def encode_request(request: Request, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
    """The body for an upstream; what it cannot say goes to ``losses``."""
    if not quirks.replays_thinking:
        request = _without_thinking(request, losses)
    own = encode_extensions(request.extensions, "", losses)
    max_tokens = _encode_max_tokens(request, model, quirks)
    body: Json = {"model": model, "max_tokens": max_tokens}
    if system := encode_parts(request.system, "system", losses):
        body["system"] = system
    body["messages"] = _encode_messages(request, quirks, losses)
    if tools := encode_tools(request, quirks, losses):
        body["tools"] = tools
    if choice := encode_tool_choice(request, losses):
        body["tool_choice"] = choice
    body.update(encode_thinking(request, model, max_tokens, losses))
    _encode_sampling(request, body, quirks, losses)
    _encode_rest(request, body, losses)
    for name, value in own.items():
        _merge(body, name, value)
    return msgspec.json.encode(body)


def _without_thinking(request: Request, losses: Losses) -> Request:
    messages = []
    for i, message in enumerate(request.messages):
        kept = tuple(part for part in message.parts if not isinstance(part, Thinking))
        if len(kept) < len(message.parts):
            losses.add(f"messages[{i}]", "A signature of its thinking was refused.")
        messages.append(structs.replace(message, parts=kept))
    return structs.replace(request, messages=tuple(messages))


def _encode_max_tokens(request: Request, model: str, quirks: Quirks) -> int:
    wished = request.max_output_tokens
    if wished is None:
        wished = next(most for family, most in _MAX_TOKENS if family.search(model))
    return min(wished, quirks.max_output_tokens or wished)


def _encode_messages(request: Request, quirks: Quirks, losses: Losses) -> list[Json]:
    messages = []
    for i, message in enumerate(filled_turns(request.messages, losses)):
        path = f"messages[{i}]"
        marks = message.role == "system" and not quirks.system_anywhere
        turn = _as_user_turn(message) if marks else _spoken(message, path, losses)
        content = encode_parts(turn.parts, f"{path}.content", losses) or [_NO_CONTENT]
        own = encode_extensions(turn.extensions, path, losses)
        messages.append({"role": turn.role, "content": content, **own})
    return messages


def _spoken(message: Message, path: str, losses: Losses) -> Message:
    """The model's turn without pictures, which Anthropic takes from users only, and with no half of a search."""
    if message.role != "assistant" or not any(isinstance(part, _RARE) for part in message.parts):
        return message
    whole = whole_searches(message.parts)
    parts = (_spoken_part(part, whole, path, losses) for part in message.parts)
    return structs.replace(message, parts=tuple(parts))


def _spoken_part(part: Part, whole: Collection[str], path: str, losses: Losses) -> Part:
    match part:
        case Image():
            losses.add(path, "Anthropic takes no picture in the model's turn; it became a note.")
            return _NO_PICTURE
        case SearchCall(id=search) | SearchResult(call_id=search) if search not in whole:
            losses.add(path, "Anthropic takes whole searches of its own only; it became text.")
            return Text(search_text(part))
        case _:
            return part


def _as_user_turn(message: Message) -> Message:
    """Instructions in between, for an upstream that knows no such turn: marked as what they are."""
    texts = (part.text for part in message.parts if isinstance(part, Text))
    text = "\n".join(texts)
    return Message("user", (Text(f"<system-reminder>\n{text}\n</system-reminder>"),))


def _encode_sampling(request: Request, body: Json, quirks: Quirks, losses: Losses) -> None:
    """Temperature and its kin, as far as Anthropic takes them from a client that does not know its rules."""
    wishes = {"temperature": request.temperature, "top_p": request.top_p, "top_k": request.top_k}
    for name, value in wishes.items():
        if value is None:
            continue
        if said_here(request):
            body[name] = value
        elif refusal := _refusal(name, body, quirks):
            losses.add(name, refusal)
        elif name == "temperature" and value > 1:
            losses.add(name, "Anthropic's temperatures end at 1.")
            body[name] = 1.0
        else:
            body[name] = value


def _refusal(name: str, body: Json, quirks: Quirks) -> str | None:
    if not quirks.sampling:
        return "The model takes no sampling parameters."
    if body.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        return "Anthropic takes no sampling parameters while the model thinks."
    if name == "top_p" and "temperature" in body:
        return "Anthropic takes temperature or top_p, not both."
    return None


def _encode_rest(request: Request, body: Json, losses: Losses) -> None:
    if stop := [text for text in request.stop if text.strip()]:
        body["stop_sequences"] = stop
    if len(stop) < len(request.stop):
        losses.add("stop", "Anthropic takes no blank stop sequence.")
    if request.output_format is not None:
        _encode_output_format(request.output_format, body, losses)
    if request.user_id is not None:
        body["metadata"] = {"user_id": request.user_id}
    if request.service_tier is not None:
        tier = _SERVICE_TIERS.get(request.service_tier)
        if tier is None:
            losses.add("service_tier", f"Anthropic has no service tier {request.service_tier}.")
        else:
            body["service_tier"] = tier
    for name in ("seed", "presence_penalty", "frequency_penalty"):
        if getattr(request, name) is not None:
            losses.add(name, f"Anthropic has no {name}.")
    if request.cache_key is not None:
        losses.add("prompt_cache_key", "Anthropic finds a cached prefix by its own text.")
    if request.stream:
        body["stream"] = True


def _encode_output_format(wanted: OutputFormat, body: Json, losses: Losses) -> None:
    if wanted.schema is None:
        losses.add("response_format", "Anthropic has no JSON mode without a schema.")
        return
    config = body.setdefault("output_config", {})
    config["format"] = {"type": "json_schema", "schema": wanted.schema}


def said_here(request: Request) -> bool:
    """Whether an Anthropic client said this request: then its own words are right for Anthropic."""
    return NAME in (request.extensions or {})


def _merge(body: Json, name: str, value: Any) -> None:
    """A field of the dialect's own, or more of one that is there."""
    known = body.get(name)
    body[name] = (
        {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    )

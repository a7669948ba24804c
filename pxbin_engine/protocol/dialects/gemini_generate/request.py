"""Requests of a Gemini client -> canonical requests: the fields around the conversation and the tools.

Source: the API reference of ``generateContent``, ``countTokens`` and ``GenerationConfig``.
"""

from typing import Literal, TypeVar, get_args

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate import wire
from pxbin_engine.protocol.dialects.gemini_generate.asked_contents import (
    decode_conversation,
    decode_instruction,
)
from pxbin_engine.protocol.dialects.gemini_generate.proof import without_proofs
from pxbin_engine.protocol.dialects.gemini_generate.schema import json_schema, usual_json_schema
from pxbin_engine.protocol.dialects.gemini_generate.tools import decode_tool_config, decode_tools
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, Json
from pxbin_engine.protocol.json_patch import read_members, write_members
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Effort, OutputFormat, Reasoning, Request

_AS_IT_SEES_FIT = -1
_DEFAULTS = {"candidateCount": 1, "responseModalities": ["TEXT"]}
"""Fields of ``generationConfig`` that say nothing when they say this."""

_READ = frozenset({*wire.Asked.__struct_encode_fields__, "model"})
_READ_OF_CONFIG = frozenset(wire.GenerationConfig.__struct_encode_fields__)
_OF_FORMAT = ("responseMimeType", "responseSchema", "responseJsonSchema", "_responseJsonSchema")

_IN_PART = ("toolConfig", "generationConfig")
"""Read, but for what is new in them."""

S = TypeVar("S", bound=Struct)
T = TypeVar("T")

_members = msgspec.json.Decoder(dict[str, Raw])


def decode_request(body: bytes) -> Request:
    """A client's body; the model and whether to stream are said by the path. Raises ``ProtocolError``."""
    try:
        return _decode(wire.in_camel_case(body))
    except wire.UNREADABLE as error:
        raise ProtocolError(
            f"The request body is not a generateContent request: {error}"
        ) from error


def decode_count_request(body: bytes) -> Request:
    """A client's body of ``countTokens``: the contents, or a whole request in ``generateContentRequest``. Raises as above."""
    members = read_members(body)
    whole = members.get("generateContentRequest", members.get("generate_content_request"))
    return decode_request(bytes(whole) if whole is not None and wire.is_said(whole) else body)


def encode_count(tokens: int) -> bytes:
    """The answer to ``countTokens``."""
    return msgspec.json.encode({"totalTokens": tokens})


def patch_request(body: bytes, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
    """The client's bytes as they are, for the model is in the path.

    But a body that names it all the same gets the upstream's name, and a signature that Google did not make, or refused, is
    replaced by the value that Google takes for none.
    """
    body, replaced = without_proofs(body, only_foreign=quirks.replays_thinking)
    if replaced:
        losses.add(
            "contents.thoughtSignature", "Signatures that Google would refuse were taken out."
        )
    if b'"model"' not in body:
        return body
    members = read_members(body)
    if "model" not in members:
        return body
    return write_members({**members, "model": msgspec.json.encode(f"models/{model}")})


def _decode(body: bytes) -> Request:
    asked = _lax(body, wire.Asked)
    members = read_members(body)
    if asked.contents is None:
        raise ProtocolError("contents: is not specified")
    config = _decode_config(asked.generation_config)
    choice = decode_tool_config(asked.tool_config)
    output_format, unsaid = _decode_format(config, asked.generation_config)
    own = _unread(members) | {
        "toolConfig": choice.rest,
        "generationConfig": _rest_of_config(asked.generation_config) | unsaid,
    }
    own = {name: value for name, value in own.items() if value or name not in _IN_PART}
    return Request(
        model="",
        messages=decode_conversation(_listed(asked.contents)),
        system=decode_instruction(asked.system_instruction),
        tools=decode_tools(_listed(asked.tools or [])),
        tool_choice=choice.choice,
        max_output_tokens=config.max_output_tokens,
        temperature=config.temperature,
        top_p=config.top_p,
        top_k=None if config.top_k is None else round(config.top_k),
        seed=config.seed,
        presence_penalty=config.presence_penalty,
        frequency_penalty=config.frequency_penalty,
        stop=tuple(config.stop_sequences or ()),
        reasoning=_decode_reasoning(config.thinking_config),
        output_format=output_format,
        service_tier=_decode_tier(asked.service_tier),
        extensions={NAME: own} if own else None,
    )


def _unread(members: dict[str, Raw]) -> Json:
    """Fields that only this dialect has (``safetySettings``, ``cachedContent``, ``labels`` ...)."""
    fields = {name: msgspec.json.decode(raw) for name, raw in members.items() if name not in _READ}
    return {name: value for name, value in fields.items() if value is not None}


def _listed(value: list[T] | T) -> list[T]:
    return value if isinstance(value, list) else [value]


def _lax(raw: bytes | Raw, kind: type[S]) -> S:
    """64-bit numbers may be strings."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        return msgspec.json.decode(raw, type=kind, strict=False)


def _decode_config(raw: Raw) -> wire.GenerationConfig:
    if not wire.is_said(raw):
        return wire.GenerationConfig()
    try:
        return _lax(raw, wire.GenerationConfig)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"generationConfig: {error}") from error


def _rest_of_config(raw: Raw) -> Json:
    """What the canonical request has no slot for."""
    fields: Json = msgspec.json.decode(raw) if wire.is_said(raw) else {}
    return {
        name: value
        for name, value in fields.items()
        if name not in _READ_OF_CONFIG
        and name not in _OF_FORMAT
        and value is not None
        and _DEFAULTS.get(name) != value
    }


def _decode_reasoning(config: wire.ThinkingConfig | None) -> Reasoning | None:
    if config is None:
        return None
    summary = "auto" if config.include_thoughts else None
    if config.thinking_budget is not None:
        budget = config.thinking_budget
        return Reasoning(
            enabled=budget != 0,
            adaptive=budget == _AS_IT_SEES_FIT,
            budget_tokens=budget if budget > 0 else None,
            summary=summary,
        )
    effort = _decode_level(config.thinking_level)
    if effort is not None:
        return Reasoning(enabled=True, effort=effort, summary=summary)
    return Reasoning(summary=summary) if summary else None


def _decode_level(level: str | None) -> Effort | None:
    said = (level or "").lower()
    if said in ("", "thinking_level_unspecified"):
        return None
    known: tuple[Effort, ...] = get_args(Effort)
    found = next((effort for effort in known if effort == said), None)
    if found is None:
        raise ProtocolError(
            f"generationConfig.thinkingConfig.thinkingLevel: expected MINIMAL, LOW, MEDIUM or HIGH, not {level!r}"
        )
    return found


def _decode_format(config: wire.GenerationConfig, raw: Raw) -> tuple[OutputFormat | None, Json]:
    """The form of the output, and of the config what it does not say (``text/x.enum``)."""
    fields = _members.decode(raw) if wire.is_said(raw) else {}
    said = {name: fields[name] for name in _OF_FORMAT if name in fields}
    said = {name: value for name, value in said.items() if wire.is_said(value)}
    media_type = config.response_mime_type or ""
    schema = _schema(said)
    if media_type == "application/json" or (schema is not None and not media_type):
        kind: Literal["json_object", "json_schema"] = (
            "json_object" if schema is None else "json_schema"
        )
        return OutputFormat(kind, schema=schema), {}
    if media_type in ("", "text/plain") and schema is None:
        return None, {}
    return None, {name: msgspec.json.decode(value) for name, value in said.items()}


def _schema(said: dict[str, Raw]) -> Raw | None:
    for name in ("responseJsonSchema", "_responseJsonSchema"):
        if name in said:
            return usual_json_schema(said[name])
    return json_schema(said["responseSchema"]) if "responseSchema" in said else None


def _decode_tier(tier: str | None) -> str | None:
    """``standard``, ``flex`` or ``priority``; the first is every vendor's default."""
    said = (tier or "").lower()
    if said in ("", "unspecified", "service_tier_unspecified"):
        return None
    return "default" if said == "standard" else said

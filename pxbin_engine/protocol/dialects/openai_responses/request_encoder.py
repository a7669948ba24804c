"""Canonical requests -> requests of the Responses API: the fields around the conversation and the tools.

Nothing is stored at the upstream (``store: false``), so its reasoning is asked for encrypted and comes back with the
conversation. Source: OpenAI's API reference, "Create a model response".
"""

from typing import Any

import msgspec

from pxbin_engine.protocol.dialects.openai_responses.content_encoder import note_extensions
from pxbin_engine.protocol.dialects.openai_responses.item_encoder import encode_conversation
from pxbin_engine.protocol.dialects.openai_responses.upstream_tools import tool_fields
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.effort import nearest_effort, wished_effort
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Extensions, OutputFormat, Reasoning, Request, WebSearch
from pxbin_engine.protocol.wire_names import wire_key

Json = dict[str, Any]

_LEAST_OUTPUT_TOKENS = 16
_ENCRYPTED = "reasoning.encrypted_content"
_SOURCES = "web_search_call.action.sources"
_SUMMARIES = ("auto", "concise", "detailed")
_UNKNOWN_FIELDS = ("top_k", "seed", "presence_penalty", "frequency_penalty")


def encode_request(request: Request, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
    """The upstream's body, always with its fields in the same order."""
    body: Json = {"model": model}
    instructions, items = encode_conversation(request, quirks, losses)
    if instructions is not None:
        body["instructions"] = instructions
    body["input"] = items
    body |= tool_fields(request, quirks, losses)
    if reasoning := _reasoning_fields(request.reasoning, quirks, losses):
        body["reasoning"] = reasoning
    if request.output_format is not None:
        body["text"] = {"format": _encode_format(request.output_format)}
    body |= _output_fields(request, quirks, losses)
    body |= _sampling_fields(request, quirks, losses)
    body |= {"store": False, "include": _included(request)}
    body |= _caller_fields(request, quirks, losses)
    if request.stream:
        body["stream"] = True
    shared = _shared_fields(request.extensions or {})
    note_extensions(request.extensions, "", losses, carried=shared)
    if "metadata" in shared:
        body["metadata"] = shared["metadata"]
    if "verbosity" in shared:
        _merge(body, {"text": {"verbosity": shared["verbosity"]}})
    _merge(body, (request.extensions or {}).get(NAME, {}))
    return msgspec.json.encode(body)


def _reasoning_fields(reasoning: Reasoning | None, quirks: Quirks, losses: Losses) -> Json:
    """``effort`` and ``summary``, for a model that is known to reason; others refuse the field."""
    if reasoning is None:
        return {}
    wish = wished_effort(reasoning)
    effort = nearest_effort(wish, quirks.efforts) if wish is not None else None
    if not quirks.efforts:
        if wish is not None:
            losses.add(
                "reasoning.effort",
                "The model is not known to take a reasoning effort; it was left out.",
            )
        return {}
    if effort != wish:
        losses.add("reasoning.effort", f"The model knows no effort {wish!r}; {effort!r} was sent.")
    fields: Json = {"effort": effort} if effort is not None else {}
    if reasoning.summary in _SUMMARIES:
        fields["summary"] = reasoning.summary
    elif reasoning.enabled:
        fields["summary"] = "auto"
    return fields


def _encode_format(wanted: OutputFormat) -> Json:
    if wanted.kind == "json_object" or wanted.schema is None:
        return {"type": "json_object"}
    encoded: Json = {"type": "json_schema", "name": wanted.name or "answer"}
    if wanted.strict is not None:
        encoded["strict"] = wanted.strict
    return {**encoded, "schema": wanted.schema}


def _output_fields(request: Request, quirks: Quirks, losses: Losses) -> Json:
    wished = request.max_output_tokens
    if wished is None:
        return {}
    limit = max(wished, _LEAST_OUTPUT_TOKENS)
    if limit > wished:
        losses.add("max_tokens", f"The upstream writes at least {limit} tokens.")
    if quirks.max_output_tokens is not None and limit > quirks.max_output_tokens:
        losses.add("max_tokens", f"The model writes at most {quirks.max_output_tokens} tokens.")
        limit = quirks.max_output_tokens
    return {"max_output_tokens": limit}


def _sampling_fields(request: Request, quirks: Quirks, losses: Losses) -> Json:
    fields: Json = {}
    for name, value in (("temperature", request.temperature), ("top_p", request.top_p)):
        if value is None:
            continue
        most = quirks.highest_temperature if name == "temperature" else 1.0
        if quirks.sampling and value > most:
            losses.add(name, f"The upstream's {name} ends at {most:g}.")
        if quirks.sampling:
            fields[name] = min(value, most)
        elif value != 1:
            losses.add(name, f"The model takes no {name} but its own.")
    for name in _UNKNOWN_FIELDS:
        if getattr(request, name) is not None:
            losses.add(name, f"The Responses API has no {name}; it was left out.")
    if request.stop:
        losses.add("stop_sequences", "The Responses API has no stop sequences; they were left out.")
    return fields


def _included(request: Request) -> list[str]:
    searches = any(isinstance(tool, WebSearch) for tool in request.tools)
    return [_ENCRYPTED, _SOURCES] if searches else [_ENCRYPTED]


def _caller_fields(request: Request, quirks: Quirks, losses: Losses) -> Json:
    fields: Json = {}
    if request.user_id is not None and quirks.user:
        # OpenAI split `user` in two; who takes the one half takes the other.
        name = "safety_identifier" if quirks.prompt_cache_key else "user"
        fields[name] = wire_key(request.user_id)
    elif request.user_id is not None:
        losses.add("metadata.user_id", "The upstream takes no user id; it was left out.")
    if request.cache_key is not None and quirks.prompt_cache_key:
        fields["prompt_cache_key"] = wire_key(request.cache_key)
    elif request.cache_key is not None:
        losses.add(
            "prompt_cache_key", "The upstream is not known to take a cache key; it was left out."
        )
    tier = request.service_tier
    if tier is not None and tier != "auto":
        if quirks.service_tier:
            fields["service_tier"] = "default" if tier == "standard_only" else tier
        else:
            losses.add("service_tier", "The upstream has no service tiers; it was left out.")
    return fields


def _shared_fields(extensions: Extensions) -> Json:
    """What Chat Completions says in the same words."""
    return {
        name: fields[name]
        for dialect, fields in extensions.items()
        for name, kind in (("metadata", dict), ("verbosity", str))
        if dialect != NAME and isinstance(fields.get(name), kind)
    }


def _merge(body: Json, own: Json) -> None:
    """What only this dialect says; of a field that is there already, more of it."""
    for name, value in own.items():
        known = body.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            body[name] = {**known, **value}
        elif isinstance(known, list) and isinstance(value, list):
            body[name] = [*known, *(one for one in value if one not in known)]
        else:
            body[name] = value

"""Canonical requests -> requests of ``generateContent``: the fields around ``contents``.

Source: the API reference of ``generateContent`` and ``GenerationConfig``, and the types of Google's own SDK.
"""

from typing import Any

import msgspec

from pxbin_engine.protocol.dialects.gemini_generate.contents import Conversation
from pxbin_engine.protocol.dialects.gemini_generate.schema_cleaner import encode_schema
from pxbin_engine.protocol.dialects.gemini_generate.thinking import (
    encode_thinking,
    is_gemini_3,
    version_of,
)
from pxbin_engine.protocol.dialects.gemini_generate.upstream_parts import note_extensions
from pxbin_engine.protocol.dialects.gemini_generate.upstream_tools import encode_tools
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, Json
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    FunctionTool,
    OutputFormat,
    Request,
)

_MOST_STOP_SEQUENCES = 5
_MOST_OUTPUT: tuple[tuple[tuple[int, int], int], ...] = (((2, 5), 8192), ((4, 0), 65536))
"""Models before this version -> what they can write: "the supported range is from 1 (inclusive) to 65537 (exclusive)"."""

_LAST_WITH_PENALTIES = (2, 0)
"""Later ones answer "Penalty is not enabled for this model" (google-gemini/cookbook issue 1290)."""

_SERVICE_TIERS = {
    "default": "standard",
    "standard": "standard",
    "standard_only": "standard",
    "flex": "flex",
    "priority": "priority",
}


def encode_request(request: Request, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
    """The upstream's body, always with its fields in the same order; the model and the stream are said by the path."""
    conversation = Conversation(request, model, quirks, losses)
    body: Json = {}
    if conversation.system:
        body["systemInstruction"] = {"parts": conversation.system}
    body["contents"] = conversation.contents
    body.update(encode_tools(request, model, quirks, losses))
    if config := _encode_config(request, model, quirks, losses):
        body["generationConfig"] = config
    _encode_caller(request, body, losses)
    note_extensions(request.extensions, "", losses)
    for name, value in (request.extensions or {}).get(NAME, {}).items():
        _merge(body, name, value)
    return msgspec.json.encode(body)


def _merge(body: Json, name: str, value: Any) -> None:
    """A field of the dialect's own, or more of one that is there."""
    known = body.get(name)
    if isinstance(known, dict) and isinstance(value, dict):
        value = {**known, **value}
    body[name] = value


def _encode_config(request: Request, model: str, quirks: Quirks, losses: Losses) -> Json:
    """``generationConfig``."""
    config: Json = {}
    if request.max_output_tokens is not None:
        config["maxOutputTokens"] = _limit(request.max_output_tokens, model, quirks, losses)
    _put_sampling(config, request, model, quirks, losses)
    if len(request.stop) > _MOST_STOP_SEQUENCES:
        losses.add("stop_sequences", "Gemini takes 5 stop sequences; the rest were left out.")
    if stop := request.stop[:_MOST_STOP_SEQUENCES]:
        config["stopSequences"] = stop
    if request.output_format is not None:
        config.update(_encode_format(request, request.output_format, model, quirks, losses))
    if thinking := encode_thinking(request, model, losses):
        config["thinkingConfig"] = thinking
    return config


def _limit(wished: int, model: str, quirks: Quirks, losses: Losses) -> int:
    version = version_of(model)
    most = quirks.max_output_tokens
    if most is None and version is not None:
        most = next((most for before, most in _MOST_OUTPUT if version < before), None)
    if most is None or wished <= most:
        return wished
    losses.add("max_tokens", f"The model writes at most {most} tokens.")
    return most


def _put_sampling(
    config: Json, request: Request, model: str, quirks: Quirks, losses: Losses
) -> None:
    temperature, hottest = request.temperature, quirks.highest_temperature
    if temperature is not None and temperature > hottest and quirks.sampling:
        losses.add("temperature", f"The model's temperatures end at {hottest:g}.")
        temperature = hottest
    version = version_of(model)
    penalties = quirks.penalties and (version is None or version <= _LAST_WITH_PENALTIES)
    for path, name, value, taken, neutral in (
        ("temperature", "temperature", temperature, quirks.sampling, 1),
        ("top_p", "topP", request.top_p, quirks.sampling, 1),
        ("top_k", "topK", request.top_k, quirks.sampling, None),
        ("seed", "seed", request.seed, True, None),
        ("presence_penalty", "presencePenalty", request.presence_penalty, penalties, 0),
        ("frequency_penalty", "frequencyPenalty", request.frequency_penalty, penalties, 0),
    ):
        if value is not None and taken:
            config[name] = value
        elif value not in (None, neutral):
            losses.add(path, f"The model takes no {path}; it was left out.")


def _encode_format(
    request: Request, wanted: OutputFormat, model: str, quirks: Quirks, losses: Losses
) -> Json:
    version = version_of(model)
    functions = any(isinstance(tool, FunctionTool) for tool in request.tools)
    if functions and version is not None and not is_gemini_3(model):
        # "Function calling with a response mime type: 'application/json' is unsupported"
        losses.add("response_format", f"{model} takes functions or a format, not both.")
        return {}
    encoded: Json = {"responseMimeType": "application/json"}
    if wanted.schema is not None:
        refused = quirks.dropped_schema_keywords
        encoded["responseJsonSchema"] = encode_schema(
            wanted.schema, "response_format.schema", refused, losses
        )
    return encoded


def _encode_caller(request: Request, body: Json, losses: Losses) -> None:
    if request.user_id is not None:
        losses.add("metadata.user_id", "Gemini takes no user id; it was left out.")
    if request.cache_key is not None:
        losses.add("prompt_cache_key", "Gemini finds a cached prefix by its own text.")
    if request.service_tier is None or request.service_tier == "auto":
        return
    tier = _SERVICE_TIERS.get(request.service_tier)
    if tier is None:
        losses.add("service_tier", f"Gemini has no service tier {request.service_tier}.")
    else:
        body["serviceTier"] = tier

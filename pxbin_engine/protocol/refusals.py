"""The words in which upstreams refuse a part of a request, as data, each with who was seen to say it."""

import re
from re import Pattern
from typing import Any

from msgspec import Struct

_I = re.IGNORECASE

SIGNATURE = re.compile(
    r"\bsignature\b.*\bthinking\b|\bthinking\b.*\bsignature\b"  # Anthropic: Invalid `signature` in `thinking` block
    r"|encrypted content .*could not be (?:verified|decrypted)"  # OpenAI, Responses
    r"|(?:corrupted|invalid) thought.?signature|thought.?signature is not valid",  # Google; Vertex
    re.DOTALL | _I,
)


class Ability(Struct, frozen=True):
    """Something that the upstream cannot take, whatever it is called in the body.

    Attributes:
        said: the upstream's words.
        sent: what must stand in the body for them to be about it; None: nothing special.
        quirk, value, description, reason: of the ``Lesson``.
    """

    said: Pattern[str]
    sent: Pattern[bytes] | None
    quirk: str
    value: Any
    description: str
    reason: str


_IMAGE = re.compile(rb'"(?:image_url|input_image|inlineData|inline_data|image)"')
_CALLS = re.compile(rb'"tool_calls"')

ABILITIES = (
    Ability(
        re.compile(
            r"image input is not supported"  # llama.cpp (500)
            r"|no endpoints found that support image input"  # OpenRouter (404)
            r"|is not a multimodal model"  # vLLM, SGLang
            r"|unknown variant `image_url`"  # DeepSeek
            r"|does not support (?:image|vision)"  # Moonshot, Together, Fireworks
            r"|image_?(?:url|input)?s? (?:is|are) not supported"  # Z.ai, Cerebras
            r"|content.{0,20} must be a string"  # Groq
            r"|only '?text'? content type is supported"  # LM Studio
            r"|invalid content type\. image_url is only supported by certain models",  # OpenAI
            _I,
        ),
        _IMAGE,
        "text_only",
        True,
        "reads only text",
        "repeated without images, which the upstream refused",
    ),
    Ability(
        re.compile(r"system message must be (?:at the beginning|the first)", _I),  # Qwen's template
        None,
        "system_anywhere",
        False,
        "takes system messages only at the beginning",
        "repeated with system messages only at the beginning",
    ),
    Ability(
        re.compile(
            r"system role (?:is )?not supported"  # Gemma's template
            r"|role' does not support 'system'"  # OpenAI's o1-mini
            r"|only user(?:, assistant)? and (?:assistant|tool) roles are supported",  # Mistral's template
            _I,
        ),
        None,
        "system_role",
        False,
        "knows no system messages",
        "repeated with system messages inside the user's",
    ),
    Ability(
        re.compile(r"unexpected role 'user' after role 'tool'", _I),  # Mistral, and its template
        _CALLS,
        "user_after_tool",
        False,
        "takes no user message straight after a tool's result",
        "repeated with a turn of the model between a tool's result and the user",
    ),
    Ability(
        re.compile(r"tool call id.{0,120}length of 9", _I | re.DOTALL),  # Mistral
        _CALLS,
        "nine_character_call_ids",
        True,
        "takes only call ids of nine letters and digits",
        "repeated with call ids of nine characters",
    ),
    Ability(
        re.compile(
            r"reasoning_content.{0,60}(?:is missing|must be passed back)",  # Moonshot, DeepSeek
            _I | re.DOTALL,
        ),
        None,
        "reasoning_replay",
        "reasoning_content",
        "wants earlier thinking back",
        "repeated with earlier thinking, which the upstream missed",
    ),
    Ability(
        re.compile(r"missing a `?thought_?signature", _I),  # Google
        _CALLS,
        "signs_calls",
        True,
        "wants a signature on each earlier call",
        "repeated with a signature on each earlier call, which the upstream missed",
    ),
)

OUTPUT_LIMITS: tuple[tuple[Pattern[str], int], ...] = (
    # OpenAI: "max_tokens is too large: 6000. This model supports at most 4096 completion tokens"
    (re.compile(r"tokens is too large: \d+\. This model supports at most (\d{2,8})"), 0),
    # DeepSeek, DashScope: "the valid range of max_tokens is [1, 8192]", "Range of max_tokens should be [1, 8192]"
    (re.compile(r"range of max_tokens (?:is|should be) \[\d+, ?(\d{2,8})\]", _I), 0),
    # Anthropic: "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens for ..."
    (re.compile(r"max_tokens: \d+ > (\d{2,8}), which is the maximum allowed number of output"), 0),
    # Groq: "`max_completion_tokens` must be less than or equal to `8192`"
    (re.compile(r"max(?:_completion)?_tokens`? must be less than or equal to `?(\d{2,8})"), 0),
    # Volcengine: "`max_completion_tokens` ... integer above maximum value, expected a value <= 12288"
    (re.compile(r"max(?:_completion)?_tokens`.{0,90}expected a value <= (\d{2,8})", re.DOTALL), 0),
    # Google: "... maxOutputTokens value of 99999 but the supported range is from 1 (inclusive) to 65537 (exclusive)"
    (re.compile(r"maxOutputTokens value of .{0,60} to (\d{2,8}) \(exclusive\)"), 1),
)
"""The most that the model writes, and how far the number is beyond it."""

EFFORT = re.compile(r"reasoning[_. ]?effort", _I)
LISTED = re.compile(r"(?:supported values are|must be one of|expected one of)[:\s]*(.{1,120})", _I)
"""OpenAI: "Supported values are: 'low', 'medium', and 'high'."; Groq: "must be one of `none` or `default`"."""

FORCED_TOOLS = re.compile(
    # DeepSeek: "does not support this tool_choice"; Moonshot: "tool_choice 'required' is incompatible with thinking
    # enabled"; DashScope: "The tool_choice parameter does not support being set to required or object in thinking mode"
    # LM Studio: "Invalid tool_choice type: 'object'."
    r"invalid tool_choice|tool_choice.{0,60}(?:not support|incompatible|unsupported|not allowed)|not support.{0,20} tool_choice",
    _I | re.DOTALL,
)

NO_THINKING = re.compile(r"\bdoes not support (?:thinking|reasoning)\b", _I)
"""Ollama names the model before it."""

CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter"})
"""OpenAI's ``code`` of an error whose ``param`` is the refused field."""

_PATH = r"[\w$.\[\]-]+"

NAMES = (
    # OpenAI: "Unsupported parameter: 'x' is not supported with this model.", "Unknown parameter: 'x'.", "Unrecognized
    # request argument supplied: x"
    re.compile(
        rf"(?:unsupported|unknown|unrecognized) (?:request )?(?:parameter|argument)s?(?: supplied)?: '?(?P<name>{_PATH})",
        _I,
    ),
    # OpenAI: "Unsupported value: 'temperature' does not support 0.1 with this model."
    re.compile(rf"unsupported value: '(?P<name>{_PATH})'", _I),
    # Google: "Unknown name "x" at 'tools[0].function_declarations[0].parameters': Cannot find field."
    re.compile(
        r"unknown name \\?\"(?P<name>[^\"\\]+)\\?\"(?: at '(?P<place>[^']+)')?: cannot find", _I
    ),
    # Groq: "('messages.2' : property 'x' is unsupported)", "property 'x' is unsupported"
    re.compile(r"(?:'(?P<place>[\w.]+)' : )?property '(?P<name>[\w$]+)' is unsupported", _I),
    # Pydantic (Mistral, Anthropic, vLLM), as ``error_shapes`` joins it: "body.x: Extra inputs are not permitted"
    re.compile(rf"(?P<name>{_PATH}): extra inputs are not permitted", _I),
    # Pydantic as Python prints it: "'loc': ('body', 'x'), 'msg': 'Extra inputs are not permitted'"
    re.compile(r"'loc': [(\[]'body', '(?P<name>\w+)'[)\]], 'msg': 'extra inputs", _I),
    # Fireworks: "Extra inputs are not permitted, field: 'tools[0].x'"
    re.compile(rf"extra inputs are not permitted, field: '(?P<name>{_PATH})'", _I),
    # xAI: "Model grok-4 does not support parameter reasoningEffort", "Argument not supported on this model: stop"
    re.compile(r"does not support parameter:? '?(?P<name>\w+)", _I),
    re.compile(r"argument not supported on this model: (?P<name>\w+)", _I),
    # Anthropic: "`temperature` is deprecated for this model."; many: "parallel_tool_calls is not supported"
    re.compile(
        r"[`'\"]?(?P<name>[\w$.]+)[`'\"]? (?:is|are) (?:not (?:currently )?supported|unsupported|not permitted|deprecated)",
        _I,
    ),
    # Anthropic, Bedrock: "`temperature` and `top_p` cannot both be specified for this model."
    re.compile(
        r"temperature[`'\"]? and [`'\"]?(?P<name>top_p)[`'\"]? cannot both be specified", _I
    ),
    # Cerebras: "Invalid fields for schema with types ['array']: {'minItems', 'maxItems'}"
    re.compile(r"invalid fields for schema with types \[[^\]]*\]: \{?(?P<name>[\w$', ]+)", _I),
    # Anthropic, structured outputs: "For 'integer' type, properties maximum, minimum are not supported"
    re.compile(r"type, propert(?:y|ies) (?P<name>[\w$, ]+?) (?:is|are) not supported", _I),
    # OpenAI, strict schemas: "In context=('properties', 'x'), 'propertyNames' is not permitted."; others: "unsupported
    # keyword: x", "keyword 'x' is not supported"
    re.compile(r"unsupported (?:schema )?keywords?:? ['\"`]?(?P<name>[\w$]+)", _I),
)
"""Where ``name`` is the refused field or keyword, or several, and ``place`` where it stood."""

KEYWORDS = frozenset(
    (
        "$schema",
        "$id",
        "$anchor",
        "$comment",
        "additionalProperties",
        "propertyNames",
        "patternProperties",
        "unevaluatedProperties",
        "unevaluatedItems",
        "minProperties",
        "maxProperties",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "contentEncoding",
        "contentMediaType",
        "minItems",
        "maxItems",
        "uniqueItems",
        "prefixItems",
        "contains",
        "minContains",
        "maxContains",
        "const",
        "default",
        "examples",
        "title",
        "deprecated",
        "readOnly",
        "writeOnly",
        "nullable",
        "not",
        "if",
        "then",
        "else",
        "oneOf",
        "allOf",
    )
)
"""JSON Schema keywords that can be left out and still leave a schema of the same shape, if a looser one."""

"""What upstreams' refusals teach: each phrasing as it was seen, and what must not be learned."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.lessons import learned, lesson_of
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks

SCHEMA = {
    "type": "object",
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "properties": {"title": {"type": "string", "minLength": 1}},
    "propertyNames": {"pattern": "^a"},
    "additionalProperties": False,
}
TOOLS = [
    {"type": "function", "function": {"name": "f", "strict": True, "parameters": SCHEMA}},
]
CHAT = {
    "model": "m",
    "messages": [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:..."}}]},
        {"role": "assistant", "content": "", "reasoning_content": "hm", "tool_calls": []},
    ],
    "tools": TOOLS,
    "tool_choice": "required",
    "parallel_tool_calls": False,
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_tokens": 32000,
    "temperature": 0.2,
    "top_p": 0.9,
    "reasoning_effort": "minimal",
    "user": "u",
}
RESPONSES = {"model": "m", "input": [], "reasoning": {"effort": "high", "summary": "auto"}}
GEMINI = {
    "contents": [],
    "tools": [{"functionDeclarations": [{"name": "f", "parameters": SCHEMA}]}],
    "generationConfig": {"thinkingConfig": {"thinkingLevel": "low"}},
}
ANTHROPIC = {
    "model": "m",
    "max_tokens": 64000,
    "messages": [
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "", "signature": "x"}]}
    ],
}


def taught(
    message: str,
    body: dict[str, Any] = CHAT,
    *,
    status: int = 400,
    quirks: Quirks = DEFAULT_QUIRKS,
    verbatim: bool = False,
    **error: Any,
) -> tuple[str, Any] | None:
    refusal = ApiError("invalid_request", status, message, **error)
    lesson = lesson_of(refusal, quirks, msgspec.json.encode(body), verbatim=verbatim)
    return None if lesson is None else (lesson.quirk, lesson.value)


def dropped(*names: str) -> tuple[str, list[str]]:
    return "dropped_fields", [*names]


def keyword(*names: str) -> tuple[str, list[str]]:
    return "dropped_schema_keywords", [*names]


@pytest.mark.parametrize(
    ("message", "lesson"),
    [
        # OpenAI
        ("Unsupported parameter: 'parallel_tool_calls' is not supported with this model.", dropped("parallel_tool_calls")),
        ("Unknown parameter: 'stream_options'.", dropped("stream_options")),
        ("Unrecognized request argument supplied: parallel_tool_calls", dropped("parallel_tool_calls")),
        ("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.", dropped("temperature")),
        ("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", ("max_tokens_field", "max_completion_tokens")),
        # Groq
        ("property 'user' is unsupported, did you mean 'model'?", dropped("user")),
        ("'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property 'reasoning_content' is unsupported)]", ("reasoning_replay", None)),
        # Mistral, vLLM: pydantic
        ("body.stream_options: Extra inputs are not permitted", dropped("stream_options")),
        ("[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted'}]", dropped("stream_options")),
        ("body.tools.0.function.strict: Extra inputs are not permitted", ("strict_tools", False)),
        ("body.messages.1.assistant.reasoning_content: Extra inputs are not permitted", ("reasoning_replay", None)),
        # Fireworks
        ("Extra inputs are not permitted, field: 'parallel_tool_calls', value: False", dropped("parallel_tool_calls")),
        # xAI
        ("Model grok-4 does not support parameter reasoningEffort", dropped("reasoning_effort")),
        ("Argument not supported on this model: temperature", dropped("temperature")),
        # Anthropic and others
        ("`temperature` is deprecated for this model.", dropped("temperature")),
        ("parallel_tool_calls is not supported by this model", dropped("parallel_tool_calls")),
        ("`temperature` and `top_p` cannot both be specified for this model. Please use only one.", dropped("top_p")),
        # Ollama
        ('"llama3.2:latest" does not support thinking', dropped("reasoning_effort")),
    ],
)  # fmt: skip
def test_behaviour_17_a_parameter_that_is_refused_by_name(message: str, lesson: Any) -> None:
    quirks = Quirks(reasoning_replay="reasoning_content")
    assert taught(message, quirks=quirks) == lesson


@pytest.mark.parametrize(
    ("message", "body", "lesson"),
    [
        # Google, natively: camelCase on the wire, snake_case in its errors
        (
            "Unknown name \"propertyNames\" at 'tools[0].function_declarations[0].parameters': Cannot find field.\nUnknown name \"$schema\" at 'tools[0].function_declarations[0].parameters': Cannot find field.",
            GEMINI,
            keyword("propertyNames", "$schema"),
        ),
        ("In context=(), 'propertyNames' is not permitted.", CHAT, keyword("propertyNames")),
        ("Invalid fields for schema with types ['string']: {'minLength', 'pattern'}", CHAT, keyword("minLength", "pattern")),
        ("unsupported schema keyword: additionalProperties", CHAT, keyword("additionalProperties")),
        ("For 'string' type, property minLength is not supported", CHAT, keyword("minLength")),
    ],
)  # fmt: skip
def test_behaviour_16_a_schema_keyword_that_is_refused_by_name(
    message: str, body: dict[str, Any], lesson: Any
) -> None:
    assert taught(message, body) == lesson


@pytest.mark.parametrize(
    ("message", "body", "lesson"),
    [
        ("Unknown name \"thinkingLevel\" at 'generation_config.thinking_config': Cannot find field.", GEMINI, dropped("generationConfig.thinkingConfig.thinkingLevel")),
        ("Unsupported parameter: 'reasoning.summary' is not supported with this model.", RESPONSES, dropped("reasoning.summary")),
    ],
)  # fmt: skip
def test_a_field_inside_another_is_dropped_alone(
    message: str, body: dict[str, Any], lesson: Any
) -> None:
    assert taught(message, body) == lesson


def test_the_param_of_openais_error_is_enough() -> None:
    error = {"code": "unsupported_parameter", "param": "parallel_tool_calls"}
    assert taught("This is not possible.", **error) == dropped("parallel_tool_calls")
    assert taught("This is not possible.", param="parallel_tool_calls") is None


@pytest.mark.parametrize(
    ("message", "most"),
    [
        ("max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas you provided 32000.", 16384),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
        ("<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]", 8192),
        ("max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens for claude-3-5-sonnet", 8192),
        ("`max_completion_tokens` must be less than or equal to `16384`, the maximum value", 16384),
        ("The parameter `max_completion_tokens` specified in the request are not valid: integer above maximum value, expected a value <= 12288, but got 32000 instead.", 12288),
        ("Unable to submit request because it has a maxOutputTokens value of 99999 but the supported range is from 1 (inclusive) to 65537 (exclusive).", 65536),
    ],
)  # fmt: skip
def test_behaviour_17_the_most_that_a_model_writes_is_learned(message: str, most: int) -> None:
    assert taught(message) == ("max_output_tokens", most)
    assert taught(message, quirks=Quirks(max_output_tokens=most)) is None


def test_behaviour_17_the_levels_that_a_model_knows_are_learned() -> None:
    quirks = Quirks(efforts=("minimal", "low", "high"))
    said = "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'."
    assert taught(said, quirks=quirks) == ("efforts", ["low", "medium", "high"])
    assert taught(
        "Unsupported value: 'reasoning.effort' is not supported. Supported values are: 'medium'.",
        RESPONSES,
        quirks=quirks,
    ) == ("efforts", ["medium"])


@pytest.mark.parametrize(
    ("message", "status", "lesson"),
    [
        ("image input is not supported - hint: if this is unexpected, you may need to provide the mmproj", 500, ("text_only", True)),
        ("No endpoints found that support image input", 404, ("text_only", True)),
        ("qwen3-coder is not a multimodal model", 400, ("text_only", True)),
        ("Failed to deserialize: unknown variant `image_url`, expected `text`", 422, ("text_only", True)),
        ("System message must be at the beginning.", 400, ("system_anywhere", False)),
        ("Unsupported value: 'messages[0].role' does not support 'system' with this model.", 400, ("system_role", False)),
        ("Jinja Exception: System role not supported", 500, ("system_role", False)),
        ("Unexpected role 'user' after role 'tool'", 400, ("user_after_tool", False)),
        ("Tool call id was toolu_1 but must be a-z, A-Z, 0-9, with a length of 9.", 400, ("nine_character_call_ids", True)),
        ("thinking is enabled but reasoning_content is missing in assistant tool call message at index 1", 400, ("reasoning_replay", "reasoning_content")),
        ("The `reasoning_content` in the thinking mode must be passed back to the API.", 400, ("reasoning_replay", "reasoning_content")),
        ("Function call is missing a thought_signature in functionCall parts.", 400, ("signs_calls", True)),
        ("Invalid tool_choice type: 'object'. Supported string values: none, auto, required", 400, ("forced_tools", False)),
        ("deepseek-reasoner does not support this tool_choice", 400, ("forced_tools", False)),
        ("tool_choice 'required' is incompatible with thinking enabled", 400, ("forced_tools", False)),
    ],
)  # fmt: skip
def test_behaviour_18_what_an_upstream_cannot_take_or_wants_back(
    message: str, status: int, lesson: Any
) -> None:
    assert taught(message, status=status) == lesson


def test_behaviour_18_a_refused_signature_is_about_the_conversation_alone() -> None:
    error = ApiError(
        "invalid_request", 400, "messages.1.content.0: Invalid `signature` in `thinking` block"
    )
    body = msgspec.json.encode(ANTHROPIC)
    for verbatim in (True, False):
        lesson = lesson_of(error, DEFAULT_QUIRKS, body, verbatim=verbatim)
        assert lesson is not None
        assert (lesson.quirk, lesson.value, lesson.lasting) == ("replays_thinking", False, False)
    assert lesson_of(error, Quirks(replays_thinking=False), body, verbatim=True) is None


def test_a_clients_own_bytes_teach_nothing_else() -> None:
    assert taught("body.stream_options: Extra inputs are not permitted", verbatim=True) is None


@pytest.mark.parametrize(
    "message",
    [
        "The model `m` is not supported.",
        "messages is not supported",
        "tools is not supported",
        "Unknown parameter: 'model'.",
        "Unknown parameter: 'top_logprobs'.",  # it was not sent
        "Extra inputs are not permitted",
        "Unknown name \"title\" at 'tools[0].x': nothing",
        "temperature must be between 0 and 2",
        "max_tokens is too large: 9. This model supports at most 0 completion tokens",
        "max_tokens is too large: 32000. This model's maximum context length is 32768 tokens.",
        "For 'object' type, property required is not supported",  # would make another schema of it
        "",
    ],
)
def test_what_is_no_lesson(message: str) -> None:
    assert taught(message) is None


@pytest.mark.parametrize("status", [401, 402, 403, 429, 503, 529])
def test_what_is_not_about_the_request_teaches_nothing(status: int) -> None:
    assert taught("Unknown parameter: 'stream_options'.", status=status) is None


def test_an_image_is_given_up_only_where_one_was_sent() -> None:
    assert taught("qwen3 is not a multimodal model", {"messages": []}) is None


def test_a_prompt_that_is_too_long_teaches_nothing() -> None:
    error = ApiError("context_overflow", 400, "Unsupported parameter: 'stream_options'")
    assert lesson_of(error, DEFAULT_QUIRKS, msgspec.json.encode(CHAT)) is None


def test_a_lesson_is_learned_once() -> None:
    said = "Unknown parameter: 'stream_options'."
    assert taught(said, quirks=Quirks(dropped_fields=("stream_options",))) is None


def test_a_lesson_says_what_it_is_in_both_places() -> None:
    error = ApiError("invalid_request", 400, "In context=(), 'propertyNames' is not permitted.")
    lesson = lesson_of(error, DEFAULT_QUIRKS, msgspec.json.encode(CHAT))
    assert lesson is not None
    assert lesson.reason == "repeated without 'propertyNames', which the upstream refused"
    assert lesson.description == "refuses `propertyNames` in a tool's schema"


@pytest.mark.parametrize(
    ("quirk", "value", "changed"),
    [
        ("dropped_fields", ["top_k"], {"dropped_fields": ("user", "top_k")}),
        ("dropped_fields", ["user"], {"dropped_fields": ("user",)}),
        ("max_output_tokens", 8192, {"max_output_tokens": 4096}),
        ("text_only", True, {"text_only": True}),
        ("efforts", ["low", "high"], {"efforts": ("low", "high")}),
        ("a quirk of a later version", True, {}),
        ("efforts", ["enormous"], {}),
        ("dropped_fields", "top_k", {}),
        ("max_output_tokens", "many", {}),
        ("max_output_tokens", None, {"max_output_tokens": None}),
    ],
)
def test_what_was_stored_is_learned_again(quirk: str, value: Any, changed: dict[str, Any]) -> None:
    quirks = Quirks(dropped_fields=("user",), max_output_tokens=4096)
    expected = msgspec.structs.replace(quirks, **changed)
    assert learned(quirks, quirk, value) == expected


@given(
    st.text(max_size=80),
    st.sampled_from(["Unknown parameter: '{}'", "{}: Extra inputs are not permitted", "{}"]),
)
def test_no_text_breaks_it_or_takes_what_is_indispensable(text: str, phrase: str) -> None:
    lesson = taught(phrase.replace("{}", text))
    if lesson is not None and lesson[0] == "dropped_fields":
        assert not {"model", "messages", "tools", "stream"} & {*lesson[1]}

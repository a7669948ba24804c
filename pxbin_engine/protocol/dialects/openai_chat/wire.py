"""The JSON of Chat Completions as typed structs, tolerant of unknown fields, nulls and the usual foreign shapes.

Source: OpenAI's API reference, "Chat Completions"; each deviation names who was seen to send it. Only fields that are
read stand here.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

NAME = "openai_chat"
"""The dialect's name, also the key of what only it can say in every ``extensions``."""

# What upstreams answer


class FunctionCall(Struct, gc=False):
    """A call's name and arguments, whole or in fragments; some (Ollama) send the arguments as an object."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class GoogleExtra(Struct, gc=False):
    """Gemini's proof of a call (ai.google.dev/gemini-api/docs/thought-signatures)."""

    thought_signature: str | None = None


class ExtraContent(Struct, gc=False):
    """What Gemini's OpenAI endpoint adds to a call."""

    google: GoogleExtra | None = None


class ToolCall(Struct, gc=False):
    """One entry of ``tool_calls``; ``index`` only in streams, and not always there (Gemini)."""

    index: int | None = None
    id: str | None = None
    function: FunctionCall | None = None
    extra_content: ExtraContent | None = None


class Delta(Struct, gc=False):
    """What a chunk adds, or a whole message.

    ``reasoning_content`` is DeepSeek's name, ``reasoning`` OpenRouter's, Groq's and vLLM's; ``content`` is a list of parts
    at Mistral; ``function_call`` is OpenAI's name from before tools; ``images`` are OpenRouter's.
    """

    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[ToolCall] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[dict[str, Any]] | None = None
    refusal: str | None = None
    function_call: FunctionCall | None = None
    annotations: list[dict[str, Any]] | None = None
    images: list[dict[str, Any]] | None = None


class PromptDetails(Struct, gc=False):
    """``cache_write_tokens`` is OpenRouter's, ``cache_creation_tokens`` LiteLLM's."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_creation_tokens: int | None = None
    audio_tokens: int | None = None


class CompletionDetails(Struct, gc=False):
    """What the output was made of; ``image_tokens`` is OpenRouter's."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class ServerToolUsage(Struct, gc=False):
    """What OpenRouter did by itself."""

    web_search_requests: int | None = None


class CompletionUsage(Struct, gc=False):
    """``prompt_cache_hit_tokens`` is DeepSeek's, ``cached_tokens`` Moonshot's, ``cache_*_input_tokens`` LiteLLM's."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None
    prompt_cache_hit_tokens: int | None = None
    cached_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    server_tool_use: ServerToolUsage | None = None


class Choice(Struct, gc=False):
    """``delta`` in chunks, ``message`` in whole answers; ``usage`` here is Moonshot's, ``error`` OpenRouter's,
    ``stop_reason`` vLLM's (the stop string that was met, or a token id)."""

    index: int | None = None
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None
    stop_reason: str | int | None = None
    usage: CompletionUsage | None = None
    error: Any = None


class GroqExtra(Struct, gc=False):
    """Groq's own place for usage in streams."""

    usage: CompletionUsage | None = None


class Completion(Struct, gc=False):
    """A chunk of a stream or a whole answer; ``error``, ``message`` and ``detail`` only where it is an error."""

    id: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: CompletionUsage | None = None
    x_groq: GroqExtra | None = None
    service_tier: Any = None
    object: str | None = None
    error: Any = None
    message: Any = None
    detail: Any = None


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that are no JSON of the asked shape, no UTF-8, or nested too deeply."""

_completion = msgspec.json.Decoder(Completion)
_lax_completion = msgspec.json.Decoder(Completion, strict=False)

decode_usual_completion = _completion.decode
"""A chunk whose numbers are numbers, as nearly all are. Raises one of ``UNREADABLE``."""


def decode_completion(data: bytes | str) -> Completion:
    """A chunk or a whole answer; numbers as strings are taken too. Raises one of ``UNREADABLE``."""
    try:
        return _completion.decode(data)
    except msgspec.ValidationError:
        return _lax_completion.decode(data)


# What clients ask


class AskedFunction(Struct, gc=False):
    """A function that the client offers; ``parameters`` stays the text it was."""

    name: str
    description: str | None = None
    parameters: Raw = Raw()
    strict: bool | None = None


class AskedCustom(Struct):
    """A free-form tool that the client offers, or a call of it in the history."""

    name: str
    input: str = ""
    description: str | None = None
    format: dict[str, Any] | None = None


class AskedCall(Struct):
    """A call in the history."""

    function: FunctionCall | None = None
    custom: AskedCustom | None = None
    id: str | None = None
    type: str | None = None
    extra_content: ExtraContent | None = None


class AskedMessage(Struct):
    """One message of the history."""

    role: str
    content: str | list[Raw] | None = None
    name: str | None = None
    tool_calls: list[Raw] | None = None
    tool_call_id: str | None = None
    function_call: FunctionCall | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[dict[str, Any]] | None = None
    annotations: list[dict[str, Any]] | None = None
    images: list[dict[str, Any]] | None = None


class AskedFormat(Struct):
    """``response_format``."""

    type: str
    json_schema: "AskedSchema | None" = None


class AskedSchema(Struct):
    """``response_format.json_schema``."""

    name: str | None = None
    schema: Raw = Raw()
    strict: bool | None = None


class Asked(Struct):
    """A client's request; what is not read here goes to the extensions."""

    model: str
    messages: list[AskedMessage]
    tools: list[Raw] | None = None
    functions: list[AskedFunction] | None = None
    tool_choice: Any = None
    function_call: Any = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    web_search_options: Raw = Raw()
    stop: str | list[str] | None = None
    reasoning_effort: str | None = None
    response_format: AskedFormat | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    service_tier: str | None = None


asked_decoder = msgspec.json.Decoder(Asked)

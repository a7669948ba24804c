"""What a Gemini client asks, as typed structs, tolerant of unknown fields, nulls and numbers as strings.

Source: the API reference of ``generateContent`` (ai.google.dev/api/generate-content, ai.google.dev/api/caching) and the
types of Google's own SDK (google-genai 3.4). The body is protobuf's JSON (protobuf.dev/programming-guides/json): each field
has two names, ``functionCall`` and ``function_call``, ``null`` is a field's default, and 64-bit numbers may be strings. A list
of one may be that one (Google's examples for curl: ``"contents": {"parts": {"text": "Hi"}}``).
"""

import re
from typing import Any

import msgspec
from msgspec import Raw, Struct

NAME = "gemini_generate"

Json = dict[str, Any]


class Blob(Struct, rename="camel", gc=False):
    """Bytes as base64."""

    mime_type: str | None = None
    data: str | None = None
    display_name: str | None = None


class FileData(Struct, rename="camel", gc=False, omit_defaults=True):
    """An address: a page of the web, or a file that Google keeps (``.../files/...``, ``gs://``)."""

    file_uri: str | None = None
    mime_type: str | None = None
    display_name: str | None = None


class FunctionCall(Struct, gc=False):
    """A call in the history; ``id`` only where the client kept one."""

    name: str | None = None
    id: str | None = None
    args: Raw = Raw()


class FunctionResponse(Struct, rename="camel"):
    """What a function answered; ``parts`` holds media (``inlineData``, ``fileData``)."""

    name: str | None = None
    id: str | None = None
    response: Raw = Raw()
    parts: list[Raw] | None = None
    will_continue: bool | None = None
    scheduling: str | None = None


class Part(Struct, rename="camel"):
    """One part; exactly one of its kinds is set, ``thought_signature`` may stand on any."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None


class Content(Struct):
    """A turn; ``role`` may be missing in a conversation of one turn, ``parts`` is read by ``items_of``."""

    parts: Raw = Raw()
    role: str | None = None


class FunctionDeclaration(Struct, rename="camel"):
    """``parameters`` is Google's ``Schema``, ``parameters_json_schema`` a JSON Schema; one of them, or none."""

    name: str
    description: str | None = None
    parameters: Raw = Raw()
    parameters_json_schema: Raw = Raw()


class FunctionCallingConfig(Struct, rename="camel"):
    """May, must, must not call a function."""

    mode: str | None = None
    allowed_function_names: list[str] | None = None


class ToolConfig(Struct, rename="camel"):
    """How tools are used."""

    function_calling_config: FunctionCallingConfig | None = None


class ThinkingConfig(Struct, rename="camel"):
    """Gemini 2.5 thinks by a budget (0: not at all, -1: as it sees fit), later ones by a level."""

    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    thinking_level: str | None = None


class GenerationConfig(Struct, rename="camel"):
    """How to generate; what is not read here goes to the extensions."""

    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop_sequences: list[str] | None = None
    response_mime_type: str | None = None
    response_schema: Raw = Raw()
    response_json_schema: Raw = Raw()
    thinking_config: ThinkingConfig | None = None


class Asked(Struct, rename="camel"):
    """A client's request; what is not read here goes to the extensions."""

    contents: list[Content] | Content | None = None
    system_instruction: Content | str | None = None
    tools: list[dict[str, Raw]] | dict[str, Raw] | None = None
    tool_config: Raw = Raw()
    generation_config: Raw = Raw()
    service_tier: str | None = None


_items = msgspec.json.Decoder(list[Raw])

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that are no JSON of the asked shape, no UTF-8, or nested too deeply."""


_READ = (
    Asked,
    Blob,
    FileData,
    FunctionCallingConfig,
    FunctionDeclaration,
    FunctionResponse,
    GenerationConfig,
    Part,
    ThinkingConfig,
    ToolConfig,
)
_UNREAD = frozenset(
    {
        "cached_content",
        "candidate_count",
        "code_execution",
        "code_execution_result",
        "exclude_domains",
        "executable_code",
        "function_declarations",
        "generate_content_request",
        "google_search",
        "google_search_retrieval",
        "media_resolution",
        "part_metadata",
        "response_modalities",
        "safety_settings",
        "url_context",
        "video_metadata",
    }
)
"""Fields that no struct here has, but somebody reads or keeps."""


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_CAMEL_OF_SNAKE = {
    name: _camel(name)
    for name in _UNREAD.union(*(kind.__struct_fields__ for kind in _READ))
    if "_" in name
}
_SAYS_SNAKE = re.compile(rb'"(?:%b)"\s*:' % "|".join(_CAMEL_OF_SNAKE).encode())

_OTHERS_NAMES = frozenset(
    {
        "args",
        "labels",
        "parameters",
        "parametersJsonSchema",
        "response",
        "responseJsonSchema",
        "responseSchema",
    }
)
"""Values whose names are the client's own."""


def in_camel_case(body: bytes) -> bytes:
    """The body with each field under its usual name; untouched where it is so, as nearly all are. Raises ``UNREADABLE``."""
    if _SAYS_SNAKE.search(body) is None:
        return body
    return msgspec.json.encode(_renamed(msgspec.json.decode(body)))


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    usual = ((_CAMEL_OF_SNAKE.get(name, name), inner) for name, inner in value.items())
    return {name: inner if name in _OTHERS_NAMES else _renamed(inner) for name, inner in usual}


def is_said(value: Raw) -> bool:
    """Whether a field was there, and not ``null``."""
    return bytes(value) not in (b"", b"null")


def items_of(value: Raw) -> list[Raw]:
    """The items of a list, or of a list of one that is only that. Raises ``UNREADABLE``."""
    if not is_said(value):
        return []
    return _items.decode(value) if bytes(value).startswith(b"[") else [value]


def in_one_line(text: bytes) -> bytes:
    """JSON without line breaks between its values, as it came where it has none."""
    return msgspec.json.format(text, indent=-1) if b"\n" in text or b"\r" in text else text

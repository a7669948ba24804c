"""The canonical request: what two dialects can both say about a turn to be generated.

A slot stands here only when two dialects can speak it. The rest rides in ``extensions`` (keyed by the name of the
dialect that said it; only that dialect's encoder reads it back), in an ``OpaquePart``/``ServerTool``, or becomes a
``Loss``. JSON that nobody needs to understand (schemas, tool arguments) stays the text it was, so that nothing is
reordered or re-serialised without need: prompt caches depend on it.
"""

import re
from typing import Any, Literal

from msgspec import Raw, Struct

Extensions = dict[str, dict[str, Any]]
"""Dialect name -> field name -> plain JSON value."""

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Base64Source(Struct, frozen=True, tag="base64"):
    """Bytes in the request itself; ``data`` is base64 text without line breaks."""

    media_type: str
    data: str


class UrlSource(Struct, frozen=True, tag="url"):
    """An http(s) address that the upstream fetches by itself."""

    url: str


class FileSource(Struct, frozen=True, tag="file"):
    """A file that was uploaded to the upstream before; meaningless anywhere else."""

    file_id: str


class TextSource(Struct, frozen=True, tag="text"):
    """A plain-text document in the request itself."""

    text: str


Source = Base64Source | UrlSource | FileSource | TextSource


class Citation(Struct, frozen=True, omit_defaults=True):
    """Where a text of the model has something from: a page of the web.

    Attributes:
        quoted: the page's own words.
        opaque: Anthropic's ``encrypted_index``, which it wants back.
    """

    url: str
    title: str = ""
    quoted: str = ""
    opaque: str | None = None


class Text(Struct, frozen=True, tag="text", omit_defaults=True):
    """Text that a person, the system or the model wrote."""

    text: str
    citations: tuple[Citation, ...] = ()
    extensions: Extensions | None = None


class Image(Struct, frozen=True, tag="image", omit_defaults=True):
    """A picture; ``detail`` is OpenAI's low/high/auto."""

    source: Source
    detail: str | None = None
    extensions: Extensions | None = None


class Document(Struct, frozen=True, tag="document", omit_defaults=True):
    """A document, mostly a PDF."""

    source: Source
    title: str | None = None
    extensions: Extensions | None = None


class Audio(Struct, frozen=True, tag="audio", omit_defaults=True):
    """Sound; the source's media type is ``audio/wav``, ``audio/mpeg`` ..."""

    source: Source
    extensions: Extensions | None = None


class Thinking(Struct, frozen=True, tag="thinking", omit_defaults=True):
    """What the model reasoned before it answered.

    Where a vendor proves another part than its reasoning (Gemini's ``thoughtSignature`` on a function call), the proof
    stands in a thinking part without text, directly before that part.

    Attributes:
        text: may be empty where the vendor hides it.
        signature: the vendor's proof or encrypted whole (Anthropic ``signature``, Responses ``encrypted_content``,
            Gemini ``thoughtSignature``); opaque; valid only at the vendor that made it.
            A signature that starts with ``SYNTHETIC_SIGNATURE`` was made by pxbin and is never sent to a vendor.
        redacted: the encrypted whole of Anthropic's ``redacted_thinking``.
        vendor: the dialect whose vendor made ``signature`` or ``redacted``; no other dialect's encoder sends them to an
            upstream. A client of another dialect carries them marked (``mark_foreign``) and brings them back so.
    """

    text: str
    signature: str | None = None
    redacted: str | None = None
    vendor: str | None = None
    extensions: Extensions | None = None


SYNTHETIC_SIGNATURE = "pxbin-synthetic:"
_FOREIGN = re.compile(r"pxbin-(?P<vendor>[a-z_]+):(?P<signature>.*)", re.DOTALL)


def mark_foreign(vendor: str, signature: str) -> str:
    """A signature as a client of another dialect than the vendor's is given it."""
    return f"pxbin-{vendor}:{signature}"


def read_foreign(signature: str, *, own: str) -> tuple[str, str]:
    """The vendor and its signature, as a client of the dialect ``own`` brought it back."""
    found = _FOREIGN.fullmatch(signature)
    if found is None or signature.startswith(SYNTHETIC_SIGNATURE):
        return own, signature
    return found["vendor"], found["signature"]


class ToolCall(Struct, frozen=True, tag="tool_call", omit_defaults=True):
    """The model asks for a tool; ``arguments`` is the JSON text as the model wrote it (maybe broken, maybe empty)."""

    id: str
    name: str
    arguments: str
    extensions: Extensions | None = None


class ToolResult(Struct, frozen=True, tag="tool_result", omit_defaults=True):
    """What a tool answered: texts, images, documents, sound, in order."""

    call_id: str
    parts: tuple["Text | Image | Document | Audio | OpaquePart", ...]
    is_error: bool | None = None
    extensions: Extensions | None = None


class OpaquePart(Struct, frozen=True, tag="opaque", omit_defaults=True):
    """A part that only one dialect knows, kept as the JSON text it was.

    Attributes:
        dialect: the dialect that can say it again.
        kind: that dialect's own ``type`` (``server_tool_use``, ``tool_reference``, ``refusal`` ...).
        raw: the JSON object as it came.
    """

    dialect: str
    kind: str
    raw: Raw


class SearchCall(Struct, frozen=True, tag="search_call", omit_defaults=True):
    """The vendor (or pxbin in its place) searched the web, in the middle of the model's answer."""

    id: str
    query: str
    extensions: Extensions | None = None


class SearchHit(Struct, frozen=True, omit_defaults=True):
    """One page that was found.

    Attributes:
        age: when it was written, in the provider's words.
        text: what it says, as far as the provider tells.
        opaque: Anthropic's ``encrypted_content``, which it wants back.
    """

    url: str
    title: str = ""
    age: str | None = None
    text: str = ""
    opaque: str | None = None


class SearchResult(Struct, frozen=True, tag="search_result", omit_defaults=True):
    """What that search found, in the assistant's turn after its call; ``error`` is Anthropic's code for why nothing."""

    call_id: str
    hits: tuple[SearchHit, ...] = ()
    error: str | None = None
    extensions: Extensions | None = None


Part = (
    Text
    | Image
    | Document
    | Audio
    | Thinking
    | ToolCall
    | ToolResult
    | SearchCall
    | SearchResult
    | OpaquePart
)


class Message(Struct, frozen=True, omit_defaults=True):
    """One turn. Tool results stand in a ``user`` turn, as Anthropic has them; ``system`` may stand anywhere."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]
    extensions: Extensions | None = None


class FunctionTool(Struct, frozen=True, tag="function", omit_defaults=True):
    """A tool that the client runs.

    Attributes:
        parameters: a JSON Schema object as it came, or None for no arguments.
        freeform: it takes a text rather than JSON (OpenAI's ``custom`` tools). In the canonical model, and at an upstream
            that has none, its only argument is ``{"input": "..."}``.
        namespace: where the client keeps it (Responses ``namespace`` tools, as Codex groups them); ``name`` is the whole
            name, with the namespace in front, so that whoever knows no namespaces loses nothing.
    """

    name: str
    description: str | None = None
    parameters: Raw | None = None
    strict: bool | None = None
    freeform: bool = False
    namespace: str | None = None
    extensions: Extensions | None = None


class ServerTool(Struct, frozen=True, tag="server", omit_defaults=True):
    """A tool that the vendor runs by itself (``web_search_20250305``, ``code_execution`` ...), as it came."""

    dialect: str
    kind: str
    name: str
    raw: Raw


class WebSearch(Struct, frozen=True, tag="web_search", omit_defaults=True):
    """The vendor's own search of the web (``web_search_20250305``, ``web_search``, ``google_search``).

    Attributes:
        dialect: that of the client, which alone reads ``raw`` back.
        kind: the dialect's own ``type``.
        name: as the client calls it in its choice of a tool and in its history.
        raw: the JSON object as it came.
        location: ``city``, ``region``, ``country``, ``timezone``, as far as said.
    """

    dialect: str
    kind: str
    name: str
    raw: Raw
    max_uses: int | None = None
    allowed_domains: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    location: dict[str, str] | None = None


Tool = FunctionTool | WebSearch | ServerTool


class ToolChoice(Struct, frozen=True):
    """May, must, must not call a tool; ``name`` only with ``tool``."""

    mode: Literal["auto", "any", "none", "tool"]
    name: str | None = None


class Reasoning(Struct, frozen=True, omit_defaults=True):
    """How much to think. ``enabled`` None: not said. ``budget_tokens`` counts inside ``max_output_tokens``."""

    enabled: bool | None = None
    adaptive: bool = False
    effort: Effort | None = None
    budget_tokens: int | None = None
    summary: str | None = None


class OutputFormat(Struct, frozen=True, omit_defaults=True):
    """Structured output: any JSON object, or one that fits a schema."""

    kind: Literal["json_object", "json_schema"]
    name: str | None = None
    schema: Raw | None = None
    strict: bool | None = None


class Request(Struct, frozen=True, omit_defaults=True):
    """One turn to be generated.

    Attributes:
        model: the name as the client said it (the gateway passes the target's name to the encoder).
        system: instructions that stand before every message (Anthropic's ``system``); instructions in between are
            messages with the role ``system``.
        parallel_tools: None where the client did not say.
        tell_usage: whether a stream is to end with its usage; None: not said. OpenAI's clients ask for it
            (``stream_options.include_usage``), the other dialects always tell it.
        user_id: an opaque end-user id (Anthropic ``metadata.user_id``, OpenAI ``user``/``safety_identifier``).
        cache_key: what groups requests that share a prompt prefix (OpenAI ``prompt_cache_key``).
    """

    model: str
    messages: tuple[Message, ...]
    system: tuple[Part, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tools: bool | None = None
    stream: bool = False
    tell_usage: bool | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: tuple[str, ...] = ()
    reasoning: Reasoning | None = None
    output_format: OutputFormat | None = None
    user_id: str | None = None
    cache_key: str | None = None
    service_tier: str | None = None
    extensions: Extensions | None = None

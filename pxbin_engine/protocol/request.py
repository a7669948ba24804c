"""The canonical request: what two dialects can both say about a turn to be generated.

A slot stands here only when two dialects can speak it. The rest rides in ``extensions`` (keyed by the name of the
dialect that said it; only that dialect's encoder reads it back), in an ``OpaquePart``/``ServerTool``, or becomes a
``Loss``. JSON that nobody needs to understand (schemas, tool arguments) stays the text it was, so that nothing is
reordered or re-serialised without need: prompt caches depend on it.
"""

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


class Text(Struct, frozen=True, tag="text", omit_defaults=True):
    """Text that a person, the system or the model wrote."""

    text: str
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


class Thinking(Struct, frozen=True, tag="thinking", omit_defaults=True):
    """What the model reasoned before it answered.

    Attributes:
        text: may be empty where the vendor hides it.
        signature: the vendor's proof over the text; opaque; valid only at the vendor that made it.
            A signature that starts with ``SYNTHETIC_SIGNATURE`` was made by pxbin and is never sent to a vendor.
        redacted: the encrypted whole, where the vendor shows no text at all (Anthropic ``redacted_thinking``,
            Responses ``encrypted_content``).
    """

    text: str
    signature: str | None = None
    redacted: str | None = None
    extensions: Extensions | None = None


SYNTHETIC_SIGNATURE = "pxbin-synthetic:"


class ToolCall(Struct, frozen=True, tag="tool_call", omit_defaults=True):
    """The model asks for a tool; ``arguments`` is the JSON text as the model wrote it (maybe broken, maybe empty)."""

    id: str
    name: str
    arguments: str
    extensions: Extensions | None = None


class ToolResult(Struct, frozen=True, tag="tool_result", omit_defaults=True):
    """What a tool answered: texts, images, documents, in order."""

    call_id: str
    parts: tuple["Text | Image | Document | OpaquePart", ...]
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


Part = Text | Image | Document | Thinking | ToolCall | ToolResult | OpaquePart


class Message(Struct, frozen=True, omit_defaults=True):
    """One turn. Tool results stand in a ``user`` turn, as Anthropic has them; ``system`` may stand anywhere."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]
    extensions: Extensions | None = None


class FunctionTool(Struct, frozen=True, tag="function", omit_defaults=True):
    """A tool that the client runs. ``parameters`` is a JSON Schema object as it came, or None for no arguments."""

    name: str
    description: str | None = None
    parameters: Raw | None = None
    strict: bool | None = None
    extensions: Extensions | None = None


class ServerTool(Struct, frozen=True, tag="server", omit_defaults=True):
    """A tool that the vendor runs by itself (``web_search_20250305``, ``code_execution`` ...), as it came."""

    dialect: str
    kind: str
    name: str
    raw: Raw


Tool = FunctionTool | ServerTool


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
    stop: tuple[str, ...] = ()
    reasoning: Reasoning | None = None
    output_format: OutputFormat | None = None
    user_id: str | None = None
    cache_key: str | None = None
    service_tier: str | None = None
    extensions: Extensions | None = None

"""The JSON of the Messages API as typed structs: what a request, an answer and a stream are made of.

Source: Anthropic's API reference ("Messages", "Streaming messages", "Errors") and what Claude Code was seen to send.

Requests are read strictly and openly at once: a known field must have its type (the client is told which has not), an
unknown field is kept beside the struct, and a block of an unknown type is kept whole as ``Raw``. Answers are read
leniently: upstreams that only resemble Anthropic send nulls and leave fields out.
"""

from typing import Any, Generic, Literal, TypeVar

from msgspec import UNSET, Raw, Struct, UnsetType

NAME = "anthropic_messages"
"""The dialect's name, also the key of what only it can say in every ``extensions``."""

# Requests: blocks


class TextBlock(Struct, forbid_unknown_fields=True, tag_field="type", tag="text"):
    """``citations`` stand on an assistant's text in the history."""

    text: str
    cache_control: Any = UNSET
    citations: Any = UNSET


class Base64(Struct, tag_field="type", tag="base64"):
    """Bytes of a picture or a PDF."""

    media_type: str
    data: str


class Url(Struct, tag_field="type", tag="url"):
    """An address that Anthropic fetches."""

    url: str


class File(Struct, tag_field="type", tag="file"):
    """A file of the Files API."""

    file_id: str


class PlainText(Struct, tag_field="type", tag="text"):
    """A document that is plain text."""

    data: str
    media_type: str = "text/plain"


Source = Base64 | Url | File | PlainText


class ImageBlock(Struct, forbid_unknown_fields=True, tag_field="type", tag="image"):
    """A picture."""

    source: Raw
    cache_control: Any = UNSET


class DocumentBlock(Struct, forbid_unknown_fields=True, tag_field="type", tag="document"):
    """A PDF or a text; a source of blocks (``content``) makes it opaque."""

    source: Raw
    title: str | None = None
    context: Any = UNSET
    citations: Any = UNSET
    cache_control: Any = UNSET


class ThinkingBlock(Struct, forbid_unknown_fields=True, tag_field="type", tag="thinking"):
    """``signature`` comes back as it was given, the empty one included."""

    thinking: str
    signature: str | None = None


class RedactedThinkingBlock(
    Struct, forbid_unknown_fields=True, tag_field="type", tag="redacted_thinking"
):
    """Thinking that only Anthropic can read."""

    data: str


class ToolUseBlock(Struct, forbid_unknown_fields=True, tag_field="type", tag="tool_use"):
    """A call in the history; ``caller`` is there with programmatic tool calling."""

    id: str
    name: str
    input: Raw
    cache_control: Any = UNSET
    caller: Any = UNSET


class ToolResultBlock(Struct, forbid_unknown_fields=True, tag_field="type", tag="tool_result"):
    """What a tool answered: a string, or blocks."""

    tool_use_id: str
    content: str | list[Raw] | None = None
    is_error: bool | None = None
    cache_control: Any = UNSET


Block = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | ThinkingBlock
    | RedactedThinkingBlock
    | ToolUseBlock
    | ToolResultBlock
)


PlainBlock = TextBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock
"""The blocks that never need their own bytes again: pictures and documents may have to stay what they were."""


# Requests: the rest; ``B``, ``M`` and ``T`` are blocks, messages and tools, or each ``Raw``

B = TypeVar("B")
M = TypeVar("M")
T = TypeVar("T")


class Message(Struct, Generic[B], forbid_unknown_fields=True):
    """One turn. Claude Code puts ``role: system`` in between and ``output_config`` on it."""

    role: Literal["user", "assistant", "system"]
    content: str | list[B]
    output_config: Any = UNSET


class Tool(Struct, forbid_unknown_fields=True):
    """A tool of the client; any other ``type`` than ``custom`` is one that Anthropic runs, or knows by itself."""

    name: str = ""
    type: str | None = None
    description: str | None = None
    input_schema: Raw | UnsetType = UNSET
    strict: bool | None = None
    cache_control: Any = UNSET
    defer_loading: Any = UNSET
    eager_input_streaming: Any = UNSET


class ToolChoice(Struct):
    """May, must, must not call a tool."""

    type: Literal["auto", "any", "none", "tool"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class OutputFormat(Struct):
    """``output_config.format``."""

    type: str
    schema: Raw | UnsetType = UNSET


class Request(Struct, Generic[B, M, T], forbid_unknown_fields=True):
    """The body of ``POST /v1/messages``; of ``count_tokens`` too, which has no ``max_tokens``."""

    model: str
    messages: list[M]
    system: str | list[B] | None = None
    max_tokens: int | None = None
    tools: list[T] | None = None
    tool_choice: ToolChoice | None = None
    metadata: dict[str, Any] | None = None
    thinking: dict[str, Any] | None = None
    output_config: dict[str, Raw] | None = None
    stop_sequences: list[str] | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    service_tier: str | None = None
    context_management: Any = UNSET
    container: Any = UNSET
    mcp_servers: Any = UNSET


OpenMessage = Message[Raw]
OpenRequest = Request[Raw, Raw, Raw]
PlainMessage = Message[PlainBlock]
PlainRequest = Request[PlainBlock, PlainMessage, Tool]
AnyRequest = OpenRequest | PlainRequest


# Answers


class CacheCreation(Struct, gc=False):
    """Cache writes by how long they last."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class Usage(Struct, gc=False):
    """Token counts; ``input_tokens`` leave out what was cached."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None


class Answer(Struct):
    """A whole answer, or the ``message`` of ``message_start``."""

    id: str | None = None
    model: str | None = None
    content: list[Raw] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: Usage | None = None


# Streams


class MessageStart(Struct, tag_field="type", tag="message_start"):
    """The first event."""

    message: Answer


class ContentBlockStart(Struct, tag_field="type", tag="content_block_start"):
    """A block begins; what it is stands in ``content_block``."""

    index: int
    content_block: Raw


class TextDelta(Struct, tag_field="type", tag="text_delta", gc=False):
    """More text."""

    text: str


class ThinkingDelta(Struct, tag_field="type", tag="thinking_delta", gc=False):
    """More thinking."""

    thinking: str


class SignatureDelta(Struct, tag_field="type", tag="signature_delta", gc=False):
    """The signature of the thinking, before its block ends."""

    signature: str


class InputJsonDelta(Struct, tag_field="type", tag="input_json_delta", gc=False):
    """More of a call's arguments."""

    partial_json: str


Delta = TextDelta | InputJsonDelta | ThinkingDelta | SignatureDelta


class ContentBlockDelta(Struct, tag_field="type", tag="content_block_delta", gc=False):
    """More of a block."""

    index: int
    delta: Delta


class ContentBlockStop(Struct, tag_field="type", tag="content_block_stop", gc=False):
    """A block is complete."""

    index: int


class StopDelta(Struct, gc=False):
    """Why the model stopped."""

    stop_reason: str | None = None
    stop_sequence: str | None = None


class MessageDelta(Struct, tag_field="type", tag="message_delta", gc=False):
    """The stop reason, and usage that replaces what ``message_start`` said."""

    delta: StopDelta
    usage: Usage | None = None


class MessageStop(Struct, tag_field="type", tag="message_stop", gc=False):
    """The last event."""


class Ping(Struct, tag_field="type", tag="ping", gc=False):
    """Nothing but a sign of life."""


Event = (
    ContentBlockDelta
    | ContentBlockStart
    | ContentBlockStop
    | MessageStart
    | MessageDelta
    | MessageStop
    | Ping
)

"""The JSON of a request of the Messages API as typed structs, and the blocks that answers have too (``answer_wire`` is the rest).

Source: Anthropic's API reference ("Messages", "Streaming messages", "Errors") and what Claude Code was seen to send.

Requests are read strictly and openly at once: a known field must have its type (the client is told which has not), an
unknown field is kept beside the struct, and a block of an unknown type is kept whole as ``Raw``.
"""

from typing import Any, Generic, Literal, TypeVar

from msgspec import UNSET, Raw, Struct, UnsetType

NAME = "anthropic_messages"
"""The dialect's name, also the key of what only it can say in every ``extensions``."""

# Blocks


class TextBlock(Struct, forbid_unknown_fields=True, tag_field="type", tag="text"):
    """``citations`` stand on an assistant's text in the history."""

    text: str
    cache_control: Any = UNSET
    citations: Raw | UnsetType = UNSET


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


class ServerToolUseBlock(
    Struct, forbid_unknown_fields=True, tag_field="type", tag="server_tool_use"
):
    """Anthropic calls a tool of its own."""

    id: str
    name: str
    input: Raw
    cache_control: Any = UNSET
    caller: Any = UNSET


class WebSearchResultBlock(
    Struct, forbid_unknown_fields=True, tag_field="type", tag="web_search_tool_result"
):
    """What its search of the web found: a list of ``SearchHit``, or a ``SearchError``."""

    tool_use_id: str
    content: Raw
    cache_control: Any = UNSET
    caller: Any = UNSET


class SearchHit(
    Struct, forbid_unknown_fields=True, tag_field="type", tag="web_search_result", gc=False
):
    """A page; Anthropic wants ``encrypted_content`` back."""

    url: str
    title: str | None = None
    encrypted_content: str | None = None
    page_age: str | None = None


class SearchError(
    Struct, forbid_unknown_fields=True, tag_field="type", tag="web_search_tool_result_error"
):
    """Why a search found nothing: ``max_uses_exceeded``, ``unavailable`` ..."""

    error_code: str


class WebCitation(
    Struct, forbid_unknown_fields=True, tag_field="type", tag="web_search_result_location", gc=False
):
    """The one kind of citation that other dialects have too."""

    url: str
    title: str | None = None
    cited_text: str = ""
    encrypted_index: str | None = None


Block = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | ThinkingBlock
    | RedactedThinkingBlock
    | ToolUseBlock
    | ToolResultBlock
    | ServerToolUseBlock
    | WebSearchResultBlock
)


PlainBlock = TextBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock
"""The blocks that never need their own bytes again: pictures and documents may have to stay what they were."""


# The rest of a request; ``B``, ``M`` and ``T`` are blocks, messages and tools, or each ``Raw``

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


class WebSearchTool(Struct, gc=False):
    """``web_search_20250305`` and newer, as far as other dialects can say it."""

    max_uses: int | None = None
    allowed_domains: tuple[str, ...] | None = None
    blocked_domains: tuple[str, ...] | None = None
    user_location: dict[str, str | None] | None = None


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

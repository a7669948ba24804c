"""The JSON of the Messages API's answers and streams as typed structs.

Source: Anthropic's API reference ("Messages", "Streaming messages"). They are read leniently: upstreams that only resemble
Anthropic send nulls and leave fields out.
"""

from typing import Any

from msgspec import Raw, Struct

# Answers


class CacheCreation(Struct, gc=False):
    """Cache writes by how long they last."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class ServerToolUsage(Struct, gc=False):
    """How often tools of Anthropic's own were called."""

    web_search_requests: int | None = None


class Usage(Struct, gc=False):
    """Token counts; ``input_tokens`` leave out what was cached. ``speed`` is fast mode's."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    server_tool_use: ServerToolUsage | None = None
    service_tier: Any = None
    speed: Any = None


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


class CitationsDelta(Struct, tag_field="type", tag="citations_delta", gc=False):
    """One more citation of the open text."""

    citation: Raw


Delta = TextDelta | InputJsonDelta | ThinkingDelta | SignatureDelta | CitationsDelta


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

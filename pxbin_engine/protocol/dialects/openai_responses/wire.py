"""The JSON of OpenAI's Responses API as typed structs: a client's request, but for its items (``item_wire``).

Source: OpenAI's API reference ("Create a model response", and its SDK's types), the requests that Codex CLI, OpenCode and
the SDKs were seen to send, and Codex's own source for what only it sends (``namespace``). Only fields that are read stand
here.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.protocol.sse import one_line

NAME = "openai_responses"
"""The dialect's name, also the key of what only it can say in every ``extensions``."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that are no JSON of the asked shape, no UTF-8, or nested too deeply."""


class Tool(Struct):
    """Any tool: ``function``, ``custom``, ``namespace``, or one that the vendor runs."""

    type: str
    name: str | None = None
    description: str | None = None
    parameters: Raw = Raw()
    strict: bool | None = None
    tools: list[Raw] | None = None
    execution: str | None = None


class WebSearchFilters(Struct):
    """Where a search may look."""

    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None


class WebSearch(Struct):
    """What of the vendor's own search another vendor's can be told; without access to the web it reads what OpenAI has stored."""

    external_web_access: bool | None = None
    filters: WebSearchFilters | None = None
    user_location: dict[str, Any] | None = None


class Effort(Struct):
    """``reasoning``; ``generate_summary`` is the older name of ``summary``."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None


class TextFormat(Struct):
    """``text.format``."""

    type: str
    name: str | None = None
    schema: Raw = Raw()
    strict: bool | None = None


class TextOptions(Struct):
    """``text``; its ``verbosity`` only this dialect has."""

    format: TextFormat | None = None


class Request(Struct):
    """The body of ``POST /v1/responses``; what is not read here goes to the extensions."""

    model: str
    input: str | list[Raw] | None = None
    instructions: str | None = None
    tools: list[Raw] | None = None
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    reasoning: Effort | None = None
    text: TextOptions | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    conversation: Any = None
    prompt: Any = None
    background: bool | None = None


def encode_line(value: Any) -> bytes:
    """The value's JSON without a line break: ``Raw`` in it may be pretty-printed, and an event's data is one line."""
    return one_line(msgspec.json.encode(value))


request_decoder = msgspec.json.Decoder(Request)
tool_decoder = msgspec.json.Decoder(Tool)
web_search_decoder = msgspec.json.Decoder(WebSearch)

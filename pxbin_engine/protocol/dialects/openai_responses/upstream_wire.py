"""The JSON of the Responses API as typed structs: what an upstream answers, whole and streamed.

Source: OpenAI's API reference ("Streaming events", "The Response object") and its SDK's types; what open-weight servers
(vLLM, LM Studio, llama.cpp) leave out is optional here. Only fields that are read stand here; an output item is kept as
``Raw`` until its type is known.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

# Deltas: nearly all events of a stream. ``output_index`` tells the item; -1: not said.


class TextDelta(Struct, tag_field="type", tag="response.output_text.delta", gc=False):
    """More of what the model says."""

    delta: str
    output_index: int = -1
    content_index: int = 0


class RefusalDelta(Struct, tag_field="type", tag="response.refusal.delta", gc=False):
    """More of the words by which it refuses."""

    delta: str
    output_index: int = -1
    content_index: int = 0


class SummaryDelta(Struct, tag_field="type", tag="response.reasoning_summary_text.delta", gc=False):
    """More of the summary of what it thinks."""

    delta: str
    output_index: int = -1
    summary_index: int = 0


class ReasoningDelta(Struct, tag_field="type", tag="response.reasoning_text.delta", gc=False):
    """More of what it really thinks: open-weight models tell it."""

    delta: str
    output_index: int = -1
    content_index: int = 0


class ArgumentsDelta(
    Struct, tag_field="type", tag="response.function_call_arguments.delta", gc=False
):
    """More of a function call's arguments."""

    delta: str
    output_index: int = -1


class InputDelta(Struct, tag_field="type", tag="response.custom_tool_call_input.delta", gc=False):
    """More of the text for a freeform tool."""

    delta: str
    output_index: int = -1


class AnnotationAdded(Struct, tag_field="type", tag="response.output_text.annotation.added"):
    """Where the text has something from."""

    annotation: Raw
    output_index: int = -1
    content_index: int = 0


# Items


class ItemAdded(Struct, tag_field="type", tag="response.output_item.added"):
    """An item begins."""

    item: Raw
    output_index: int = -1


class ItemDone(Struct, tag_field="type", tag="response.output_item.done"):
    """An item is complete, and told whole once more."""

    item: Raw
    output_index: int = -1


ItemEvent = (
    TextDelta
    | ArgumentsDelta
    | SummaryDelta
    | ReasoningDelta
    | InputDelta
    | RefusalDelta
    | AnnotationAdded
    | ItemAdded
    | ItemDone
)


class Piece(Struct):
    """A part of a message's or a reasoning item's content; which text it has tells what it is."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None
    annotations: list[Raw] | None = None


class Item(Struct):
    """An output item of any type: the fields of those that are understood."""

    type: str = ""
    id: str | None = None
    content: list[Piece] | None = None
    summary: list[Piece] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: str | dict[str, Any] | None = None
    input: str | None = None
    result: str | None = None
    output_format: str | None = None
    status: str | None = None


class Annotation(Struct):
    """A citation; only ``url_citation`` is one of the web."""

    type: str = ""
    url: str | None = None
    title: str | None = None


# The response as a whole


class CacheWrites(Struct, gc=False):
    """Written to the prompt cache, by how long it lasts."""

    ttl_30m_tokens: int | None = None
    ttl_12h_tokens: int | None = None


class InputDetails(Struct, gc=False):
    """Parts of ``input_tokens``."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_tokens_details: CacheWrites | None = None


class OutputDetails(Struct, gc=False):
    """Parts of ``output_tokens``."""

    reasoning_tokens: int | None = None


class Usage(Struct, gc=False):
    """Token counts; ``input_tokens`` include what was cached."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None


class SearchUsage(Struct, gc=False):
    """How often the web was searched."""

    num_requests: int | None = None


class ToolUsage(Struct, gc=False):
    """What the vendor's own tools used."""

    web_search: SearchUsage | None = None


class IncompleteDetails(Struct, gc=False):
    """``max_output_tokens``, ``max_messages``, ``content_filter`` or ``steered``."""

    reason: str | None = None


class Answer(Struct):
    """The response object: whole, or as it stands while it is being made."""

    id: str | None = None
    model: str | None = None
    status: str | None = None
    output: list[Raw] | None = None
    usage: Usage | None = None
    service_tier: Any = None
    tool_usage: ToolUsage | None = None
    incomplete_details: IncompleteDetails | None = None
    error: Any = None


class Head(Struct):
    """What of a response matters as it begins; it repeats the whole request, which is skipped."""

    id: str | None = None
    model: str | None = None


class Created(Struct, tag_field="type", tag="response.created"):
    """The first event."""

    response: Head


class Queued(Struct, tag_field="type", tag="response.queued"):
    """It has to wait."""

    response: Head


class InProgress(Struct, tag_field="type", tag="response.in_progress"):
    """It is being made."""

    response: Head


class KeepAlive(Struct, tag_field="type", tag="keepalive", gc=False):
    """Nothing but a sign of life."""


class Completed(Struct, tag_field="type", tag="response.completed"):
    """The last event of an answer that ended by itself."""

    response: Answer


class Incomplete(Struct, tag_field="type", tag="response.incomplete"):
    """The last event of one that was cut short."""

    response: Answer


class Failed(Struct, tag_field="type", tag="response.failed"):
    """The last event of one that failed."""

    response: Answer


Event = ItemEvent | Created | Queued | InProgress | KeepAlive | Completed | Incomplete | Failed


event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
item_decoder = msgspec.json.Decoder(Item)
answer_decoder = msgspec.json.Decoder(Answer)
annotation_decoder = msgspec.json.Decoder(Annotation)
_lax_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event, strict=False)


def decode_laxly(data: bytes) -> Event | None:
    """An event whose numbers may be strings; None where it is none all the same."""
    try:
        return _lax_event_decoder.decode(data)
    except msgspec.DecodeError:
        return None

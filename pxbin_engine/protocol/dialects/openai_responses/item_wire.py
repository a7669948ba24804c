"""The JSON of a conversation in the Responses API as typed structs: the items of ``input`` and what they are made of.

Source: OpenAI's API reference ("Create a model response", ``input``, and its SDK's types), what Codex CLI, OpenCode and the
SDKs were seen to send, and Codex's own source for what only it sends (``compaction_trigger``, ``tool_search_call``). Only
fields that are read stand here; an item or a part of another type is kept whole as ``Raw``.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct

# Content parts


class InputText(Struct, tag_field="type", tag="input_text", gc=False):
    """What a person or the system said, or a tool answered."""

    text: str
    prompt_cache_breakpoint: Any = UNSET


class OutputText(Struct, tag_field="type", tag="output_text"):
    """What the model said, with where it has it from."""

    text: str
    annotations: list[dict[str, Any]] | None = None


class PlainText(Struct, tag_field="type", tag="text", gc=False):
    """The name that other APIs have for it, and that OpenAI's takes too."""

    text: str


class Refusal(Struct, tag_field="type", tag="refusal", gc=False):
    """The model's words of refusal."""

    refusal: str


class InputImage(Struct, tag_field="type", tag="input_image"):
    """A picture by address (``data:`` included) or by file."""

    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None
    prompt_cache_breakpoint: Any = UNSET


class InputFile(Struct, tag_field="type", tag="input_file"):
    """A document by bytes (a ``data:`` URI), address or file."""

    file_data: str | None = None
    file_url: str | None = None
    file_id: str | None = None
    filename: str | None = None
    prompt_cache_breakpoint: Any = UNSET


class Sound(Struct, gc=False):
    """``format`` is ``wav`` or ``mp3``."""

    data: str
    format: str


class InputAudio(Struct, tag_field="type", tag="input_audio"):
    """Sound as base64."""

    input_audio: Sound


ContentPart = InputText | OutputText | PlainText | Refusal | InputImage | InputFile | InputAudio

# Items


class Message(Struct, tag_field="type", tag="message"):
    """One message; clients may leave its ``type`` out. ``phase`` is ``commentary`` or ``final_answer``."""

    role: str
    content: str | list[Raw] | None = None
    phase: str | None = None


class ReasoningText(Struct, gc=False):
    """One piece of a summary, or of what was really thought."""

    text: str = ""


class Reasoning(Struct, tag_field="type", tag="reasoning"):
    """What the model thought: in summary, in full where the vendor tells it, and encrypted."""

    summary: list[ReasoningText] | None = None
    content: list[ReasoningText] | None = None
    encrypted_content: str | None = None


class FunctionCall(Struct, tag_field="type", tag="function_call", gc=False):
    """The model called a function; ``namespace`` says which tool of that ``name``."""

    name: str
    arguments: str = ""
    call_id: str | None = None
    id: str | None = None
    namespace: str | None = None


class CustomToolCall(Struct, tag_field="type", tag="custom_tool_call", gc=False):
    """The model called a tool that takes a text."""

    name: str
    input: str = ""
    call_id: str | None = None
    id: str | None = None
    namespace: str | None = None


Output = str | list[Raw] | dict[str, Any] | None
"""A text, parts, or what Codex sent before it sent parts: ``{"content": "...", "success": false}``."""


class FunctionCallOutput(Struct, tag_field="type", tag="function_call_output"):
    """What the function answered."""

    call_id: str
    output: Output = None


class CustomToolCallOutput(Struct, tag_field="type", tag="custom_tool_call_output"):
    """What the tool answered."""

    call_id: str
    output: Output = None


class SearchSource(Struct, gc=False):
    """A page that was found; other kinds of sources have no address."""

    url: str | None = None


class SearchAction(Struct):
    """``search``; ``open_page`` and ``find_in_page`` have no query."""

    type: str | None = None
    query: str | None = None
    queries: list[str] | None = None
    sources: list[SearchSource] | None = None


class WebSearchCall(Struct, tag_field="type", tag="web_search_call"):
    """The vendor searched the web."""

    id: str | None = None
    action: SearchAction | None = None
    status: str | None = None


class ImageGenerationCall(Struct, tag_field="type", tag="image_generation_call", gc=False):
    """The model drew a picture; ``result`` is base64."""

    result: str | None = None
    output_format: str | None = None


class Compaction(Struct, tag_field="type", tag="compaction", gc=False):
    """An earlier part of the conversation, condensed and (by OpenAI) encrypted."""

    encrypted_content: str | None = None


class CompactionSummary(Compaction, tag_field="type", tag="compaction_summary", gc=False):
    """The older name of the same."""


class CompactionTrigger(Struct, tag_field="type", tag="compaction_trigger", gc=False):
    """Asks for a ``compaction`` of all before it instead of an answer (Codex's ``remote_compaction_v2``)."""


class AdditionalTools(Struct, tag_field="type", tag="additional_tools"):
    """Tools that were found in the middle of the conversation and can be called from there on."""

    tools: list[Raw]


class ToolSearchCall(Struct, tag_field="type", tag="tool_search_call"):
    """The model looks for tools that it was not told of; by ``execution``, the ``client`` or the ``server`` finds them."""

    arguments: Raw = Raw(b"{}")
    call_id: str | None = None
    execution: str | None = None


class ToolSearchOutput(Struct, tag_field="type", tag="tool_search_output"):
    """What was found, to be called from there on."""

    tools: list[Raw]
    call_id: str | None = None
    execution: str | None = None


class ItemReference(Struct, tag_field="type", tag="item_reference", gc=False):
    """An item that OpenAI stored."""

    id: str


Item = (
    Message
    | Reasoning
    | FunctionCall
    | CustomToolCall
    | FunctionCallOutput
    | CustomToolCallOutput
    | WebSearchCall
    | ImageGenerationCall
    | Compaction
    | CompactionSummary
    | CompactionTrigger
    | AdditionalTools
    | ToolSearchCall
    | ToolSearchOutput
    | ItemReference
)


item_decoder: msgspec.json.Decoder[Item] = msgspec.json.Decoder(Item)
message_decoder = msgspec.json.Decoder(Message)
part_decoder: msgspec.json.Decoder[ContentPart] = msgspec.json.Decoder(ContentPart)

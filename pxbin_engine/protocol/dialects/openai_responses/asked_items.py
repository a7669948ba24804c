"""The conversation, Responses items -> canonical turns.

1. Instructions before the first other item are the request's ``system``; later ones are ``system`` turns.
2. What the model said, thought and called stands in items of its own; those that follow each other are one turn.
3. Results that follow each other are one user turn, together with the user's message that follows them.
4. An item that only this dialect has is opaque: in the user's turn where it is an output, else in the model's.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses import item_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.asked_content import (
    decode_content,
    decode_output,
    decode_reasoning,
    decode_search,
    type_of,
)
from pxbin_engine.protocol.dialects.openai_responses.compaction import decode_summary
from pxbin_engine.protocol.dialects.openai_responses.references import unknown_item
from pxbin_engine.protocol.dialects.openai_responses.tools import decode_tools, whole_name
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.freeform import freeform_arguments
from pxbin_engine.protocol.request import (
    Base64Source,
    Image,
    Message,
    OpaquePart,
    Part,
    Text,
    ToolCall,
    ToolResult,
)

_SYSTEM_ROLES = ("system", "developer")
_CLIENTS_ITEMS = ("_output", "mcp_approval_response")
"""Ends of the types of items that the client writes."""


class Conversation(Struct):
    """What the items tell.

    Attributes:
        tools: those that were found on the way, as they came.
        wants_compaction: it ends with a ``compaction_trigger``.
    """

    system: tuple[Part, ...]
    messages: tuple[Message, ...]
    tools: list[Raw]
    wants_compaction: bool


def decode_items(items: str | Sequence[Raw]) -> Conversation:
    """The ``input`` of a request. Raises ``ProtocolError``."""
    if isinstance(items, str):
        return Conversation((), (Message("user", (Text(items),)),), [], wants_compaction=False)
    turns = _Turns()
    for i, raw in enumerate(items):
        turns.take(raw, f"input[{i}]")
    return turns.conversation()


class _Turns:
    """One walk through the items."""

    def __init__(self) -> None:
        self._system: list[Part] = []
        self._turns: list[tuple[Literal["system", "user", "assistant"], list[Part]]] = []
        self._tools: list[Raw] = []
        self._wants_compaction = False

    def conversation(self) -> Conversation:
        messages = (Message(role, tuple(parts)) for role, parts in self._turns)
        return Conversation(
            tuple(self._system), tuple(messages), self._tools, self._wants_compaction
        )

    def take(self, raw: Raw, path: str) -> None:
        self._wants_compaction = False
        item = _decode_item(raw, path)
        match item:
            case wire.Message():
                self._message(item, path)
            case wire.FunctionCall():
                self._call(item, item.arguments, path)
            case wire.CustomToolCall():
                self._call(item, freeform_arguments(item.input), path)
            case wire.FunctionCallOutput() | wire.CustomToolCallOutput():
                self._result(decode_output(item.call_id, item.output, path))
            case wire.Reasoning():
                thinking = decode_reasoning(item)
                self._assistant([thinking] if thinking else [])
            case wire.CompactionTrigger():
                self._wants_compaction = True
            case wire.AdditionalTools() | wire.ToolSearchOutput(call_id=None):
                self._tools += item.tools
            case wire.ToolSearchCall(call_id=str(call_id), execution="client"):
                arguments = bytes(item.arguments).decode()
                self._assistant([ToolCall(call_id, "tool_search", arguments)])
            case wire.ToolSearchOutput(call_id=str(call_id)):
                self._tools += item.tools
                self._result(ToolResult(call_id, (Text(_found(item.tools)),)))
            case wire.ItemReference():
                raise unknown_item(item.id)
            case _:
                self._rare(item, raw)

    def _rare(self, item: wire.Item | None, raw: Raw) -> None:
        match item:
            case wire.WebSearchCall() if search := decode_search(item):
                self._assistant(search)
            case wire.ImageGenerationCall(result=str(data)):
                media_type = f"image/{item.output_format or 'png'}"
                self._assistant([Image(Base64Source(media_type, data))])
            case wire.Compaction() if summary := decode_summary(item.encrypted_content):
                self._turns.append(("user", [Text(summary)]))
            case _:
                self._opaque(raw)

    def _message(self, message: wire.Message, path: str) -> None:
        parts = list(decode_content(message.content, f"{path}.content"))
        if message.role == "assistant":
            self._assistant(_with_phase(parts, message.phase))
        elif message.role == "user":
            if self._ends_with_results():
                self._turns[-1][1].extend(parts)
            else:
                self._turns.append(("user", [*parts]))
        elif message.role not in _SYSTEM_ROLES:
            raise ProtocolError(f"{path}.role: {message.role!r} is no role of a message")
        elif self._turns:
            self._turns.append(("system", [*parts]))
        else:
            self._system += parts

    def _assistant(self, parts: Sequence[Part]) -> None:
        if self._turns and self._turns[-1][0] == "assistant":
            self._turns[-1][1].extend(parts)
        elif parts:
            self._turns.append(("assistant", [*parts]))

    def _call(
        self, call: wire.FunctionCall | wire.CustomToolCall, arguments: str, path: str
    ) -> None:
        call_id = call.call_id or call.id
        if not call_id:
            raise ProtocolError(f"{path}.call_id: the field is missing")
        self._assistant([ToolCall(call_id, whole_name(call.namespace, call.name), arguments)])

    def _result(self, result: ToolResult) -> None:
        if self._ends_with_results():
            self._turns[-1][1].append(result)
        else:
            self._turns.append(("user", [result]))

    def _ends_with_results(self) -> bool:
        if not self._turns:
            return False
        role, parts = self._turns[-1]
        return role == "user" and bool(parts) and isinstance(parts[-1], ToolResult)

    def _opaque(self, raw: Raw) -> None:
        kind = type_of(raw) or ""
        part = OpaquePart(NAME, kind, raw)
        if kind.endswith(_CLIENTS_ITEMS):
            self._turns.append(("user", [part]))
        else:
            self._assistant([part])


def _decode_item(raw: Raw, path: str) -> wire.Item | None:
    """The item, as a message where it says no type; None for one of a type that is not read here."""
    try:
        return wire.item_decoder.decode(raw)
    except msgspec.ValidationError as error:
        kind = type_of(raw)
        if kind is not None and kind not in _KNOWN:
            return None
        if kind is not None:
            raise ProtocolError(f"{path}: {error}") from error
    try:
        return wire.message_decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"{path}: {error}") from error


def _found(tools: Sequence[Raw]) -> str:
    """What a search for tools answers a model that was told all of them meanwhile."""
    names = ", ".join(tool.name for tool in decode_tools((), tools))
    return f"These tools can be called now: {names}" if names else "No tools were found."


def _with_phase(parts: Sequence[Part], phase: str | None) -> list[Part]:
    """Whether a text was a comment on the way or the answer, which only this dialect says."""
    if phase is None:
        return [*parts]
    return [
        msgspec.structs.replace(part, extensions={NAME: {**_own(part), "phase": phase}})
        if isinstance(part, Text)
        else part
        for part in parts
    ]


def _own(part: Text) -> dict[str, object]:
    return (part.extensions or {}).get(NAME, {})


_KNOWN = frozenset(kind.__struct_config__.tag for kind in wire.Item.__args__)

"""The conversation, Chat Completions -> canonical.

``tool`` messages become results in one user turn together with the user message that follows; what stands before the first
turn becomes the request's ``system``.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import wire
from pxbin_engine.protocol.dialects.openai_chat.annotations import decode_annotations
from pxbin_engine.protocol.dialects.openai_chat.reasoning_details import (
    GEMINI,
    read_client_thinking,
)
from pxbin_engine.protocol.dialects.openai_chat.response import (
    arguments_text,
    call_proof,
    decode_images,
    source_of,
)
from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.freeform import freeform_arguments
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Citation,
    Document,
    Extensions,
    FileSource,
    Image,
    Message,
    OpaquePart,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

_SYSTEM_ROLES = ("system", "developer")
_CACHE_CONTROL_OWNER = "anthropic_messages"
"""OpenAI clients that mark cached prefixes do it with Anthropic's field, so it is kept under Anthropic's name."""


_SOUNDS = {"mp3": "audio/mpeg"}
"""Formats whose media type has another name."""


class _AskedPart(Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None
    image_url: Any = None
    file: Any = None
    input_audio: Any = None
    cache_control: Any = None


_asked_part = msgspec.json.Decoder(_AskedPart)
_asked_call = msgspec.json.Decoder(wire.AskedCall)


def decode_messages(
    asked: Sequence[wire.AskedMessage],
) -> tuple[tuple[Part, ...], tuple[Message, ...]]:
    """The system parts that stand before the first turn, and the turns. Raises ``ProtocolError``."""
    leading = list(takewhile(lambda message: message.role in _SYSTEM_ROLES, asked))
    system = tuple(
        part
        for position, message in enumerate(leading)
        for part in _content(message, f"messages[{position}]")
    )
    return system, tuple(_turns(asked, len(leading)))


def _turns(asked: Sequence[wire.AskedMessage], first: int) -> Iterator[Message]:
    results: list[Part] = []
    legacy_call = ""
    for position in range(first, len(asked)):
        message = asked[position]
        path = f"messages[{position}]"
        if message.role in ("tool", "function"):
            results.append(_result(message, message.tool_call_id or legacy_call, path))
            continue
        if message.role != "user" and results:
            yield Message("user", tuple(results))
            results = []
        if message.role == "user":
            yield Message("user", (*results, *_content(message, path)), _named(message))
            results = []
        elif message.role == "assistant":
            legacy_call = f"call_{position}"
            parts = tuple(_assistant_parts(message, legacy_call, path))
            yield Message("assistant", parts, _named(message))
        elif message.role in _SYSTEM_ROLES:
            yield Message("system", tuple(_content(message, path)))
        else:
            raise ProtocolError(f"{path}.role: {message.role!r} is no role of a chat completion")
    if results:
        yield Message("user", tuple(results))


def _named(message: wire.AskedMessage) -> Extensions | None:
    """The participant's name, which only this dialect knows."""
    return {NAME: {"name": message.name}} if message.name else None


def _assistant_parts(message: wire.AskedMessage, legacy_call: str, path: str) -> Iterator[Part]:
    plain = message.reasoning_content or message.reasoning or ""
    yield from read_client_thinking(message.reasoning_details or (), plain)
    yield from _cited(list(_content(message, path)), decode_annotations(message.annotations))
    yield from decode_images(message.images)
    if message.refusal:
        yield Text(message.refusal)
    for position, raw in enumerate(message.tool_calls or ()):
        yield from _call(raw, f"{path}.tool_calls[{position}]")
    if message.function_call is not None:
        called = message.function_call
        yield ToolCall(legacy_call, called.name or "", arguments_text(called.arguments))


def _cited(parts: list[Part], citations: tuple[Citation, ...]) -> list[Part]:
    """The last text has them all: their places in the message are no longer told apart."""
    if citations and parts and isinstance(last := parts[-1], Text):
        parts[-1] = msgspec.structs.replace(last, citations=citations)
    return parts


def _call(raw: Raw, path: str) -> Iterator[Part]:
    try:
        call = _asked_call.decode(raw)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"{path}: {error}") from error
    if proof := call_proof(call):
        yield Thinking("", proof, vendor=GEMINI)
    if call.custom is not None:
        yield ToolCall(call.id or "", call.custom.name, freeform_arguments(call.custom.input))
    elif call.function is None:
        yield OpaquePart(NAME, call.type or "tool_call", raw)
    elif not call.function.name:
        raise ProtocolError(f"{path}.function.name: the field is missing")
    else:
        arguments = arguments_text(call.function.arguments)
        yield ToolCall(call.id or "", call.function.name, arguments)


def _result(message: wire.AskedMessage, call_id: str, path: str) -> ToolResult:
    parts = [
        part
        for part in _content(message, path)
        if isinstance(part, Text | Image | Document | Audio | OpaquePart)
    ]
    return ToolResult(call_id, tuple(parts))


def _content(message: wire.AskedMessage, path: str) -> Iterator[Part]:
    if isinstance(message.content, str):
        yield Text(message.content)
        return
    for position, raw in enumerate(message.content or ()):
        yield _part(raw, f"{path}.content[{position}]")


def _part(raw: Raw, path: str) -> Part:
    try:
        part = _asked_part.decode(raw)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"{path}: {error}") from error
    extensions: Extensions | None = None
    if part.cache_control is not None:
        extensions = {_CACHE_CONTROL_OWNER: {"cache_control": part.cache_control}}
    match part:
        case (
            _AskedPart(type="text", text=str(text)) | _AskedPart(type="refusal", refusal=str(text))
        ):
            return Text(text, extensions=extensions)
        case _AskedPart(type="image_url", image_url=str(url)):
            return Image(source_of(url), extensions=extensions)
        case _AskedPart(type="image_url", image_url={"url": str(url)}):
            return Image(source_of(url), _string(part.image_url, "detail"), extensions)
        case _AskedPart(type="file", file={"file_data": str(data)}):
            return Document(source_of(data), _string(part.file, "filename"), extensions)
        case _AskedPart(type="file", file={"file_id": str(file_id)}):
            own: Extensions = {NAME: {"file_id": file_id}}
            return Document(FileSource(file_id), _string(part.file, "filename"), own)
        case _AskedPart(
            type="input_audio", input_audio={"data": str(data), "format": str(format_)}
        ):
            return Audio(Base64Source(_SOUNDS.get(format_, f"audio/{format_}"), data), extensions)
        case _AskedPart(type="text" | "image_url" | "file" | "input_audio" | ""):
            raise ProtocolError(f"{path}: a part of type {part.type!r} lacks what belongs to it")
        case _:
            return OpaquePart(NAME, part.type, raw)


def _string(value: dict[str, Any], name: str) -> str | None:
    found = value.get(name)
    return found if isinstance(found, str) else None

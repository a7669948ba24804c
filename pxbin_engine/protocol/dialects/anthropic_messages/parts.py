"""Content blocks of the Messages API <-> canonical parts, for requests and answers alike.

What only this dialect can say about a block (``cache_control``, ``citations``, whatever is new) rides in the part's
extensions; a block of a type that only this dialect has rides whole, as an ``OpaquePart``.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from pxbin_engine.protocol.dialects.anthropic_messages import wire
from pxbin_engine.protocol.dialects.anthropic_messages.open_decoder import (
    OpenDecoder,
    decode_fields,
    object_type,
)
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    Audio,
    Base64Source,
    Document,
    Extensions,
    FileSource,
    Image,
    OpaquePart,
    Part,
    SearchCall,
    SearchResult,
    Source,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
    UrlSource,
)

_BLOCK: OpenDecoder[wire.Block] = OpenDecoder(
    wire.TextBlock,
    wire.ToolUseBlock,
    wire.ToolResultBlock,
    wire.ThinkingBlock,
    wire.ImageBlock,
    wire.DocumentBlock,
    wire.RedactedThinkingBlock,
)
_SOURCE: msgspec.json.Decoder[wire.Source] = msgspec.json.Decoder(wire.Source)
_OBJECT = msgspec.json.Decoder(dict[str, Raw])

Json = dict[str, Any]


# Blocks -> parts


def decode_content(
    content: str | list[Raw] | list[wire.PlainBlock] | None, path: str
) -> tuple[Part, ...]:
    """A message's or a tool result's content. Raises ``ProtocolError``."""
    if isinstance(content, str):
        return (Text(content),)
    return tuple(
        decode_block(said, f"{path}.{i}")
        if isinstance(said, Raw)
        else _decode_plain(said, {}, f"{path}.{i}")
        for i, said in enumerate(content or ())
    )


def decode_block(raw: Raw, path: str) -> Part:
    """One block. Raises ``ProtocolError`` where a block of a known type is not as it must be."""
    decoded = _BLOCK.decode(raw, path)
    if decoded is None:
        return decode_opaque(raw, path)
    block, unknown = decoded
    if isinstance(block, wire.ImageBlock | wire.DocumentBlock):
        return _decode_media(block, unknown) or decode_opaque(raw, path)
    return _decode_plain(block, unknown, path)


def _decode_plain(block: wire.PlainBlock, unknown: Json, path: str) -> Part:
    match block:
        case wire.TextBlock():
            extensions = own_extensions(block, ("cache_control", "citations"), unknown)
            return Text(block.text, extensions=extensions)
        case wire.ToolUseBlock():
            extensions = own_extensions(block, ("cache_control", "caller"), unknown)
            return ToolCall(block.id, block.name, _arguments(block.input), extensions)
        case wire.ToolResultBlock():
            return _decode_tool_result(block, unknown, path)
        case wire.ThinkingBlock():
            extensions = own_extensions(block, (), unknown)
            return Thinking(block.thinking, block.signature, extensions=extensions)
        case wire.RedactedThinkingBlock():
            return Thinking("", redacted=block.data, extensions=own_extensions(block, (), unknown))


def decode_opaque(raw: Raw, path: str) -> OpaquePart:
    """A block that only this dialect knows. Raises ``ProtocolError`` where it has no type."""
    return OpaquePart(NAME, object_type(decode_fields(raw, path), path), raw)


def own_extensions(block: msgspec.Struct, names: Iterable[str], unknown: Json) -> Extensions | None:
    """What only this dialect says in a struct: the named fields that are set, and the unknown ones."""
    for name in names:
        value = getattr(block, name, UNSET)
        if value is not UNSET:
            unknown[name] = value
    return {NAME: unknown} if unknown else None


def _arguments(value: Raw) -> str:
    text = bytes(value).decode()
    return "" if text == "null" else text


def _decode_tool_result(block: wire.ToolResultBlock, unknown: Json, path: str) -> ToolResult:
    return ToolResult(
        block.tool_use_id,
        tuple(_decode_result_parts(block.content, f"{path}.content")),
        block.is_error,
        own_extensions(block, ("cache_control",), unknown),
    )


def _decode_result_parts(
    content: str | list[Raw] | None, path: str
) -> Iterator[Text | Image | Document | OpaquePart]:
    if isinstance(content, str):
        yield Text(content)
        return
    for i, raw in enumerate(content or ()):
        part = decode_block(raw, f"{path}.{i}")
        if isinstance(part, Text | Image | Document | OpaquePart):
            yield part
        else:
            yield decode_opaque(raw, f"{path}.{i}")


def _decode_media(
    block: wire.ImageBlock | wire.DocumentBlock, unknown: Json
) -> Image | Document | None:
    """None for a source that other dialects do not have (``content``), or that is broken: the block stays as it came."""
    source = _decode_source(block.source)
    if source is None:
        return None
    extensions = own_extensions(block, ("cache_control", "context", "citations"), unknown)
    if isinstance(source, FileSource):
        extensions = extensions or {NAME: {}}  # says whose file it is
    if isinstance(block, wire.ImageBlock):
        return Image(source, extensions=extensions)
    return Document(source, block.title, extensions)


def _decode_source(raw: Raw) -> Source | None:
    """None for a source that other dialects do not have (``content``), or that is broken."""
    try:
        source = _SOURCE.decode(raw)
    except msgspec.ValidationError:
        return None
    match source:
        case wire.Base64():
            return Base64Source(source.media_type, source.data)
        case wire.Url():
            return UrlSource(source.url)
        case wire.File():
            return FileSource(source.file_id)
        case wire.PlainText():
            return TextSource(source.data)


# Parts -> blocks


def encode_parts(parts: Iterable[Part], path: str, losses: Losses) -> list[Json | Raw]:
    """The blocks of these parts; what the dialect cannot say goes to ``losses``, blank texts are left out."""
    blocks = (encode_part(part, f"{path}[{i}]", losses) for i, part in enumerate(parts))
    return [block for block in blocks if block is not None]


def encode_part(part: Part, path: str, losses: Losses) -> Json | Raw | None:
    """One block; None for what Anthropic refuses or does not know."""
    match part:
        case OpaquePart():
            return _encode_opaque(part, path, losses)
        case Thinking():
            return _encode_thinking(part, path, losses)
        case Image() | Document():
            block = _encode_media(part, path, losses)
        case ToolCall():
            block = {"type": "tool_use", "id": encode_call_id(part.id), "name": part.name}
            block["input"] = encode_arguments(part.arguments)
        case ToolResult():
            block = _encode_tool_result(part, path, losses)
        case Audio() | SearchCall() | SearchResult():
            losses.add(path, "Anthropic Messages has no such part.")
            return None
        case _:
            # a blank text is refused: "text content blocks must be non-empty"
            block = {"type": "text", "text": part.text} if part.text.strip() else None
    if block is not None:
        block.update(encode_extensions(part.extensions, path, losses))
    return block


def encode_extensions(extensions: Extensions | None, path: str, losses: Losses) -> Json:
    """This dialect's own fields; another dialect's are lost."""
    if not extensions:
        return {}
    for dialect, fields in extensions.items():
        if dialect != NAME:
            for name in fields:
                losses.add(
                    f"{path}.{name}" if path else name, "Anthropic Messages has no such field."
                )
    return extensions.get(NAME, {})


def encode_arguments(arguments: str) -> Raw:
    """A call's arguments as the object that ``input`` must be; a text that is none is wrapped, so that it is seen."""
    text = arguments.strip() or "{}"
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Raw(msgspec.json.encode({"invalid_json": arguments}))
    return Raw(text.encode())


def encode_call_id(call_id: str) -> str:
    """An id in the alphabet that Anthropic takes; a changed one carries a hash, so that no two become the same."""
    if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call_id):
        return call_id
    digest = hashlib.sha256(call_id.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{re.sub(r'[^a-zA-Z0-9_-]', '_', call_id)[:48]}_{digest}"


def _encode_opaque(part: OpaquePart, path: str, losses: Losses) -> Raw | None:
    if part.dialect == NAME:
        return part.raw
    losses.add(path, f"Anthropic has no part of the type {part.kind}.")
    return None


def _encode_media(part: Image | Document, path: str, losses: Losses) -> Json | None:
    if isinstance(part.source, FileSource) and NAME not in (part.extensions or {}):
        losses.add(path, "A file that was uploaded elsewhere cannot be read by Anthropic.")
        return None
    source = _encode_source(part.source)
    if isinstance(part, Image):
        if part.detail not in (None, "auto"):
            losses.add(f"{path}.detail", "Anthropic has no level of detail for pictures.")
        return {"type": "image", "source": source}
    title = {} if part.title is None else {"title": part.title}
    return {"type": "document", "source": source, **title}


def _encode_thinking(part: Thinking, path: str, losses: Losses) -> Json | None:
    if part.redacted is not None:
        return {"type": "redacted_thinking", "data": part.redacted}
    if part.signature is None or part.signature.startswith(SYNTHETIC_SIGNATURE):
        losses.add(path, "Thinking of another vendor has no signature that Anthropic would take.")
        return None
    own = encode_extensions(part.extensions, path, losses)
    return {"type": "thinking", "thinking": part.text, "signature": part.signature, **own}


def _encode_tool_result(part: ToolResult, path: str, losses: Losses) -> Json:
    block: Json = {"type": "tool_result", "tool_use_id": encode_call_id(part.call_id)}
    if content := encode_parts(part.parts, f"{path}.content", losses):
        block["content"] = content
    if part.is_error is not None:
        block["is_error"] = part.is_error
    return block


def _encode_source(source: Source) -> Json:
    match source:
        case Base64Source():
            return {"type": "base64", "media_type": source.media_type, "data": source.data}
        case UrlSource():
            return {"type": "url", "url": source.url}
        case FileSource():
            return {"type": "file", "file_id": source.file_id}
        case TextSource():
            return {"type": "text", "media_type": "text/plain", "data": source.text}

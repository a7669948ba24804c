"""Content blocks of the Messages API -> canonical parts, for requests and answers alike (``part_encoder`` is the way back).

What only this dialect can say about a block (``cache_control``, ``citations``, whatever is new) rides in the part's
extensions; a block of a type that only this dialect has rides whole, as an ``OpaquePart``.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages import wire
from pxbin_engine.protocol.dialects.anthropic_messages.open_decoder import (
    OpenDecoder,
    decode_fields,
    object_type,
)
from pxbin_engine.protocol.dialects.anthropic_messages.search import (
    decode_citations,
    decode_search_call,
    decode_search_result,
)
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
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
    read_foreign,
)

_BLOCK: OpenDecoder[wire.Block] = OpenDecoder(
    wire.TextBlock,
    wire.ToolUseBlock,
    wire.ToolResultBlock,
    wire.ThinkingBlock,
    wire.ImageBlock,
    wire.DocumentBlock,
    wire.RedactedThinkingBlock,
    wire.ServerToolUseBlock,
    wire.WebSearchResultBlock,
)
_SOURCE: msgspec.json.Decoder[wire.Source] = msgspec.json.Decoder(wire.Source)

Json = dict[str, Any]


def decode_content(
    content: str | list[Raw] | list[wire.PlainBlock] | None, path: str
) -> tuple[Part, ...]:
    """A message's or a tool result's content. Raises ``ProtocolError``."""
    if isinstance(content, str):
        return (Text(content),)
    return tuple([_decode_said(said, path, i) for i, said in enumerate(content or ())])


def _decode_said(said: Raw | wire.PlainBlock, path: str, index: int) -> Part:
    if isinstance(said, wire.TextBlock) and said.cache_control is UNSET and said.citations is UNSET:
        return Text(said.text)  # what a long history mostly consists of
    if isinstance(said, Raw):
        return decode_block(said, f"{path}.{index}")
    return _decode_plain(said, {}, f"{path}.{index}")


def decode_block(raw: Raw, path: str) -> Part:
    """One block. Raises ``ProtocolError`` where a block of a known type is not as it must be."""
    decoded = _BLOCK.decode(raw, path)
    if decoded is None:
        return decode_opaque(raw, path)
    block, unknown = decoded
    if isinstance(block, wire.ImageBlock | wire.DocumentBlock):
        return _decode_media(block, unknown) or decode_opaque(raw, path)
    if isinstance(block, wire.ServerToolUseBlock | wire.WebSearchResultBlock):
        return _decode_search(block, unknown) or decode_opaque(raw, path)
    return _decode_plain(block, unknown, path)


def _decode_plain(block: wire.PlainBlock, unknown: Json, path: str) -> Part:
    match block:
        case wire.TextBlock():
            return _decode_text(block, unknown)
        case wire.ToolUseBlock():
            if not block.id or not block.name:
                raise ProtocolError(f"{path}: a call needs an id and a name")
            extensions = own_extensions(block, ("cache_control", "caller"), unknown)
            return ToolCall(block.id, block.name, _arguments(block.input), extensions)
        case wire.ToolResultBlock():
            return _decode_tool_result(block, unknown, path)
        case wire.ThinkingBlock():
            return _decode_thinking(block, own_extensions(block, (), unknown))
        case wire.RedactedThinkingBlock():
            vendor, redacted = read_foreign(block.data, own=NAME)
            return Thinking("", None, redacted, vendor, own_extensions(block, (), unknown))


def _decode_text(block: wire.TextBlock, unknown: Json) -> Text:
    """Citations that other dialects have become canonical; with any other among them, all stay as they came."""
    citations: tuple[Citation, ...] = ()
    if isinstance(block.citations, Raw):
        citations = decode_citations(block.citations)
        if not citations:
            unknown["citations"] = msgspec.json.decode(block.citations)
    return Text(block.text, citations, own_extensions(block, ("cache_control",), unknown))


def _decode_thinking(block: wire.ThinkingBlock, extensions: Extensions | None) -> Thinking:
    if block.signature is None:
        return Thinking(block.thinking, extensions=extensions)
    vendor, signature = read_foreign(block.signature, own=NAME)
    return Thinking(block.thinking, signature, vendor=vendor, extensions=extensions)


def _decode_search(
    block: wire.ServerToolUseBlock | wire.WebSearchResultBlock, unknown: Json
) -> SearchCall | SearchResult | None:
    """None for what other dialects do not have: the block stays as it came."""
    extensions = own_extensions(block, ("cache_control", "caller"), unknown)
    if isinstance(block, wire.ServerToolUseBlock):
        return decode_search_call(block, extensions)
    return decode_search_result(block, extensions)


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
    try:
        text = bytes(value).decode()
    except UnicodeDecodeError as error:  # msgspec reads no text in what it leaves raw
        raise ProtocolError(f"input: {error}") from error
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

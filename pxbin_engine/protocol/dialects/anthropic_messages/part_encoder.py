"""Canonical parts -> content blocks of a request of the Messages API (``answer_parts`` are those of an answer)."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages.search import (
    encode_citation,
    encode_search,
)
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses, paths_of_field
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

_OBJECT = msgspec.json.Decoder(dict[str, Raw])

Json = dict[str, Any]


def encode_parts(parts: Iterable[Part], path: str, losses: Losses) -> list[Json | Raw]:
    """The blocks of these parts; what the dialect cannot say goes to ``losses``, blank texts are left out."""
    blocks = (encode_part(part, f"{path}[{i}]", losses) for i, part in enumerate(parts))
    return [block for block in blocks if block is not None]


def encode_part(part: Part, path: str, losses: Losses) -> Json | Raw | None:
    """One block; None for what Anthropic refuses or does not know."""
    block: Json | None
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
        case SearchCall() | SearchResult():
            block = encode_search(part)
        case Audio():
            losses.add(path, "Anthropic reads no sound; a note stands in its place.")
            block = {"type": "text", "text": "[sound: left out]"}
        case Text():
            block = _encode_text(part, path, losses)
    if block is not None:
        block.update(encode_extensions(part.extensions, path, losses))
    return block


def is_anthropics_thinking(part: Thinking) -> bool:
    """Whether Anthropic proved it, and so takes it back."""
    proof = part.redacted if part.signature is None else part.signature
    if proof is None or proof.startswith(SYNTHETIC_SIGNATURE):
        return False
    return part.vendor in (None, NAME)


def encode_extensions(extensions: Extensions | None, path: str, losses: Losses) -> Json:
    """This dialect's own fields; another dialect's are lost."""
    if not extensions:
        return {}
    for dialect, fields in extensions.items():
        if dialect != NAME:
            for name, value in fields.items():
                for lost in paths_of_field(name, value, path):
                    losses.add(lost, "Anthropic Messages has no such field.")
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


def _encode_text(part: Text, path: str, losses: Losses) -> Json | None:
    if not part.text.strip():
        return None  # it is refused: "text content blocks must be non-empty"
    block: Json = {"type": "text", "text": part.text}
    taken = [citation for citation in part.citations if citation.opaque is not None]
    if len(taken) < len(part.citations):
        losses.add(f"{path}.citations", "Anthropic takes citations of its own searches only.")
    if taken:
        block["citations"] = [encode_citation(citation) for citation in taken]
    return block


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
    if not is_anthropics_thinking(part):
        losses.add(path, "Thinking of another vendor has no signature that Anthropic would take.")
        return None
    if part.redacted is not None:
        return {"type": "redacted_thinking", "data": part.redacted}
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

"""Canonical parts -> content blocks of an answer of the Messages API: what a client of it may be given."""

from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages.part_encoder import (
    Json,
    encode_arguments,
    encode_call_id,
)
from pxbin_engine.protocol.dialects.anthropic_messages.search import encode_citation, encode_search
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    Audio,
    Document,
    Image,
    OpaquePart,
    Part,
    SearchCall,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    UrlSource,
    mark_foreign,
)

UNSIGNED = f"{SYNTHETIC_SIGNATURE}unsigned"
"""The signature of thinking that nobody signed."""


def encode_answer_part(part: Part, path: str, losses: Losses) -> Json | Raw | None:
    """One block; None for what no client of this dialect knows."""
    match part:
        case Thinking():
            return _encode_thinking(part)
        case Text():
            return _encode_text(part)
        case ToolCall():
            block: Json = {"type": "tool_use", "id": encode_call_id(part.id), "name": part.name}
            return {**block, "input": encode_arguments(part.arguments), **_own(part)}
        case SearchCall() | SearchResult():
            return {**encode_search(part), **_own(part)}
        case OpaquePart(dialect=dialect, raw=raw) if dialect == NAME:
            return raw
        case Image():
            losses.add(
                path, "An answer of Anthropic's holds no picture; a note stands in its place."
            )
            return {"type": "text", "text": _image_note(part)}
        case OpaquePart(kind=kind):
            losses.add(path, f"Anthropic has no part of the type {kind}.")
        case Document() | Audio() | ToolResult():
            losses.add(path, f"An answer of Anthropic's holds no {type(part).__name__}.")
    return None


def proof_for_client(vendor: str | None, proof: str) -> str:
    """A signature or an encrypted whole as a client of this dialect is given it: another vendor's is marked."""
    return proof if vendor in (None, NAME) else mark_foreign(vendor, proof)


def _encode_thinking(part: Thinking) -> Json:
    if part.redacted is not None:
        data = proof_for_client(part.vendor, part.redacted)
        return {"type": "redacted_thinking", "data": data, **_own(part)}
    signature = proof_for_client(part.vendor, part.signature) if part.signature else UNSIGNED
    return {"type": "thinking", "thinking": part.text, "signature": signature, **_own(part)}


def _encode_text(part: Text) -> Json:
    block: Json = {"type": "text", "text": part.text}
    if part.citations:
        block["citations"] = [encode_citation(citation) for citation in part.citations]
    return {**block, **_own(part)}


def _own(part: Text | Thinking | ToolCall | SearchCall | SearchResult) -> Json:
    return (part.extensions or {}).get(NAME, {})


def _image_note(image: Image) -> str:
    if isinstance(image.source, UrlSource):
        return f"![picture]({image.source.url})"
    return "[The model answered with a picture, which has no place here.]"

"""What a Gemini upstream answers, as typed structs, tolerant of unknown fields and nulls.

Source: the API reference of ``generateContent`` (ai.google.dev/api/generate-content) and the types of Google's own SDK
(google-genai 3.4). Only fields that are read stand here; a part of a kind that none of them knows is read again, raw.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct


class FunctionCall(Struct, gc=False):
    """A call, always whole; before Gemini 3 it has no ``id``."""

    id: str | None = None
    name: str | None = None
    args: Raw = Raw()


class Blob(Struct, gc=False, rename="camel"):
    """Bytes as base64: a picture that the model made."""

    mime_type: str | None = None
    data: str | None = None


class Part(Struct, gc=False, rename="camel"):
    """A piece of the answer; ``thought`` says that its text is reasoning, ``thought_signature`` may stand on any kind."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None
    inline_data: Blob | None = None


class Content(Struct, gc=False):
    """The parts of one chunk; absent where a chunk only says why the model stopped."""

    parts: list[Part] | None = None


class WebPage(Struct, gc=False):
    """A page that Google Search found; the address is one of Google's that leads there."""

    uri: str | None = None
    title: str | None = None


class GroundingChunk(Struct, gc=False):
    """One thing that the answer stands on; only pages of the web are read."""

    web: WebPage | None = None


class GroundingSupport(Struct, gc=False, rename="camel"):
    """Which of the pages a piece of the text has its words from."""

    grounding_chunk_indices: list[int] | None = None


class GroundingMetadata(Struct, gc=False, rename="camel"):
    """What Google Search was asked and what it found."""

    web_search_queries: list[str] | None = None
    grounding_chunks: list[GroundingChunk] | None = None
    grounding_supports: list[GroundingSupport] | None = None


class CitationMetadata(Struct, gc=False, rename="camel"):
    """Where a recited text comes from; ``citations`` is Vertex AI's name for it."""

    citation_sources: list[WebPage] | None = None
    citations: list[WebPage] | None = None


class Candidate(Struct, gc=False, rename="camel"):
    """One answer; ``finish_reason`` stands in the last chunk, at older models in every one."""

    index: int | None = None
    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    grounding_metadata: GroundingMetadata | None = None
    citation_metadata: CitationMetadata | None = None


class ModalityTokens(Struct, gc=False, rename="camel"):
    """Tokens of one kind: TEXT, IMAGE, AUDIO, VIDEO, DOCUMENT."""

    modality: str | None = None
    token_count: int | None = None


class UsageMetadata(Struct, gc=False, rename="camel"):
    """Token counts so far; ``prompt_token_count`` includes the cached ones, ``candidates_token_count`` no thoughts."""

    prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    total_token_count: int | None = None
    prompt_tokens_details: list[ModalityTokens] | None = None
    cache_tokens_details: list[ModalityTokens] | None = None
    candidates_tokens_details: list[ModalityTokens] | None = None
    service_tier: Any = None


class PromptFeedback(Struct, gc=False, rename="camel"):
    """Why there is no candidate at all."""

    block_reason: str | None = None
    block_reason_message: str | None = None


class Chunk(Struct, gc=False, rename="camel"):
    """A chunk of a stream or a whole answer; ``error`` only where it is an error."""

    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: UsageMetadata | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: Any = None


_chunk = msgspec.json.Decoder(Chunk)
_lax_chunk = msgspec.json.Decoder(Chunk, strict=False)
_items = msgspec.json.Decoder(list[Raw])


def decode_chunk(data: bytes | Raw) -> Chunk:
    """A chunk or a whole answer; numbers as strings are taken too. Raises one of ``wire.UNREADABLE``."""
    try:
        return _chunk.decode(data)
    except msgspec.ValidationError:
        return _lax_chunk.decode(data)


def split_array(data: bytes) -> list[Raw]:
    """The items of a JSON array: how a stream looks that was not asked for with ``alt=sse``. Raises one of ``wire.UNREADABLE``."""
    return _items.decode(data)


class _RawContent(Struct):
    parts: list[dict[str, Raw]] = []


class _RawCandidate(Struct):
    content: _RawContent | None = None


class _RawChunk(Struct):
    candidates: list[_RawCandidate]


_raw_chunk = msgspec.json.Decoder(_RawChunk)


def raw_part(data: bytes | Raw, position: int) -> dict[str, Raw]:
    """The fields of a part of the first candidate, as they came."""
    content = _raw_chunk.decode(data).candidates[0].content or _RawContent()
    return content.parts[position]

"""What a client's items are made of -> canonical parts: texts, pictures, documents, sound, and thinking."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses import item_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.proof import decode_proof
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME, UNREADABLE
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Citation,
    Document,
    Extensions,
    FileSource,
    Image,
    OpaquePart,
    SearchCall,
    SearchHit,
    SearchResult,
    Source,
    Text,
    Thinking,
    ToolResult,
    UrlSource,
)

ContentPart = Text | Image | Document | Audio | OpaquePart

_MEDIA_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


def decode_content(content: str | list[Raw] | None, path: str) -> Iterator[ContentPart]:
    """A message's content, or what a tool answered. Raises ``ProtocolError``."""
    if isinstance(content, str):
        yield Text(content)
        return
    for i, raw in enumerate(content or ()):
        yield _decode_part(raw, f"{path}[{i}]")


def _decode_part(raw: Raw, path: str) -> ContentPart:
    try:
        part = wire.part_decoder.decode(raw)
    except msgspec.ValidationError as error:
        return _decode_opaque(raw, path, error)
    match part:
        case wire.InputText(text=text):
            return Text(text, extensions=_breakpoint(part.prompt_cache_breakpoint))
        case wire.PlainText(text=text) | wire.Refusal(refusal=text):
            return Text(text)
        case wire.OutputText():
            return _decode_output_text(part)
        case wire.InputImage():
            return _decode_image(part, path)
        case wire.InputFile():
            return _decode_file(part, path)
        case wire.InputAudio(input_audio=sound):
            media_type = _MEDIA_TYPES.get(sound.format, f"audio/{sound.format}")
            return Audio(Base64Source(media_type, sound.data))


def _decode_opaque(raw: Raw, path: str, error: msgspec.ValidationError) -> OpaquePart:
    """A part of a type that only this dialect has; what is wrong in a known one is told."""
    kind = type_of(raw)
    if kind is None or kind in _KNOWN:
        raise ProtocolError(f"{path}: {error}") from error
    return OpaquePart(NAME, kind, raw)


def _decode_output_text(part: wire.OutputText) -> Text:
    """Addresses of the web become citations; other annotations are this dialect's own."""
    citations = []
    others = []
    for annotation in part.annotations or ():
        match annotation:
            case {"type": "url_citation", "url": str(url)}:
                citations.append(Citation(url, str(annotation.get("title") or "")))
            case _:
                others.append(annotation)
    extensions: Extensions | None = {NAME: {"annotations": others}} if others else None
    return Text(part.text, tuple(citations), extensions)


def _decode_image(part: wire.InputImage, path: str) -> Image:
    extensions = _breakpoint(part.prompt_cache_breakpoint)
    if part.image_url is not None:
        return Image(_source(part.image_url), part.detail, extensions)
    if part.file_id is None:
        raise ProtocolError(f"{path}: an input_image needs image_url or file_id")
    return Image(FileSource(part.file_id), part.detail, extensions or {NAME: {}})


def _decode_file(part: wire.InputFile, path: str) -> Document:
    extensions = _breakpoint(part.prompt_cache_breakpoint)
    source: Source
    if part.file_data is not None:
        source = _source(part.file_data)
        if isinstance(
            source, UrlSource
        ):  # OpenAI takes bare base64 too, and tells the kind by the name
            source = Base64Source("application/pdf", part.file_data)
    elif part.file_url is not None:
        source = UrlSource(part.file_url)
    elif part.file_id is not None:
        source, extensions = FileSource(part.file_id), extensions or {NAME: {}}
    else:
        raise ProtocolError(f"{path}: an input_file needs file_data, file_url or file_id")
    return Document(source, part.filename, extensions)


def _source(url: str) -> Source:
    """A data URI's bytes, or the address."""
    if not url.startswith("data:"):
        return UrlSource(url)
    head, _, data = url[len("data:") :].partition(",")
    return Base64Source(head.partition(";")[0], data)


def _breakpoint(mark: Any) -> Extensions | None:
    return None if mark is UNSET or mark is None else {NAME: {"prompt_cache_breakpoint": mark}}


# Items that are one part


def decode_output(call_id: str, output: wire.Output, path: str) -> ToolResult:
    """What a tool answered. Raises ``ProtocolError``."""
    is_error = None
    if isinstance(output, dict):
        success = output.get("success")
        is_error = not success if isinstance(success, bool) else None
        output = str(output.get("content") or "")
    return ToolResult(call_id, tuple(decode_content(output, f"{path}.output")), is_error)


def decode_reasoning(item: wire.Reasoning) -> Thinking | None:
    """What was thought, in full where it is told; None where nothing is."""
    texts = item.content or item.summary or ()
    text = "\n\n".join(piece.text for piece in texts if piece.text)
    proof = decode_proof(item.encrypted_content)
    if not (text or proof.signature or proof.redacted):
        return None
    return Thinking(text, proof.signature, proof.redacted, proof.vendor)


def decode_search(item: wire.WebSearchCall) -> tuple[SearchCall, SearchResult] | None:
    """The search and the addresses it found; None for a page that was opened or looked through."""
    action = item.action
    if action is None or action.type != "search":
        return None
    call = SearchCall(item.id or "", action.query or "\n".join(action.queries or ()))
    hits = tuple(SearchHit(source.url) for source in action.sources or () if source.url)
    return call, SearchResult(call.id, hits, "unavailable" if item.status == "failed" else None)


def type_of(raw: Raw) -> str | None:
    """An object's ``type``; None where it has none that is a text."""
    try:
        return msgspec.json.decode(raw, type=_Typed).type
    except UNREADABLE:
        return None


class _Typed(msgspec.Struct):
    type: str | None = None


_KNOWN = frozenset(kind.__struct_config__.tag for kind in wire.ContentPart.__args__)

"""The parts of a turn, canonical -> Gemini: texts, media, calls, signatures, and notes in the place of the rest."""

from collections.abc import Iterable

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.function_names import wire_name
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, UNREADABLE, Json
from pxbin_engine.protocol.loss import Losses, paths_of_field
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
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
from pxbin_engine.protocol.search_text import search_text

_LONGEST_SHOWN = 500
_NO_SEARCHES = "Gemini takes no earlier search back; a note stands in its place."

_MEDIA_TYPES = {
    "gif": "image/gif",
    "heic": "image/heic",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "pdf": "application/pdf",
    "png": "image/png",
    "wav": "audio/wav",
    "webp": "image/webp",
}
"""By the ending of an address: ``fileData`` says what it leads to."""

_object = msgspec.json.Decoder(dict[str, Raw])


class PartEncoder:
    """Encodes the parts of one request's turns."""

    def __init__(self, quirks: Quirks, losses: Losses) -> None:
        self._quirks = quirks
        self._losses = losses

    def encode(self, parts: Iterable[Part], path: str) -> list[Json]:
        """The parts of a turn; a signature goes to the part that follows it, or stands on an empty text."""
        encoded: list[Json] = []
        signature: str | None = None
        for at, part in enumerate(parts):
            if isinstance(part, Thinking):
                if signature:
                    encoded.append({"text": "", "thoughtSignature": signature})
                thought, signature = self._thinking(part)
                encoded += thought
                continue
            told = self.encode_part(part, f"{path}.content[{at}]")
            if signature:
                if not told or isinstance(part, SearchCall | SearchResult):
                    told.insert(0, {"text": ""})  # a search was never signed
                told[0]["thoughtSignature"], signature = signature, None
            encoded += told
        if signature:
            encoded.append({"text": "", "thoughtSignature": signature})
        return encoded

    def _thinking(self, part: Thinking) -> tuple[list[Json], str | None]:
        """A thought, or the signature for the part that follows."""
        if part.vendor != NAME:
            self._losses.add(
                "messages.thinking", "Gemini takes only its own thinking back; it was left out."
            )
            return [], None
        if not self._quirks.replays_thinking:
            self._losses.add("messages.thinking", "A signature of its thinking was refused.")
            return [], None
        if not part.text:
            return [], part.signature
        thought: Json = {"text": part.text, "thought": True}
        if part.signature:
            thought["thoughtSignature"] = part.signature
        return [thought], None

    def encode_part(self, part: Part, path: str) -> list[Json]:
        """A part that stands for itself; none for what is told elsewhere."""
        match part:
            case Text():
                return self._text(part)
            case Image() | Document() | Audio():
                return [self._media(part, path)]
            case ToolCall():
                return [self._call(part, path)]
            case OpaquePart():
                return [self._opaque(part, path)]
            case SearchCall() | SearchResult():
                return [self._note(path, search_text(part), _NO_SEARCHES)]
            case ToolResult() | Thinking():
                return []

    def _text(self, part: Text) -> list[Json]:
        note_extensions(part.extensions, "messages.content", self._losses)
        if part.citations:
            self._losses.add("messages.content.citations", "Gemini takes no citations back.")
        if not part.text or part.text.isspace():  # strip() would copy a long text
            return []
        return [{"text": part.text, **_own(part.extensions)}]

    def _call(self, call: ToolCall, path: str) -> Json:
        note_extensions(call.extensions, "messages.content", self._losses)
        text = call.arguments.strip() or "{}"
        try:
            _object.decode(text)
        except UNREADABLE:
            self._losses.add(path, f"The arguments of the call {call.id} are broken JSON; wrapped.")
            text = msgspec.json.encode({"invalid_json": call.arguments}).decode()
        function = {"id": call.id, "name": wire_name(call.name), "args": Raw(text.encode())}
        return {"functionCall": function, **_own(call.extensions)}

    def _media(self, part: Image | Document | Audio, path: str) -> Json:
        """A picture, a document or sound: inline, by its address, or as a note."""
        note_extensions(part.extensions, "messages.content", self._losses)
        if isinstance(part, Image) and part.detail not in (None, "auto"):
            self._losses.add(f"{path}.detail", "Gemini has no level of detail for one picture.")
        kind = type(part).__name__.lower()
        title = (part.title if isinstance(part, Document) else None) or kind
        if isinstance(part.source, TextSource):
            text = part.source.text
            return {"text": f"[{title}]\n{text}" if title != kind else text}
        if self._quirks.text_only:
            note = f"[{kind}: this model reads only text]"
            return self._note(path, note, "The model reads only text.")
        encoded = _encode_source(part.source, part)
        if encoded is None:
            reason = f"Gemini cannot read this {kind}'s source."
            return self._note(path, f"[{title}: left out]", reason)
        return {**encoded, **_own(part.extensions)}

    def _opaque(self, part: OpaquePart, path: str) -> Json:
        if part.dialect == NAME:
            return dict(_object.decode(part.raw))
        shown = bytes(part.raw).decode(errors="replace")
        text = shown if len(shown) <= _LONGEST_SHOWN else "left out"
        reason = f"Gemini knows no {part.kind}; a note stands in its place."
        return self._note(path, f"[{part.kind}: {text}]", reason)

    def _note(self, path: str, text: str, reason: str) -> Json:
        self._losses.add(path, reason)
        return {"text": text}


def note_extensions(extensions: Extensions | None, place: str, losses: Losses) -> None:
    """A Loss for each field that only another dialect knows."""
    for dialect, fields in (extensions or {}).items():
        for name in fields if dialect != NAME else ():
            for path in paths_of_field(name, fields[name], place):
                shown = name if place else path
                losses.add(path, f"Gemini has no {shown}; it was left out.")


def _own(extensions: Extensions | None) -> Json:
    """What only this dialect knows of a part (``videoMetadata``, ``mediaResolution`` ...)."""
    return (extensions or {}).get(NAME, {})


def _encode_source(source: Source, part: Image | Document | Audio) -> Json | None:
    match source:
        case Base64Source(media_type=media_type, data=data):
            return {"inlineData": {"mimeType": media_type, "data": data}}
        case UrlSource(url=url):
            return {"fileData": {"mimeType": _media_type(url, part), "fileUri": url}}
        case FileSource(file_id=file_id) if NAME in (part.extensions or {}):
            return {"fileData": {"fileUri": file_id}}
        case _:
            return None


def _media_type(url: str, part: Image | Document | Audio) -> str:
    ending = url.partition("?")[0].rpartition(".")[2].lower()
    usual = {Image: "image/jpeg", Document: "application/pdf", Audio: "audio/mpeg"}
    return _MEDIA_TYPES.get(ending, usual[type(part)])

"""The parts of a turn, canonical -> Chat Completions: texts, pictures, documents, and notes in the place of the rest."""

from collections.abc import Iterable
from typing import Any

from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.loss import Losses, paths_of_field
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Document,
    Extensions,
    FileSource,
    Image,
    Message,
    OpaquePart,
    Part,
    SearchCall,
    SearchResult,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
    UrlSource,
)
from pxbin_engine.protocol.search_text import search_text

Content = dict[str, Any] | Raw
"""One part as the wire has it."""

_LONGEST_SHOWN = 500
_SOUNDS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}
"""Media type -> OpenAI's ``format``."""

_PLAIN_TEXT = frozenset({"type", "text"})


class ContentEncoder:
    """Encodes the parts of one request's turns."""

    def __init__(self, quirks: Quirks, losses: Losses) -> None:
        self._quirks = quirks
        self._losses = losses

    def encode(self, parts: Iterable[Part], path: str) -> list[Content]:
        """The parts as the wire has them, without blank texts."""
        content: list[Content] = []
        for at, part in enumerate(parts):
            if isinstance(part, Text):  # nearly all of a long history
                content += self._text(part)
                continue
            place = f"{path}.content[{at}]"
            match part:
                case Image():
                    content.append(self._image(part, place))
                case Document():
                    content.append(self._document(part, place))
                case Audio():
                    content.append(self._audio(part, place))
                case ToolResult():
                    content += self._orphan(part, place)
                case OpaquePart():
                    content.append(self._opaque(part, place))
                case SearchCall() | SearchResult():
                    self._losses.add(place, "A search can stand only in an assistant turn.")
                    content.append(text_part(search_text(part)))
                case Thinking() | ToolCall():
                    self._losses.add(
                        place, f"A {part.__class__.__name__} can stand only in an assistant turn."
                    )
        return content

    def _orphan(self, result: ToolResult, path: str) -> list[Content]:
        self._losses.add(
            path, f"The result answers no call ({result.call_id}); it was sent as text."
        )
        kind = "Error" if result.is_error else "Result"
        return [
            text_part(f"[{kind} of the tool call {result.call_id}:]"),
            *self.encode(result.parts, path),
        ]

    def _text(self, part: Text) -> list[Content]:
        if not part.text or part.text.isspace():  # strip() would copy a long text
            return []
        content = text_part(part.text)
        cache_control = _cache_control(part.extensions) if self._quirks.cache_control else None
        if cache_control is not None:
            content["cache_control"] = cache_control
        if part.citations:
            self._losses.add("messages.content.citations", "The upstream takes no citations back.")
        self._note(part.extensions, "messages.content")
        return [content]

    def _image(self, image: Image, path: str) -> Content:
        if self._quirks.text_only:
            return self._placeholder(
                path, "[image: this model reads only text]", "The model reads only text."
            )
        match image.source:
            case Base64Source(media_type=media_type, data=data):
                url = f"data:{media_type};base64,{data}"
            case UrlSource(url=url):
                pass
            case _:
                return self._placeholder(
                    path, "[image: left out]", "The upstream cannot read this image's source."
                )
        self._note(image.extensions, "messages.content")
        detail = {"detail": image.detail} if image.detail else {}
        return {"type": "image_url", "image_url": {"url": url, **detail}}

    def _document(self, document: Document, path: str) -> Content:
        title = document.title or "document"
        match document.source:
            case TextSource(text=text):
                return text_part(f"[{title}]\n{text}" if document.title else text)
            case Base64Source(media_type=media_type, data=data) if self._quirks.documents:
                file = {"filename": title, "file_data": f"data:{media_type};base64,{data}"}
                return {"type": "file", "file": file}
            case FileSource(file_id=file_id) if NAME in (document.extensions or {}):
                return {"type": "file", "file": {"file_id": file_id}}
            case UrlSource(url=url):
                title = url
            case _:
                pass
        return self._placeholder(
            path, f"[document {title}: left out]", "The upstream takes no documents."
        )

    def _audio(self, audio: Audio, path: str) -> Content:
        """OpenAI's ``input_audio`` takes wav and mp3."""
        source = audio.source
        known = _SOUNDS.get(source.media_type) if isinstance(source, Base64Source) else None
        if known is None or self._quirks.text_only or not isinstance(source, Base64Source):
            return self._placeholder(path, "[sound: left out]", "The upstream reads no such sound.")
        self._note(audio.extensions, "messages.content")
        return {"type": "input_audio", "input_audio": {"data": source.data, "format": known}}

    def _opaque(self, part: OpaquePart, path: str) -> Content:
        if part.dialect == NAME:
            return part.raw
        shown = bytes(part.raw).decode(errors="replace")
        text = (
            f"[{part.kind}: {shown}]"
            if len(shown) <= _LONGEST_SHOWN
            else f"[{part.kind}: left out]"
        )
        return self._placeholder(
            path, text, f"The upstream knows no {part.kind}; a note stands in its place."
        )

    def _placeholder(self, path: str, text: str, reason: str) -> Content:
        self._losses.add(path, reason)
        return text_part(text)

    def _note(self, extensions: Extensions | None, place: str) -> None:
        """A Loss for each field that only another dialect knows, once for all places of a kind."""
        note_extensions(extensions, place, self._quirks, self._losses)


def note_extensions(
    extensions: Extensions | None, place: str, quirks: Quirks, losses: Losses
) -> None:
    """A Loss for each field that only another dialect knows."""
    if not extensions:  # nearly always
        return
    for dialect, fields in extensions.items():
        for name in fields if dialect != NAME else ():
            if name == "cache_control" and quirks.cache_control:
                continue
            for path in paths_of_field(name, fields[name], place):
                shown = name if place else path
                losses.add(path, f"The upstream has no {shown}; it was left out.")


def _cache_control(extensions: Extensions | None) -> Any:
    """Anthropic's mark of a cached prefix, whichever dialect's client made it."""
    found = (
        fields["cache_control"]
        for fields in (extensions or {}).values()
        if "cache_control" in fields
    )
    return next(found, None)


def only_text(message: Message) -> str:
    """The text of a turn of which nothing else is to be said; empty for any other, and for a blank one."""
    if len(message.parts) != 1 or message.extensions:
        return ""
    part = message.parts[0]
    if not isinstance(part, Text) or part.extensions or part.citations or part.text.isspace():
        return ""
    return part.text


def compact(content: list[Content]) -> str | list[Content]:
    """One string where there is only plain text."""
    if all(isinstance(item, dict) and item.keys() == _PLAIN_TEXT for item in content):
        return joined(content)
    return content


def text_part(text: str) -> dict[str, Any]:
    """A text as the wire has it."""
    return {"type": "text", "text": text}


def joined(content: Iterable[Content]) -> str:
    """The texts among the parts, a blank line between them."""
    return "\n\n".join(
        [item["text"] for item in content if isinstance(item, dict) and "text" in item]
    )

"""The parts of a turn, canonical -> Responses: texts, pictures, documents, sound, and notes in the place of the rest.

Source: OpenAI's API reference, ``input_text``, ``input_image``, ``input_file``, ``input_audio``, ``output_text``.
"""

from collections.abc import Collection, Iterable
from typing import Any

from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
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
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
    UrlSource,
)
from pxbin_engine.protocol.search_text import search_text

Json = dict[str, Any]
Content = Json | Raw
"""One part as the wire has it."""

_SOUNDS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}
_MARK = "prompt_cache_breakpoint"
_LONGEST_SHOWN = 500


class ContentEncoder:
    """Encodes the parts of one request's turns; never a blank text, which says nothing."""

    def __init__(self, quirks: Quirks, losses: Losses) -> None:
        self._quirks = quirks
        self._losses = losses

    def encode(self, parts: Iterable[Part], path: str) -> list[Content]:
        """The parts as what a person, the system or a tool says."""
        content = []
        for at, part in enumerate(parts):
            place = f"{path}.content[{at}]"
            if encoded := self._part(part, place):
                content.append(encoded)
        return content

    def spoken(self, part: Part, path: str) -> Json | None:
        """The part as what the model says."""
        match part:
            case Text(text=text):
                if part.citations:
                    self._losses.add("messages.citations", "Earlier citations are not told again.")
                self.note(part.extensions, "messages.content")
            case SearchCall() | SearchResult():
                text = search_text(part)
            case OpaquePart():
                text = self._shown(part, path)
            case _:
                kind = part.__class__.__name__.lower()
                self._losses.add(path, "The model's turn can hold only text.")
                text = f"[{kind}: left out]"
        return None if _is_blank(text) else {"type": "output_text", "text": text}

    def note(self, extensions: Extensions | None, place: str) -> None:
        """A Loss for each field that only another dialect knows, once for all places of a kind."""
        note_extensions(extensions, place, self._losses)

    def _part(self, part: Part, path: str) -> Content | None:
        match part:
            case Text():
                return self._text(part)
            case Image():
                return self._marked(self._image(part, path), part.extensions)
            case Document():
                return self._marked(self._document(part, path), part.extensions)
            case Audio():
                return self._marked(self._audio(part, path), part.extensions)
            case SearchCall() | SearchResult():
                return text_part(search_text(part))
            case OpaquePart(dialect=dialect, raw=raw):
                return raw if dialect == NAME else text_part(self._shown(part, path))
            case Thinking() | ToolCall() | ToolResult():
                kind = part.__class__.__name__
                self._losses.add(path, f"A {kind} cannot stand in this turn.")
                return None

    def _text(self, part: Text) -> Json | None:
        if _is_blank(part.text):
            return None
        return self._marked(text_part(part.text), part.extensions)

    def _image(self, image: Image, path: str) -> Json:
        detail = {"detail": image.detail or "auto"}
        if self._quirks.text_only:
            return self._placeholder(
                path, "[image: this model reads only text]", "The model reads only text."
            )
        match image.source:
            case Base64Source(media_type=media_type, data=data):
                url = f"data:{media_type};base64,{data}"
                return {"type": "input_image", "image_url": url, **detail}
            case UrlSource(url=url):
                return {"type": "input_image", "image_url": url, **detail}
            case FileSource(file_id=file_id) if NAME in (image.extensions or {}):
                return {"type": "input_image", "file_id": file_id, **detail}
            case _:
                return self._placeholder(
                    path, "[image: left out]", "The upstream cannot read this image's source."
                )

    def _document(self, document: Document, path: str) -> Json:
        title = document.title or "document"
        match document.source:
            case TextSource(text=text):
                return text_part(f"[{title}]\n{text}" if document.title else text)
            case Base64Source(media_type=media_type, data=data) if self._quirks.documents:
                file_data = f"data:{media_type};base64,{data}"
                return {"type": "input_file", "filename": title, "file_data": file_data}
            case UrlSource(url=url) if self._quirks.documents:
                return {"type": "input_file", "file_url": url}
            case FileSource(file_id=file_id) if NAME in (document.extensions or {}):
                return {"type": "input_file", "file_id": file_id}
            case UrlSource(url=url):
                title = url
            case _:
                pass
        return self._placeholder(
            path, f"[document {title}: left out]", "The upstream takes no such document."
        )

    def _audio(self, audio: Audio, path: str) -> Json:
        match audio.source:
            case Base64Source(media_type=media_type, data=data) if media_type in _SOUNDS:
                sound = {"data": data, "format": _SOUNDS[media_type]}
                return {"type": "input_audio", "input_audio": sound}
            case _:
                return self._placeholder(
                    path, "[audio: left out]", "The upstream takes no such sound."
                )

    def _marked(self, content: Json, extensions: Extensions | None) -> Json:
        """With the dialect's own mark of a cached prefix."""
        self.note(extensions, "messages.content")
        mark = (extensions or {}).get(NAME, {}).get(_MARK)
        return {**content, _MARK: mark} if mark is not None else content

    def _shown(self, part: OpaquePart, path: str) -> str:
        self._losses.add(path, f"The upstream knows no {part.kind}; a note stands in its place.")
        shown = bytes(part.raw).decode(errors="replace")
        return f"[{part.kind}: {shown if len(shown) <= _LONGEST_SHOWN else 'left out'}]"

    def _placeholder(self, path: str, text: str, reason: str) -> Json:
        self._losses.add(path, reason)
        return text_part(text)


def note_extensions(
    extensions: Extensions | None, place: str, losses: Losses, *, carried: Collection[str] = ()
) -> None:
    """A Loss for each field that only another dialect knows, but for those that were ``carried`` all the same."""
    if not extensions:  # nearly always
        return
    for dialect, fields in extensions.items():
        for name in sorted(fields.keys() - {*carried}) if dialect != NAME else ():
            for path in paths_of_field(name, fields[name], place):
                shown = name if place else path
                losses.add(path, f"The upstream has no {shown}; it was left out.")


def text_part(text: str) -> Json:
    """A text that is given to the model."""
    return {"type": "input_text", "text": text}


def only_text(content: Iterable[Content]) -> str | None:
    """The texts, a blank line between them; None where there is more than plain text."""
    texts = []
    for part in content:
        if not isinstance(part, dict) or part.keys() != {"type", "text"}:
            return None
        texts.append(part["text"])
    return "\n\n".join(texts)


def _is_blank(text: str) -> bool:
    return not text or text.isspace()  # strip() would copy a long text

"""The parts of an answer, as its chunks bring them -> canonical events.

Rules:

1. Texts of one kind that follow each other are one part, but for a signature: Gemini wants it back where it was
   (ai.google.dev/gemini-api/docs/thought-signatures).
2. A signature on reasoning belongs to it and ends it. On anything else it begins a part and becomes a thinking part
   without text directly before; the empty text with which Gemini 3 ends a stream has nothing to come before, so its
   signature stands alone.
3. Calls are whole. One without an id, or with one that was there, gets an id.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate import upstream_wire as wire
from pxbin_engine.protocol.dialects.gemini_generate.outcome import made_id
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    Image,
    OpaquePart,
    SearchCall,
    SearchResult,
)
from pxbin_engine.protocol.stream import (
    OpaqueStart,
    PartEnd,
    StreamEvent,
    TextCitation,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ThinkingSignature,
    ThinkingStart,
    ToolCallDelta,
    ToolCallStart,
    WholePart,
)

_ANY_KIND = frozenset({"thought", "thoughtSignature", "text"})
"""Fields that say something of a part of any kind."""


class NamelessCall(Exception):
    """The upstream called a function without naming it."""


class PartSequence:
    """Numbers the parts and opens and closes them; events are appended to ``out``.

    Attributes:
        response_id: what the ids of calls without one are made of.
        empty: no part began yet.
        has_call: a function was called.
    """

    def __init__(self, names: dict[str, str], out: list[StreamEvent]) -> None:
        self.response_id = ""
        self._names = names
        self._out = out
        self._index = -1
        self._open: type[TextStart | ThinkingStart] | None = None
        self._call_ids: set[str] = set()
        self._citations: dict[str, Citation] = {}
        self._cited = 0
        """How many of the citations were told."""

    @property
    def empty(self) -> bool:
        return self._index < 0

    @property
    def has_call(self) -> bool:
        return bool(self._call_ids)

    def take(self, part: wire.Part, position: int, data: bytes | Raw) -> None:
        """The next part, which stands at ``position`` in the chunk ``data``. Raises ``NamelessCall``."""
        signature = part.thought_signature
        if part.text is not None and part.thought:
            self._thought(part.text, signature)
            return
        if signature:
            self._sign_next(signature)
        if part.text is not None:
            self.text(part.text)
        elif part.function_call is not None:
            self._call(part.function_call)
        elif part.inline_data is not None and (image := _image(part)):
            self.whole(image)
        else:
            self._opaque(wire.raw_part(data, position))

    def text(self, text: str) -> None:
        """More of the model's text."""
        if text:
            self._begin(TextStart)
            self._out.append(TextDelta(self._index, text))

    def cite(self, citations: Iterable[Citation]) -> None:
        """Where the text has something from, told once, when the open or the next part of text ends."""
        for cited in citations:
            self._citations.setdefault(cited.url, cited)

    def whole(self, part: Image | SearchCall | SearchResult) -> None:
        """A part that comes at once."""
        self.close()
        self._out.append(WholePart(self._next(), part))

    def close(self) -> None:
        """The open part is complete."""
        if self._open is None:
            return
        if self._open is TextStart:
            self._out += [TextCitation(self._index, cited) for cited in self._uncited()]
        self._open = None
        self._out.append(PartEnd(self._index))

    def _uncited(self) -> list[Citation]:
        told, self._cited = self._cited, len(self._citations)
        return list(self._citations.values())[told:]

    def _thought(self, text: str, signature: str | None) -> None:
        if text or signature:
            self._begin(ThinkingStart)
        if text:
            self._out.append(ThinkingDelta(self._index, text))
        if signature:
            self._out.append(ThinkingSignature(self._index, signature))
            self.close()

    def _sign_next(self, signature: str) -> None:
        """Rule 2."""
        self.close()
        self._thought("", signature)

    def _call(self, call: wire.FunctionCall) -> None:
        if not call.name:
            raise NamelessCall
        self.close()
        index = self._next()
        call_id = call.id or ""
        position = index
        while not call_id or call_id in self._call_ids:
            call_id = made_id("call", self.response_id, position)
            position += 1
        self._call_ids.add(call_id)
        name = self._names.get(call.name, call.name)
        self._out += (
            ToolCallStart(index, call_id, name),
            ToolCallDelta(index, _arguments(call)),
            PartEnd(index),
        )

    def _opaque(self, fields: dict[str, Raw]) -> None:
        """Code that Gemini ran, what its own tools did, and whatever is new."""
        kind = next((name for name in fields if name not in _ANY_KIND), None)
        if kind is not None:
            self.close()
            fields.pop("thoughtSignature", None)
            part = OpaquePart(NAME, kind, Raw(msgspec.json.encode(fields)))
            index = self._next()
            self._out += (OpaqueStart(index, part), PartEnd(index))

    def _begin(self, kind: type[TextStart | ThinkingStart]) -> None:
        if self._open is kind:
            return
        self.close()
        self._open = kind
        index = self._next()
        self._out.append(
            TextStart(index) if kind is TextStart else ThinkingStart(index, vendor=NAME)
        )

    def _next(self) -> int:
        self._index += 1
        return self._index


def _arguments(call: wire.FunctionCall) -> str:
    """As the model wrote them, but for the line breaks of a whole answer."""
    said = bytes(call.args)
    return "{}" if said in (b"", b"null") else msgspec.json.format(said, indent=-1).decode()


def _image(part: wire.Part) -> Image | None:
    """A picture; None for sound, and for a draft that the model made while it thought."""
    blob = part.inline_data or wire.Blob()
    media_type = blob.mime_type or ""
    if part.thought or not blob.data or not media_type.startswith("image/"):
        return None
    return Image(Base64Source(media_type, blob.data))

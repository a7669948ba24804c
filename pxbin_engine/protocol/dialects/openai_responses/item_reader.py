"""One output item of an upstream -> the parts that it is: what each kind of item does with its deltas and its end.

1. An item is told twice, in deltas and whole at its end. What the deltas left out is taken from the whole, so an item may
   come in deltas only, whole only, or both.
2. A message is a text part for each of its content parts. Reasoning is one thinking part: its summary, or what was really
   thought, whichever came first. Its encrypted whole comes only at its end, and is kept without any text, too.
3. Anything else comes at its end: a search with what it found, a picture, or the item as it is. (``call_reader`` has calls.)
"""

import secrets
from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses import item_wire, upstream_wire
from pxbin_engine.protocol.dialects.openai_responses.asked_content import decode_search
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME, UNREADABLE
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    Base64Source,
    Citation,
    Image,
    OpaquePart,
    SearchCall,
    SearchResult,
)
from pxbin_engine.protocol.stream import (
    OpaqueDelta,
    OpaqueStart,
    PartEnd,
    StreamEvent,
    TextCitation,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ThinkingSignature,
    ThinkingStart,
    WholePart,
)


class AnswerState:
    """What the items of one answer share.

    Attributes:
        out: the events so far.
        next_index: of the part that starts next.
        names: a tool's name on the wire -> the client's, where it had to be changed.
        call_ids: of all calls so far.
        last_call: how the last call ended; None where there was none.
        refused: the model said so in a part of its own.
        searches: how often the web was searched.
    """

    def __init__(self, names: dict[str, str]) -> None:
        self.out: list[StreamEvent] = []
        self.next_index = 0
        self.names = names
        self.call_ids: set[str] = set()
        self.last_call: Literal["whole", "cut"] | None = None
        self.refused = False
        self.searches = 0

    def start(self, start: Callable[[int], StreamEvent]) -> int:
        """Begin a part; its index."""
        index = self.next_index
        self.next_index += 1
        self.out.append(start(index))
        return index


class ItemReader:
    """Reads one item; ``take`` its deltas, ``finish`` it with the item as it was in the end, where that was told."""

    def __init__(self, state: AnswerState) -> None:
        self._state = state

    def begin(self, item: upstream_wire.Item) -> None:
        """The item as it was announced."""

    def take(self, said: upstream_wire.ItemEvent) -> None:
        """A delta of it."""

    def finish(self, item: upstream_wire.Item | None, raw: Raw) -> None:
        """Nothing more comes of it; ``raw`` is the item's JSON."""


class MessageReader(ItemReader):
    """What the model says."""

    def __init__(self, state: AnswerState) -> None:
        super().__init__(state)
        self._index = -1
        self._content_index: int | None = None
        self._length = 0
        self._told: dict[int, int] = {}
        self._cited: dict[int, int] = {}

    def take(self, said: upstream_wire.ItemEvent) -> None:
        if isinstance(said, upstream_wire.TextDelta):
            if said.content_index == self._content_index:  # nearly always
                self._length += len(said.delta)
                self._state.out.append(TextDelta(self._index, said.delta))
            else:
                self._add(said.content_index, said.delta)
        elif isinstance(said, upstream_wire.RefusalDelta):
            self._state.refused = True
            self._add(said.content_index, said.delta)
        elif isinstance(said, upstream_wire.AnnotationAdded):
            self._cite(said.content_index, said.annotation)

    def finish(self, item: upstream_wire.Item | None, raw: Raw) -> None:
        for content_index, piece in enumerate(item.content or () if item else ()):
            self._state.refused |= bool(piece.refusal)
            text = piece.text or piece.refusal or ""
            self._add(content_index, text[self._told_of(content_index) :])
            for annotation in (piece.annotations or ())[self._cited.get(content_index, 0) :]:
                self._cite(content_index, annotation)
        self._close()

    def _add(self, content_index: int, text: str) -> None:
        if not text:
            return
        if content_index != self._content_index:
            self._close()
            self._content_index = content_index
            self._length = self._told.get(content_index, 0)
            self._index = self._state.start(TextStart)
        self._length += len(text)
        self._state.out.append(TextDelta(self._index, text))

    def _told_of(self, content_index: int) -> int:
        """How many characters of a content part were told."""
        if content_index == self._content_index:
            return self._length
        return self._told.get(content_index, 0)

    def _cite(self, content_index: int, raw: Raw) -> None:
        """A page of the web is a citation; a file is one only here."""
        if content_index != self._content_index:
            return
        self._cited[content_index] = self._cited.get(content_index, 0) + 1
        try:
            annotation = upstream_wire.annotation_decoder.decode(raw)
        except UNREADABLE:
            return
        if annotation.url:
            citation = Citation(annotation.url, annotation.title or "")
            self._state.out.append(TextCitation(self._index, citation))
        else:
            part = OpaquePart(NAME, annotation.type, raw)
            self._state.out.append(OpaqueDelta(self._index, part))

    def _close(self) -> None:
        if self._content_index is not None:
            self._told[self._content_index] = self._length
            self._content_index = None
            self._state.out.append(PartEnd(self._index))


class ReasoningReader(ItemReader):
    """What the model thinks."""

    def __init__(self, state: AnswerState) -> None:
        super().__init__(state)
        self._index = -1
        self._source: Literal["summary", "content"] | None = None
        self._piece = 0
        self._told = 0

    def take(self, said: upstream_wire.ItemEvent) -> None:
        if isinstance(said, upstream_wire.SummaryDelta):
            self._add("summary", said.summary_index, said.delta)
        elif isinstance(said, upstream_wire.ReasoningDelta):
            self._add("content", said.content_index, said.delta)

    def finish(self, item: upstream_wire.Item | None, raw: Raw) -> None:
        if item is not None:
            content, summary = _joined(item.content), _joined(item.summary)
            whole = content if self._source == "content" else summary
            self._think((whole if self._source else content or summary)[self._told :])
            self._sign(item.encrypted_content or "")
        if self._index >= 0:
            self._state.out.append(PartEnd(self._index))

    def _sign(self, encrypted: str) -> None:
        """The encrypted whole; not another pxbin's note that there is none."""
        if encrypted and not encrypted.startswith(SYNTHETIC_SIGNATURE):
            self._start()
            self._state.out.append(ThinkingSignature(self._index, encrypted))

    def _add(self, source: Literal["summary", "content"], piece: int, text: str) -> None:
        if not text or self._source not in (None, source):
            return
        if self._told and piece != self._piece:
            text = "\n\n" + text
        self._source, self._piece = source, piece
        self._think(text)

    def _think(self, text: str) -> None:
        if text:
            self._start()
            self._told += len(text)
            self._state.out.append(ThinkingDelta(self._index, text))

    def _start(self) -> None:
        if self._index < 0:
            self._index = self._state.start(lambda index: ThinkingStart(index, vendor=NAME))


class OtherReader(ItemReader):
    """What comes at once."""

    def finish(self, item: upstream_wire.Item | None, raw: Raw) -> None:
        if item is None:
            return
        if item.type == "web_search_call" and (search := _search(raw)):
            self._state.searches += 1
            for part in search:
                self._tell(part)
        elif item.type == "image_generation_call" and item.result:
            media_type = f"image/{item.output_format or 'png'}"
            self._tell(Image(Base64Source(media_type, item.result)))
        else:
            opaque = OpaquePart(NAME, item.type, raw)
            index = self._state.start(lambda index: OpaqueStart(index, opaque))
            self._state.out.append(PartEnd(index))

    def _tell(self, part: SearchCall | SearchResult | Image) -> None:
        self._state.start(lambda index: WholePart(index, part))


def _joined(pieces: list[upstream_wire.Piece] | None) -> str:
    return "\n\n".join(piece.text for piece in pieces or () if piece.text)


def _search(raw: Raw) -> tuple[SearchCall, SearchResult] | None:
    """The search and what it found; None for a page that was opened or looked through."""
    try:
        found = decode_search(msgspec.json.decode(raw, type=item_wire.WebSearchCall))
    except msgspec.ValidationError:
        return None
    if found is None or found[0].id:
        return found
    call, result = found
    made = f"ws_{secrets.token_hex(12)}"
    return msgspec.structs.replace(call, id=made), msgspec.structs.replace(result, call_id=made)

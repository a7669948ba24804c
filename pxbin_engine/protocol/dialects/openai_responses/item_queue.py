"""Output items in any order of their events -> parts one after another.

Rules:

1. One item is open at a time; its deltas leave at once. Events of the others wait until it is done, and then follow in the
   order in which the items began.
2. An item is known by its ``output_index`` and by what kind of item its events belong to: some servers count every item
   as the same one. A delta of an item that was not announced announces it.
3. An item that is told again after it was done is skipped, by its id; under another id it is a new one.
4. The end tells the whole answer once more: what of it no event told is taken from there.
"""

from typing import Literal

from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.asked_content import type_of
from pxbin_engine.protocol.dialects.openai_responses.call_reader import (
    CallReader,
    FreeformCallReader,
)
from pxbin_engine.protocol.dialects.openai_responses.item_reader import (
    AnswerState,
    ItemReader,
    MessageReader,
    OtherReader,
    ReasoningReader,
)
from pxbin_engine.protocol.dialects.openai_responses.wire import UNREADABLE

_Family = Literal["message", "reasoning", "function_call", "custom_tool_call", "other"]
_Key = tuple[_Family, int]

_READERS: dict[_Family, type[ItemReader]] = {
    "message": MessageReader,
    "reasoning": ReasoningReader,
    "function_call": CallReader,
    "custom_tool_call": FreeformCallReader,
    "other": OtherReader,
}

_FAMILY: dict[type, _Family] = {
    wire.TextDelta: "message",
    wire.RefusalDelta: "message",
    wire.AnnotationAdded: "message",
    wire.SummaryDelta: "reasoning",
    wire.ReasoningDelta: "reasoning",
    wire.ArgumentsDelta: "function_call",
    wire.InputDelta: "custom_tool_call",
}
_FAMILIES: dict[str, _Family] = {family: family for family in _READERS}


class _Announced:
    """An item's beginning or end, taken apart once."""

    __slots__ = ("done", "item", "output_index", "raw")

    def __init__(self, raw: Raw, output_index: int, *, done: bool) -> None:
        self.item = _decode_item(raw)
        self.raw = raw
        self.output_index = output_index
        self.done = done


_Event = wire.ItemEvent | _Announced


class ItemQueue:
    """Puts the events of items in order. Its methods raise ``BrokenAnswer``."""

    def __init__(self, state: AnswerState) -> None:
        self._state = state
        self._open: ItemReader | None = None
        self._open_key: _Key = ("other", -1)
        self._open_id: str | None = None
        self._is_announced = False
        self._waiting: dict[_Key, list[_Event]] = {}
        self._begun: set[_Key] = set()
        self._count = 0
        self._done_ids: dict[_Key, str | None] = {}
        self._known_ids: set[str | None] = set()

    def take(self, said: wire.ItemEvent) -> None:
        """An event of an item."""
        kind = _FAMILY.get(type(said))
        if kind is not None and self._open is not None:  # nearly always of the open item
            family, index = self._open_key
            if family is kind and index == said.output_index:
                self._open.take(said)
                return
        if isinstance(said, wire.ItemAdded | wire.ItemDone):
            done = isinstance(said, wire.ItemDone)
            self._announce(_Announced(said.item, said.output_index, done=done))
        else:
            self._put((_FAMILY[type(said)], said.output_index), said)

    def end(self, output: list[Raw]) -> None:
        """The answer has ended with these items."""
        for position, raw in enumerate(output):
            announced = _Announced(raw, position, done=True)
            if self._is_untold(announced, len(output)):
                self._announce(announced)
        while self._open is not None:
            self._finish(None, Raw())
            self._advance()

    def _is_untold(self, announced: _Announced, total: int) -> bool:
        """Rule 4; an item without an index is found by its kind."""
        family = _family(announced.item)
        for index in (announced.output_index, -1):
            key = (family, index)
            if key in self._waiting or (self._open is not None and key == self._open_key):
                announced.output_index = index
                return True
        if (family, announced.output_index) in self._begun:
            return False
        is_known = announced.item.id is not None and announced.item.id in self._known_ids
        return not is_known and self._count < total

    def _announce(self, announced: _Announced) -> None:
        family = _family(announced.item)
        if family == "other" and not announced.done:
            return  # it says nothing before its end
        key = (family, announced.output_index)
        if announced.done and self._was_done(key, announced.item):
            return
        self._put(key, announced)

    def _was_done(self, key: _Key, item: wire.Item) -> bool:
        """Rule 3."""
        if key not in self._done_ids or key in self._waiting:
            return False
        if self._open is not None and key == self._open_key:
            return False
        return item.id == self._done_ids[key] if item.id else key[1] >= 0

    def _put(self, key: _Key, said: _Event) -> None:
        if self._open is not None and key != self._open_key:
            self._waiting.setdefault(key, []).append(said)
            return
        self._apply(key, said)
        if self._open is None:
            self._advance()

    def _advance(self) -> None:
        while self._open is None and self._waiting:
            key = next(iter(self._waiting))
            for said in self._waiting.pop(key):
                self._apply(key, said)

    def _apply(self, key: _Key, said: _Event) -> None:
        """An event of the open item, or of one that may be opened now."""
        if not isinstance(said, _Announced):
            (self._open or self._begin(key)).take(said)
        elif said.done:
            if self._open is None:
                self._begin(key)
            self._done_ids[key] = said.item.id
            self._known_ids.add(said.item.id)
            self._finish(said.item, said.raw)
        else:
            self._start(key, said.item)

    def _start(self, key: _Key, item: wire.Item) -> None:
        """An item was announced: the open one at last, once more, or another, and the open one's end was forgotten."""
        if self._open is not None and self._is_announced:
            if item.id and item.id == self._open_id:
                return
            self._finish(None, Raw())
        (self._open or self._begin(key)).begin(item)
        self._is_announced, self._open_id = True, item.id

    def _begin(self, key: _Key) -> ItemReader:
        self._count += 1
        self._begun.add(key)
        self._open_key, self._open_id, self._is_announced = key, None, False
        self._open = _READERS[key[0]](self._state)
        return self._open

    def _finish(self, item: wire.Item | None, raw: Raw) -> None:
        reader, self._open = self._open, None
        if reader is not None:
            reader.finish(item, raw)


def _family(item: wire.Item) -> _Family:
    return _FAMILIES.get(item.type, "other")


def _decode_item(raw: Raw) -> wire.Item:
    """The item; of one whose fields are of other types than known only what it is."""
    try:
        return wire.item_decoder.decode(raw)
    except UNREADABLE:
        return wire.Item(type=type_of(raw) or "")

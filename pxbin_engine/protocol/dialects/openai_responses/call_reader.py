"""A call of a client's tool, as an upstream's output item -> a tool call.

It starts when its name is known; what came of its arguments before that waits.
"""

import secrets

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire
from pxbin_engine.protocol.dialects.openai_responses.item_reader import AnswerState, ItemReader
from pxbin_engine.protocol.dialects.openai_responses.tools import whole_name
from pxbin_engine.protocol.dialects.openai_responses.wire import UNREADABLE
from pxbin_engine.protocol.stream import PartEnd, ToolCallDelta, ToolCallStart

_encode_text = msgspec.json.Encoder().encode


class BrokenAnswer(Exception):
    """The items make no answer; the text says why, for a person."""


class CallReader(ItemReader):
    """A call of a function."""

    def __init__(self, state: AnswerState) -> None:
        super().__init__(state)
        self._index = -1
        self._early = ""
        self._pieces: list[str] = []

    def begin(self, item: upstream_wire.Item) -> None:
        self._early = self._whole(item)
        self._start(item)

    def take(self, said: upstream_wire.ItemEvent) -> None:
        if isinstance(said, upstream_wire.ArgumentsDelta | upstream_wire.InputDelta) and said.delta:
            self._pieces.append(said.delta)
            if self._index >= 0:
                self._tell(said.delta)

    def finish(self, item: upstream_wire.Item | None, raw: Raw) -> None:
        if item is not None:
            self._start(item)
        if self._index < 0:
            raise BrokenAnswer("The upstream called a tool without naming it.")
        told = "".join(self._pieces)
        whole = self._whole(item) if item else ""
        if rest := (whole or ("" if told else self._early))[len(told) :]:
            self._pieces.append(rest)
            self._tell(rest)
        self._state.last_call = (
            "cut" if (item and item.status == "incomplete") or not self._is_whole() else "whole"
        )
        self._state.out.append(PartEnd(self._index))

    def _start(self, item: upstream_wire.Item) -> None:
        if self._index >= 0 or not item.name:
            return
        call_id = item.call_id or item.id
        if not call_id or call_id in self._state.call_ids:
            call_id = _new_call_id()
        self._state.call_ids.add(call_id)
        name = whole_name(item.namespace, item.name)
        name = self._state.names.get(name, name)
        self._index = self._state.start(lambda index: ToolCallStart(index, call_id, name))
        if self._pieces:
            self._tell("".join(self._pieces))

    def _tell(self, text: str) -> None:
        self._state.out.append(ToolCallDelta(self._index, text))

    def _whole(self, item: upstream_wire.Item) -> str:
        """Some servers send the arguments as an object."""
        if isinstance(item.arguments, dict):
            return _encode_text(item.arguments).decode()
        return item.arguments or ""

    def _is_whole(self) -> bool:
        try:
            msgspec.json.decode("".join(self._pieces))
        except UNREADABLE:
            return False
        return True


class FreeformCallReader(CallReader):
    """A call of a tool that takes a text; its canonical arguments are the JSON ``{"input": "<text>"}``."""

    def __init__(self, state: AnswerState) -> None:
        super().__init__(state)
        self._opened = False

    def finish(self, item: upstream_wire.Item | None, raw: Raw) -> None:
        super().finish(item, raw)
        end = self._state.out.pop()
        if not self._opened:
            self._tell("")
        self._state.out += (ToolCallDelta(self._index, '"}'), end)

    def _tell(self, text: str) -> None:
        escaped = _encode_text(text)[1:-1].decode()
        if not self._opened:
            self._opened = True
            escaped = '{"input":"' + escaped
        self._state.out.append(ToolCallDelta(self._index, escaped))

    def _whole(self, item: upstream_wire.Item) -> str:
        return item.input or ""

    def _is_whole(self) -> bool:
        return True


def _new_call_id() -> str:
    """For a call that came without one."""
    return f"call_{secrets.token_hex(12)}"

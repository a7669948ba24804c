"""What a request of the Responses API only points to, and the request with that put in its place.

Source: OpenAI's API reference ("Create a model response") and its guide on conversation state: ``previous_response_id`` goes
on from all that was asked and answered until then, without ``instructions``; an ``item_reference`` stands for an item that
was answered. The errors are told in the words, codes and statuses that OpenAI was seen to answer with.
"""

from collections.abc import Iterable
from operator import is_
from typing import Protocol

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError, UnknownReference
from pxbin_engine.protocol.dialects.openai_responses.wire import UNREADABLE
from pxbin_engine.protocol.json_patch import read_members, write_members

_MARKS = (b'"previous_response_id"', b'"item_reference"')
_NEED_NO_ID = frozenset({"message", "reasoning", "function_call", "custom_tool_call"})
_SEND_ALL = "send the whole conversation in `input`, as clients do with `store: false`"


class Turn(Struct, frozen=True):
    """One request that was answered.

    Attributes:
        id: the response's.
        previous: the response that it went on from.
        asked: its own ``input``, as it came.
        answer: the response object as the client was told it.
    """

    id: str
    previous: str | None
    asked: bytes
    answer: bytes


class Memory(Protocol):
    """What was answered to one client."""

    def turn(self, response_id: str) -> Turn | None:
        """The turn with this response; None where it is not known any more."""
        ...

    def item(self, item_id: str) -> Raw | None:
        """An item that was answered; None where it is not known any more."""
        ...


class _Item(Struct):
    id: str | None = None
    type: str | None = None


class _Answer(Struct):
    output: list[Raw]


_item = msgspec.json.Decoder(_Item)
_answer = msgspec.json.Decoder(_Answer)
_input = msgspec.json.Decoder(str | list[Raw] | None)
_response_id = msgspec.json.Decoder(str | None)


def put_in_place(body: bytes, memory: Memory) -> bytes:
    """The body with what ``memory`` knows in the place of what points to it; what it does not know stays as it is."""
    if not any(mark in body for mark in _MARKS):
        return body
    try:
        members = read_members(body)
        previous = _response_id.decode(members.get("previous_response_id", b"null"))
        asked = input_items(members.get("input", b"[]"))
    except (ProtocolError, *UNREADABLE):
        return body  # for the dialect to say
    earlier = conversation(previous, memory) if previous else None
    if earlier is not None:
        del members["previous_response_id"]
    items = list(_recalled(asked, memory))
    if earlier is None and all(map(is_, items, asked)):
        return body
    return write_members({**members, "input": b"[%b]" % b",".join((*(earlier or ()), *items))})


def conversation(last: str | None, memory: Memory) -> list[Raw] | None:
    """All that was asked and answered until the response ``last``, itself included; None where some of it is not known."""
    turns: list[Turn] = []
    while last:
        turn = memory.turn(last)
        if turn is None:
            return None
        turns.append(turn)
        last = turn.previous
    items: list[Raw] = []
    for turn in reversed(turns):
        items += _recalled(input_items(turn.asked), memory)
        items += map(_without_id, output_items(turn.answer))
    return items


def input_items(asked: bytes | Raw) -> list[Raw]:
    """The items of an ``input``; a text is the user's message. Raises what ``UNREADABLE`` names."""
    items = _input.decode(asked)
    if isinstance(items, str):
        message = {"type": "message", "role": "user", "content": items}
        return [Raw(msgspec.json.encode(message))]
    return items or []


def output_items(answer: bytes) -> list[Raw]:
    """The items of a response object."""
    return _answer.decode(answer).output


def item_id(item: bytes | Raw) -> str | None:
    """The item's id, if it has one."""
    return _read(item).id


def unknown_response(response_id: str) -> UnknownReference:
    """``previous_response_id`` is not known any more."""
    return UnknownReference(
        f"Previous response with id {response_id!r} not found. pxbin remembers for a while what it answered by itself in "
        f"the Responses API, until it is restarted; {_SEND_ALL}.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def unknown_item(reference: str) -> UnknownReference:
    """An ``item_reference`` is not known any more."""
    return UnknownReference(
        f"Item with id {reference!r} not found. pxbin remembers for a while what it answered by itself in the Responses "
        f"API, until it is restarted; {_SEND_ALL} (in the AI SDK: providerOptions.openai.store).",
        param="input",
        status=404,
    )


def _recalled(items: Iterable[Raw], memory: Memory) -> Iterable[Raw]:
    for raw in items:
        item = _read(raw)
        known = memory.item(item.id) if item.type == "item_reference" and item.id else None
        yield raw if known is None else _without_id(known)


def _without_id(raw: Raw) -> Raw:
    """The item, fit for an upstream of this dialect, too: OpenAI refuses ids that it did not give."""
    if _read(raw).type not in _NEED_NO_ID:
        return raw
    members = read_members(raw)
    members.pop("id", None)
    return Raw(write_members(members))


def _read(item: bytes | Raw) -> _Item:
    try:
        return _item.decode(item)
    except UNREADABLE:
        return _Item()

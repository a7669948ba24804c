"""A client's own bytes made fit for another upstream of this dialect: nothing is changed but what must be.

1. The model's name becomes the upstream's, in the bytes: prompt caches depend on every other byte.
2. What pxbin gave the client in OpenAI's place is taken out again, for OpenAI refuses what it did not encrypt itself:
   reasoning with another vendor's proof, or none, is left out; a condensed history becomes the user's message that says it.
3. All reasoning is left out for an upstream that refused a proof of it.
"""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.protocol.dialects.openai_responses.compaction import decode_summary
from pxbin_engine.protocol.dialects.openai_responses.proof import is_foreign
from pxbin_engine.protocol.dialects.openai_responses.wire import UNREADABLE
from pxbin_engine.protocol.json_patch import patch_model, read_members, write_members
from pxbin_engine.protocol.loss import Losses

_OURS = re.compile(rb'"encrypted_content"\s*:\s*"pxbin-')


class _Item(Struct):
    type: str | None = None
    encrypted_content: str | None = None


_item = msgspec.json.Decoder(_Item)


def patch_request(
    body: bytes, *, model: str, losses: Losses, replays_thinking: bool = True
) -> bytes:
    """The body for an upstream that calls the model ``model``. Raises ``ProtocolError``."""
    if not replays_thinking or _OURS.search(body):
        body = _with_fit_items(body, losses, replays_thinking=replays_thinking)
    return patch_model(body, model)


def _with_fit_items(body: bytes, losses: Losses, *, replays_thinking: bool) -> bytes:
    """Only ``input`` is written anew, and of its items only those that the upstream would refuse."""
    members = read_members(body)
    try:
        items = msgspec.json.decode(members.get("input", b"[]"), type=list[Raw])
    except UNREADABLE:
        return body  # no list of items: for the upstream to say
    fit = b",".join(bytes(item) for item in _fit(items, losses, replays_thinking))
    return write_members({**members, "input": b"[%b]" % fit})


def _fit(items: list[Raw], losses: Losses, replays_thinking: bool) -> Iterator[Raw]:
    for position, raw in enumerate(items):
        item = _read(raw)
        encrypted = item.encrypted_content or ""
        if item.type == "reasoning" and not replays_thinking:
            losses.add(f"input[{position}]", "A signature of its thinking was refused.")
        elif item.type == "reasoning" and is_foreign(encrypted):
            reason = "Thinking of another vendor, which OpenAI would refuse."
            losses.add(f"input[{position}]", reason)
        elif summary := decode_summary(encrypted):
            yield Raw(msgspec.json.encode({"role": "user", "content": summary}))
        else:
            yield raw


def _read(raw: Raw) -> _Item:
    try:
        return _item.decode(raw)
    except UNREADABLE:
        return _Item()

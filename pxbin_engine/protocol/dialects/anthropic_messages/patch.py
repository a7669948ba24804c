"""A client's own bytes made fit for another Anthropic upstream: nothing is changed but what must be.

1. The model's name becomes the upstream's, in the bytes: prompt caches depend on every other byte.
2. Thinking that was signed here (by ``SYNTHETIC_SIGNATURE``) is left out: Anthropic would refuse the request.
3. All thinking is left out for an upstream that refused a signature of it.
4. Where a turn that called tools loses its thinking, none is asked for until the next turn: Anthropic wants the two
   together ("a final `assistant` message must start with a thinking block").
"""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.protocol.dialects.anthropic_messages.open_decoder import decode_fields
from pxbin_engine.protocol.json_patch import patch_model
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import SYNTHETIC_SIGNATURE

T = TypeVar("T")

_SYNTHETIC = re.compile(re.escape(SYNTHETIC_SIGNATURE.encode()))
"""Half the cost of ``in`` on a long body that has none."""

_LEFT_OUT = Raw(b'{"type":"text","text":"(no content)"}')
_NO_THINKING = Raw(b'{"type":"disabled"}')


class _Block(Struct):
    type: str | None = None
    signature: str | None = None


_BLOCK = msgspec.json.Decoder(_Block)


def patch_request(
    body: bytes, *, model: str, losses: Losses, replays_thinking: bool = True
) -> bytes:
    """The body for an upstream that calls the model ``model``. Raises ``ProtocolError``."""
    if not replays_thinking:
        body = _without_thinking(body, _is_thinking, "A signature of it was refused.", losses)
    elif _SYNTHETIC.search(body):
        reason = "Thinking of another vendor, which Anthropic would refuse."
        body = _without_thinking(body, _is_synthetic, reason, losses)
    return patch_model(body, model)


def _without_thinking(
    body: bytes, is_left_out: Callable[[_Block], bool], reason: str, losses: Losses
) -> bytes:
    """Only the contents that hold such a block are written anew; everything else stays the text it was."""
    fields = decode_fields(body, "")
    messages = _list_of(dict[str, Raw], fields.get("messages"))
    amid_calls = False
    for i, message in enumerate(messages):
        blocks = _list_of(Raw, message.get("content"))
        kept = [block for block in blocks if not is_left_out(_block(block))]
        if len(kept) < len(blocks):
            losses.add(f"messages[{i}]", reason)
            message["content"] = Raw(msgspec.json.encode(kept or [_LEFT_OUT]))
        if bytes(message.get("role", b"")) == b'"assistant"':
            kinds = {_block(block).type for block in kept}
            amid_calls = len(kept) < len(blocks) and "tool_use" in kinds and "thinking" not in kinds
    if amid_calls and _block(fields.get("thinking")).type == "enabled":
        losses.add("thinking", "The calls so far lost their thinking: off until the next turn.")
        fields["thinking"] = _NO_THINKING
    return msgspec.json.encode({**fields, "messages": messages})


def _list_of(item: type[T], raw: Raw | None) -> list[T]:
    """Empty for what is no such list: that is for Anthropic to say."""
    try:
        return msgspec.json.decode(raw or b"[]", type=list[item])  # type: ignore[valid-type]  # a run-time type
    except msgspec.ValidationError:
        return []


def _block(raw: Raw | None) -> _Block:
    try:
        return _BLOCK.decode(raw or b"{}")
    except msgspec.ValidationError:
        return _Block()


def _is_synthetic(block: _Block) -> bool:
    return block.type == "thinking" and (block.signature or "").startswith(SYNTHETIC_SIGNATURE)


def _is_thinking(block: _Block) -> bool:
    return block.type in {"thinking", "redacted_thinking"}

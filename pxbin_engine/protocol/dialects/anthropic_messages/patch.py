"""A client's own bytes made fit for another Anthropic upstream: nothing is changed but what must be.

1. The model's name becomes the upstream's, in the bytes: prompt caches depend on every other byte.
2. Thinking that was signed here (by ``SYNTHETIC_SIGNATURE``) is left out: Anthropic would refuse the request.
3. All thinking is left out for an upstream that refused a signature of it.
4. Where a turn that called tools loses its thinking, none is asked for until the next turn: Anthropic wants the two
   together ("a final `assistant` message must start with a thinking block").
"""

import re
from collections.abc import Callable
from itertools import islice
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages.open_decoder import decode_fields
from pxbin_engine.protocol.json_patch import read_members, write_members
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import SYNTHETIC_SIGNATURE

T = TypeVar("T")

_MODEL_FIRST = re.compile(rb'\s*\{\s*"model"\s*:\s*("(?:[^"\\]|\\.)*")')
_SYNTHETIC = re.compile(re.escape(SYNTHETIC_SIGNATURE.encode()))
"""Half the cost of ``in`` on a long body that has none."""

_LEFT_OUT = Raw(b'{"type":"text","text":"(no content)"}')
_MOST_LOOKALIKES = 16
"""Places that are tried, each at the cost of reading the body, before its members are written anew instead."""

_NO_THINKING = Raw(b'{"type":"disabled"}')


class _Model(Struct):
    model: Raw


class _MaybeModel(Struct):
    model: Raw | UnsetType = UNSET


class _Block(Struct):
    type: str | None = None
    signature: str | None = None


_MODEL = msgspec.json.Decoder(_Model)
_MAYBE_MODEL = msgspec.json.Decoder(_MaybeModel)
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


def patch_model(body: bytes, model: str) -> bytes:
    """``model`` as the body's own, all other bytes as they are.

    Raises:
        ProtocolError: it has none, or two: which of them counts would be for each parser to say, so a client could be
            routed and billed by one model and be served by another.
    """
    name = msgspec.json.encode(model)
    first = _MODEL_FIRST.match(body)
    if first and not _has_model(b'{"":0' + body[first.end(1) :]):
        return body[: first.start(1)] + name + body[first.end(1) :]
    # A nested "model" may look the same; the parser says which one is the request's own.
    lookalikes = re.finditer(rb'"model"\s*:\s*(%b)' % re.escape(_model_of(body)), body)
    for found in islice(lookalikes, _MOST_LOOKALIKES):
        if not _has_model(body[: found.start()] + b'"":0' + body[found.end(1) :]):
            return body[: found.start(1)] + name + body[found.end(1) :]
    if next(lookalikes, None) is not None:
        return write_members({**read_members(body), "model": name})
    raise ProtocolError("model: must be given once, as a plain string")


def _has_model(body: bytes) -> bool:
    try:
        return _MAYBE_MODEL.decode(body).model is not UNSET
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True  # what was taken out was not a member


def _model_of(body: bytes) -> bytes:
    try:
        return bytes(_MODEL.decode(body).model)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"model: Field required ({error})") from error


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
